//! What `message_start` tells of the answer to come.

use crate::json::Value;

use super::moment::{Body, STARTS, Step, object, of_type};
use super::sample::{GREETING, answered, stream, streamed, whole};
use crate::protocol::Asked;
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

/// The message of a `message_start`.
fn message<'a>(step: &'a Step<'_>) -> Option<&'a Value> {
    of_type(step, "message_start")?.get("message")
}

/// Whether it holds the whole answer already.
fn is_prefilled(message: &Value) -> bool {
    message.get("stop_reason").is_some_and(Value::is_string)
}

/// A greeting whose `message_start` has these members after `content`.
macro_rules! starting {
    ($($members:tt)+) => {
        concat!(
            start_with!(
                r#""type":"message","role":"assistant","model":"m","content":[],"#,
                r#""stop_reason":null,"stop_sequence":null,"#,
                $($members)+
            ),
            hi!(0),
            bye!()
        )
    };
}

pub(super) static DETAILS: Rule = Rule {
    id: "ANT-054",
    name: "early-stop-details",
    severity: Severity::Should,
    source: "Recordings: `stop_details` is null or absent in `message_start`",
    explanation: "`stop_details` says why a message stopped, which `message_start` cannot know \
                  yet. A client that finds it there takes an answer for refused before it is made.",
    violations: &[stream(starting!(
        r#""stop_details":{"type":"refusal"},"usage":{"input_tokens":9,"output_tokens":1}"#
    ))],
    conforming: &[stream(concat!(
        start_with!(
            r#""type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"#,
            r#""stop_sequence":null,"stop_details":null,"#,
            r#""usage":{"input_tokens":9,"output_tokens":1}"#
        ),
        hi!(0),
        ending!(
            r#""delta":{"stop_reason":"end_turn","stop_sequence":null,"stop_details":null},"#,
            r#""usage":{"output_tokens":5}"#
        ),
        stop!()
    ))],
    faults: &[r#"edit message_start /message/stop_details = {"type":"refusal"}"#],
    check: Check::AnthropicMessages(Hooks {
        about: &[STARTS],
        event: Some(|step| {
            let message = message(step).filter(|message| !is_prefilled(message));
            match message.and_then(|message| message.get("stop_details")) {
                None => Verdict::Silent,
                details => Verdict::when(details.is_some_and(Value::is_null), || {
                    format!(
                        "expected `stop_details` null at the start, found {}",
                        quoted_value(details)
                    )
                }),
            }
        }),
        ..Hooks::NONE
    }),
};

pub(super) static MODEL: Rule = Rule {
    id: "ANT-055",
    name: "other-model",
    severity: Severity::Should,
    source: "Recordings: the model is the one asked for, or the dated name behind an alias",
    explanation: "`model` is the model that was asked for; an alias becomes its dated name. An \
                  answer of another family has another quality and another price, and nothing else \
                  tells the caller. Requests that name a model to fall back to are excused.",
    violations: &[
        streamed(
            r#"{"model":"claude-opus-4-6"}"#,
            concat!(
                start_with!(
                    r#""type":"message","role":"assistant","model":"claude-haiku-4-5","#,
                    r#""content":[],"stop_reason":null,"stop_sequence":null,"#,
                    r#""usage":{"input_tokens":9,"output_tokens":1}"#
                ),
                hi!(0),
                bye!()
            ),
        ),
        answered(
            r#"{"model":"claude-sonnet-4-5"}"#,
            saying!(r#"[{"type":"text","text":"Hi"}]"#, "end_turn"),
        ),
    ],
    conforming: &[streamed(
        r#"{"model":"claude-3-5-haiku-latest"}"#,
        concat!(
            start_with!(
                r#""type":"message","role":"assistant","model":"claude-3-5-haiku-20241022","#,
                r#""content":[],"stop_reason":null,"stop_sequence":null,"#,
                r#""usage":{"input_tokens":9,"output_tokens":1}"#
            ),
            hi!(0),
            bye!()
        ),
    )],
    faults: &[r#"edit message_start /message/model = "gpt-none-1""#],
    check: Check::AnthropicMessages(Hooks {
        about: &[STARTS],
        event: Some(|step| {
            message(step).map_or(Verdict::Silent, |told| model(step.asked.get(), told))
        }),
        body: Some(|whole: &Body<'_>| {
            object(whole).map_or(Verdict::Silent, |told| model(whole.asked.get(), told))
        }),
        ..Hooks::NONE
    }),
};

/// Words of which a name has one.
const SIZES: [&str; 4] = ["opus", "sonnet", "haiku", "instant"];

fn model(asked: &Asked, message: &Value) -> Verdict {
    let found = message.get("model").and_then(Value::as_str);
    if found == Some("") {
        return Verdict::fail("expected the name of a model, found an empty one");
    }
    let (Some(wanted), Some(found)) = (asked.model.as_deref(), found) else {
        return Verdict::Silent;
    };
    let body = asked.body.as_ref().and_then(Value::as_object);
    let falls_back = body.is_some_and(|body| body.keys().any(|key| key.contains("fallback")));
    let (one, other) = (words(wanted), words(found));
    if falls_back || one.is_empty() || other.is_empty() {
        return Verdict::Silent;
    }
    let size = |words: &[String]| SIZES.iter().find(|size| words.iter().any(|w| w == *size));
    let same_size = match (size(&one), size(&other)) {
        (Some(one), Some(other)) => one == other,
        (Some(_) | None, None) | (None, Some(_)) => true,
    };
    let is_related = one.iter().any(|word| other.contains(word));
    Verdict::when(same_size && is_related, || {
        format!(
            "expected the model {} or its dated name, found {}",
            quoted(wanted),
            quoted(found)
        )
    })
}

/// The words of a model's name that are not versions; who sells it is left out.
fn words(model: &str) -> Vec<String> {
    let name = model.rsplit('/').next().unwrap_or(model);
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()))
        .filter(|word| !word.is_empty() && !word.contains(|c: char| c.is_ascii_digit()))
        .filter(|word| !matches!(*word, "latest" | "preview" | "v"))
        .map(str::to_ascii_lowercase)
        .collect()
}

