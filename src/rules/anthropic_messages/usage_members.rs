//! Which members go together, in usage and beside it.

use super::moment::{Body, DELTAS, ENDS, STARTS, Step, object, of_type, type_of};
use super::sample::{GREETING, GREETING_WHOLE, stream, whole};
use super::tables::{CITATION, MESSAGE, MESSAGE_DELTA, USAGE};
use crate::json::Value;
use crate::rules::members::{unusual, unusual_value};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

/// A greeting whose `message_start` and `message_delta` have these members in usage.
macro_rules! counted {
    ($start:literal, $end:literal) => {
        concat!(
            start_with!(
                r#""type":"message","role":"assistant","model":"m","content":[],"#,
                r#""stop_reason":null,"stop_sequence":null,"#,
                r#""usage":{"input_tokens":9,"output_tokens":1"#,
                $start,
                "}"
            ),
            hi!(0),
            ending!(
                r#""delta":{"stop_reason":"end_turn","stop_sequence":null},"#,
                r#""usage":{"output_tokens":5"#,
                $end,
                "}"
            ),
            stop!()
        )
    };
}

pub(super) static TOGETHER: Rule = Rule {
    id: "ANT-125",
    name: "usage-incomplete",
    severity: Severity::Should,
    source: "Anthropic documentation, Streaming messages: the joined stream is the message; \
             recordings: both counts of the cache are there or neither is",
    explanation: "`cache_creation_input_tokens` and `cache_read_input_tokens` come together, and \
                  with them whatever breaks them down; a `message_delta` that repeats one count of \
                  the input repeats all three. What a client joins from a stream lays the last \
                  counts over the first, and with one missing it adds up two different moments.",
    violations: &[
        stream(counted!(r#","cache_read_input_tokens":4"#, "")),
        stream(counted!("", r#","input_tokens":9"#)),
        whole(message!(
            r#""content":[],"stop_reason":"end_turn","stop_sequence":null,"#,
            r#""usage":{"input_tokens":9,"output_tokens":5,"#,
            r#""cache_creation":{"ephemeral_5m_input_tokens":0,"#,
            r#""ephemeral_1h_input_tokens":0}}"#
        )),
    ],
    conforming: &[
        GREETING,
        GREETING_WHOLE,
        stream(counted!(
            r#","cache_creation_input_tokens":0,"cache_read_input_tokens":0"#,
            r#","input_tokens":9,"cache_creation_input_tokens":0,"cache_read_input_tokens":0"#
        )),
    ],
    faults: &["edit message_start /message/usage/cache_read_input_tokens removed"],
    check: Check::AnthropicMessages(Hooks {
        about: &[STARTS, ENDS],
        event: Some(|step: &Step<'_>| {
            if let Some(json) = of_type(step, "message_delta") {
                let usage = json.get("usage").filter(|usage| usage.is_object());
                return usage.map_or(Verdict::Silent, |usage| together(usage, &REPEATED));
            }
            let message = of_type(step, "message_start").and_then(|json| json.get("message"));
            message.map_or(Verdict::Silent, of_message)
        }),
        body: Some(|whole: &Body<'_>| object(whole).map_or(Verdict::Silent, of_message)),
        ..Hooks::NONE
    }),
};

const CACHE: [&str; 2] = ["cache_creation_input_tokens", "cache_read_input_tokens"];
const REPEATED: [&str; 3] = ["input_tokens", CACHE[0], CACHE[1]];

fn of_message(message: &Value) -> Verdict {
    let Some(usage) = message.get("usage").filter(|usage| usage.is_object()) else {
        return Verdict::Silent;
    };
    if usage.get("cache_creation").is_some_and(Value::is_object) {
        return follows(usage, "cache_creation", &CACHE);
    }
    together(usage, &CACHE)
}

/// All of them or none.
fn together(usage: &Value, keys: &[&str]) -> Verdict {
    match keys.iter().find(|key| usage.get(**key).is_some()) {
        Some(first) => follows(usage, first, keys),
        None => Verdict::Pass,
    }
}

/// All of them, since there is another.
fn follows(usage: &Value, other: &str, keys: &[&str]) -> Verdict {
    match keys.iter().find(|key| usage.get(**key).is_none()) {
        Some(key) => Verdict::fail(format!(
            "expected `usage.{key}` beside `{other}`, found none"
        )),
        None => Verdict::Pass,
    }
}

pub(super) static USUAL: Rule = Rule {
    id: "ANT-129",
    name: "anthropic-member-left-out",
    severity: Severity::Note,
    source: "Recordings: members that are optional on paper and were never seen missing, or null",
    explanation: "Answers of one age have the same members: with `inference_geo` comes \
                  `service_tier`, with that the counts of the cache; a message that starts with \
                  `stop_details` ends with them; counts that may be null never are. A server that \
                  leaves one out differs from what clients were tried with.",
    violations: &[
        stream(counted!(r#","service_tier":"standard""#, "")),
        stream(counted!(
            r#","cache_creation_input_tokens":null,"cache_read_input_tokens":0"#,
            ""
        )),
        stream(concat!(
            start!(),
            hi!(0),
            ending!(
                r#""delta":{"stop_reason":"end_turn","stop_sequence":null,"stop_details":null},"#,
                r#""usage":{"output_tokens":5}"#
            ),
            stop!()
        )),
        whole(message!(
            r#""content":[],"stop_reason":"refusal","stop_sequence":null,"#,
            r#""stop_details":{"type":"refusal","category":null},"#,
            r#""usage":{"input_tokens":9,"output_tokens":5}"#
        )),
    ],
    conforming: &[GREETING, GREETING_WHOLE],
    faults: &["edit message_delta /delta/stop_details removed"],
    check: Check::AnthropicMessages(Hooks {
        about: &[STARTS, ENDS, DELTAS],
        event: Some(usual_event),
        body: Some(|whole: &Body<'_>| {
            let body = object(whole).filter(|body| type_of(body) == "message");
            body.map_or(Verdict::Silent, usual_message)
        }),
        ..Hooks::NONE
    }),
};

fn usual_event(step: &Step<'_>) -> Verdict {
    let Some(json) = step.event.json() else {
        return Verdict::Silent;
    };
    match type_of(json) {
        kind @ "message_start" => {
            let message = of_type(step, kind).and_then(|json| json.get("message"));
            message.map_or(Verdict::Silent, usual_message)
        }
        kind @ "message_delta" if of_type(step, kind).is_some() => usual_end(step, json),
        "content_block_delta" => {
            let citation = json.get("delta").and_then(|delta| delta.get("citation"));
            citation.map_or(Verdict::Silent, |citation| {
                told(unusual_value(citation, &CITATION))
            })
        }
        _ => Verdict::Silent,
    }
}

/// Of these each comes with all after it.
const AGES: [&str; 5] = [
    "inference_geo",
    "service_tier",
    "cache_creation",
    CACHE[0],
    CACHE[1],
];

fn usual_message(message: &Value) -> Verdict {
    let Some(usage) = message.get("usage").filter(|usage| usage.is_object()) else {
        return Verdict::Silent;
    };
    let first = AGES.iter().position(|key| usage.get(*key).is_some());
    let rest = first.map_or(&[][..], |first| &AGES[first..]);
    // The parts of the cache came a little later than the tier.
    let is_old = |key: &&&str| **key == "cache_creation" && first == Some(1);
    let missing = rest
        .iter()
        .find(|key| usage.get(**key).is_none() && !is_old(key));
    if let (Some(key), Some(first)) = (missing, first) {
        let other = AGES[first];
        return Verdict::fail(format!(
            "expected `usage.{key}` beside `{other}`, found none"
        ));
    }
    told(unusual(message, MESSAGE))
}

fn usual_end(step: &Step<'_>, json: &Value) -> Verdict {
    let delta = json.get("delta").filter(|delta| delta.is_object());
    let usage = json.get("usage").filter(|usage| usage.is_object());
    let (Some(delta), Some(usage)) = (delta, usage) else {
        return Verdict::Silent;
    };
    let age = step.before.age;
    let details = delta.get("stop_details").is_some();
    if step.before.starts > 0 && details != age.has_details {
        let (one, other) = if details {
            ("no ", "some")
        } else {
            ("", "none")
        };
        return Verdict::fail(format!(
            "expected {one}`stop_details` as at the start, found {other}"
        ));
    }
    if age.is_recent && usage.get("input_tokens").is_none() {
        return Verdict::fail("expected `usage.input_tokens` again at the end, found none");
    }
    told(unusual(delta, MESSAGE_DELTA).or_else(|| unusual(usage, USAGE)))
}

fn told(wrong: Option<String>) -> Verdict {
    wrong.map_or(Verdict::Pass, Verdict::fail)
}
