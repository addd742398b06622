//! What may come after an end.

use super::reading::{
    candidates, first_fault, index_of, is_legacy, parts_of, serves, spoken, whole_answer,
};
use super::sample::{BLOCKED, FAILED, TEXT};
use crate::json::Value;
use crate::protocol::gemini::{State, payload_of};
use crate::rules::{Check, Ended, Hooks, Rule, Severity, Topic, Transition, Verdict, Whole};

pub(super) static AFTER_ERROR: Rule = Rule {
    id: "GEM-069",
    name: "gemini-chunk-after-error",
    severity: Severity::Must,
    source: "Google's clients raise at an error object",
    explanation: "Nothing follows an error object: clients raise there, so a chunk that comes \
                  later is seen by nobody, yet may be billed.",
    violations: &[stream!(first!(), failure!(), last!())],
    conforming: &[FAILED],
    faults: &[concat!(
        r#"edit * /error = {"code":503,"message":"Overloaded.","status":"UN"#,
        r#"AVAILABLE"}"#
    )],
    check: Check::Gemini(Hooks {
        event: Some(after_error),
        end: Some(error_last),
        ..Hooks::NONE
    }),
};

fn after_error(seen: &Transition<'_, State>) -> Verdict {
    let is_first = seen.before.error.is_some() && !seen.before.after_end;
    if !is_first || !seen.event.lines().closed || seen.event.json().is_none() {
        return Verdict::Silent;
    }
    Verdict::fail("expected the end after an error object, found another chunk")
}

fn error_last(ended: &Ended<'_, State>) -> Verdict {
    if ended.state.error.is_some() && !ended.state.after_end {
        Verdict::Pass
    } else {
        Verdict::Silent
    }
}

pub(super) static BLOCKED_ANSWERED: Rule = Rule {
    id: "GEM-068",
    name: "gemini-blocked-prompt-answered",
    severity: Severity::Must,
    source: "Google API reference, `promptFeedback`",
    explanation: "A blocked prompt has no candidates, and its chunk is the only one. Clients raise \
                  `prompt blocked` and look no further.",
    violations: &[
        stream!(event!(concat!(
            r#"{"candidates":[{"content":{"parts":[{"text":"x"}],"role":"model"},"#,
            r#""finishReason":"STOP","index":0}],"promptFeedback":{"#,
            r#""blockReason":"SAFETY"},"responseId":"aTestRespId0000000000A"}"#
        ))),
        stream!(
            event!(concat!(
                r#"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"#,
                r#""promptTokenCount":5,"totalTokenCount":5},"#,
                r#""responseId":"aTestRespId0000000000A"}"#
            )),
            last!()
        ),
    ],
    conforming: &[BLOCKED],
    faults: &["event-after-end"],
    check: Check::Gemini(Hooks {
        event: Some(blocked_alone),
        body: Some(blocked_body),
        ..Hooks::NONE
    }),
};

fn blocked_alone(seen: &Transition<'_, State>) -> Verdict {
    if seen.before.blocked.is_some() {
        let is_first = !seen.before.after_end && seen.event.json().is_some();
        return if is_first && seen.event.lines().closed {
            Verdict::fail("expected the end after a blocked prompt, found another chunk")
        } else {
            Verdict::Silent
        };
    }
    let Some(chunk) = spoken(seen) else {
        return Verdict::Silent;
    };
    if chunk
        .get("promptFeedback")
        .and_then(|feedback| feedback.get("blockReason"))
        .is_none()
    {
        return Verdict::Silent;
    }
    if seen.before.chunks.has_begun() {
        return Verdict::fail("expected `blockReason` in the only chunk, found chunks before it");
    }
    without_candidates(chunk)
}

fn blocked_body(whole: &Whole<'_, State>) -> Verdict {
    match whole_answer(whole) {
        Some(body)
            if body
                .get("promptFeedback")
                .and_then(|feedback| feedback.get("blockReason"))
                .is_some() =>
        {
            without_candidates(body)
        }
        _ => Verdict::Silent,
    }
}

fn without_candidates(chunk: &Value) -> Verdict {
    Verdict::when(candidates(chunk).is_empty(), || {
        format!(
            "expected no candidates of a blocked prompt, found `{}`",
            candidates(chunk).len()
        )
    })
}

pub(super) static AFTER_FINISH: Rule = Rule {
    id: "GEM-063",
    name: "gemini-content-after-finish",
    severity: Severity::Must,
    source: "Every recorded stream of the service without tools of its own",
    explanation: "A candidate that has its `finishReason` says nothing more. Clients stop reading \
                  there, so late text is lost; those that read on show an answer that had ended. \
                  Where the service runs tools of its own a finish reason ends only a step, and \
                  the rule keeps silent.",
    violations: &[stream!(
        first!(),
        last!(),
        event!(chunk!(candidate!(r#"{"text":" Again."}"#), usage!(7, 14)))
    )],
    conforming: &[TEXT],
    faults: &["event-after-end", "swap-events"],
    check: Check::Gemini(Hooks {
        event: Some(after_finish),
        ..Hooks::NONE
    }),
};

fn after_finish(seen: &Transition<'_, State>) -> Verdict {
    let Some(chunk) = spoken(seen) else {
        return Verdict::Silent;
    };
    if serves(seen, chunk) || is_legacy(seen.before.get(), chunk) {
        return Verdict::Silent;
    }
    first_fault(candidates(chunk).iter().map(|candidate| {
        let known = seen.before.candidate(index_of(candidate));
        let is_finished = known.is_some_and(|known| known.finish.is_some());
        let has_payload = || {
            let mut parts = parts_of(candidate).iter();
            parts.any(|part| payload_of(part).is_some())
        };
        Verdict::when(!is_finished || !has_payload(), || {
            format!(
                "expected nothing more of candidate `{}` after its `finishReason`, found content",
                index_of(candidate)
            )
        })
    }))
}

pub(super) static FINISHED_TWICE: Rule = Rule {
    id: "GEM-062",
    name: "gemini-finished-twice",
    severity: Severity::Should,
    source: "Every recorded stream of the service without tools of its own",
    explanation: "`finishReason` is said once, in the candidate's last chunk. Clients take the \
                  first for the end.",
    violations: &[stream!(
        first!(),
        last!(),
        event!(chunk!(
            r#"{"finishReason":"STOP","index":0}"#,
            usage!(6, 13)
        ))
    )],
    conforming: &[TEXT],
    faults: &["edit *#last doubled"],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("finishReason")],
        event: Some(finished_once),
        ..Hooks::NONE
    }),
};

fn finished_once(seen: &Transition<'_, State>) -> Verdict {
    let Some(chunk) = spoken(seen) else {
        return Verdict::Silent;
    };
    if serves(seen, chunk) || is_legacy(seen.before.get(), chunk) {
        return Verdict::Silent;
    }
    let finishing = candidates(chunk)
        .iter()
        .filter(|candidate| candidate.get("finishReason").is_some());
    first_fault(finishing.map(|candidate| {
        let known = seen.before.candidate(index_of(candidate));
        Verdict::when(known.is_none_or(|known| known.finish.is_none()), || {
            format!(
                "expected one `finishReason` of candidate `{}`, found another",
                index_of(candidate)
            )
        })
    }))
}