pub(super) static PROVISIONAL: Rule = Rule {
    id: "ANT-056",
    name: "output-counted-early",
    severity: Severity::Should,
    source: "Recordings: `message_start` has 0 to 66 output tokens",
    explanation: "`output_tokens` in `message_start` is a small provisional number, since nothing \
                  has been said yet. A large one is the count of another answer, or of this one \
                  made whole before the first byte was sent: then nothing is streamed.",
    violations: &[stream(concat!(
        start_with!(
            r#""type":"message","role":"assistant","model":"m","content":[],"#,
            r#""stop_reason":null,"stop_sequence":null,"#,
            r#""usage":{"input_tokens":9,"output_tokens":900}"#
        ),
        hi!(0),
        end!("end_turn", 900),
        stop!()
    ))],
    conforming: &[GREETING],
    faults: &["edit message_start /message/usage/output_tokens = 9000"],
    check: Check::AnthropicMessages(Hooks {
        about: &[STARTS],
        event: Some(|step| {
            let message = message(step).filter(|message| !is_prefilled(message));
            let output = message.and_then(|told| told.pointer("/usage/output_tokens")?.as_u64());
            output.map_or(Verdict::Silent, |output| {
                Verdict::when(output <= MOST_PROVISIONAL, || {
                    format!("expected a provisional count at the start, found `{output}`")
                })
            })
        }),
        ..Hooks::NONE
    }),
};

/// Well above what was ever seen, since no page says how large the first piece may be.
const MOST_PROVISIONAL: u64 = 256;

