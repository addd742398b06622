//! When an answer says that it was made.

use super::reading::{spoken, whole_answer};
use crate::json::Value;
use crate::protocol::Head;
use crate::rules::created::text_fault;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Topic, Verdict};

/// A body that tells its time.
macro_rules! made_at {
    ($time:literal) => {
        Sample::Answer {
            request: "/v1beta/models/{model}:generateContent\n",
            status: 200,
            headers: &[
                ("content-type", "application/json; charset=UTF-8"),
                ("date", "Mon, 21 Sep 2026 14:13:20 GMT"),
            ],
            body: concat!(
                r#"{"candidates":["#,
                finished!(r#"{"text":"x"}"#),
                r#"],"usageMetadata":"#,
                usage!(6, 13),
                r#","modelVersion":"gemini-test-1","createTime":""#,
                $time,
                r#"","responseId":"aTestRespId0000000000A"}"#
            ),
        }
    };
}

pub(super) static RULE: Rule = Rule {
    id: "GEM-127",
    name: "gemini-absurd-time",
    severity: Severity::Must,
    source: "Google API reference, `createTime`: a timestamp of RFC 3339; recorded answers of \
             Vertex AI, which alone has it",
    explanation: "`createTime`, where it is there, is a time of RFC 3339 that is not far from the \
                  `date` header: at most a day after it or a year before. Callers sort answers by \
                  it, and typed clients parse it.",
    violations: &[made_at!("yesterday"), made_at!("2036-09-21T14:13:19Z")],
    conforming: &[made_at!("2026-09-21T14:13:19.123456Z")],
    faults: &[r#"edit * /createTime = "soon""#],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("createTime")],
        event: Some(|seen| {
            spoken(seen).map_or(Verdict::Silent, |chunk| judge(seen.head.get(), chunk))
        }),
        body: Some(|whole| {
            whole_answer(whole).map_or(Verdict::Silent, |body| judge(whole.head.get(), body))
        }),
        ..Hooks::NONE
    }),
};

fn judge(head: &Head, answer: &Value) -> Verdict {
    // One that is no text has a rule of its own.
    let Some(found) = answer.get("createTime").filter(|found| found.is_string()) else {
        return Verdict::Silent;
    };
    text_fault(head, "createTime", found).map_or(Verdict::Pass, Verdict::fail)
}
