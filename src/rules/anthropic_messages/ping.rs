//! The keep-alive event.

use crate::json::Value;

use super::moment::{Step, type_of};
use super::sample::stream;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Verdict};

/// A stream with a ping where the service puts it.
const PINGED: Sample = stream(concat!(
    start!(),
    open_text!(0),
    event!("ping", r#"{"type": "ping"}"#),
    say!(0),
    close!(0),
    bye!()
));

/// The data of an event that is named `ping`.
fn ping<'a>(step: &'a Step<'_>) -> Option<&'a Value> {
    let frame = step.event.frame();
    let is_ping = frame.name.as_deref() == Some("ping") && frame.lines.closed;
    step.event.json().filter(|_| is_ping)
}

pub(super) static TYPE: Rule = Rule {
    id: "ANT-025",
    name: "ping-without-type",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages, Ping events; every recorded ping",
    explanation: "The data of a `ping` event is `{\"type\": \"ping\"}`. Clients that choose by the \
                  type read anything else as an event that they do not know, or raise.",
    violations: &[stream(concat!(
        start!(),
        event!("ping", "{}"),
        hi!(0),
        bye!()
    ))],
    conforming: &[PINGED],
    faults: &["edit ping /type removed"],
    check: Check::AnthropicMessages(Hooks {
        event: Some(|step| {
            let data = ping(step).filter(|data| data.is_object());
            let Some(data) = data.filter(|_| !step.is_over) else {
                return Verdict::Silent;
            };
            Verdict::when(type_of(data) == "ping", || {
                format!(
                    "expected type `ping` in a ping, found {}",
                    quoted_value(data.get("type"))
                )
            })
        }),
        ..Hooks::NONE
    }),
};

pub(super) static MEMBERS: Rule = Rule {
    id: "ANT-026",
    name: "ping-with-more",
    severity: Severity::Should,
    source: "Recordings: no ping has another member",
    explanation: "A ping carries its type and nothing else. Clients throw it away unread, so that \
                  what is told in it reaches nobody. (Unknown members of other events are for \
                  clients to ignore and are no fault.)",
    violations: &[stream(concat!(
        start!(),
        event!("ping", r#"{"type":"ping","ts":1}"#),
        hi!(0),
        bye!()
    ))],
    conforming: &[PINGED],
    faults: &["edit ping /ts = 1"],
    check: Check::AnthropicMessages(Hooks {
        event: Some(|step| {
            let members = ping(step).and_then(Value::as_object);
            let Some(members) = members.filter(|_| !step.is_over) else {
                return Verdict::Silent;
            };
            match members.keys().find(|key| *key != "type") {
                None => Verdict::Pass,
                Some(key) => {
                    Verdict::fail(format!("expected a ping of its type alone, found `{key}`"))
                }
            }
        }),
        ..Hooks::NONE
    }),
};

pub(super) static PLACE: Rule = Rule {
    id: "ANT-043",
    name: "ping-out-of-place",
    severity: Severity::Should,
    source: "Recordings: no ping comes before `message_start` or after `message_delta`; the \
             documentation allows them anywhere",
    explanation: "Pings come while a message is being made: after `message_start` and before \
                  `message_delta`. Clients that wait for the first event to know that an answer \
                  began, or for the last, take a stray ping for it.",
    violations: &[
        stream(concat!(
            event!("ping", r#"{"type": "ping"}"#),
            start!(),
            hi!(0),
            bye!()
        )),
        stream(concat!(
            start!(),
            hi!(0),
            end!("end_turn", 5),
            event!("ping", r#"{"type": "ping"}"#),
            stop!()
        )),
    ],
    conforming: &[PINGED],
    faults: &["edit ping first"],
    check: Check::AnthropicMessages(Hooks {
        event: Some(|step| {
            if ping(step).is_none_or(|data| type_of(data) != "ping") {
                return Verdict::Silent;
            }
            let before = step.before;
            if before.starts == 0 && !before.began_without_start {
                return Verdict::fail("found a ping before `message_start`");
            }
            if before.message_deltas > 0 || before.stopped {
                return Verdict::fail("found a ping after `message_delta`");
            }
            Verdict::Pass
        }),
        ..Hooks::NONE
    }),
};