pub(super) static TIER: Rule = Rule {
    id: "ANT-057",
    name: "unknown-service-tier",
    severity: Severity::Should,
    source: "Anthropic API reference, Messages, Usage: `standard`, `priority` or `batch`",
    explanation: "`service_tier` is one of the documented words or null. It decides the price; one \
                  that nobody knows cannot be booked. A new word of the vendor's is no fault; this \
                  is a reminder to look.",
    violations: &[
        stream(starting!(
            r#""usage":{"input_tokens":9,"output_tokens":1,"service_tier":"gold"}"#
        )),
        whole(message!(
            r#""content":[],"stop_reason":"end_turn","stop_sequence":null,"#,
            r#""usage":{"input_tokens":9,"output_tokens":5,"service_tier":"gold"}"#
        )),
    ],
    conforming: &[stream(starting!(
        r#""usage":{"input_tokens":9,"output_tokens":1,"cache_creation_input_tokens":0,"#,
        r#""cache_read_input_tokens":0,"service_tier":"priority"}"#
    ))],
    faults: &[r#"edit message_start /message/usage/service_tier = "gold""#],
    check: Check::AnthropicMessages(Hooks {
        about: &[STARTS],
        event: Some(|step| message(step).map_or(Verdict::Silent, tier)),
        body: Some(|whole: &Body<'_>| object(whole).map_or(Verdict::Silent, tier)),
        ..Hooks::NONE
    }),
};

fn tier(message: &Value) -> Verdict {
    let tier = message.pointer("/usage/service_tier");
    let Some(tier) = tier.filter(|tier| !tier.is_null()) else {
        return Verdict::Silent;
    };
    let is_known = matches!(tier.as_str(), Some("standard" | "priority" | "batch"));
    Verdict::when(is_known, || {
        format!(
            "expected a documented `service_tier`, found {}",
            quoted_value(Some(tier))
        )
    })
}

pub(super) static CACHE_PARTS: Rule = Rule {
    id: "ANT-058",
    name: "cache-parts-differ",
    severity: Severity::Should,
    source: "Recordings: the parts of `cache_creation` make `cache_creation_input_tokens` \
             unless a server tool ran",
    explanation: "The members of `cache_creation` add up to `cache_creation_input_tokens`. Writes \
                  that last five minutes and an hour have different prices, so that where they do \
                  not add up, the bill cannot be right.",
    violations: &[stream(starting!(
        r#""usage":{"input_tokens":9,"output_tokens":1,"cache_creation_input_tokens":40,"#,
        r#""cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":41,"#,
        r#""ephemeral_1h_input_tokens":0}}"#
    ))],
    conforming: &[
        stream(starting!(
            r#""usage":{"input_tokens":9,"output_tokens":1,"cache_creation_input_tokens":40,"#,
            r#""cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":30,"#,
            r#""ephemeral_1h_input_tokens":10}}"#
        )),
        whole(message!(
            r#""content":[],"stop_reason":"end_turn","stop_sequence":null,"#,
            r#""usage":{"input_tokens":9,"output_tokens":5,"cache_creation_input_tokens":7,"#,
            r#""cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"#,
            r#""ephemeral_1h_input_tokens":7}}"#
        )),
    ],
    faults: &[concat!(
        r#"edit message_start "#,
        r#"/message/usage/cache_creation/ephemeral_5m_input_tokens plus 1"#
    )],
    check: Check::AnthropicMessages(Hooks {
        about: &[STARTS],
        event: Some(|step| message(step).map_or(Verdict::Silent, cache_parts)),
        body: Some(|whole: &Body<'_>| {
            let body = object(whole).filter(|_| !whole.state.server_tool);
            body.map_or(Verdict::Silent, cache_parts)
        }),
        ..Hooks::NONE
    }),
};

fn cache_parts(message: &Value) -> Verdict {
    let Some(usage) = message.get("usage") else {
        return Verdict::Silent;
    };
    // Counts of several steps may lie in either.
    let has_steps = ["server_tool_use", "iterations"]
        .iter()
        .any(|key| usage.get(*key).is_some_and(|told| !told.is_null()));
    let whole = usage.get("cache_creation_input_tokens");
    let parts = usage.get("cache_creation").and_then(Value::as_object);
    let (Some(whole), Some(parts)) = (whole.and_then(Value::as_u64), parts) else {
        return Verdict::Silent;
    };
    let mut counts = parts.values().map(Value::as_u64);
    let sum = counts.try_fold(0_u64, |sum, count| sum.checked_add(count?));
    let Some(sum) = sum.filter(|_| !has_steps) else {
        return Verdict::Silent;
    };
    Verdict::when(sum == whole, || {
        format!("expected the parts of `cache_creation` to make `{whole}`, found `{sum}`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(wanted: &str, found: &str) -> bool {
        let mut asked = Asked::of(
            crate::endpoint::Endpoint::Messages,
            crate::protocol::Delivery::Unary,
        );
        asked.model = Some(wanted.to_owned());
        let message = serde_json::json!({ "model": found });
        !matches!(model(&asked, &message.into()), Verdict::Fail(_))
    }

    #[test]
    fn an_alias_and_its_dated_name_are_one_model() {
        for (wanted, found) in [
            ("claude-sonnet-4-0", "claude-sonnet-4-20250514"),
            ("claude-opus-4-5", "claude-opus-4-5-20251101"),
            ("anthropic/claude-3.7-sonnet", "claude-3-7-sonnet-20250219"),
            ("deepseek-v3-anthropic", "deepseek-chat"),
            ("claude-latest", "claude-opus-5"),
        ] {
            assert!(fits(wanted, found), "{wanted} {found}");
        }
        assert!(!fits("claude-opus-4-5", "claude-haiku-4-5-20251001"));
        assert!(!fits("claude-opus-4-5", "gpt-5-4"));
    }
}
