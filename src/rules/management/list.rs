//! The list of models, as the vendor's clients read it.

use std::collections::HashSet;

use crate::json::Value;

use super::{body, of, short};
use crate::endpoint::Endpoint;
use crate::protocol::management::State;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Verdict, Whole};

/// The smallest entry that is complete for the vendor's clients.
macro_rules! model {
    ($id:literal) => {
        concat!(
            r#"{"id":""#,
            $id,
            r#"","object":"model","created":1714003200,"owned_by":"anthropic"}"#
        )
    };
}

macro_rules! dated {
    ($date:literal) => {
        concat!(
            r#"{"object":"list","data":[{"id":"a","object":"model","created":1714003200,"#,
            r#""owned_by":"x","shutdown_date":"#,
            $date,
            "}]}"
        )
    };
}

const LIST: &str = concat!(
    r#"{"object":"list","data":["#,
    model!("a"),
    ",",
    model!("b"),
    "]}"
);

/// A list, as against the answer about one model, which has an `id`.
fn list<'a>(whole: &Whole<'a, State>) -> Option<&'a Value> {
    of(whole, Endpoint::Models).filter(|body| body.get("id").is_none())
}

fn entries<'a>(whole: &Whole<'a, State>) -> Option<&'a Vec<Value>> {
    list(whole)?.get("data")?.as_array()
}

