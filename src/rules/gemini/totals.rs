//! Running totals: what they may do from one chunk to the next.

use super::reading::{offers_own_tools, serves, spoken};
use super::sample::TEXT;
use crate::json::Value;
use crate::protocol::gemini::{Counts, Fall, State};
use crate::rules::{Check, Ended, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static FALL: Rule = Rule {
    id: "GEM-084",
    name: "gemini-counts-fall",
    severity: Severity::Should,
    source: "Every recorded stream without tools of the service's own",
    explanation: "Counts are running totals and never fall. A client takes the last chunk's for \
                  the whole answer's; counts of single chunks would bill a fraction of it.",
    violations: &[stream!(
        event!(chunk!(
            candidate!(r#"{"text":"Tides follow"}"#),
            usage!(6, 13)
        )),
        event!(chunk!(finished!(r#"{"text":" the Moon."}"#), usage!(3, 10)))
    )],
    conforming: &[TEXT],
    faults: &[concat!(
        r#"edit *#2 /usageMetadata = {"promptTokenCount":1,"totalTokenCount"#,
        r#"":1,"promptTokensDetails":[{"modality":"TEXT","tokenCount":1}]}"#
    )],
    check: Check::Gemini(Hooks {
        event: Some(never_fall),
        end: Some(never_fell),
        asked_of_repeats: true,
        ..Hooks::NONE
    }),
};

fn never_fall(seen: &Transition<'_, State>) -> Verdict {
    let Some(chunk) = spoken(seen) else {
        return Verdict::Silent;
    };
    let (Some(before), Some(now)) = (*seen.before.counts, Counts::of(chunk)) else {
        return Verdict::Silent;
    };
    if serves(seen, chunk) {
        return Verdict::Silent;
    }
    match before.fall_to(now) {
        None => Verdict::Pass,
        Some(fall) if offers_own_tools(seen.asked.get()) == Some(false) => fell(fall),
        // What tools there were, the rest of the stream may tell.
        Some(_) => Verdict::Silent,
    }
}

fn never_fell(ended: &Ended<'_, State>) -> Verdict {
    let state = ended.state;
    let is_explained = state.server_side || state.grounded;
    match *state.fell {
        Some(fall) if !is_explained && offers_own_tools(ended.asked).is_none() => fell(fall),
        Some(_) | None => Verdict::Silent,
    }
}

fn fell(
    Fall {
        member,
        before,
        now,
    }: Fall,
) -> Verdict {
    Verdict::fail(format!(
        "expected `{member}` not below `{before}`, found `{now}`"
    ))
}

pub(super) static PROMPT: Rule = Rule {
    id: "GEM-083",
    name: "gemini-prompt-count-changes",
    severity: Severity::Should,
    source: "Every recorded stream of text: it changes in the last chunk only",
    explanation: "`promptTokenCount` is the same in all chunks, the last excepted, where the \
                  service corrects it; sounds and films it may count a little later than text.",
    violations: &[stream!(
        event!(chunk!(
            candidate!(r#"{"text":"a"}"#),
            r#"{"promptTokenCount":7,"totalTokenCount":7}"#
        )),
        event!(chunk!(
            candidate!(r#"{"text":"b"}"#),
            r#"{"promptTokenCount":8,"totalTokenCount":8}"#
        )),
        last!()
    )],
    conforming: &[TEXT],
    faults: &[concat!(
        r#"edit * /usageMetadata = {"promptTokenCount":1,"totalTokenCount":"#,
        r#"1,"promptTokensDetails":[{"modality":"TEXT","tokenCount":1}]}"#
    )],
    check: Check::Gemini(Hooks {
        event: Some(prompt_stays),
        ..Hooks::NONE
    }),
};

fn prompt_stays(seen: &Transition<'_, State>) -> Verdict {
    let Some(chunk) = spoken(seen).filter(|_| seen.before.chunks.has_begun()) else {
        return Verdict::Silent;
    };
    if serves(seen, chunk) || hears(chunk) {
        return Verdict::Silent;
    }
    Verdict::when(!seen.before.prompt_changed, || {
        "expected `promptTokenCount` to change in the last chunk only, found a chunk after that"
            .to_owned()
    })
}

/// Whether tokens of another kind than text are counted of the prompt.
fn hears(chunk: &Value) -> bool {
    let usage = chunk.get("usageMetadata");
    let details = usage.and_then(|usage| usage.get("promptTokensDetails")?.as_array());
    details
        .into_iter()
        .flatten()
        .any(|detail| detail.get("modality").and_then(Value::as_str) != Some("TEXT"))
}
