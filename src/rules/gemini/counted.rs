//! Counts that must fit the answer.

use super::reading::{all_parts, first_fault, is_legacy, serves, spoken, whole_answer};
use crate::json::Value;
use crate::protocol::gemini::State;
use crate::protocol::{Asked, BodyEnd};
use crate::rules::{Check, Ended, Hooks, Rule, Severity, Transition, Verdict, Whole};

pub(super) static LIMIT_REACHED: Rule = Rule {
    id: "GEM-086",
    name: "gemini-limit-not-reached",
    severity: Severity::Should,
    source: "Recordings: with `MAX_TOKENS` most of `maxOutputTokens` is used",
    explanation: "`MAX_TOKENS` means that `maxOutputTokens` was nearly used up (the service \
                  leaves a few tokens). Far below it another limit cut the answer, and a caller \
                  that raises its own to get more gets the same again.",
    violations: &[asked!(
        r#"{"generationConfig":{"maxOutputTokens":60}}"#,
        first!(),
        event!(chunk!(
            finished!(r#"{"text":" the"}"#, r#""MAX_TOKENS""#),
            usage!(6, 13)
        ))
    )],
    conforming: &[asked!(
        r#"{"generationConfig":{"maxOutputTokens":24}}"#,
        first!(),
        event!(chunk!(
            finished!(r#"{"text":" the"}"#, r#""MAX_TOKENS""#),
            usage!(20, 27)
        ))
    )],
    faults: &[r#"edit *#last /candidates/0/finishReason = "MAX_TOKENS""#],
    check: Check::Gemini(Hooks {
        end: Some(|ended| at_end(ended, limit_reached)),
        body: Some(|whole| limit_reached(whole.asked.get(), whole.state.get())),
        ..Hooks::NONE
    }),
};

fn at_end(ended: &Ended<'_, State>, judge: fn(&Asked, &State) -> Verdict) -> Verdict {
    let is_whole = ended.end == BodyEnd::Clean && ended.state.all_finished();
    if !is_whole || ended.state.is_over() {
        return Verdict::Silent;
    }
    judge(ended.asked, ended.state)
}

/// Below this limit a few tokens are much.
const TELLING: u64 = 20;

fn limit_reached(asked: &Asked, state: &State) -> Verdict {
    let reached = |reason: Option<&str>| reason == Some("MAX_TOKENS");
    let limit = asked.max_tokens.filter(|limit| *limit >= TELLING);
    let (Some(limit), Some(counts), [only]) = (limit, *state.counts, state.candidates.as_slice())
    else {
        return Verdict::Silent;
    };
    if !reached(only.finish.as_deref()) || state.server_side {
        return Verdict::Silent;
    }
    let output = counts.candidates.saturating_add(counts.thoughts);
    // Nothing counted at all is for another rule.
    if output == 0 {
        return Verdict::Silent;
    }
    Verdict::when(output.saturating_mul(2) >= limit, || {
        format!("expected about `{limit}` output tokens after `MAX_TOKENS`, found `{output}`")
    })
}

pub(super) static DETAILS: Rule = Rule {
    id: "GEM-087",
    name: "gemini-details-do-not-add-up",
    severity: Severity::Should,
    source: "Recordings: the counts by modality make the count, unless the service runs code or \
             paints",
    explanation: "`promptTokensDetails` and its like split a count by modality. Modalities have \
                  different prices, so that where the parts do not make the whole, the bill cannot \
                  be right. (Cached tokens may be left out of the prompt's parts.)",
    violations: &[stream!(event!(chunk!(
        finished!(r#"{"text":"x"}"#),
        concat!(
            r#"{"promptTokenCount":7,"candidatesTokenCount":6,"totalTokenCount":13,"#,
            r#""promptTokensDetails":[{"modality":"TEXT","tokenCount":5}]}"#
        )
    )))],
    conforming: &[stream!(event!(chunk!(
        finished!(r#"{"text":"x"}"#),
        concat!(
            r#"{"promptTokenCount":7,"candidatesTokenCount":6,"totalTokenCount":13,"#,
            r#""promptTokensDetails":[{"modality":"TEXT","tokenCount":5},"#,
            r#"{"modality":"IMAGE","tokenCount":2}]}"#
        )
    )))],
    faults: &["edit * /usageMetadata/promptTokensDetails/0/tokenCount plus 1"],
    check: Check::Gemini(Hooks {
        event: Some(|seen: &Transition<'_, State>| match spoken(seen) {
            Some(chunk) => details(seen.before.get(), serves(seen, chunk), chunk),
            None => Verdict::Silent,
        }),
        body: Some(|whole: &Whole<'_, State>| match whole_answer(whole) {
            Some(body) => details(whole.state.get(), whole.state.server_side, body),
            None => Verdict::Silent,
        }),
        ..Hooks::NONE
    }),
};

const LISTS: [(&str, &str); 4] = [
    ("promptTokensDetails", "promptTokenCount"),
    ("candidatesTokensDetails", "candidatesTokenCount"),
    ("cacheTokensDetails", "cachedContentTokenCount"),
    ("toolUsePromptTokensDetails", "toolUsePromptTokenCount"),
];

/// `is_served`: the service runs tools of its own.
fn details(state: &State, is_served: bool, chunk: &Value) -> Verdict {
    let Some(usage) = chunk.get("usageMetadata") else {
        return Verdict::Silent;
    };
    let paints = all_parts(chunk).any(|part| part.get("inlineData").is_some());
    if is_served || paints || is_legacy(state, chunk) {
        return Verdict::Silent;
    }
    let count = |key: &str| usage.get(key).and_then(Value::as_u64).unwrap_or(0);
    first_fault(LISTS.iter().map(|(list, total)| {
        let Some(parts) = usage.get(*list).and_then(Value::as_array) else {
            return Verdict::Silent;
        };
        if *list == "candidatesTokensDetails" && parts.iter().any(is_media) {
            return Verdict::Silent;
        }
        // Left out where it is 0.
        let counts = parts.iter().map(|part| match part.get("tokenCount") {
            None => Some(0),
            Some(count) => count.as_u64(),
        });
        let mut counts = counts;
        let sum = counts.try_fold(0_u64, |sum, count| sum.checked_add(count?));
        let (Some(sum), whole) = (sum, count(total)) else {
            return Verdict::Silent;
        };
        let uncached = sum.saturating_add(count("cachedContentTokenCount"));
        let holds = sum == whole || *list == "promptTokensDetails" && uncached == whole;
        Verdict::when(holds, || {
            format!("expected `{list}` to make `{total}` `{whole}`, found `{sum}`")
        })
    }))
}

fn is_media(part: &Value) -> bool {
    part.get("modality").and_then(Value::as_str) != Some("TEXT")
}

pub(super) static FREE: Rule = Rule {
    id: "GEM-089",
    name: "gemini-output-not-counted",
    severity: Severity::Note,
    source: "Recordings: `candidatesTokenCount` is left out of answers of one token, and of \
             open models",
    explanation: "An answer with text that ended by itself has counted it in \
                  `candidatesTokenCount`. Output that is not counted makes bills, budgets and \
                  speeds wrong without a sign that anything is.",
    violations: &[stream!(event!(chunk!(
        finished!(r#"{"text":"Tides follow the Moon, mostly."}"#),
        r#"{"promptTokenCount":7,"totalTokenCount":7}"#
    )))],
    conforming: &[
        stream!(event!(chunk!(
            finished!(r#"{"text":"Tides follow the Moon, mostly."}"#),
            usage!(6, 13)
        ))),
        body!(chunk!(
            finished!(r#"{"text":"Tides follow the Moon, mostly."}"#),
            usage!(6, 13)
        )),
    ],
    faults: &[concat!(
        r#"edit *#every /usageMetadata = {"promptTokenCount":1,"totalTokenC"#,
        r#"ount":1,"promptTokensDetails":[{"modality":"TEXT","tokenCount":1"#,
        r#"}]}"#
    )],
    check: Check::Gemini(Hooks {
        end: Some(|ended| at_end(ended, counted)),
        body: Some(|whole| counted(whole.asked.get(), whole.state.get())),
        ..Hooks::NONE
    }),
};

/// Bytes of text that are more than one token.
const LONG: usize = 20;

fn counted(_asked: &Asked, state: &State) -> Verdict {
    let says = |known: &crate::protocol::gemini::Candidate| {
        known.finish.as_deref() == Some("STOP") && known.text.len() >= LONG
    };
    let (Some(counts), true) = (*state.counts, state.candidates.iter().any(says)) else {
        return Verdict::Silent;
    };
    // Counts without a total were taken out by somebody.
    if state.server_side || counts.total.is_none() {
        return Verdict::Silent;
    }
    Verdict::when(counts.candidates > 0, || {
        "expected `candidatesTokenCount` of an answer with text, found none".to_owned()
    })
}
