//! The account: who, and how much is left.

use crate::json::Value;

use super::{at, body, micros, of, short};
use crate::endpoint::Endpoint;
use crate::protocol::management::State;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict, Whole};

const ROUTE: &str = "/api/v1/me/account\n";

macro_rules! account {
    ($available:literal, $flagged:literal) => {
        concat!(
            r#"{"user":{"id":88,"username":"ada","email":"ada@example.com","#,
            r#""created_at":"2026-01-04T07:11:00Z","tier":"individual"},"#,
            r#""balance":{"available_usd":"#,
            $available,
            r#","lifetime_topup_usd":250.00,"lifetime_spent_usd":218.60,"#,
            r#""low_balance_threshold_usd":5.00,"low_balance_flagged":"#,
            $flagged,
            r#"},"allowed_models":[{"id":"claude-sonnet-4-6","quota_used_usd":64.04,"#,
            r#""quota_cap_usd":null}],"org":null}"#
        )
    };
}

/// The documented members in their types.
pub(super) static SHAPE: Rule = Rule {
    id: "GW-054",
    name: "account-shape",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/account/me-account",
    explanation: "The balance here is the one exact figure that a client has of its money. Send \
        available, topped-up and spent USD as numbers, and who they belong to. (Whether they agree \
        is for the audit: holds may be in flight.)",
    violations: &[
        body(ROUTE, account!("\"31.40\"", "false")),
        body(
            ROUTE,
            concat!(
                r#"{"user":{"tier":"individual"},"balance":{"available_usd":31.40,"#,
                r#""lifetime_topup_usd":250.00,"lifetime_spent_usd":-5.00,"#,
                r#""low_balance_threshold_usd":5.00,"low_balance_flagged":false},"#,
                r#""allowed_models":[],"org":null}"#
            ),
        ),
    ],
    conforming: &[body(ROUTE, account!("31.40", "false"))],
    faults: &[r#"edit * /balance/available_usd = "31.40""#],
    check: Check::Management(Hooks {
        body: Some(shape),
        ..Hooks::NONE
    }),
};

fn shape(whole: &Whole<'_, State>) -> Verdict {
    let Some(body) = of(whole, Endpoint::Account) else {
        return Verdict::Silent;
    };
    for path in [
        "balance.available_usd",
        "balance.lifetime_topup_usd",
        "balance.lifetime_spent_usd",
        "balance.low_balance_threshold_usd",
    ] {
        let found = at(body, path);
        if !found.is_some_and(Value::is_number) {
            let found = found.map_or_else(|| "none".to_owned(), short);
            return Verdict::fail(format!("expected a number in `{path}`, found `{found}`"));
        }
    }
    // What is available may be less than nothing; what was paid in and spent is not.
    for path in ["balance.lifetime_topup_usd", "balance.lifetime_spent_usd"] {
        let amount = at(body, path).and_then(Value::as_f64).unwrap_or_default();
        if amount < 0.0 {
            return Verdict::fail(format!(
                "expected no less than 0 in `{path}`, found `{amount}`"
            ));
        }
    }
    if !at(body, "balance.low_balance_flagged").is_some_and(Value::is_boolean) {
        return Verdict::fail("expected a boolean in `balance.low_balance_flagged`");
    }
    let tier = at(body, "user.tier")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !["individual", "enterprise"].contains(&tier) {
        return Verdict::fail(format!(
            "expected `user.tier` `individual` or `enterprise`, found `{tier}`"
        ));
    }
    if !at(body, "allowed_models").is_some_and(Value::is_array) {
        return Verdict::fail("expected a list in `allowed_models`");
    }
    let org = body.get("org");
    Verdict::when(
        org.is_some_and(|org| org.is_null() || org.is_object()),
        || "expected `org` to be an object or null".to_owned(),
    )
}

/// The flag says what the figures say.
pub(super) static LOW_BALANCE: Rule = Rule {
    id: "GW-055",
    name: "account-low-balance-flag",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/account/me-account",
    explanation: "Alerts hang on this flag; one that is late lets the wallet run dry. Set it \
        exactly when what is available is at or below the threshold.",
    violations: &[
        body(ROUTE, account!("31.40", "true")),
        body(ROUTE, account!("5.00", "false")),
    ],
    conforming: &[body(ROUTE, account!("5.00", "true"))],
    faults: &["edit * /balance/low_balance_flagged = true"],
    check: Check::Management(Hooks {
        body: Some(|whole| {
            let Some(balance) = of(whole, Endpoint::Account).and_then(|body| body.get("balance"))
            else {
                return Verdict::Silent;
            };
            let amount = |name: &str| balance.get(name).and_then(micros);
            let flagged = balance.get("low_balance_flagged").and_then(Value::as_bool);
            let (Some(left), Some(threshold), Some(flagged)) = (
                amount("available_usd"),
                amount("low_balance_threshold_usd"),
                flagged,
            ) else {
                return Verdict::Silent;
            };
            let low = left <= threshold;
            Verdict::when(flagged == low, || {
                format!(
                    "expected `low_balance_flagged` `{low}` for these amounts, found `{flagged}`"
                )
            })
        }),
        ..Hooks::NONE
    }),
};
