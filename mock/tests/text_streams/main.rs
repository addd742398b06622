//! The text half of the replica, read back by strict readers of its own: they know the protocols'
//! rules and share nothing with the encoders. A healthy stream must pass them and say what the
//! whole body says; a spoiled one must not.

mod anthropic;
mod chat;
mod faults;
mod gemini;
mod gemini_requests;
mod requests;
mod responses;
mod same;
mod turns;

use serde_json::Value;
use spikeproof_mock::script::{Frame, FrameKind};
use spikeproof_mock::text::{
    Answer, Delivery, Dialect, Frames, Maker, Prompt, Stamp, compose, encode, read as read_prompt,
};

pub(crate) const DIALECTS: [Dialect; 4] = [
    Dialect::AnthropicMessages,
    Dialect::OpenaiChat,
    Dialect::OpenaiResponses,
    Dialect::Gemini,
];

/// What an answer says, whatever the protocol.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Said {
    pub(crate) choices: Vec<Choice>,
    pub(crate) input: u64,
    pub(crate) output: u64,
    pub(crate) thinking: u64,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Choice {
    pub(crate) thinking: String,
    pub(crate) signature: String,
    pub(crate) text: String,
    pub(crate) refusal: String,
    pub(crate) citations: Vec<Value>,
    /// Queries and results of the service's own tools.
    pub(crate) searches: Vec<Value>,
    /// Id, name, arguments.
    pub(crate) calls: Vec<(String, String, Value)>,
    pub(crate) stop: String,
    pub(crate) sequence: Option<String>,
    /// The last call may be cut in the middle only if the answer was.
    pub(crate) logprobs: Option<Value>,
}

/// A rule that was broken, in words.
pub(crate) type Broken = String;

pub(crate) fn rule(holds: bool, words: &str) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(words.to_owned()) }
}

/// Records of a stream whose lines end in `line_end`, each as its lines. Framing to the byte.
pub(crate) fn records<'a>(bytes: &'a [u8], line_end: &str) -> Result<Vec<Vec<&'a str>>, Broken> {
    let text = std::str::from_utf8(bytes).map_err(|_| "valid UTF-8")?;
    rule(!text.starts_with('\u{feff}'), "no byte order mark")?;
    rule(line_end != "\n" || !text.contains('\r'), "LF only")?;
    rule(
        line_end == "\n" || !text.replace("\r\n", "").contains('\n'),
        "CRLF only",
    )?;
    let blank = line_end.repeat(2);
    let mut all: Vec<&str> = text.split(blank.as_str()).collect();
    rule(all.pop() == Some(""), "a blank line ends the last event")?;
    Ok(all
        .into_iter()
        .map(|record| record.split(line_end).collect())
        .collect())
}

pub(crate) fn json(text: &str) -> Result<Value, Broken> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("JSON: {error}"))?;
    rule(value.is_object(), "an event is an object")?;
    Ok(value)
}

/// A string that must be there.
pub(crate) fn text<'a>(value: &'a Value, what: &str) -> Result<&'a str, Broken> {
    value.as_str().ok_or_else(|| format!("{what} is a string"))
}

pub(crate) fn number(value: &Value, what: &str) -> Result<u64, Broken> {
    value
        .as_u64()
        .ok_or_else(|| format!("{what} is a whole number"))
}

/// A whole number that is a place in a list.
pub(crate) fn place(value: &Value) -> Result<usize, Broken> {
    usize::try_from(number(value, "an index")?).map_err(|_| "an index is small".to_owned())
}

/// How many choices the request wants.
pub(crate) fn count(prompt: &Prompt) -> usize {
    usize::try_from(prompt.choices).expect("a count of choices fits")
}

pub(crate) fn bytes(frames: &Frames) -> Vec<u8> {
    frames
        .iter()
        .flat_map(|frame| frame.bytes.to_vec())
        .collect()
}

