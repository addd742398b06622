//! What the gateway adds to each model of the list.

use crate::json::{Object, Value};

use super::{at, of};
use crate::endpoint::Endpoint;
use crate::protocol::management::State;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Verdict, Whole};

const ROUTE: &str = "/v1/models @gateway\n";

/// One complete entry; the argument is put at its end.
macro_rules! catalog {
    ($window:literal, $more:literal) => {
        concat!(
            r#"{"object":"list","data":[{"id":"claude-sonnet-4-6","object":"model","#,
            r#""owned_by":"anthropic","family":"claude","capabilities":["text","vision"],"#,
            r#""context_window":"#,
            $window,
            r#","max_output_tokens":8192,"input_modalities":["text","image"],"#,
            r#""output_modalities":["text"],"#,
            r#""pricing_url":"https://bytespike.ai/pricing#claude-sonnet-4-6","#,
            r#""created":1714003200"#,
            $more,
            "}]}"
        )
    };
}

/// With the quota envelope, which is asked of every answer of the gateway.
const fn ours(body: &'static str) -> Sample {
    Sample::Answer {
        request: ROUTE,
        status: 200,
        headers: &[
            ("content-type", "application/json"),
            ("x-ratelimit-limit", "50.00"),
            ("x-ratelimit-remaining", "42.18"),
            ("x-ratelimit-reset", "1790000000"),
            ("x-quota-remaining-credits", "192.40"),
        ],
        body,
    }
}

fn entries<'a>(whole: &Whole<'a, State>) -> &'a [Value] {
    let data = of(whole, Endpoint::Models).and_then(|body| body.get("data")?.as_array());
    data.map_or(&[], Vec::as_slice)
}

/// Every entry has the documented members.
pub(super) static FIELDS: Rule = Rule {
    id: "GW-119",
    name: "models-catalog-fields",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/utility/v1-models",
    explanation: "Clients choose a model by window, limits and modalities from this list. Send \
        every documented member with every entry, in its documented type.",
    violations: &[ours(catalog!("\"200K\"", ""))],
    conforming: &[ours(catalog!("200000", ""))],
    faults: &[r#"edit * /data/0/context_window = "200K""#],
    check: Check::Management(Hooks {
        body: Some(|whole| {
            if !whole.asked.gateway || entries(whole).is_empty() {
                return Verdict::Silent;
            }
            for entry in entries(whole) {
                if let Some(fault) = field_fault(entry) {
                    let id = at(entry, "id").and_then(Value::as_str).unwrap_or("?");
                    return Verdict::fail(format!("model `{id}`: expected {fault}"));
                }
            }
            Verdict::Pass
        }),
        ..Hooks::NONE
    }),
};

fn field_fault(entry: &Value) -> Option<String> {
    let texts = |value: &Value| {
        let list = value.as_array();
        list.is_some_and(|list| list.iter().all(Value::is_string))
    };
    let fault = |names: &[&str], fits: &dyn Fn(&Value) -> bool, what: &str| {
        let mut missing = names
            .iter()
            .filter(|name| !entry.get(name).is_some_and(fits));
        missing.next().map(|name| format!("{what} in `{name}`"))
    };
    fault(&["family", "pricing_url"], &Value::is_string, "a string")
        .or_else(|| {
            let names = ["context_window", "max_output_tokens"];
            fault(&names, &Value::is_u64, "a whole number")
        })
        .or_else(|| {
            let names = ["capabilities", "input_modalities", "output_modalities"];
            fault(&names, &texts, "a list of strings")
        })
}

/// The list names no prices.
pub(super) static RATES: Rule = Rule {
    id: "GW-121",
    name: "models-with-rates",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/utility/v1-models",
    explanation: "Prices live on the pricing page alone, so that there is one place to be right. \
        Leave them out of the list and point to the page with `pricing_url`.",
    violations: &[ours(catalog!("200000", r#","input_price":3.00"#))],
    conforming: &[ours(catalog!("200000", ""))],
    faults: &["edit * /data/0/input_price = 3.0"],
    check: Check::Management(Hooks {
        body: Some(|whole| {
            if !whole.asked.gateway || entries(whole).is_empty() {
                return Verdict::Silent;
            }
            let members = entries(whole).iter().filter_map(Value::as_object);
            let members = members.flat_map(Object::iter);
            let mut prices = members.filter(|(name, _)| is_price(name));
            match prices.next() {
                Some((name, _)) => Verdict::fail(format!("expected no prices, found `{name}`")),
                None => Verdict::Pass,
            }
        }),
        ..Hooks::NONE
    }),
};

fn is_price(name: &str) -> bool {
    let whole = ["pricing", "rate", "rates"].contains(&name);
    whole || name.contains("price") || name.contains("cost") || name.ends_with("_rate")
}
