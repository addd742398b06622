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

pub(super) static RULE: Rule = Rule {
    id: "GW-179",
    name: "unusual-status",
    severity: Severity::Must,
    source: "the vendors' API references: 200 is the one status of an answer, refusals have 400 \
             and above; RFC 9110, 15.3.5 and 15.4",
    explanation: "An answer comes with 200. Clients take 204 for an empty answer without reading \
        it, 202 for one that is still being made, and follow or refuse a redirect.",
    violations: &[answered(204), answered(202), answered(302)],
    conforming: &[answered(200)],
    faults: &["redirect"],
    check: Check::Gateway(Hooks {
        head: Some(check),
        ..Hooks::NONE
    }),
};

fn check(opened: &Opened<'_>) -> Verdict {
    let endpoint = opened.asked.endpoint;
    let status = opened.head.status;
    let is_generated = match endpoint.protocol() {
        ProtocolId::AnthropicMessages
        | ProtocolId::OpenaiResponses
        | ProtocolId::Gemini
        | ProtocolId::OpenaiImages => true,
        ProtocolId::OpenaiChat => endpoint == Endpoint::ChatCompletions,
        // Of these no page says what status a first submit has, or a new key.
        ProtocolId::Tasks | ProtocolId::Management => false,
    };
    if !is_generated || !(200..400).contains(&status) {
        return Verdict::Silent;
    }
    Verdict::when(status == 200, || {
        format!("expected status `200` of an answer, found `{status}`")
    })
}