pub(crate) fn prompt(dialect: Dialect, delivery: Delivery, body: &Value) -> Prompt {
    let mut prompt = read_prompt(dialect, Some("gemini-replica"), Some(delivery), body)
        .unwrap_or_else(|refusal| panic!("{dialect:?} {body}: {refusal:?}"));
    // What the engine looks up in its catalog.
    if prompt.model.starts_with("deepseek") {
        prompt.maker = Maker::Deepseek;
    }
    prompt
}

pub(crate) fn stamp(seed: u64) -> Stamp {
    Stamp {
        seed: seed ^ 0xabc,
        created: 1_790_000_000,
    }
}

/// The request's answers: short ones, and one in eight of the usual length.
pub(crate) fn answers(prompt: &Prompt, seed: u64) -> Vec<Answer> {
    compose(
        prompt,
        seed,
        (!seed.is_multiple_of(8)).then_some(4 + seed % 21),
    )
}

/// The frames of the request's answer.
pub(crate) fn frames(prompt: &Prompt, seed: u64) -> Frames {
    encode(prompt, &answers(prompt, seed), &stamp(seed))
}

/// Reads a stream strictly.
pub(crate) fn read_stream(prompt: &Prompt, bytes: &[u8]) -> Result<Said, Broken> {
    match prompt.dialect {
        Dialect::AnthropicMessages => anthropic::stream(prompt, bytes),
        Dialect::OpenaiChat => chat::stream(prompt, bytes),
        Dialect::OpenaiResponses => responses::stream(prompt, bytes),
        Dialect::Gemini => gemini::stream(prompt, bytes),
    }
}

pub(crate) fn read_whole(prompt: &Prompt, bytes: &[u8]) -> Result<Said, Broken> {
    let text = std::str::from_utf8(bytes).map_err(|_| "valid UTF-8")?;
    let body = json(text)?;
    match prompt.dialect {
        Dialect::AnthropicMessages => anthropic::whole(&body),
        Dialect::OpenaiChat => chat::whole(&body),
        Dialect::OpenaiResponses => responses::whole(prompt, &body),
        Dialect::Gemini => gemini::whole(prompt, &body),
    }
}

/// Whether the frame carries generated payload, judged by its JSON alone.
pub(crate) fn carries_payload(dialect: Dialect, frame: &Frame) -> bool {
    let text = String::from_utf8_lossy(&frame.bytes);
    let (Some(start), Some(end)) = (text.find('{'), text.rfind('}')) else {
        return false;
    };
    let event: Value = serde_json::from_str(&text[start..=end]).expect("JSON");
    let filled = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    match dialect {
        Dialect::AnthropicMessages => ["text", "thinking", "partial_json"]
            .iter()
            .any(|key| filled(&event["delta"][key])),
        Dialect::OpenaiChat => {
            let delta = &event["choices"][0]["delta"];
            filled(&delta["content"])
                || filled(&delta["refusal"])
                || filled(&delta["reasoning_content"])
                || filled(&delta["tool_calls"][0]["function"]["arguments"])
        }
        Dialect::OpenaiResponses => filled(&event["delta"]),
        Dialect::Gemini => event["candidates"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|candidate| {
                let parts = candidate["content"]["parts"].as_array();
                parts
                    .into_iter()
                    .flatten()
                    .any(|part| filled(&part["text"]) || part["functionCall"].is_object())
            }),
    }
}

/// Every frame's kind fits what it carries.
pub(crate) fn check_kinds(dialect: Dialect, frames: &Frames) {
    for (at, frame) in frames.iter().enumerate() {
        let is_token = frame.kind == FrameKind::Token;
        assert_eq!(
            is_token,
            carries_payload(dialect, frame),
            "{dialect:?} {frame:?}"
        );
        let is_last = at + 1 == frames.len();
        match dialect {
            Dialect::Gemini => assert!(is_last || is_token),
            Dialect::AnthropicMessages | Dialect::OpenaiChat | Dialect::OpenaiResponses => {
                assert_eq!(frame.kind == FrameKind::Opening, at == 0, "{frame:?}");
                assert_eq!(frame.kind == FrameKind::Terminal, is_last, "{frame:?}");
            }
        }
    }
}
