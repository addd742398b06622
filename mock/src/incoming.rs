//! What a front hands to the engine and gets back.

use bytes::Bytes;

use crate::edit::Edit;
use crate::script::Script;

/// A request, read whole. A front need not keep more of a body than one byte above
/// [`crate::Engine::body_limit`]: the engine refuses it by its length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Upper case.
    pub method: String,
    /// As sent, still percent-encoded, without the query.
    pub path: String,
    /// As sent, without the question mark.
    pub query: Option<String>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

impl Incoming {
    /// The first header of that name, which is in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The first value of a query parameter, decoded.
    #[must_use]
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.parameters(name).next()
    }

    /// Every value of a query parameter, decoded.
    pub(crate) fn parameters<'a>(&'a self, name: &'a str) -> impl Iterator<Item = String> + 'a {
        self.query
            .as_deref()
            .unwrap_or_default()
            .split('&')
            .filter_map(move |pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(key, true) == name).then(|| decode(value, true))
            })
    }
}

/// Undoes percent-encoding; what is not a valid escape stays as it is.
pub(crate) fn decode(text: &str, plus_is_space: bool) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = text
            .get(at + 1..at + 3)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], escape) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                at += 3;
                continue;
            }
            (b'+', _) if plus_is_space => decoded.push(b' '),
            (byte, _) => decoded.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// An answer that has not been written yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    pub script: Script,
    pub call: CallToken,
}

/// Names a call towards the engine. Whoever plays the script ends the call with
/// [`crate::Engine::finish`] or [`crate::Engine::abandon`]; both may be called again without harm.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CallToken {
    pub(crate) number: u64,
    pub(crate) key: u64,
    pub(crate) request_id: String,
    pub(crate) head: HeadEdits,
    /// Those that the head must keep when its envelope is renewed.
    pub(crate) edits: Vec<Edit>,
}

impl CallToken {
    /// The value of the request id header, unique for each answer.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.request_id
    }
}

/// What the quota header of one answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum QuotaText {
    #[default]
    True,
    Cached,
    OtherKey,
    Twice,
    Word,
    Absent,
    /// One unit of the last digit too small.
    Less,
    /// More with each answer.
    Rising,
    /// With one digit more in every other answer.
    Finer,
}

/// What is wrong with the quota envelope of one answer. Healthy is the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct HeadEdits {
    pub(crate) quota: QuotaText,
    pub(crate) limits: LimitsText,
    pub(crate) without_org: bool,
}

/// What the three headers of the tightest bucket show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum LimitsText {
    #[default]
    True,
    PastReset,
    AboveLimit,
    Absent,
}

/// How much of an answer a client was sent before it left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Delivered {
    pub frames: u64,
    /// Those of them that carry generated payload.
    pub tokens: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_leaves_broken_escapes_alone() {
        for (text, decoded) in [
            ("a%2Fb", "a/b"),
            ("%", "%"),
            ("%zz+", "%zz "),
            ("%e4%bd%a0", "你"),
        ] {
            assert_eq!(decode(text, true), decoded);
        }
        assert_eq!(decode("a+b%é", false), "a+b%é");
    }

    #[test]
    fn a_repeated_parameter_gives_each_of_its_values() {
        let incoming = Incoming {
            method: "GET".to_owned(),
            path: "/v1/models".to_owned(),
            query: Some("capability=text&x&capability=tool%5Fuse".to_owned()),
            headers: Vec::new(),
            body: Bytes::new(),
        };
        let values: Vec<_> = incoming.parameters("capability").collect();
        assert_eq!(values, ["text", "tool_use"]);
        assert_eq!(incoming.parameter("x"), Some(String::new()));
        assert_eq!(incoming.parameter("y"), None);
    }
}
