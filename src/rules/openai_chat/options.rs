//! Members that chunks carry because the request asked for them, or did not.

use crate::json::Value;

use super::moment::{Body, Step, chunk, completion};
use super::sample::{stream, streamed, whole};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

const TIERS: [&str; 6] = ["auto", "default", "flex", "scale", "priority", "fast"];

pub(super) static TIER: Rule = Rule {
    id: "OAC-022",
    name: "service-tier",
    severity: Severity::Should,
    source: "OpenAI API description, ServiceTier; no recorded stream changes it",
    explanation: "Where answers carry a `service_tier` it is null or one of the documented names, \
                  and the same in all chunks. It decides the price, so that cost reports look it \
                  up in a table.",
    violations: &[
        stream(concat!(tiered!("\"gold\""), finish!(0, "stop"), done!())),
        stream(concat!(
            tiered!("\"default\""),
            record!(
                r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"#,
                r#""model":"m","service_tier":"flex","#,
                r#""choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#
            ),
            done!()
        )),
        whole(concat!(
            r#"{"id":"chatcmpl-1","object":"chat.completion","created":1790000000,"#,
            r#""model":"m","service_tier":7,"choices":["#,
            whole_hi!(0),
            r#"],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#
        )),
    ],
    conforming: &[stream(concat!(
        tiered!("\"default\""),
        finish!(0, "stop"),
        done!()
    ))],
    faults: &[r#"edit * /service_tier = "gold""#],
    check: Check::OpenaiChat(Hooks {
        about: &[Topic::Member("service_tier")],
        event: Some(tier_of_chunk),
        body: Some(tier_of_body),
        ..Hooks::NONE
    }),
};

fn tier_of_chunk(step: &Step<'_>) -> Verdict {
    let tier = chunk(step).and_then(|chunk| chunk.get("service_tier"));
    let Some(tier) = tier.filter(|_| !step.before.changed.tier) else {
        return Verdict::Silent;
    };
    let first = step.before.envelope.as_ref();
    let first = first.and_then(|first| first.tier.as_deref());
    match (first, tier.as_str()) {
        (Some(first), Some(tier)) if first != tier => Verdict::fail(format!(
            "expected `service_tier` {} as before, found {}",
            quoted(first),
            quoted(tier)
        )),
        _ => is_tier(tier),
    }
}

fn tier_of_body(whole: &Body<'_>) -> Verdict {
    let tier = completion(whole).and_then(|body| body.get("service_tier"));
    tier.map_or(Verdict::Silent, is_tier)
}

fn is_tier(tier: &Value) -> Verdict {
    let is_known = tier.as_str().is_some_and(|tier| TIERS.contains(&tier));
    Verdict::when(tier.is_null() || is_known, || {
        format!(
            "expected a documented `service_tier` or null, found {}",
            quoted_value(Some(tier))
        )
    })
}

pub(super) static OBFUSCATION: Rule = Rule {
    id: "OAC-026",
    name: "obfuscation-not-as-asked",
    severity: Severity::Should,
    source: "OpenAI API description, ChatCompletionStreamOptions: `include_obfuscation`",
    explanation: "`obfuscation` pads chunks so that their lengths do not tell the text. It is a \
                  string, and absent when the request turned it off to save bandwidth.",
    violations: &[
        streamed(
            r#"{"stream":true,"stream_options":{"include_obfuscation":false}}"#,
            concat!(role!(0), padded!("\"x9\""), finish!(0, "stop"), done!()),
        ),
        stream(concat!(role!(0), padded!("9"), finish!(0, "stop"), done!())),
    ],
    conforming: &[stream(concat!(
        role!(0),
        padded!("\"\""),
        finish!(0, "stop"),
        done!()
    ))],
    faults: &["edit * /obfuscation = 9"],
    check: Check::OpenaiChat(Hooks {
        about: &[Topic::Member("obfuscation")],
        event: Some(obfuscation),
        ..Hooks::NONE
    }),
};

fn obfuscation(step: &Step<'_>) -> Verdict {
    let Some(found) = chunk(step).and_then(|chunk| chunk.get("obfuscation")) else {
        return Verdict::Silent;
    };
    let request = step.asked.body.as_ref();
    let wanted = request.and_then(|body| body.pointer("/stream_options/include_obfuscation"));
    if wanted == Some(&Value::Bool(false)) {
        return Verdict::fail("expected no `obfuscation`, which the request turned off");
    }
    Verdict::when(found.is_string(), || {
        format!(
            "expected `obfuscation` to be a string, found {}",
            quoted_value(Some(found))
        )
    })
}

pub(super) static USAGE_NULL: Rule = Rule {
    id: "OAC-069",
    name: "usage-null-missing",
    severity: Severity::Should,
    source: "OpenAI API description, `include_usage`: all other chunks have a null `usage`; \
             recordings since 2025",
    explanation: "With `include_usage` every chunk but the last has `usage` null, so that a client \
                  can tell a chunk that will have no usage from a server that knows no such \
                  option. Streams of 2024 lack the member throughout; one that has it has it in \
                  every chunk.",
    violations: &[streamed(
        r#"{"stream":true,"stream_options":{"include_usage":true}}"#,
        concat!(
            uncounted!(r#"{"role":"assistant","content":""}"#, "null"),
            say!(0),
            uncounted!("{}", "\"stop\""),
            usage!(),
            done!()
        ),
    )],
    conforming: &[streamed(
        r#"{"stream":true,"stream_options":{"include_usage":true}}"#,
        concat!(
            uncounted!(r#"{"role":"assistant","content":""}"#, "null"),
            uncounted!("{}", "\"stop\""),
            usage!(),
            done!()
        ),
    )],
    faults: &["edit *#2 /usage removed"],
    check: Check::OpenaiChat(Hooks {
        event: Some(usage_null),
        ..Hooks::NONE
    }),
};

fn usage_null(step: &Step<'_>) -> Verdict {
    let is_refused = step.asked.include_usage == Some(false);
    let Some(chunk) = chunk(step).filter(|_| !is_refused && !step.before.changed.usage) else {
        return Verdict::Silent;
    };
    let before = step.before;
    match chunk.get("usage") {
        // The chunk of the moderation has none of its own, or a null.
        None | Some(Value::Null) if chunk.get("moderation").is_some() => Verdict::Silent,
        None => Verdict::when(!before.usage_null, || {
            "expected `usage` null as in the chunks before, found none".to_owned()
        }),
        Some(usage) if usage.is_null() => Verdict::when(!before.usage_absent, || {
            "expected no `usage` as in the chunks before, found null".to_owned()
        }),
        Some(_) => Verdict::Silent,
    }
}
