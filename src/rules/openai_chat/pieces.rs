//! What pieces of an answer bring: something, and one at a time.

use super::moment::{
    Body, Entry, Step, TOOL_CALLS, USAGE, chunk, completion, each_entry, fold, whole_entries,
};
use super::sample::{CALLING, CALLING_WHOLE, GREETING, GREETING_WHOLE, stream, whole};
use crate::json::Value;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static NOTHING: Rule = Rule {
    id: "OAC-094",
    name: "says-nothing",
    severity: Severity::Note,
    source: "Recordings: between opening and finish no delta has nothing but null, and `content` \
             is null beside calls, refusals and speech only",
    explanation: "A delta in the middle of an answer that has members has a piece of text, of a \
                  refusal or of a call, and a whole message says one of these. One with nothing \
                  but null is legal, and most likely a piece that was lost on the way: nothing \
                  else tells of it.",
    violations: &[
        stream(concat!(
            role!(0),
            say!(0),
            delta!(0, r#"{"content":null}"#),
            finish!(0, "stop"),
            done!()
        )),
        whole(completion!(whole_choice!(0, "stop", r#""content":null"#),)),
    ],
    conforming: &[GREETING, CALLING, GREETING_WHOLE, CALLING_WHOLE],
    faults: &[r#"edit *#2 /choices/0/delta = {"content":null}"#],
    check: Check::OpenaiChat(Hooks {
        event: Some(|step: &Step<'_>| each_entry(step, brings)),
        body: Some(|whole: &Body<'_>| fold(whole_entries(whole).map(says))),
        ..Hooks::NONE
    }),
};

fn brings(entry: &Entry<'_>) -> Verdict {
    let is_first = entry
        .before()
        .is_none_or(|choice| !choice.deltas.has_begun());
    let ends = entry.finish().is_some() || entry.is_finished();
    let Some(delta) = entry.delta().filter(|_| !is_first && !ends) else {
        return Verdict::Silent;
    };
    let is_logged = entry
        .value
        .get("logprobs")
        .is_some_and(|told| !told.is_null());
    let members = delta.as_object().into_iter();
    let mut members = members.flat_map(|delta| delta.values()).peekable();
    // An empty delta keeps a connection alive.
    if members.peek().is_none() {
        return Verdict::Silent;
    }
    let holds = is_logged || members.any(|value| !value.is_null());
    Verdict::when(holds, || {
        format!(
            "expected a piece of choice `{}`, found {}",
            entry.index,
            quoted_value(Some(delta))
        )
    })
}

/// Members of a whole message that do not tell what it says.
const FRAME: [&str; 2] = ["role", "annotations"];

fn says(entry: &Value) -> Verdict {
    let message = entry.get("message").and_then(Value::as_object);
    let Some(message) = message.filter(|message| message.contains_key("content")) else {
        return Verdict::Silent;
    };
    let mut members = message.iter();
    let holds = members.any(|(name, value)| !value.is_null() && !FRAME.contains(&name));
    Verdict::when(holds, || {
        let found = quoted_value(entry.get("message"));
        format!("expected a message that says something, found {found}")
    })
}

pub(super) static CACHE: Rule = Rule {
    id: "OAC-095",
    name: "cache-hits-do-not-add-up",
    severity: Severity::Should,
    source: "DeepSeek API reference, Chat completion, usage; every recorded answer that has them",
    explanation: "Some models tell `prompt_cache_hit_tokens` and `prompt_cache_miss_tokens`, which \
                  make `prompt_tokens`; the hits are the `cached_tokens`. Hits have a price of \
                  their own, so that where they do not add up the bill cannot be right.",
    violations: &[
        stream(concat!(
            hi!(0),
            usage_with!(
                r#""prompt_tokens":9,"completion_tokens":2,"total_tokens":11,"#,
                r#""prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":4"#
            ),
            done!()
        )),
        stream(concat!(
            hi!(0),
            usage_with!(
                r#""prompt_tokens":9,"completion_tokens":2,"total_tokens":11,"#,
                r#""prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":5,"#,
                r#""prompt_tokens_details":{"cached_tokens":3},"completion_tokens_details":{}"#
            ),
            done!()
        )),
    ],
    conforming: &[stream(concat!(
        hi!(0),
        usage_with!(
            r#""prompt_tokens":9,"completion_tokens":2,"total_tokens":11,"#,
            r#""prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":5"#
        ),
        done!()
    ))],
    faults: &["edit *#last /usage/prompt_cache_miss_tokens plus 1"],
    check: Check::OpenaiChat(Hooks {
        about: &[USAGE],
        event: Some(|step: &Step<'_>| chunk(step).map_or(Verdict::Silent, hits)),
        body: Some(|whole: &Body<'_>| completion(whole).map_or(Verdict::Silent, hits)),
        ..Hooks::NONE
    }),
};

fn hits(owner: &Value) -> Verdict {
    let Some(usage) = owner.get("usage").filter(|usage| usage.is_object()) else {
        return Verdict::Silent;
    };
    let count = |key: &str| usage.get(key).and_then(Value::as_u64);
    let Some(hit) = count("prompt_cache_hit_tokens") else {
        return Verdict::Silent;
    };
    if let (Some(miss), Some(prompt)) = (count("prompt_cache_miss_tokens"), count("prompt_tokens"))
        && hit.checked_add(miss) != Some(prompt)
    {
        return Verdict::fail(format!(
            "expected `prompt_cache_miss_tokens` with `{hit}` hits to make `{prompt}`, \
             found `{miss}`"
        ));
    }
    let cached = usage.pointer("/prompt_tokens_details/cached_tokens");
    let cached = cached.and_then(Value::as_u64).unwrap_or(hit);
    Verdict::when(cached == hit, || {
        format!("expected `prompt_cache_hit_tokens` of `{cached}`, found `{hit}`")
    })
}

pub(super) static FRAGMENT: Rule = Rule {
    id: "OAC-096",
    name: "fragment-without-arguments",
    severity: Severity::Note,
    source: "Recordings: every fragment of a call has a string `arguments`, and a delta has one \
             fragment of a call",
    explanation: "Each fragment of a call has its piece of the arguments, the first an empty one, \
                  and a delta brings one piece of a call. A fragment without is most likely a \
                  piece that was lost, a second one a piece that was sent again.",
    violations: &[
        stream(concat!(
            role!(0),
            call!(0, "call_1"),
            fragment!(r#"0,"function":{}"#),
            finish!(0, "tool_calls"),
            done!()
        )),
        stream(concat!(
            role!(0),
            open_call!(0, "call_1"),
            delta!(
                0,
                r#"{"tool_calls":[{"index":0,"function":{"arguments":"{"}},"#,
                r#"{"index":0,"function":{"arguments":"}"}}]}"#
            ),
            finish!(0, "tool_calls"),
            done!()
        )),
    ],
    conforming: &[CALLING],
    faults: &["edit *#2 /choices/0/delta/tool_calls/0/function = {}"],
    check: Check::OpenaiChat(Hooks {
        about: &[TOOL_CALLS],
        event: Some(|step: &Step<'_>| each_entry(step, has_arguments)),
        ..Hooks::NONE
    }),
};

fn has_arguments(entry: &Entry<'_>) -> Verdict {
    let calls = entry
        .delta()
        .and_then(|delta| delta.get("tool_calls")?.as_array());
    let Some(calls) = calls.filter(|calls| !calls.is_empty()) else {
        return Verdict::Silent;
    };
    for (at, call) in calls.iter().enumerate() {
        let piece = crate::protocol::openai_chat::fragment_piece(call);
        if !piece.is_some_and(Value::is_string) {
            let found = quoted_value(Some(call));
            return Verdict::fail(format!(
                "expected a piece of arguments in the fragment, found {found}"
            ));
        }
        let index = call.get("index");
        if calls[..at].iter().any(|other| other.get("index") == index) {
            let found = quoted_value(Some(call));
            return Verdict::fail(format!(
                "expected one fragment of a call in the delta, found another {found}"
            ));
        }
    }
    Verdict::Pass
}
