//! Bytes: how each vendor writes an event, an array element or a whole body. Nothing here knows
//! what an event means.

use std::fmt::Write as _;

use bytes::Bytes;
use serde_json::Value;

use crate::script::{Frame, FrameKind};

pub(super) fn frame(bytes: impl Into<Bytes>, kind: FrameKind) -> Frame {
    Frame {
        bytes: bytes.into(),
        kind,
    }
}

/// `event:` line, `data:` line, blank line, all with LF: Messages and Responses.
pub(super) fn named_event(name: &str, json: &str) -> String {
    format!("event: {name}\ndata: {json}\n\n")
}

/// `data:` line and blank line with LF: Chat Completions.
pub(super) fn data_event(json: &str) -> String {
    format!("data: {json}\n\n")
}

/// `data:` line and blank line with CRLF: Gemini.
pub(super) fn gemini_event(value: &Value) -> String {
    format!("data: {}\r\n\r\n", google_line(value))
}

/// Google's one-line JSON: a space after colons, none after commas, some characters escaped.
pub(super) fn google_line(value: &Value) -> String {
    let mut out = String::new();
    write_spaced(value, &mut out);
    escaped(&out)
}

/// Google's JSON of arrays and whole bodies: indented by two, some characters escaped.
pub(super) fn google_pretty(value: &Value) -> String {
    escaped(&format!("{value:#}"))
}

/// OpenAI's JSON of whole bodies: indented by two.
pub(super) fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

/// Angle brackets, as recorded; and what Unicode calls the end of a line, where the vendor's own
/// client for Python cut events until its third version. Outside of strings JSON has none of these,
/// so a plain replacement is exact.
fn escaped(json: &str) -> String {
    [
        ('<', "\\u003c"),
        ('>', "\\u003e"),
        ('\u{85}', "\\u0085"),
        ('\u{2028}', "\\u2028"),
        ('\u{2029}', "\\u2029"),
    ]
    .into_iter()
    .fold(json.to_owned(), |json, (character, escape)| {
        json.replace(character, escape)
    })
}

fn write_spaced(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            out.push('{');
            for (at, (key, member)) in map.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                let _infallible = write!(out, "{}: ", Value::from(key.as_str()));
                write_spaced(member, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_spaced(item, out);
            }
            out.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let _infallible = write!(out, "{value}");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn google_lines_have_spaces_after_colons_only_and_no_angles_or_other_ends_of_lines() {
        let line = google_line(&json!({"d": "\u{85}\u{2028}\u{2029}"}));
        assert_eq!(line, r#"{"d": "\u0085\u2028\u2029"}"#);
        let line = google_line(&json!({"a": [1, {"b": "<x>, y: \"é\""}], "c": {}}));
        assert_eq!(
            line,
            r#"{"a": [1,{"b": "\u003cx\u003e, y: \"é\""}],"c": {}}"#
        );
    }
}
