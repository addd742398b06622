//! What the gateway adds to each model of the list.

use crate::json::{Object, Value};

use super::{at, of};
use crate::endpoint::Endpoint;
use crate::protocol::management::State;
use crate::protocol::url;
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

/// One complete entry of that maker and family.
macro_rules! owned {
    ($owner:literal, $family:literal) => {
        concat!(
            r#"{"object":"list","data":[{"id":"model-1","object":"model","owned_by":""#,
            $owner,
            r#"","family":""#,
            $family,
            r#"","capabilities":["text"],"context_window":200000,"max_output_tokens":8192,"#,
            r#""input_modalities":["text"],"output_modalities":["text"],"#,
            r#""pricing_url":"https://bytespike.ai/pricing#model-1","created":1714003200}]}"#
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
        every documented member with every entry, in its documented type, no limit above the \
        window.",
    violations: &[
        ours(catalog!("\"200K\"", "")),
        ours(catalog!("0", "")),
        ours(catalog!("4096", "")),
    ],
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
        let list = value.as_array().filter(|list| !list.is_empty());
        list.is_some_and(|list| list.iter().all(Value::is_string))
    };
    let fault = |names: &[&str], fits: &dyn Fn(&Value) -> bool, what: &str| {
        let mut missing = names
            .iter()
            .filter(|name| !entry.get(name).is_some_and(fits));
        missing.next().map(|name| format!("{what} in `{name}`"))
    };
    let is_page = |value: &Value| {
        value
            .as_str()
            .is_some_and(|told| url::parts(told).is_some())
    };
    let count = |name: &str| entry.get(name).and_then(Value::as_u64);
    fault(&["family"], &Value::is_string, "a string")
        .or_else(|| fault(&["pricing_url"], &is_page, "an absolute URL"))
        .or_else(|| {
            let names = ["context_window", "max_output_tokens"];
            // A model that writes no text has none of either.
            let modalities = entry.get("output_modalities").and_then(Value::as_array);
            let mut modalities = modalities.into_iter().flatten();
            let writes = modalities.any(|modality| *modality == "text");
            let is_some = |value: &Value| value.as_u64().is_some_and(|count| !writes || count > 0);
            fault(
                &names,
                &is_some,
                "a whole number, above zero of what writes text,",
            )
        })
        .or_else(|| {
            let (window, most) = (count("context_window")?, count("max_output_tokens")?);
            (most > window && window > 0).then(|| {
                format!("`max_output_tokens` within the window of `{window}`, found `{most}`")
            })
        })
        .or_else(|| {
            let names = ["capabilities", "input_modalities", "output_modalities"];
            fault(&names, &texts, "a list of strings, one at least,")
        })
}

/// Makers and their families, as the page of the list names them.
const FAMILIES: [(&str, &str); 8] = [
    ("anthropic", "claude"),
    ("openai", "gpt"),
    ("google", "gemini"),
    ("deepseek", "deepseek"),
    ("moonshot", "kimi"),
    ("zhipu", "glm"),
    ("minimax", "minimax"),
    ("bytedance", "doubao"),
];

/// Who makes a model, and of which family it is, say the same.
pub(super) static FAMILY: Rule = Rule {
    id: "GW-189",
    name: "models-family-of-another",
    severity: Severity::Should,
    source: "docs.bytespike.ai/api-reference/utility/v1-models: the eight makers and the eight \
             families",
    explanation: "`owned_by` and `family` are a maker and its family. Clients choose by the one or \
        by the other; where they contradict each other the filter of C-15 finds a model in two \
        places or in none. What the page does not name, such as families of films, is let pass.",
    violations: &[ours(owned!("google", "claude"))],
    conforming: &[
        ours(owned!("anthropic", "claude")),
        ours(owned!("openai", "sora")),
        ours(owned!("kling", "kling")),
    ],
    faults: &[r#"edit * /data/0/owned_by = "moonshot""#],
    check: Check::Management(Hooks {
        body: Some(|whole| {
            if !whole.asked.gateway || entries(whole).is_empty() {
                return Verdict::Silent;
            }
            for entry in entries(whole) {
                let text = |name: &str| entry.get(name).and_then(Value::as_str);
                let (Some(owner), Some(family)) = (text("owned_by"), text("family")) else {
                    continue;
                };
                let is_pair = FAMILIES.contains(&(owner, family));
                let is_maker = FAMILIES.iter().any(|(maker, _)| *maker == owner);
                let is_known = is_maker && FAMILIES.iter().any(|(_, own)| *own == family);
                if is_known && !is_pair {
                    return Verdict::fail(format!(
                        "expected a family of `{owner}`, found `{family}`"
                    ));
                }
            }
            Verdict::Pass
        }),
        ..Hooks::NONE
    }),
};

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
