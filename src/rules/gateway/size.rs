//! What is too long to be read whole, whoever sends it.

use crate::endpoint::Endpoint;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Verdict};

/// A small stream of Chat, with something in its middle.
macro_rules! chat {
    ($middle:literal) => {
        concat!(
            r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"#,
            r#""model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"#,
            r#""finish_reason":null}]}"#,
            "\n\n",
            $middle,
            r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"#,
            r#""model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
            "\n\ndata: [DONE]\n\n"
        )
    };
}

/// An event, or a body, beyond what is read.
pub(super) static TOO_LONG: Rule = Rule {
    id: "SSE-001",
    name: "too-long-to-read",
    severity: Severity::Should,
    source: "the limits of this reader: 16 MiB an event and a body, 64 MiB where pictures are; the \
             longest event known from a vendor has 3 MB",
    explanation: "Clients hold an event in memory until its empty line has come, and most set \
        themselves a limit far below ours. What lies beyond it was not read here either: of that \
        event no other rule has spoken, and its run is inconclusive.",
    violations: &[Sample::Answer {
        request: "/v1/chat/completions\n",
        status: 200,
        headers: &[("content-type", "text/event-stream")],
        body: chat!("data: {\u{fffc}}\n\n"),
    }],
    conforming: &[Sample::Answer {
        request: "/v1/chat/completions\n",
        status: 200,
        headers: &[("content-type", "text/event-stream")],
        body: chat!(""),
    }],
    faults: &["edit * padded 17000000"],
    check: Check::Gateway(Hooks {
        end: Some(|ended| {
            if ended.asked.endpoint == Endpoint::Asset {
                return Verdict::Silent;
            }
            Verdict::when(!ended.tail.oversized, || {
                "expected an answer that can be read, found an event or a body beyond the limits"
                    .to_owned()
            })
        }),
        ..Hooks::NONE
    }),
};