/// One model, as it stands in the list.
pub(super) static WRAPPED: Rule = Rule {
    id: "OAI-059",
    name: "model-wrapped",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document, retrieve model: the same object as in the list",
    explanation: "Asked about one model, answer with its entry as the list has it, not inside of \
        `data` or another member. The vendor's clients read `id` from the top.",
    violations: &[body(
        "",
        concat!(r#"{"object":"list","data":"#, model!("a"), "}"),
    )],
    conforming: &[body("", model!("a"))],
    faults: &[r#"edit bytes "{\"id\"" "{\"data\":{\"id\":\"a\"},\"name\"""#],
    check: Check::Management(Hooks {
        body: Some(|whole| match of(whole, Endpoint::Models) {
            Some(body) if body.get("id").is_some() => Verdict::Pass,
            Some(body) => {
                let members = ["data", "model", "result"].iter();
                let mut inner = members.filter_map(|name| body.get(name));
                let is_wrapped = inner.any(|inner| inner.get("id").is_some());
                if is_wrapped {
                    Verdict::fail("expected the model itself, found it inside of another object")
                } else {
                    Verdict::Silent
                }
            }
            None => Verdict::Silent,
        }),
        ..Hooks::NONE
    }),
};

/// When a model goes away.
pub(super) static SHUTDOWN: Rule = Rule {
    id: "OAI-058",
    name: "models-shutdown-date",
    severity: Severity::Should,
    source: "OpenAI OpenAPI document, Model: `shutdown_date`, a date or null",
    explanation: "Where an entry has a `shutdown_date` it is a calendar date such as `2027-01-31`, \
        or null. Tools warn of models that go away, and cannot read a timestamp there.",
    violations: &[
        body("", dated!("1790000000")),
        body("", dated!("\"2027-13-01\"")),
    ],
    conforming: &[body("", dated!("\"2027-01-31\"")), body("", dated!("null"))],
    faults: &["edit * /data/0/shutdown_date = 1790000000"],
    check: Check::Management(Hooks {
        body: Some(shutdown),
        ..Hooks::NONE
    }),
};

fn shutdown(whole: &Whole<'_, State>) -> Verdict {
    let mut verdict = Verdict::Silent;
    for entry in entries(whole).into_iter().flatten() {
        let Some(found) = entry.get("shutdown_date") else {
            continue;
        };
        if !found.is_null() && !found.as_str().is_some_and(is_date) {
            let found = short(found);
            return Verdict::fail(format!(
                "expected a date in `shutdown_date`, found `{found}`"
            ));
        }
        verdict = Verdict::Pass;
    }
    verdict
}

/// `YYYY-MM-DD`, a month of the year and a day of a month.
fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut part = |length: usize| {
        let part = parts.next()?;
        let is_number = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u32>().ok().filter(|_| is_number)
    };
    let (year, month, day) = (part(4), part(2), part(2));
    let is_in =
        |value: Option<u32>, most: u32| value.is_some_and(|value| (1..=most).contains(&value));
    year.is_some() && is_in(month, 12) && is_in(day, 31) && parts.next().is_none()
}

/// An object with `object: list` and `data`.
pub(super) static SHAPE: Rule = Rule {
    id: "OAI-054",
    name: "models-list-shape",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document, ListModelsResponse",
    explanation: "The vendor's Python client crashes on a bare list, the JavaScript one finds no \
        model in a body that is not labelled JSON. Send `{\"object\":\"list\",\"data\":[…]}`.",
    violations: &[
        body("", "[]"),
        body("", r#"{"object":"list","data":null}"#),
        Sample::Answer {
            request: "",
            status: 200,
            headers: &[("content-type", "text/plain")],
            body: LIST,
        },
    ],
    conforming: &[body("", LIST)],
    faults: &[r#"edit * /object = "page""#],
    check: Check::Management(Hooks {
        body: Some(|whole| {
            let Some(body) = list(whole) else {
                return Verdict::Silent;
            };
            let media_type = whole.head.media_type().unwrap_or_default();
            if media_type != "application/json" {
                return Verdict::fail(format!(
                    "expected content type `application/json`, found `{media_type}`"
                ));
            }
            if !body.get("data").is_some_and(Value::is_array) {
                return Verdict::fail("expected an object with a list `data`");
            }
            let object = body.get("object").and_then(Value::as_str);
            Verdict::when(object == Some("list"), || {
                "expected `object` `list`".to_owned()
            })
        }),
        ..Hooks::NONE
    }),
};

/// Each entry has its four members.
pub(super) static ENTRY: Rule = Rule {
    id: "OAI-055",
    name: "models-entry-shape",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document, Model; 803 recorded entries",
    explanation: "Clients sort models by `created` and group them by `owned_by`; a date as text or \
        a missing owner breaks that. Send `id`, `object` `model`, `created` and `owned_by`.",
    violations: &[
        body(
            "",
            concat!(
                r#"{"object":"list","data":[{"id":"a","object":"model","created":"2024-04-25","#,
                r#""owned_by":"x"}]}"#
            ),
        ),
        body(
            "",
            concat!(
                r#"{"object":"list","data":[{"id":"","object":"model","created":1714003200,"#,
                r#""owned_by":"x"}]}"#
            ),
        ),
    ],
    conforming: &[body("", LIST), body("", model!("a"))],
    faults: &[r#"edit * /data/0/created = "2024-04-25""#],
    check: Check::Management(Hooks {
        body: Some(|whole| {
            let Some(body) = of(whole, Endpoint::Models) else {
                return Verdict::Silent;
            };
            let one = std::slice::from_ref(body);
            let entries = match entries(whole) {
                Some(entries) => entries.as_slice(),
                None if body.get("id").is_some() => one,
                None => return Verdict::Silent,
            };
            let fault = entries
                .iter()
                .enumerate()
                .find_map(|(index, entry)| Some((index, entry_fault(entry)?)));
            match fault {
                Some((index, fault)) => Verdict::fail(format!("model `{index}`: {fault}")),
                None if entries.is_empty() => Verdict::Silent,
                None => Verdict::Pass,
            }
        }),
        ..Hooks::NONE
    }),
};

fn entry_fault(entry: &Value) -> Option<String> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
    if text("id").is_empty() {
        return Some("expected a string `id`".to_owned());
    }
    if text("object") != "model" {
        return Some("expected `object` `model`".to_owned());
    }
    if !entry.get("created").is_some_and(Value::is_i64) {
        let found = entry
            .get("created")
            .map_or_else(|| "none".to_owned(), short);
        return Some(format!(
            "expected `created` in Unix seconds, found `{found}`"
        ));
    }
    text("owned_by")
        .is_empty()
        .then(|| "expected a string `owned_by`".to_owned())
}

/// No model is listed twice.
pub(super) static UNIQUE: Rule = Rule {
    id: "OAI-056",
    name: "models-listed-twice",
    severity: Severity::Must,
    source: "803 recorded entries; the id is the key that models are looked up by",
    explanation: "Clients build a table by id, so of two entries one is lost, and nobody can say \
        which limits hold. List each model once.",
    violations: &[body(
        "",
        concat!(
            r#"{"object":"list","data":["#,
            model!("a"),
            ",",
            model!("a"),
            "]}"
        ),
    )],
    conforming: &[body("", LIST)],
    faults: &["edit * /data/0 doubled"],
    check: Check::Management(Hooks {
        body: Some(|whole| {
            let mut seen = HashSet::new();
            let ids = entries(whole).into_iter().flatten();
            let mut ids = ids.filter_map(|entry| entry.get("id")?.as_str()).peekable();
            if ids.peek().is_none() {
                return Verdict::Silent;
            }
            match ids.find(|id| !seen.insert(*id)) {
                Some(twice) => {
                    Verdict::fail(format!("expected each model once, found `{twice}` twice"))
                }
                None => Verdict::Pass,
            }
        }),
        ..Hooks::NONE
    }),
};

/// The list is complete.
pub(super) static PAGED: Rule = Rule {
    id: "OAI-057",
    name: "models-list-paged",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document, ListModelsResponse has no paging; its clients fetch one page",
    explanation: "Clients ask once and take what they get for all there is. Send the whole list in \
        one body.",
    violations: &[body(
        "",
        concat!(
            r#"{"object":"list","has_more":true,"data":["#,
            model!("a"),
            "]}"
        ),
    )],
    conforming: &[body("", LIST)],
    faults: &["edit * /has_more = true"],
    check: Check::Management(Hooks {
        body: Some(|whole| {
            if entries(whole).is_none() {
                return Verdict::Silent;
            }
            let more = list(whole).and_then(|body| body.get("has_more"));
            Verdict::when(more.and_then(Value::as_bool) != Some(true), || {
                "expected the whole list, found `has_more` `true`".to_owned()
            })
        }),
        ..Hooks::NONE
    }),
};
