//! The end: every candidate says why it stopped.

use super::reading::{candidates, first_fault, index_of, whole_answer};
use super::sample::{BLOCKED, FAILED, TEXT, UNARY};
use crate::protocol::BodyEnd;
use crate::protocol::gemini::State;
use crate::rules::{Check, Ended, Hooks, Rule, Sample, Severity, Verdict, Whole};
use crate::wire::json_array::ArrayFault;

pub(super) static STREAM: Rule = Rule {
    id: "GEM-061",
    name: "gemini-no-finish-reason",
    severity: Severity::Must,
    source: "Google API reference, `finishReason`: empty while the model is still writing; every \
             recorded stream",
    explanation: "Every candidate ends with a `finishReason`, unless the prompt was blocked or an \
                  error came. A stream that closes cleanly without one was cut off, and looks like \
                  a short answer.",
    violations: &[
        stream!(first!()),
        array!(
            "[",
            chunk!(candidate!(r#"{"text":"Tides"}"#), usage!(3, 10)),
            "]"
        ),
    ],
    conforming: &[TEXT, BLOCKED, FAILED],
    faults: &[
        "missing-terminator",
        "early-end",
        "missing-stop",
        "garbage-body",
        "half-body",
    ],
    check: Check::Gemini(Hooks {
        end: Some(all_finished),
        ..Hooks::NONE
    }),
};

fn all_finished(ended: &Ended<'_, State>) -> Verdict {
    let state = ended.state;
    if ended.end != BodyEnd::Clean
        || ended.tail.frames == 0
        || ended.tail.array == Some(ArrayFault::NotAnArray)
    {
        return Verdict::Silent;
    }
    Verdict::when(state.is_over() || state.all_finished(), || {
        let open = state.candidates.iter().find(|known| known.finish.is_none());
        match open {
            Some(known) => format!(
                "expected a `finishReason` of candidate `{}`, found the end after `{}` chunks",
                known.index, state.chunks
            ),
            None => "expected a candidate that finishes, found the end".to_owned(),
        }
    })
}

pub(super) static BODY: Rule = Rule {
    id: "GEM-120",
    name: "gemini-body-without-finish-reason",
    severity: Severity::Must,
    source: "Every recorded body",
    explanation: "Each candidate of a whole answer says in `finishReason` why it stopped; without \
                  one a client cannot tell a finished answer from one that was cut off.",
    violations: &[body!(chunk!(
        candidate!(r#"{"text":"Tides."}"#),
        usage!(6, 13)
    ))],
    conforming: &[UNARY],
    faults: &["edit * /candidates/0/finishReason removed"],
    check: Check::Gemini(Hooks {
        body: Some(body_finished),
        ..Hooks::NONE
    }),
};

fn body_finished(whole: &Whole<'_, State>) -> Verdict {
    let Some(body) = whole_answer(whole) else {
        return Verdict::Silent;
    };
    first_fault(candidates(body).iter().map(|candidate| {
        Verdict::when(candidate.get("finishReason").is_some(), || {
            format!(
                "expected a `finishReason` of candidate `{}`, found none",
                index_of(candidate)
            )
        })
    }))
}

pub(super) static UNCLEAN: Rule = Rule {
    id: "GEM-011",
    name: "gemini-connection-broken",
    severity: Severity::Should,
    source: "RFC 9112, section 7.1, and RFC 9113, section 8.1: how a body ends; recordings: all do",
    explanation: "After the last chunk the body ends as HTTP says. This protocol has no event for \
                  the end, so that clients wait for that of the body: when the connection breaks \
                  instead, or stays open for good, they raise although the answer is complete.",
    violations: &[Sample::Answer {
        request: "/v1beta/models/{model}:streamGenerateContent?alt=sse @broken\n",
        status: 200,
        headers: &[("content-type", "text/event-stream")],
        body: concat!(first!(), last!()),
    }],
    conforming: &[TEXT],
    faults: &["edit *#last broken"],
    check: Check::Gemini(Hooks {
        end: Some(|ended| match ended.end {
            _ if !ended.state.all_finished() => Verdict::Silent,
            BodyEnd::Clean => Verdict::Pass,
            BodyEnd::Broken => Verdict::fail(
                "expected the end of the body after the last chunk, found a broken connection",
            ),
            BodyEnd::Left => Verdict::Silent,
        }),
        ..Hooks::NONE
    }),
};
