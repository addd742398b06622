use super::reading::{ENDS, ended_response};
use super::sample::TEXT;
use crate::protocol::openai_responses::{Finish, State};
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAR-046",
    name: "responses-item-left-open",
    severity: Severity::Must,
    source: "Open Responses specification, response states; OpenAI's Python client throws",
    explanation: "Every item is done before the response is completed or incomplete: a client that \
                  waits for finished items would wait for ever.",
    violations: &[stream!(
        said!(),
        text_done!(),
        part_done!(),
        completed!(8, "", usage!())
    )],
    conforming: &[TEXT],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.done\ndata: "#,
        r#"{\"type\":\"response.output_item.done\"" "event: keepalive\ndata: "#,
        r#"{\"type\":\"keepalive\"""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: ENDS,
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(seen: &Transition<'_, State>) -> Verdict {
    match ended_response(seen) {
        Some((Finish::Completed | Finish::Incomplete, _)) => {}
        Some((Finish::Failed, _)) | None => return Verdict::Silent,
    }
    // Listings of tools that ran side by side were recorded without their last event.
    let mut items = seen.before.items.iter();
    let open = items.find(|item| item.open && item.kind != "mcp_list_tools");
    match open {
        None => Verdict::Pass,
        Some(item) => Verdict::fail(format!(
            "expected every item to be done before the end, found item `{}` ({}) open",
            item.output_index,
            quoted(&item.kind)
        )),
    }
}
