//! How the arguments of two calls differ, and whether they are what a tool's schema asks for.

use crate::json::Value;

/// The first place where two documents differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unlike {
    /// A JSON pointer; empty: the documents themselves.
    pub(super) at: String,
    /// The two are of different types, or only one is there.
    pub(super) by_type: bool,
    pub(super) one: String,
    pub(super) other: String,
}

/// `None`: they are alike. The order of members does not matter, nor how a number is written.
pub(super) fn unlike(one: &Value, other: &Value) -> Option<Unlike> {
    // A member that is not there or of another type says more than another value.
    let mut all = Vec::new();
    walk(Some(one), Some(other), String::new(), &mut all);
    let typed = all.iter().position(|unlike| unlike.by_type);
    let first = typed.unwrap_or(0);
    (!all.is_empty()).then(|| all.swap_remove(first))
}

fn walk(one: Option<&Value>, other: Option<&Value>, at: String, all: &mut Vec<Unlike>) {
    match (one, other) {
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            let extra = right.keys().filter(|key| !left.contains_key(key));
            for key in left.keys().chain(extra) {
                let at = format!("{at}/{key}");
                walk(left.get(key), right.get(key), at, all);
            }
        }
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            for index in 0..left.len().max(right.len()) {
                let at = format!("{at}/{index}");
                walk(left.get(index), right.get(index), at, all);
            }
        }
        (Some(left), Some(right)) if is_same(left, right) => {}
        (left, right) => all.push(Unlike {
            at,
            by_type: left.map(kind) != right.map(kind),
            one: told(left),
            other: told(right),
        }),
    }
}

fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64()
        }
        (one, other) => one == other,
    }
}

/// JSON's name for the type of a value.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn told(value: Option<&Value>) -> String {
    value.map_or_else(
        || "nothing".to_owned(),
        |value| format!("{} `{value}`", kind(value)),
    )
}

/// What of arguments does not fit the schema: members that are missing, of another type, or none of
/// the words that are allowed. Reads only what the schemas of our own tools use.
pub(super) fn misfit(arguments: &Value, schema: &serde_json::Value) -> Option<String> {
    let Value::Object(members) = arguments else {
        return Some(format!("{}, expected an object", kind(arguments)));
    };
    let required = schema["required"].as_array().into_iter().flatten();
    for name in required.filter_map(|name| name.as_str()) {
        if !members.contains_key(name) {
            return Some(format!("no `{name}`, which the tool requires"));
        }
    }
    for (name, value) in members.iter() {
        let property = &schema["properties"][name];
        let Some(wanted) = property["type"].as_str() else {
            continue;
        };
        let fits = match wanted {
            "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
            wanted => kind(value) == wanted,
        };
        if !fits {
            return Some(format!("`{name}` is {}, not {wanted}", told(Some(value))));
        }
        let words = property["enum"].as_array();
        let is_allowed = |words: &Vec<serde_json::Value>| {
            words.iter().any(|word| word.as_str() == value.as_str())
        };
        if words.is_some_and(|words| !is_allowed(words)) {
            return Some(format!("`{name}` is {value}, which the tool does not know"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn differ(one: serde_json::Value, other: serde_json::Value) -> Option<(String, bool)> {
        let unlike = unlike(&one.into(), &other.into())?;
        Some((unlike.at, unlike.by_type))
    }

    #[test]
    fn order_and_spelling_do_not_matter_and_all_else_does() {
        let one = json!({"city": "Oslo", "days": 3, "tags": ["a", {"b": null}]});
        let same = json!({"tags": ["a", {"b": null}], "days": 3.0, "city": "Oslo"});
        assert_eq!(differ(one.clone(), same), None);
        for (other, at, by_type) in [
            (
                json!({"city": "Rome", "days": 3, "tags": ["a", {"b": null}]}),
                "/city",
                false,
            ),
            (
                json!({"city": "Rome", "days": "3", "tags": ["a", {"b": null}]}),
                "/days",
                true,
            ),
            (
                json!({"city": "Oslo", "days": 3, "tags": ["a"]}),
                "/tags/1",
                true,
            ),
            (
                json!({"city": "Oslo", "tags": ["a", {"b": null}]}),
                "/days",
                true,
            ),
            (json!("Oslo"), "", true),
        ] {
            let expected = Some((at.to_owned(), by_type));
            assert_eq!(differ(one.clone(), other.clone()), expected, "{other}");
        }
    }

    #[test]
    fn arguments_are_held_to_their_schema() {
        let tool = crate::protocol::prompt::tool(crate::scenario::request::Tool::Weather);
        let told = |arguments: serde_json::Value| misfit(&arguments.into(), &tool.parameters);
        let fits = json!({"city": "Oslo", "unit": "celsius", "days": 3});
        assert_eq!(told(fits), None);
        for (arguments, part) in [
            (json!({"city": "Oslo", "unit": "celsius"}), "no `days`"),
            (
                json!({"city": "Oslo", "unit": "celsius", "days": "3"}),
                "`days` is string",
            ),
            (
                json!({"city": "Oslo", "unit": "celsius", "days": 2.5}),
                "not integer",
            ),
            (
                json!({"city": "Oslo", "unit": "kelvin", "days": 3}),
                "does not know",
            ),
            (json!([]), "expected an object"),
        ] {
            let told = told(arguments).unwrap_or_default();
            assert!(told.contains(part), "{told}");
        }
    }
}
