//! Usage in buckets.

use crate::json::Value;

use super::{body, micros, of, short};
use crate::endpoint::Endpoint;
use crate::protocol::management::State;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict, Whole};

const ROUTE: &str = "/api/v1/me/usage\n";

macro_rules! buckets {
    ($total:literal, $calls:literal) => {
        concat!(
            r#"{"buckets":[{"bucket":"2026-05-02","total_usd":0.30,"input_tokens":10,"#,
            r#""output_tokens":4,"call_count":2},{"bucket":"2026-05-01","total_usd":0.125,"#,
            r#""input_tokens":5,"output_tokens":1,"call_count":1}],"totals":{"total_usd":"#,
            $total,
            r#","input_tokens":15,"output_tokens":5,"call_count":"#,
            $calls,
            "}}"
        )
    };
}

/// Usage is a list, by whichever page.
pub(super) static UNREADABLE: Rule = Rule {
    id: "GW-191",
    name: "usage-unreadable",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/account/me-usage, utility/balance; the pages of C-01",
    explanation: "However usage is told, as buckets or as rows, it is a list in an object (or a \
        list of rows), and every entry of it is an object; a bucket is named by a text. From \
        anything else a caller reads that nothing was used.",
    violations: &[
        body(ROUTE, "null"),
        body(ROUTE, r#"{"success":true}"#),
        body(ROUTE, r#"{"buckets":[7],"totals":{}}"#),
        body(
            ROUTE,
            r#"{"buckets":[{"bucket":null,"call_count":0}],"totals":{}}"#,
        ),
    ],
    conforming: &[
        body(ROUTE, buckets!("0.425", "3")),
        body(ROUTE, r#"{"items":[],"total":0}"#),
    ],
    faults: &["edit * /buckets = 7"],
    check: Check::Management(Hooks {
        body: Some(readable),
        ..Hooks::NONE
    }),
};

fn readable(whole: &Whole<'_, State>) -> Verdict {
    let routes = [Endpoint::MeUsage, Endpoint::ApiUsage, Endpoint::Usage];
    let Some(body) = routes.into_iter().find_map(|route| of(whole, route)) else {
        return Verdict::Silent;
    };
    let list = body.as_array().or_else(|| {
        let mut members = body.as_object()?.iter();
        members.find_map(|(_, value)| value.as_array())
    });
    let Some(list) = list else {
        return Verdict::fail(format!("expected a list of usage, found `{}`", short(body)));
    };
    let is_named = |entry: &Value| entry.get("bucket").is_none_or(Value::is_string);
    let odd = list
        .iter()
        .find(|entry| !entry.is_object() || !is_named(entry));
    odd.map_or(Verdict::Pass, |odd| {
        Verdict::fail(format!(
            "expected an entry of usage, found `{}`",
            short(odd)
        ))
    })
}

/// Totals are the sums of the buckets.
pub(super) static TOTALS: Rule = Rule {
    id: "GW-060",
    name: "usage-totals-differ",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/account/me-usage",
    explanation: "Invoices are checked by adding up the buckets; when they do not make the total, \
        one of the two is wrong. Compute both from the same calls. (USD may differ by the rounding \
        of each printed figure.)",
    violations: &[
        body(ROUTE, buckets!("0.425", "4")),
        body(ROUTE, buckets!("0.525", "3")),
    ],
    conforming: &[body(ROUTE, buckets!("0.425", "3"))],
    faults: &["edit * /totals/call_count plus 1"],
    check: Check::Management(Hooks {
        body: Some(totals),
        ..Hooks::NONE
    }),
};

fn totals(whole: &Whole<'_, State>) -> Verdict {
    let Some(body) = of(whole, Endpoint::MeUsage) else {
        return Verdict::Silent;
    };
    // The page of rows, which another document describes here, has neither (C-01).
    let (Some(Value::Array(buckets)), Some(totals)) = (body.get("buckets"), body.get("totals"))
    else {
        return Verdict::Silent;
    };
    for name in ["input_tokens", "output_tokens", "call_count"] {
        let mut counts = buckets.iter().map(|bucket| bucket.get(name)?.as_u64());
        let sum = counts.try_fold(0_u64, |sum, count| sum.checked_add(count?));
        let (Some(sum), Some(total)) = (sum, totals.get(name)) else {
            return Verdict::fail(format!("expected a whole number in each `{name}`"));
        };
        if total.as_u64() != Some(sum) {
            let total = short(total);
            return Verdict::fail(format!(
                "expected `totals.{name}` to be the sum `{sum}`, found `{total}`"
            ));
        }
    }
    spent(buckets, totals)
}

fn spent(buckets: &[Value], totals: &Value) -> Verdict {
    let amounts = || buckets.iter().map(|bucket| bucket.get("total_usd"));
    let sum = amounts().try_fold(0_i64, |sum, value| sum.checked_add(micros(value?)?));
    let (Some(sum), Some(total)) = (sum, totals.get("total_usd").and_then(micros)) else {
        return Verdict::fail("expected a number in each `total_usd`");
    };
    let decimals = amounts()
        .chain([totals.get("total_usd")])
        .flatten()
        .map(decimals);
    let quantum = 10_i64.pow(6 - decimals.max().unwrap_or(2).clamp(2, 6));
    // Each figure may be off by half of its last digit.
    let figures = i64::try_from(buckets.len())
        .unwrap_or(i64::MAX)
        .saturating_add(1);
    let slack = figures.saturating_mul(quantum) / 2;
    Verdict::when((sum - total).abs() <= slack, || {
        format!(
            "expected `totals.total_usd` to be the sum of the buckets, `{sum}` micro-USD, found \
             `{total}`"
        )
    })
}

/// Decimals in the shortest text of a number.
fn decimals(value: &Value) -> u32 {
    let text = value.as_f64().map(|value| value.to_string());
    let cents = text.as_deref().and_then(|text| text.split_once('.'));
    cents.map_or(0, |(_, cents)| u32::try_from(cents.len()).unwrap_or(6))
}
