//! The lines of a recording, as they are written and read.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contract::HeldTo;

/// The first line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The form: [`super::SCHEMA`]. First, so that a file is known by its first bytes.
    pub recording: String,
    /// The version that wrote it.
    pub spikeproof: String,
    pub scenario: String,
    pub seed: u64,
    pub target: String,
    /// UTC, RFC 3339; all times count from here.
    pub started: String,
    /// What its findings rest on.
    #[serde(default)]
    pub conformance: HeldTo,
}

/// A further line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    Exchange(Box<Entry>),
    End(LeftOut),
}

/// One exchange.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Name of the request template.
    pub request: String,
    pub phase: String,
    pub call: u64,
    /// Ordinal in its call, from 0.
    pub ordinal: u32,
    pub step: String,
    /// `finding` or `sample`.
    pub reason: String,
    /// Ids of the rules that it broke, in the order in which they were.
    pub rules: Vec<String>,
    /// The id that the target gave it.
    pub request_id: Option<String>,
    pub outcome: String,
    pub failure: Option<String>,
    /// Repeats the request.
    pub curl: Option<String>,
    pub sent: Sent,
    pub answered: Answered,
    pub times: Times,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    pub method: String,
    /// Without the base and without the key.
    pub path: String,
    /// The documented route, such as `/v1/messages`.
    pub endpoint: String,
    /// `json`, `sse` or `array`.
    pub delivery: String,
    /// Without the one that carries the key.
    pub headers: Vec<(String, String)>,
    pub body: Option<Body>,
    /// Bytes of the body that are not here.
    pub left_out: u64,
    /// What the request asks for, where its body is not JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Value>,
    /// What was wrong with it on purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mistake: Option<String>,
    /// What was known of its task before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<Earlier>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Earlier {
    pub task_id: String,
    pub status: String,
    pub resubmitted: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    pub status: u16,
    /// Names in lower case, without credentials.
    pub headers: Vec<(String, String)>,
    pub body: Option<Body>,
    /// Bytes of the body that are not here.
    pub left_out: u64,
    /// Of each piece as it came: nanoseconds since the start, and bytes.
    pub pieces: Vec<(u64, u64)>,
    /// `clean`, `broken` (by the connection) or `left` (by us).
    pub end: String,
}

/// Bytes: as text where they are UTF-8.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    Text(String),
    Base64(String),
}

/// Nanoseconds since the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Times {
    pub due: u64,
    pub dispatched: u64,
    pub sent: Option<u64>,
    pub head: Option<u64>,
    pub first_byte: Option<u64>,
    pub first_token: Option<u64>,
    pub terminal: Option<u64>,
    pub closed: Option<u64>,
}

/// The last line: what is not in the recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LeftOut {
    /// Exchanges with findings: enough alike are there, or there was no room.
    pub exchanges: u64,
    /// Bytes of bodies of exchanges that are there.
    pub bytes: u64,
}

impl Entry {
    /// Moves its times to a clock that was started so much earlier.
    pub fn shift(&mut self, by: std::time::Duration) {
        let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        let later = |at: &mut u64| *at = at.saturating_add(by);
        let times = &mut self.times;
        later(&mut times.due);
        later(&mut times.dispatched);
        let further = [
            &mut times.sent,
            &mut times.head,
            &mut times.first_byte,
            &mut times.first_token,
            &mut times.terminal,
            &mut times.closed,
        ];
        further.into_iter().flatten().for_each(later);
        let pieces = self.answered.pieces.iter_mut();
        pieces.map(|(at, _)| at).for_each(later);
    }
}

impl Body {
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        use base64::Engine as _;
        if bytes.is_empty() {
            return None;
        }
        Some(match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Base64(base64::engine::general_purpose::STANDARD.encode(bytes)),
        })
    }

    /// `None`: it is no valid base64.
    pub(super) fn bytes(self) -> Option<Vec<u8>> {
        use base64::Engine as _;
        match self {
            Self::Text(text) => Some(text.into_bytes()),
            Self::Base64(text) => base64::engine::general_purpose::STANDARD.decode(text).ok(),
        }
    }
}
