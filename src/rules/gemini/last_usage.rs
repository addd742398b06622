use super::reading::whole_answer;
use super::sample::{TEXT, UNARY};
use crate::protocol::BodyEnd;
use crate::protocol::gemini::State;
use crate::rules::{Check, Ended, Hooks, Rule, Severity, Verdict, Whole};

pub(super) static RULE: Rule = Rule {
    id: "GEM-081",
    name: "gemini-no-usage",
    severity: Severity::Must,
    source: "Every recorded answer that counts its prompt",
    explanation: "The last chunk counts the tokens of the whole answer in \
                  `usageMetadata.totalTokenCount`, and so does a body; without it nobody can check \
                  what the answer cost. The service itself leaves it out where it has not counted \
                  the prompt.",
    violations: &[stream!(event!(concat!(
        r#"{"candidates":[{"content":{"parts":[{"text":"x"}],"role":"model"},"#,
        r#""finishReason":"STOP","index":0}],"modelVersion":"gemini-test-1","#,
        r#""responseId":"aTestRespId0000000000A"}"#
    )))],
    conforming: &[TEXT, UNARY],
    faults: &["missing-usage"],
    check: Check::Gemini(Hooks {
        end: Some(stream_counted),
        body: Some(body_counted),
        ..Hooks::NONE
    }),
};

fn stream_counted(ended: &Ended<'_, State>) -> Verdict {
    let state = ended.state;
    let is_whole = state.all_finished() || state.blocked.is_some();
    if ended.end != BodyEnd::Clean || !is_whole || state.error.is_some() {
        return Verdict::Silent;
    }
    counted(state)
}

fn body_counted(whole: &Whole<'_, State>) -> Verdict {
    whole_answer(whole).map_or(Verdict::Silent, |_| counted(whole.state.get()))
}

fn counted(state: &State) -> Verdict {
    let uncounted = state.counts.is_some_and(|counts| {
        counts.prompt == 0 && counts.candidates > 0 && counts.total.is_none()
    });
    if uncounted && state.last_has_usage {
        return Verdict::Silent;
    }
    let total = state.counts.and_then(|counts| counts.total);
    Verdict::when(state.last_has_usage && total.is_some(), || {
        "expected `usageMetadata.totalTokenCount` at the end, found none".to_owned()
    })
}
