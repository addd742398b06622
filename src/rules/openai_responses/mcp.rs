//! Tools of other servers: their listings, calls and approvals.

use super::reading::{ITEM_DONE, item_of, spoken, word};
use crate::json::Value;
use crate::protocol::openai_responses::{PartStage, Phase, State};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Transition, Verdict};

pub(super) static LISTING: Rule = Rule {
    id: "OAR-087",
    name: "responses-listing-not-ended",
    severity: Severity::Should,
    source: "OpenAI API description, mcp_list_tools events; every recorded listing",
    explanation: "A listing of a server's tools tells `in_progress`, then `completed` or `failed`, \
                  and then is done: with its tools, or with `error`. A client that waits for the \
                  end of the listing otherwise waits for ever.",
    violations: &[
        stream!(
            mcp_added!("mcp_list_tools", r#""tools":[]"#),
            mcp!("response.mcp_list_tools.in_progress", 3),
            item_done!(4, 0, listing!())
        ),
        stream!(
            mcp_added!("mcp_list_tools", r#""tools":[]"#),
            mcp!("response.mcp_list_tools.in_progress", 3),
            mcp!("response.mcp_list_tools.completed", 4),
            mcp!("response.mcp_list_tools.failed", 5)
        ),
    ],
    conforming: &[stream!(
        mcp_added!("mcp_list_tools", r#""tools":[]"#),
        mcp!("response.mcp_list_tools.in_progress", 3),
        mcp!("response.mcp_list_tools.completed", 4),
        item_done!(5, 0, listing!()),
        completed!(6, listing!(), usage!())
    )],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.output_item.added\ndata: {\"type\":\"response.output_item.added\","#,
        r#"\"sequence_number\":2,\"output_index\":0,\"item\":{\"id\":\"h\","#,
        r#"\"type\":\"mcp_list_tools\",\"server_label\":\"s\",\"tools\":[]}}\n\nevent: "#,
        r#"response.mcp_list_tools.in_progress\ndata: "#,
        r#"{\"type\":\"response.mcp_list_tools.in_progress\",\"sequence_number\":3,"#,
        r#"\"item_id\":\"h\",\"output_index\":0}\n\nevent: "#,
        r#"response.output_item.done\ndata: {\"type\":\"response.output_item.done\","#,
        r#"\"sequence_number\":4,\"output_index\":0,\"item\":{\"id\":\"h\","#,
        r#"\"type\":\"mcp_list_tools\",\"server_label\":\"s\",\"tools\":[]}}\n\nevent: "#,
        r#"response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::Types("response.mcp_list_tools."), ITEM_DONE],
        event: Some(listed),
        ..Hooks::NONE
    }),
};

/// An event that tells a phase, which must come after the last one told and end a life once.
fn moves_on(seen: &Transition<'_, State>, kind: &str, value: &Value, resumes: bool) -> Verdict {
    let Some(item) = item_of(seen, value) else {
        return Verdict::Silent;
    };
    let Some((_, phase)) = Phase::of(kind) else {
        return Verdict::Silent;
    };
    let holds = match item.phase() {
        None => phase == Phase::Begun,
        Some(Phase::Begun) => phase.is_last() || resumes,
        Some(Phase::Working | Phase::Completed | Phase::Failed) => false,
    };
    Verdict::when(holds, || {
        format!(
            "expected `in_progress`, then `completed` or `failed` of item `{}`, found {}",
            item.output_index,
            quoted(kind)
        )
    })
}

fn listed(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    if kind.starts_with("response.mcp_list_tools.") {
        return moves_on(seen, kind, value, false);
    }
    let Some(item) = item_of(seen, value).filter(|item| item.kind == "mcp_list_tools") else {
        return Verdict::Silent;
    };
    // Some servers tell no phases at all.
    if kind != "response.output_item.done" || item.phase().is_none() {
        return Verdict::Silent;
    }
    Verdict::when(item.phase().is_some_and(Phase::is_last), || {
        "expected `completed` or `failed` before the listing is done, found neither".to_owned()
    })
}

pub(super) static CALL: Rule = Rule {
    id: "OAR-088",
    name: "responses-mcp-call-out-of-order",
    severity: Severity::Must,
    source: "OpenAI API description, mcp_call events; every recorded call",
    explanation: "A call of another server's tool tells `in_progress`, its arguments in deltas and \
                  once whole, and one end: `completed`, or `failed` with an `error` in the item. \
                  A call with two ends has both worked and not.",
    violations: &[
        stream!(
            mcp_added!(
                "mcp_call",
                r#""name":"n","status":"in_progress","arguments":"""#
            ),
            mcp!("response.mcp_call.in_progress", 3),
            mcp!("response.mcp_call.completed", 4),
            mcp!("response.mcp_call.failed", 5)
        ),
        stream!(
            mcp_added!(
                "mcp_call",
                r#""name":"n","status":"in_progress","arguments":"""#
            ),
            mcp!("response.mcp_call.in_progress", 3),
            mcp!("response.mcp_call.failed", 4),
            item_done!(
                5,
                0,
                concat!(
                    r#"{"id":"h_1","type":"mcp_call","status":"completed","arguments":"{}","#,
                    r#""server_label":"s","name":"n"}"#
                )
            )
        ),
    ],
    conforming: &[stream!(
        mcp_added!(
            "mcp_call",
            r#""name":"n","status":"in_progress","arguments":"""#
        ),
        mcp!("response.mcp_call.in_progress", 3),
        mcp!("response.mcp_call_arguments.delta", 4, r#""delta":"{}""#),
        mcp!("response.mcp_call.in_progress", 5),
        mcp!("response.mcp_call_arguments.done", 6, r#""arguments":"{}""#),
        mcp!("response.mcp_call.completed", 7),
        item_done!(8, 0, mcp_called!()),
        completed!(9, mcp_called!(), usage!())
    )],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.output_item.added\ndata: {\"type\":\"response.output_item.added\","#,
        r#"\"sequence_number\":2,\"output_index\":0,\"item\":{\"id\":\"h\","#,
        r#"\"type\":\"mcp_call\",\"status\":\"in_progress\",\"server_label\":\"s\","#,
        r#"\"name\":\"n\",\"arguments\":\"\"}}\n\nevent: "#,
        r#"response.mcp_call.completed\ndata: "#,
        r#"{\"type\":\"response.mcp_call.completed\",\"sequence_number\":3,"#,
        r#"\"item_id\":\"h\",\"output_index\":0}\n\nevent: "#,
        r#"response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::Types("response.mcp_call"), ITEM_DONE],
        event: Some(called),
        ..Hooks::NONE
    }),
};

fn called(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let Some(item) = item_of(seen, value).filter(|item| item.kind == "mcp_call") else {
        return Verdict::Silent;
    };
    if kind.starts_with("response.mcp_call.") {
        // A call that waited for an approval is begun again.
        return moves_on(seen, kind, value, item.arguments.stage == PartStage::Open);
    }
    if kind.starts_with("response.mcp_call_arguments.") {
        return Verdict::when(!item.phase().is_some_and(Phase::is_last), || {
            format!("expected no {} after the call has ended", quoted(kind))
        });
    }
    if kind != "response.output_item.done" || item.phase() != Some(Phase::Failed) {
        return Verdict::Silent;
    }
    let form = value.get("item").unwrap_or(&Value::Null);
    let is_told = form.get("error").is_some_and(|error| !error.is_null());
    let status = word(form, "status");
    Verdict::when(
        is_told && status.is_none_or(|status| status == "failed"),
        || {
            let found = quoted_value(Some(form));
            format!("expected a failed call with its `error`, found {found}")
        },
    )
}

pub(super) static APPROVAL: Rule = Rule {
    id: "OAR-089",
    name: "responses-approval-changes",
    severity: Severity::Should,
    source: "OpenAI API description, mcp_approval_request; recorded requests",
    explanation: "A request for approval comes with all its arguments when it is added, and the \
                  finished item has the same: what the user approves is what will be run.",
    violations: &[stream!(
        mcp_added!("mcp_approval_request", r#""name":"n","arguments":"{}""#),
        item_done!(3, 0, approval!(r#"{\"all\":true}"#))
    )],
    conforming: &[stream!(
        mcp_added!("mcp_approval_request", r#""name":"n","arguments":"{}""#),
        item_done!(3, 0, approval!("{}")),
        completed!(4, approval!("{}"), usage!())
    )],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.output_item.added\ndata: {\"type\":\"response.output_item.added\","#,
        r#"\"sequence_number\":2,\"output_index\":0,\"item\":{\"id\":\"h\","#,
        r#"\"type\":\"mcp_approval_request\",\"server_label\":\"s\",\"name\":\"n\","#,
        r#"\"arguments\":\"{}\"}}\n\nevent: response.output_item.done\ndata: "#,
        r#"{\"type\":\"response.output_item.done\",\"sequence_number\":3,"#,
        r#"\"output_index\":0,\"item\":{\"id\":\"h\",\"type\":\"mcp_approval_request\","#,
        r#"\"server_label\":\"s\",\"name\":\"n\",\"arguments\":\"[]\"}}\n\nevent: "#,
        r#"response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[ITEM_DONE],
        event: Some(same_request),
        ..Hooks::NONE
    }),
};

fn same_request(seen: &Transition<'_, State>) -> Verdict {
    let Some(("response.output_item.done", value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let asked = item_of(seen, value).and_then(|item| item.steps.asked.as_deref());
    let Some(asked) = asked else {
        return Verdict::Silent;
    };
    let found = value.pointer("/item/arguments");
    Verdict::when(found.and_then(Value::as_str) == Some(asked), || {
        format!(
            "expected the arguments {} that were shown, found {}",
            quoted(asked),
            quoted_value(found)
        )
    })
}
