//! No object has two members of one name, in whatever protocol.

use super::Verdict;
use super::quoting::quoted;
use crate::json::Value;

/// Whether a document keeps to that.
pub(crate) fn unique(document: &Value) -> Verdict {
    match repeated(document) {
        None => Verdict::Pass,
        Some(name) => Verdict::fail(format!(
            "expected each name once in an object, found {} twice",
            quoted(name)
        )),
    }
}

fn repeated(value: &Value) -> Option<&str> {
    match value {
        Value::Object(members) => members
            .repeated()
            .or_else(|| members.values().find_map(repeated)),
        Value::Array(values) => values.iter().find_map(repeated),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}
