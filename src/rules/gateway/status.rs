//! What status a success has.

use crate::endpoint::{Endpoint, ProtocolId};
use crate::rules::{Check, Hooks, Opened, Rule, Sample, Severity, Verdict};

const HI: &str = concat!(
    r#"{"id":"chatcmpl-1","object":"chat.completion","created":1790000000,"model":"m","#,
    r#""choices":[{"index":0,"message":{"role":"assistant","content":"Hi","refusal":null},"#,
    r#""logprobs":null,"finish_reason":"stop"}],"#,
    r#""usage":{"prompt_tokens":9,"completion_tokens":5,"total_tokens":14}}"#
);

const fn answered(status: u16) -> Sample {
    Sample::Answer {
        request: "/v1/chat/completions\n",
        status,
        headers: &[("content-type", "application/json")],
        body: HI,
    }
}

const fn looked_at(request: &'static str, status: u16) -> Sample {
    Sample::Answer {
        request,
        status,
        headers: &[("content-type", "application/json")],
        body: r#"{"task_id":"task_1","status":"pending","estimated_credits":1.50}"#,
    }
}

pub(super) static RULE: Rule = Rule {
    id: "GW-179",
    name: "unusual-status",
    severity: Severity::Must,
    source: "the vendors' API references: 200 is the one status of an answer, refusals have 400 \
             and above; docs.bytespike.ai/api-reference/utility/tasks-cancel; RFC 9110, 15.3.5 \
             and 15.4",
    explanation: "An answer comes with 200, but for a submitted task, which may be told as created \
        or accepted (201, 202). Clients take 204 for an empty answer without reading \
        it, 202 for one that is still being made, and follow or refuse a redirect.",
    violations: &[
        answered(204),
        answered(202),
        answered(302),
        looked_at("/v1/tasks/query\n", 202),
        looked_at("/v1/tasks/submit\n", 302),
    ],
    conforming: &[answered(200), looked_at("/v1/tasks/submit\n", 202)],
    faults: &["redirect"],
    check: Check::Gateway(Hooks {
        head: Some(check),
        ..Hooks::NONE
    }),
};

fn check(opened: &Opened<'_>) -> Verdict {
    let status = opened.head.status;
    if !(200..400).contains(&status) {
        return Verdict::Silent;
    }
    let right: &[u16] = match opened.asked.endpoint.protocol() {
        ProtocolId::AnthropicMessages
        | ProtocolId::OpenaiChat
        | ProtocolId::OpenaiResponses
        | ProtocolId::Gemini
        | ProtocolId::OpenaiImages => &[200],
        ProtocolId::Tasks => of_tasks(opened.asked.endpoint),
        // Of these no page says what status a new key has, or a deletion.
        ProtocolId::Management if status < 300 => return Verdict::Silent,
        ProtocolId::Management => &[200],
    };
    if opened.asked.endpoint == Endpoint::Asset {
        return Verdict::Silent;
    }
    Verdict::when(right.contains(&status), || {
        format!("expected status `200` of an answer, found `{status}`")
    })
}

/// Of a first submit no page says which of three it is.
fn of_tasks(endpoint: Endpoint) -> &'static [u16] {
    if matches!(
        endpoint,
        Endpoint::TasksSubmit | Endpoint::VideosGenerations
    ) {
        &[200, 201, 202]
    } else {
        &[200]
    }
}
