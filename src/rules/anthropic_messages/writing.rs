//! How the JSON of an event is written.

use crate::json::Value;

use super::moment::{Body, Step, object};
use super::sample::{GREETING, GREETING_WHOLE, stream, whole};
use crate::protocol::Payload;
use crate::rules::repeated::{self, unique};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static REPEATED: Rule = Rule {
    id: "ANT-022",
    name: "anthropic-member-twice",
    severity: Severity::Must,
    source: repeated::SOURCE,
    explanation: repeated::WHY,
    violations: &[
        stream(concat!(
            start!(),
            event!(
                "content_block_start",
                r#"{"type":"content_block_start","index":0,"index":0,"#,
                r#""content_block":{"type":"text","text":""}}"#
            ),
            say!(0),
            close!(0),
            bye!()
        )),
        whole(message!(
            r#""content":[],"stop_reason":"end_turn","stop_sequence":null,"#,
            r#""usage":{"input_tokens":9,"output_tokens":5,"output_tokens":6}"#
        )),
    ],
    conforming: &[GREETING, GREETING_WHOLE],
    faults: &[r#"edit bytes "\"index\":0" "\"index\":0,\"index\":0""#],
    check: Check::AnthropicMessages(Hooks {
        about: &[Topic::NewForm],
        event: Some(|step| {
            let json = step.event.json().filter(|_| step.event.is_new_form);
            let json = json.filter(|_| !step.is_over);
            let json = json.filter(|json| step.event.lines().closed && json.is_object());
            json.map_or(Verdict::Silent, unique)
        }),
        body: Some(|whole: &Body<'_>| object(whole).map_or(Verdict::Silent, unique)),
        ..Hooks::NONE
    }),
};

pub(super) static PADDING: Rule = Rule {
    id: "ANT-027",
    name: "anthropic-odd-padding",
    severity: Severity::Should,
    source: "Recordings: 0 to 15 spaces before the last brace of an event",
    explanation: "The vendor pads the JSON of an event with up to 15 spaces before its last brace, \
                  to hide the length of what is said. More, or other white space, is not what its \
                  service sends, and costs traffic for each token.",
    violations: &[
        stream(concat!(
            start!(),
            hi!(0),
            end!("end_turn", 5),
            event!(
                "message_stop",
                r#"{"type":"message_stop"                                        }"#
            )
        )),
        stream(concat!(
            start!(),
            hi!(0),
            end!("end_turn", 5),
            event!("message_stop", "{\"type\":\"message_stop\"\t\t}")
        )),
    ],
    conforming: &[stream(concat!(
        start!(),
        hi!(0),
        end!("end_turn", 5),
        event!("message_stop", r#"{"type":"message_stop"               }"#)
    ))],
    faults: &[r#"edit bytes "\"message_stop\"" "\"message_stop\"                    ""#],
    check: Check::AnthropicMessages(Hooks {
        event: Some(padding),
        asked_of_repeats: true,
        ..Hooks::NONE
    }),
};

const MOST_PADDING: usize = 15;

fn padding(step: &Step<'_>) -> Verdict {
    let frame = step.event.frame();
    let is_one_line = frame.lines.closed && frame.lines.data == 1;
    if !is_one_line || step.is_over || !step.event.json().is_some_and(Value::is_object) {
        return Verdict::Silent;
    }
    let Some(rest) = frame.data.trim_ascii_end().strip_suffix(b"}") else {
        return Verdict::Silent;
    };
    let padding = &rest[rest.trim_ascii_end().len()..];
    if padding.iter().any(|byte| *byte != b' ') {
        return Verdict::fail("expected spaces before the last brace, found other white space");
    }
    Verdict::when(padding.len() <= MOST_PADDING, || {
        format!(
            "expected at most `{MOST_PADDING}` spaces before the last brace, found `{}`",
            padding.len()
        )
    })
}

pub(super) static HALVES: Rule = Rule {
    id: "ANT-028",
    name: "anthropic-split-character",
    severity: Severity::Should,
    source: "Recordings: text is UTF-8 as it is; no event escapes half of a character",
    explanation: "Text is sent as UTF-8, and a character stands whole in one event. One that is \
                  escaped as two halves over two deltas turns into two replacement characters, or \
                  raises in strict parsers.",
    violations: &[stream(concat!(
        start!(),
        open_text!(0),
        delta!(0, r#"{"type":"text_delta","text":"Hi \ud83d"}"#),
        delta!(0, r#"{"type":"text_delta","text":"\ude00"}"#),
        close!(0),
        bye!()
    ))],
    conforming: &[stream(concat!(
        start!(),
        open_text!(0),
        delta!(
            0,
            r#"{"type":"text_delta","text":"Hi \ud83d\ude00 \\ud83d"}"#
        ),
        close!(0),
        bye!()
    ))],
    faults: &[r#"edit bytes "\"text\":\"" "\"text\":\"\\ud83d""#],
    check: Check::AnthropicMessages(Hooks {
        event: Some(halves),
        asked_of_repeats: true,
        ..Hooks::NONE
    }),
};

fn halves(step: &Step<'_>) -> Verdict {
    let frame = step.event.frame();
    let has_data = matches!(step.event.payload, Payload::Json(_) | Payload::NotJson(_));
    if !has_data || !frame.lines.closed || frame.lines.oversized || step.is_over {
        return Verdict::Silent;
    }
    Verdict::when(!has_lone_half(&frame.data), || {
        "expected whole characters, found half of one as an escape".to_owned()
    })
}

/// Whether an escape `\uD800` to `\uDFFF` stands without its other half.
fn has_lone_half(data: &[u8]) -> bool {
    let mut rest = data;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        rest = &rest[at..];
        match escape(rest) {
            Some(0xD800..=0xDBFF) => match escape(rest.get(6..).unwrap_or_default()) {
                Some(0xDC00..=0xDFFF) => rest = rest.get(12..).unwrap_or_default(),
                _ => return true,
            },
            Some(0xDC00..=0xDFFF) => return true,
            _ => rest = rest.get(2..).unwrap_or_default(),
        }
    }
    false
}

/// The number of an escape `\uXXXX` that the bytes begin with.
fn escape(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    let text = std::str::from_utf8(digits).ok()?;
    u32::from_str_radix(text, 16).ok()
}
