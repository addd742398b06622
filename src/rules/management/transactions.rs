//! The ledger of top-ups and corrections.

use crate::json::Value;

use super::{body, of, short};
use crate::endpoint::Endpoint;
use crate::protocol::management::State;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict, Whole};

const ROUTE: &str = "/api/v1/me/billing/transactions\n";

macro_rules! entry {
    ($created:literal, $kind:literal, $amount:literal) => {
        concat!(
            r#"{"id":"t","created_at":""#,
            $created,
            r#"","kind":""#,
            $kind,
            r#"","amount_usd":"#,
            $amount,
            r#","balance_after_usd":81.40,"source":{},"note":null}"#
        )
    };
}

macro_rules! page {
    ($total:literal, $($entry:expr),+) => {
        concat!(
            r#"{"total":"#, $total, r#","page":1,"page_size":50,"items":["#, $($entry),+, "]}"
        )
    };
}

const HEALTHY: &str = page!(
    2,
    entry!("2026-05-21T08:00:00Z", "topup", "50.00"),
    ",",
    entry!("2026-05-15T08:00:00Z", "admin_debit", "-1.00")
);

fn items<'a>(whole: &Whole<'a, State>) -> Option<&'a Vec<Value>> {
    of(whole, Endpoint::Transactions)?.get("items")?.as_array()
}

/// A page with its place in the whole.
pub(super) static SHAPE: Rule = Rule {
    id: "GW-070",
    name: "transactions-page-shape",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/account/me-billing-transactions",
    explanation: "Clients page until they have `total` entries; a total of this page alone ends \
        them early. Send `items`, the `page` and `page_size` that were asked for (or 1 and 50), \
        and the `total` of all pages.",
    violations: &[
        body(
            ROUTE,
            page!(0, entry!("2026-05-21T08:00:00Z", "topup", "50.00")),
        ),
        body(ROUTE, r#"{"items":[],"page":1,"page_size":50}"#),
        body(ROUTE, "[]"),
        body(
            "/api/v1/me/billing/transactions?page=2\n",
            r#"{"items":[],"total":2,"page":1,"page_size":50}"#,
        ),
    ],
    conforming: &[body(ROUTE, HEALTHY)],
    faults: &["edit * /total = 0", "edit * /page = 7"],
    check: Check::Management(Hooks {
        body: Some(shape),
        ..Hooks::NONE
    }),
};

fn shape(whole: &Whole<'_, State>) -> Verdict {
    let Some(body) = of(whole, Endpoint::Transactions) else {
        return Verdict::Silent;
    };
    let Some(items) = items(whole) else {
        return Verdict::fail("expected a list `items`, found none");
    };
    let count = |name: &str| body.get(name).and_then(Value::as_u64);
    for name in ["total", "page", "page_size"] {
        if count(name).is_none() {
            return Verdict::fail(format!("expected a whole number in `{name}`"));
        }
    }
    let here = items.len() as u64;
    for (name, most) in [("total", count("total")), ("page_size", count("page_size"))] {
        if most.is_some_and(|most| here > most) {
            let most = most.unwrap_or_default();
            return Verdict::fail(format!(
                "expected at most `{name}` items, `{most}`, found `{here}`"
            ));
        }
    }
    let asked = whole.asked.parameters();
    for (name, usual) in [("page", 1), ("page_size", 50)] {
        let Some(asked) = &asked else { break };
        let mut asked = asked.iter().filter(|(known, _)| known == name);
        let wanted = asked
            .next()
            .map_or(Some(usual), |(_, told)| told.parse().ok());
        if wanted.is_some() && wanted != count(name) {
            let (wanted, found) = (wanted.unwrap_or_default(), count(name).unwrap_or_default());
            return Verdict::fail(format!("expected `{name}` `{wanted}`, found `{found}`"));
        }
    }
    Verdict::Pass
}

const KINDS: [&str; 5] = [
    "topup",
    "refund",
    "admin_credit",
    "admin_debit",
    "subscription_renew",
];

/// Amounts are numbers, kinds are listed ones.
pub(super) static AMOUNTS: Rule = Rule {
    id: "GW-071",
    name: "transactions-entry-shape",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/account/me-billing-transactions",
    explanation: "Bookkeeping adds up `amount_usd` and compares it with `balance_after_usd`. Send \
        both as numbers, signed, and one of the five documented kinds.",
    violations: &[
        body(
            ROUTE,
            page!(1, entry!("2026-05-21T08:00:00Z", "topup", "\"50.00\"")),
        ),
        body(
            ROUTE,
            page!(1, entry!("2026-05-21T08:00:00Z", "usage", "-0.01")),
        ),
    ],
    conforming: &[body(ROUTE, HEALTHY)],
    faults: &[r#"edit * /items/0/amount_usd = "50.00""#],
    check: Check::Management(Hooks {
        body: Some(|whole| {
            let Some(items) = items(whole).filter(|items| !items.is_empty()) else {
                return Verdict::Silent;
            };
            for (index, item) in items.iter().enumerate() {
                for name in ["amount_usd", "balance_after_usd"] {
                    if !item.get(name).is_some_and(Value::is_number) {
                        return Verdict::fail(format!(
                            "item `{index}`: expected a number in `{name}`"
                        ));
                    }
                }
                let kind = item.get("kind").and_then(Value::as_str).unwrap_or_default();
                if !KINDS.contains(&kind) {
                    let found = item.get("kind").map_or_else(|| "none".to_owned(), short);
                    return Verdict::fail(format!(
                        "item `{index}`: expected a documented `kind`, found `{found}`"
                    ));
                }
            }
            Verdict::Pass
        }),
        ..Hooks::NONE
    }),
};

/// Newest first.
pub(super) static ORDER: Rule = Rule {
    id: "GW-068",
    name: "transactions-order",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/account/me-billing-transactions",
    explanation: "Clients stop at the first entry that they know; in another order they miss newer \
        ones. Sort by `created_at`, newest first.",
    violations: &[body(
        ROUTE,
        page!(
            2,
            entry!("2026-05-15T08:00:00Z", "topup", "50.00"),
            ",",
            entry!("2026-05-21T08:00:00Z", "topup", "50.00")
        ),
    )],
    conforming: &[body(ROUTE, HEALTHY)],
    faults: &[],
    check: Check::Management(Hooks {
        body: Some(|whole| {
            let items = items(whole).into_iter().flatten();
            let times = items.map(|item| item.get("created_at").and_then(second));
            // A time that cannot be compared says nothing of the order.
            let Some(times) = times.collect::<Option<Vec<_>>>() else {
                return Verdict::Silent;
            };
            if times.len() < 2 {
                return Verdict::Silent;
            }
            match times.windows(2).find(|pair| pair[0] < pair[1]) {
                Some(pair) => Verdict::fail(format!(
                    "expected the newest first, found `{}` before `{}`",
                    pair[0], pair[1]
                )),
                None => Verdict::Pass,
            }
        }),
        ..Hooks::NONE
    }),
};

/// `2026-05-21T08:00:00` of a time in UTC, which sorts as it stands; fractions are left out.
fn second(value: &Value) -> Option<&str> {
    let text = value.as_str()?.strip_suffix('Z')?;
    let second = text.get(..19)?;
    let rest = &text[19..];
    (rest.is_empty() || rest.starts_with('.')).then_some(second)
}
