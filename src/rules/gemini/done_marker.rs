use super::sample::TEXT;
use crate::protocol::gemini::State;
use crate::protocol::{Asked, BodyEnd, Delivery, Payload};
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Transition, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "GEM-008",
    name: "gemini-done-marker",
    severity: Severity::Must,
    source: "Google's clients fail on it; no recorded stream has it. One page of the gateway says \
             otherwise (C-06)",
    explanation: "The end of the body is the end of the stream: there is no `[DONE]`. Google's \
                  clients parse it as a chunk and raise after the whole answer has been read. The \
                  gateway's own guide for one client shows such a marker, so of the gateway it is \
                  let pass until the reading `native` of C-06 is chosen.",
    violations: &[stream!(first!(), last!(), "data: [DONE]\r\n\r\n")],
    conforming: &[TEXT],
    faults: &[],
    check: Check::Gemini(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

/// Where the gateway's documents leave both open, or ask for it.
fn is_documented(asked: &Asked) -> bool {
    asked.gateway && !asked.contract.is("C-06", "native")
}

/// A stream of the gateway, which was said to end with the marker.
const fn asked_for(body: &'static str) -> Sample {
    Sample::Answer {
        request: "/v1beta/models/{model}:streamGenerateContent?alt=sse @gateway @C-06=done\n",
        status: 200,
        headers: &[
            ("content-type", "text/event-stream"),
            ("x-ratelimit-limit", "50.00"),
            ("x-ratelimit-remaining", "42.18"),
            ("x-ratelimit-reset", "1790000000"),
            ("x-quota-remaining-credits", "192.40"),
        ],
        body,
    }
}

/// The marker where it is asked for.
pub(super) static WANTED: Rule = Rule {
    id: "GW-092",
    name: "gemini-done-missing",
    severity: Severity::Must,
    source: "C-06: gemini-cli against api-reference/overview",
    explanation: "A guide for one client lets a Gemini stream end with `[DONE]`; the vendor's has \
                  no such thing. This target was said to follow the guide, and its clients wait \
                  for the marker until their time is up.",
    violations: &[asked_for(concat!(first!(), last!()))],
    conforming: &[asked_for(concat!(
        first!(),
        last!(),
        "data: [DONE]\r\n\r\n"
    ))],
    faults: &[],
    check: Check::Gemini(Hooks {
        end: Some(|ended| {
            let asked = ended.asked;
            let is_asked_for = asked.gateway && asked.contract.is("C-06", "done");
            let is_whole = ended.end == BodyEnd::Clean && ended.head.is_success();
            if !is_asked_for || !is_whole || asked.delivery != Delivery::Sse {
                return Verdict::Silent;
            }
            Verdict::when(ended.state.done_marker, || {
                "C-06 is read as done: expected `[DONE]` at the end, found none".to_owned()
            })
        }),
        ..Hooks::NONE
    }),
};

fn check(seen: &Transition<'_, State>) -> Verdict {
    match seen.event.payload {
        Payload::Done if seen.before.done_marker || is_documented(seen.asked.get()) => {
            Verdict::Silent
        }
        Payload::Done => Verdict::fail("expected the end of the stream, found `[DONE]`"),
        Payload::Json(_) => Verdict::Pass,
        Payload::NotJson(_) | Payload::Empty => Verdict::Silent,
    }
}
