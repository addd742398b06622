//! What a body is labelled as, on the routes that are the gateway's own invention.

use super::{answer, is_ours, short};
use crate::endpoint::{Endpoint, ProtocolId};
use crate::protocol::{BodyEnd, Delivery};
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Verdict, Whole};

const SUBMIT: &str = "/v1/tasks/submit @gateway\n";
const SUBMITTED: &str = r#"{"task_id":"task_1","status":"pending","estimated_credits":1.50}"#;

/// Tasks and management answer in JSON and say so.
pub(super) static NOT_JSON: Rule = Rule {
    id: "GW-132",
    name: "gateway-not-json",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/overview: JSON, as every example shows",
    explanation: "Many HTTP libraries parse a body only when it is labelled `application/json`. \
        Label tasks and management answers so, and send one JSON document.",
    violations: &[Sample::Answer {
        request: SUBMIT,
        status: 200,
        headers: &[
            ("content-type", "text/plain"),
            ("x-ratelimit-limit", "50.00"),
            ("x-ratelimit-remaining", "42.18"),
            ("x-ratelimit-reset", "1790000000"),
            ("x-quota-remaining-credits", "192.40"),
        ],
        body: SUBMITTED,
    }],
    conforming: &[answer(SUBMIT, 200, SUBMITTED)],
    faults: &[
        "wrong-content-type",
        "content-type-missing",
        "empty-body",
        "garbage-body",
        "half-body",
    ],
    check: Check::Gateway(Hooks {
        body: Some(not_json),
        ..Hooks::NONE
    }),
};

fn not_json(whole: &Whole<'_, ()>) -> Verdict {
    let protocol = whole.asked.endpoint.protocol();
    let own = matches!(protocol, ProtocolId::Tasks | ProtocolId::Management);
    let stream =
        whole.asked.delivery == Delivery::Sse || whole.asked.endpoint == Endpoint::TasksStream;
    // What a deletion answers may be no document at all.
    let is_list = whole.asked.endpoint != Endpoint::Webhooks;
    let empty = whole.raw.is_empty() && protocol == ProtocolId::Management;
    let empty = whole.head.status == 204 || (empty && !is_list);
    if !is_ours(whole.asked.get()) || !own || stream || empty || whole.end != BodyEnd::Clean {
        return Verdict::Silent;
    }
    if !whole.head.is_success() {
        return Verdict::Silent;
    }
    let media_type = whole.head.media_type().unwrap_or_default();
    if media_type != "application/json" {
        let media_type = short(&media_type);
        return Verdict::fail(format!(
            "expected content type `application/json`, found `{media_type}`"
        ));
    }
    match whole.body {
        Ok(_) => Verdict::Pass,
        Err(why) => Verdict::fail(format!("expected a JSON document, found {why}")),
    }
}
