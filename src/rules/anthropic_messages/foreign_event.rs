//! No event of another protocol.

use super::moment::Step;
use super::sample::{FALLEN_BACK, GREETING, stream};
use crate::endpoint::ProtocolId;
use crate::rules::foreign::owner;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-133",
    name: "anthropic-event-of-another-protocol",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages: the events of a stream; other vendors' \
             documents for theirs",
    explanation: "Clients pass over events that they do not know, as they are told to. One that \
                  another protocol is known by was meant for another reader: its text is lost \
                  here, and another answer lacks it.",
    violations: &[
        stream(concat!(
            start!(),
            open_text!(0),
            "event: response.output_text.delta\n",
            "data: {\"type\":\"response.output_text.delta\",\"item_id\":\"msg_1\",",
            "\"output_index\":0,\"content_index\":0,\"delta\":\"Hi\"}\n\n",
            close!(0),
            bye!()
        )),
        stream(concat!(
            start!(),
            open_text!(0),
            "event: task.updated\n",
            "data: {\"task_id\":\"task_1\",\"status\":\"running\"}\n\n",
            close!(0),
            bye!()
        )),
    ],
    conforming: &[GREETING, FALLEN_BACK],
    faults: &[concat!(
        r#"edit bytes "event: content_block_stop\n" "event: response.in_progress\n"#,
        r#"data: {\"type\":\"response.in_progress\"}\n\nevent: content_block_stop\n""#
    )],
    check: Check::AnthropicMessages(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    if !step.event.lines().closed || step.is_over {
        return Verdict::Silent;
    }
    let json = step.event.json().filter(|json| json.is_object());
    // One without a type is known by its name.
    let name = json.and(step.event.name());
    let Some(kind) = step.event.type_name().or(name) else {
        return Verdict::Silent;
    };
    let owner = owner(kind);
    let is_foreign = owner.is_some_and(|owner| owner != ProtocolId::AnthropicMessages);
    Verdict::when(!is_foreign, || {
        format!(
            "expected an event of this protocol, found {}, which is of {}",
            quoted(kind),
            owner.map_or("another", ProtocolId::name)
        )
    })
}
