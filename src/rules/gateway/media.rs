//! What the pages promise of pictures and of submitted tasks.

use super::promises::success;
use super::{answer, is_ours};
use crate::endpoint::Endpoint;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Verdict};

const TWO_PICTURES: &str = concat!(
    "/v1/images/generations @gateway\n",
    r#"{"model":"seedream-v4","prompt":"A tide","n":2}"#
);

/// As many pictures as were asked for.
pub(super) static PICTURES: Rule = Rule {
    id: "GW-123",
    name: "pictures-missing",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/image/seedream-v5lite, image/seedream-v4-5",
    explanation: "A call for `n` pictures returns `n` entries in `data`. Each is billed by itself, \
        so that one too few was paid for nothing, and one too many was never asked for.",
    violations: &[answer(
        TWO_PICTURES,
        200,
        r#"{"created":1716705600,"data":[{"url":"https://a.example/1.png"}]}"#,
    )],
    conforming: &[answer(
        TWO_PICTURES,
        200,
        concat!(
            r#"{"created":1716705600,"data":[{"url":"https://a.example/1.png"},"#,
            r#"{"url":"https://a.example/2.png"}]}"#
        ),
    )],
    faults: &["edit * /data/1 removed"],
    check: Check::Gateway(Hooks {
        body: Some(|whole| {
            let here = whole.asked.endpoint == Endpoint::ImagesGenerations;
            let data = success(whole).and_then(|body| body.get("data")?.as_array());
            let (Some(wanted), Some(data), true) = (whole.asked.n, data, here) else {
                return Verdict::Silent;
            };
            let found = data.len() as u64;
            Verdict::when(found == wanted, || {
                format!("expected `{wanted}` entries in `data`, found `{found}`")
            })
        }),
        ..Hooks::NONE
    }),
};

const STREAMED_SUBMIT: &str = concat!(
    "/v1/tasks/submit @gateway\n",
    r#"{"model":"sora-2","params":{},"stream":true}"#
);
const SUBMITTED: &str = r#"{"task_id":"task_1","status":"pending","estimated_credits":1.50}"#;

/// A submit is answered at once and whole.
pub(super) static STREAM_IGNORED: Rule = Rule {
    id: "GW-113",
    name: "submit-streamed",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/utility/tasks-submit: `stream` is ignored here",
    explanation: "A submit with `stream` is answered like any other: one JSON object, at once. A \
        client that sets the member by habit waits for a body it can parse; the stream of states \
        has a route of its own.",
    violations: &[Sample::Answer {
        request: STREAMED_SUBMIT,
        status: 200,
        headers: &[
            ("content-type", "text/event-stream"),
            ("x-ratelimit-limit", "50.00"),
            ("x-ratelimit-remaining", "42.18"),
            ("x-ratelimit-reset", "1790000000"),
            ("x-quota-remaining-credits", "192.40"),
        ],
        body: "data: {\"task_id\":\"task_1\",\"status\":\"failed\"}\n\n",
    }],
    conforming: &[answer(STREAMED_SUBMIT, 200, SUBMITTED)],
    faults: &[],
    check: Check::Gateway(Hooks {
        head: Some(|opened| {
            let body = opened.asked.body.as_ref();
            let is_asked = body.is_some_and(|body| body["stream"] == true);
            let here =
                opened.asked.endpoint == Endpoint::TasksSubmit && is_ours(opened.asked.get());
            if !is_asked || !here || !opened.head.is_success() {
                return Verdict::Silent;
            }
            let label = opened.head.media_type().unwrap_or_default();
            Verdict::when(label != "text/event-stream", || {
                "expected one JSON object, found an event stream".to_owned()
            })
        }),
        ..Hooks::NONE
    }),
};
