//! Token counts: running totals in every chunk.

use super::reading::{candidates, on_body, on_event, on_form, refers_to_files, spoken};
use super::sample::{FILED, HEARD, LIMITED, READ, SEARCHED, TEXT, THOUGHT};
use super::schema;
use crate::json::Value;
use crate::protocol::gemini::{Counts, State, server_side};
use crate::protocol::{Asked, BodyEnd};
use crate::rules::{Check, Ended, Hooks, Rule, Severity, Topic, Transition, Verdict, Whole};

pub(super) static NUMBERS: Rule = Rule {
    id: "GEM-053",
    name: "gemini-count-not-a-number",
    severity: Severity::Must,
    source: "Google API reference, `UsageMetadata`: 32-bit integers",
    explanation: "Token counts are whole numbers, not texts and not negative: bills are made from \
                  them.",
    violations: &[stream!(event!(chunk!(
        finished!(r#"{"text":"x"}"#),
        r#"{"promptTokenCount":"7","candidatesTokenCount":6,"totalTokenCount":13}"#
    )))],
    conforming: &[TEXT, FILED, SEARCHED, READ, HEARD],
    faults: &[r#"edit * /usageMetadata/promptTokenCount = "7""#],
    check: Check::Gemini(Hooks {
        about: &[Topic::NewForm],
        event: Some(|seen| on_form(seen, counts_are_numbers)),
        body: Some(|whole| on_body(whole, counts_are_numbers)),
        ..Hooks::NONE
    }),
};

fn counts_are_numbers(_asked: &Asked, chunk: &Value) -> Verdict {
    match schema::first_wrong_count(chunk) {
        (Some(told), _) => Verdict::fail(told),
        (None, true) => Verdict::Pass,
        (None, false) => Verdict::Silent,
    }
}

pub(super) static SUM: Rule = Rule {
    id: "GEM-082",
    name: "gemini-usage-does-not-add-up",
    severity: Severity::Must,
    source: "Google API reference, `totalTokenCount`; every recorded chunk but one, and those for \
             files by their address, whose prompt is in the total alone",
    explanation: "`totalTokenCount` is prompt, candidates, thoughts and tool prompts together \
                  (cached tokens are part of the prompt).",
    violations: &[stream!(
        first!(),
        event!(chunk!(finished!(r#"{"text":" the Moon."}"#), usage!(6, 14)))
    )],
    conforming: &[TEXT],
    faults: &["wrong-usage"],
    check: Check::Gemini(Hooks {
        event: Some(|seen| on_event(seen, adds_up)),
        body: Some(|whole| on_body(whole, adds_up)),
        asked_of_repeats: true,
        ..Hooks::NONE
    }),
};

fn adds_up(asked: &Asked, chunk: &Value) -> Verdict {
    let Some(Counts {
        prompt,
        candidates,
        thoughts,
        tool_prompt,
        total: Some(total),
        ..
    }) = Counts::of(chunk)
    else {
        return Verdict::Silent;
    };
    let parts = [prompt, candidates, thoughts, tool_prompt];
    let sum = parts
        .iter()
        .fold(0u64, |sum, part| sum.saturating_add(*part));
    let has_prompt = || {
        let usage = chunk.get("usageMetadata");
        usage.is_some_and(|usage| usage.get("promptTokenCount").is_some())
    };
    // A prompt that refers to files may be counted in the total alone.
    if sum < total && !has_prompt() && refers_to_files(asked) != Some(false) {
        return Verdict::Silent;
    }
    Verdict::when(sum == total, || {
        format!(
            "expected `totalTokenCount` `{sum}` ({prompt} prompt, {candidates} candidates, \
             {thoughts} thoughts, {tool_prompt} tool prompts), found `{total}`"
        )
    })
}

pub(super) static CACHED: Rule = Rule {
    id: "GEM-088",
    name: "gemini-cached-above-prompt",
    severity: Severity::Must,
    source: "Google API reference, `cachedContentTokenCount`",
    explanation: "Cached tokens are part of the prompt. More of them than the prompt has would \
                  make its price negative.",
    violations: &[stream!(event!(chunk!(
        finished!(r#"{"text":"x"}"#),
        concat!(
            r#"{"promptTokenCount":7,"candidatesTokenCount":6,"#,
            r#""cachedContentTokenCount":8,"totalTokenCount":13}"#
        )
    )))],
    conforming: &[stream!(event!(chunk!(
        finished!(r#"{"text":"x"}"#),
        concat!(
            r#"{"promptTokenCount":7,"candidatesTokenCount":6,"#,
            r#""cachedContentTokenCount":5,"totalTokenCount":13}"#
        )
    )))],
    faults: &["edit * /usageMetadata/cachedContentTokenCount = 1000000"],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("cachedContentTokenCount")],
        event: Some(|seen| on_event(seen, cached_within)),
        body: Some(|whole| on_body(whole, cached_within)),
        asked_of_repeats: true,
        ..Hooks::NONE
    }),
};

fn cached_within(_asked: &Asked, chunk: &Value) -> Verdict {
    match Counts::of(chunk) {
        Some(counts) if counts.cached > 0 => Verdict::when(counts.cached <= counts.prompt, || {
            format!(
                "expected at most `{}` cached tokens, found `{}`",
                counts.prompt, counts.cached
            )
        }),
        _ => Verdict::Silent,
    }
}

pub(super) static LIMIT: Rule = Rule {
    id: "GEM-085",
    name: "gemini-limit-exceeded",
    severity: Severity::Must,
    source: "Google API reference, `maxOutputTokens`; every recorded answer with a limit, but \
             for one token in one of them",
    explanation: "`maxOutputTokens` bounds candidates and thoughts together, and with them what an \
                  answer may cost. The service itself goes over it by a token at times.",
    violations: &[asked!(
        r#"{"generationConfig":{"maxOutputTokens":3}}"#,
        first!(),
        last!()
    )],
    conforming: &[LIMITED],
    faults: &[concat!(
        r#"edit *#every /usageMetadata = {"promptTokenCount":1,"candidatesT"#,
        r#"okenCount":900,"totalTokenCount":901,"promptTokensDetails":[{"mo"#,
        r#"dality":"TEXT","tokenCount":1}]}"#
    )],
    check: Check::Gemini(Hooks {
        event: Some(|seen| on_event(seen, within_limit)),
        body: Some(|whole| on_body(whole, within_limit)),
        asked_of_repeats: true,
        ..Hooks::NONE
    }),
};

fn within_limit(asked: &Asked, chunk: &Value) -> Verdict {
    let (Some(limit), Some(counts)) = (asked.max_tokens, Counts::of(chunk)) else {
        return Verdict::Silent;
    };
    // With tools of the service's own the limit is for each step, the counts are for all.
    if counts.tool_prompt > 0 || server_side(chunk) {
        return Verdict::Silent;
    }
    // The limit is for each candidate, the counts are for all.
    let limit = limit.saturating_mul(asked.n.unwrap_or(1).max(1));
    let output = counts.candidates.saturating_add(counts.thoughts);
    let allowed = limit.saturating_add(1).saturating_add(limit / 16);
    Verdict::when(output <= allowed, || {
        format!("expected at most `{limit}` output tokens, found `{output}`")
    })
}

pub(super) static THOUGHTS: Rule = Rule {
    id: "GEM-096",
    name: "gemini-thoughts-not-counted",
    severity: Severity::Should,
    source: "Every recorded answer with thoughts",
    explanation: "An answer with thoughts counts them in `thoughtsTokenCount`: they are billed as \
                  output.",
    violations: &[asked!(
        r#"{"generationConfig":{"thinkingConfig":{"includeThoughts":true}}}"#,
        event!(chunk!(
            candidate!(r#"{"text":"Think.","thought":true}"#),
            r#"{"promptTokenCount":7,"totalTokenCount":7}"#
        )),
        last!()
    )],
    conforming: &[THOUGHT],
    faults: &[concat!(
        r#"edit *#every /usageMetadata = {"promptTokenCount":1,"candidatesT"#,
        r#"okenCount":5,"totalTokenCount":6,"promptTokensDetails":[{"modali"#,
        r#"ty":"TEXT","tokenCount":1}]}"#
    )],
    check: Check::Gemini(Hooks {
        end: Some(stream_thoughts),
        body: Some(body_thoughts),
        ..Hooks::NONE
    }),
};

fn stream_thoughts(ended: &Ended<'_, State>) -> Verdict {
    // Early chunks may come without the count.
    if ended.end != BodyEnd::Clean || !ended.state.all_finished() {
        return Verdict::Silent;
    }
    thoughts_counted(ended.state)
}

fn body_thoughts(whole: &Whole<'_, State>) -> Verdict {
    thoughts_counted(whole.state.get())
}

fn thoughts_counted(state: &State) -> Verdict {
    match *state.counts {
        Some(counts) if state.candidates.iter().any(|known| known.thought) => {
            Verdict::when(counts.thoughts > 0, || {
                "expected `thoughtsTokenCount` in an answer with thoughts, found none".to_owned()
            })
        }
        _ => Verdict::Silent,
    }
}

pub(super) static GAP: Rule = Rule {
    id: "GEM-080",
    name: "gemini-chunk-without-usage",
    severity: Severity::Should,
    source: "Every recorded chunk",
    explanation: "Every chunk has `usageMetadata`, and beside a prompt's count its total: when a \
                  client stops reading in the middle, the last one it saw tells what was used.",
    violations: &[
        stream!(
            event!(chunk!(
                candidate!(r#"{"text":"x"}"#),
                r#"{"promptTokenCount":7,"candidatesTokenCount":3}"#
            )),
            last!()
        ),
        stream!(
            event!(concat!(
                r#"{"candidates":[{"content":{"parts":[{"text":"x"}],"role":"model"},"#,
                r#""index":0}],"modelVersion":"gemini-test-1","#,
                r#""responseId":"aTestRespId0000000000A"}"#
            )),
            last!()
        ),
    ],
    conforming: &[TEXT],
    faults: &["edit * /usageMetadata/totalTokenCount removed"],
    check: Check::Gemini(Hooks {
        event: Some(no_gap),
        asked_of_repeats: true,
        ..Hooks::NONE
    }),
};

fn no_gap(seen: &Transition<'_, State>) -> Verdict {
    let Some(chunk) = spoken(seen) else {
        return Verdict::Silent;
    };
    // That of the last is missed by another rule.
    let is_split = Counts::of(chunk).is_some_and(|now| now.prompt > 0 && now.total.is_none());
    let ends = candidates(chunk).iter();
    let mut ends = ends.filter(|candidate| candidate.get("finishReason").is_some());
    if is_split && ends.next().is_none() {
        return Verdict::fail("expected `totalTokenCount` beside `promptTokenCount`, found none");
    }
    if !seen.before.chunks.has_begun() {
        return Verdict::Silent;
    }
    // Where no chunk has any, the last one's is missed.
    let some = seen.before.counts.is_some() || chunk.get("usageMetadata").is_some();
    Verdict::when(seen.before.last_has_usage || !some, || {
        "expected `usageMetadata` in every chunk, found none in the one before".to_owned()
    })
}
