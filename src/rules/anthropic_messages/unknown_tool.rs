//! Only tools that were offered are called.

use super::moment::{Body, STOPS, Step, at_stop, of_body};
use super::sample::streamed;
use crate::protocol::Asked;
use crate::protocol::anthropic_messages::State;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-082",
    name: "unknown-tool-called",
    severity: Severity::Note,
    source: "Anthropic documentation, Tool use: `name` is that of an offered tool; models now and \
             then make one up",
    explanation: "The name in a `tool_use` block is one of the request's tools. The caller cannot \
                  run any other, and mostly finds out by an exception.",
    violations: &[streamed(
        r#"{"tools":[{"name":"search"}]}"#,
        concat!(start!(), call!(0, "toolu_1"), end!("tool_use", 5), stop!()),
    )],
    conforming: &[streamed(
        r#"{"tools":[{"name":"get_time"}]}"#,
        concat!(start!(), call!(0, "toolu_1"), end!("tool_use", 5), stop!()),
    )],
    faults: &[r#"edit content_block_start /content_block/name = "nobody""#],
    check: Check::AnthropicMessages(Hooks {
        about: &[STOPS],
        event: Some(event),
        body: Some(body),
        ..Hooks::NONE
    }),
};

fn event(step: &Step<'_>) -> Verdict {
    at_stop(step, judge)
}

fn body(whole: &Body<'_>) -> Verdict {
    of_body(whole, judge)
}

fn judge(state: &State, asked: &Asked) -> Verdict {
    let Some(offered) = asked.tools.as_ref().filter(|tools| !tools.is_empty()) else {
        return Verdict::Silent;
    };
    if state.tools.is_empty() {
        return Verdict::Silent;
    }
    let stranger = state
        .tools
        .iter()
        .find(|tool| !offered.contains(&tool.name));
    match stranger {
        None => Verdict::Pass,
        Some(tool) => Verdict::fail(format!(
            "expected a call of an offered tool, found a call of {}",
            quoted(&tool.name)
        )),
    }
}
