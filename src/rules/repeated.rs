//! No object has two members of one name, in whatever protocol.

use super::Verdict;
use super::quoting::quoted;
use crate::json::Value;

/// Who asks for it, in families whose recordings were looked through for it.
pub(crate) const SOURCE: &str = "RFC 8259, section 4: names within an object should be unique; no \
    recorded answer repeats one";
/// Why it matters.
pub(crate) const WHY: &str = "No object has two members of one name. Parsers keep the first, the \
    last or raise, so that two clients read two answers from the same bytes.";

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
