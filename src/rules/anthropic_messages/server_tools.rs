//! Tools that the service runs itself: their calls and results, and what they are counted as.

use crate::json::Value;

use super::moment::{Body, OPENS, STOPS, Step, at_stop, object, of_body, opened, type_of};
use super::sample::{answered, streamed};
use crate::protocol::Asked;
use crate::protocol::anthropic_messages::State;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Verdict};

/// A call of the search that the service runs.
macro_rules! search {
    ($index:literal) => {
        concat!(
            open!(
                $index,
                r#"{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}}"#
            ),
            close!($index)
        )
    };
}

/// Its result.
macro_rules! found {
    ($index:literal, $id:literal) => {
        concat!(
            open!(
                $index,
                r#"{"type":"web_search_tool_result","tool_use_id":""#,
                $id,
                r#"","content":[]}"#
            ),
            close!($index)
        )
    };
}

const TOOLS: &str = concat!(
    r#"{"tools":[{"type":"web_search_20250305","name":"web_search"}],"#,
    r#""messages":[{"role":"user","content":"Hi"}]}"#
);

/// A search with its result, and an answer.
const SEARCHED: Sample = streamed(
    TOOLS,
    concat!(
        start!(),
        search!(0),
        found!(1, "srvtoolu_1"),
        hi!(2),
        ending!(
            r#""delta":{"stop_reason":"end_turn","stop_sequence":null},"#,
            r#""usage":{"output_tokens":5,"server_tool_use":{"web_search_requests":1}}"#
        ),
        stop!()
    ),
);

/// An answer that goes on in the next call.
const PAUSED: Sample = streamed(
    TOOLS,
    concat!(start!(), search!(0), end!("pause_turn", 5), stop!()),
);

/// The blocks of a whole message.
pub(super) fn blocks<'a>(whole: &Body<'a>) -> impl Iterator<Item = &'a Value> + use<'a> {
    let blocks = object(whole).and_then(|body| body.get("content")?.as_array());
    blocks.into_iter().flatten()
}

/// The first that fails, else whether any passed.
pub(super) fn first_wrong(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    let mut told = Verdict::Silent;
    for verdict in verdicts {
        match verdict {
            Verdict::Silent => {}
            Verdict::Pass => told = Verdict::Pass,
            Verdict::Fail(_) => return verdict,
        }
    }
    told
}

pub(super) static ORPHAN: Rule = Rule {
    id: "ANT-083",
    name: "result-of-no-call",
    severity: Severity::Should,
    source: "Recordings: a result names a call of this message, or of the turn that it resumes",
    explanation: "The `tool_use_id` of a result is the id of an earlier call of the service's own \
                  tools, in this message or in the request. A client that pairs them shows a \
                  result without its question, and the next turn is refused.",
    violations: &[streamed(
        TOOLS,
        concat!(
            start!(),
            search!(0),
            found!(1, "srvtoolu_1"),
            found!(2, "srvtoolu_9"),
            hi!(3),
            bye!()
        ),
    )],
    conforming: &[SEARCHED],
    faults: &[r#"edit content_block_start /content_block/tool_use_id extended "x""#],
    check: Check::AnthropicMessages(Hooks {
        about: &[OPENS],
        event: Some(|step| {
            let block = opened(step);
            block.map_or(Verdict::Silent, |block| {
                refers(step.asked.get(), step.before.get(), block)
            })
        }),
        body: Some(|whole: &Body<'_>| {
            first_wrong(
                blocks(whole).map(|block| refers(whole.asked.get(), whole.state.get(), block)),
            )
        }),
        ..Hooks::NONE
    }),
};

fn refers(asked: &Asked, state: &State, block: &Value) -> Verdict {
    let id = block.get("tool_use_id").and_then(Value::as_str);
    let Some(id) = id.filter(|_| type_of(block).ends_with("_tool_result")) else {
        return Verdict::Silent;
    };
    // Some recorders make ids unreadable.
    if id.to_ascii_lowercase().contains("redact") {
        return Verdict::Silent;
    }
    if state.server.knows(id) || state.tools.iter().any(|tool| tool.id == id) {
        return Verdict::Pass;
    }
    // A turn that was resumed refers to calls of the request, so that has to be known.
    let Some(request) = asked.body.as_ref() else {
        return Verdict::Silent;
    };
    Verdict::when(mentions(request, id), || {
        format!("expected the id of an earlier call, found {}", quoted(id))
    })
}

/// Whether the id of a call stands anywhere in the messages.
fn mentions(value: &Value, id: &str) -> bool {
    match value {
        Value::Object(members) => members
            .iter()
            .any(|(key, value)| key == "id" && value == id || mentions(value, id)),
        Value::Array(values) => values.iter().any(|value| mentions(value, id)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

pub(super) static UNANSWERED: Rule = Rule {
    id: "ANT-084",
    name: "server-call-without-result",
    severity: Severity::Should,
    source: "Anthropic documentation, Handling stop reasons: a server tool's result follows \
             within the turn unless the turn pauses",
    explanation: "Each call of the service's own tools has its result in the same message, unless \
                  the answer was cut, paused or waits for a tool of the caller's. Without it the \
                  text that follows rests on nothing, and the next turn is refused.",
    violations: &[streamed(
        TOOLS,
        concat!(start!(), search!(0), hi!(1), bye!()),
    )],
    conforming: &[SEARCHED],
    faults: &[r#"edit content_block_start#2 /content_block = {"type":"text","text":""}"#],
    check: Check::AnthropicMessages(Hooks {
        about: &[STOPS],
        event: Some(|step| at_stop(step, has_results)),
        body: Some(|whole: &Body<'_>| of_body(whole, has_results)),
        ..Hooks::NONE
    }),
};

fn has_results(state: &State, _asked: &Asked) -> Verdict {
    let ends = matches!(
        state.stop_reason.as_deref(),
        Some("end_turn" | "stop_sequence")
    );
    if !ends || state.server.calls.is_empty() {
        return Verdict::Silent;
    }
    match state.server.unanswered() {
        None => Verdict::Pass,
        Some(call) => Verdict::fail(format!(
            "expected the result of the call {} of {}, found none",
            quoted(&call.id),
            quoted(&call.name)
        )),
    }
}

pub(super) static PAUSE: Rule = Rule {
    id: "ANT-103",
    name: "pause-without-server-call",
    severity: Severity::Should,
    source: "Anthropic documentation, Handling stop reasons: `pause_turn` interrupts a server \
             tool; recordings",
    explanation: "`pause_turn` means that a tool of the service's own takes long and the caller is \
                  to send the answer back to go on. In a chat without such tools, or after the \
                  last result, the caller sends it back for ever.",
    violations: &[
        streamed(
            r#"{"tools":[]}"#,
            concat!(start!(), hi!(0), end!("pause_turn", 5), stop!()),
        ),
        answered(
            TOOLS,
            saying!(r#"[{"type":"text","text":"Hi"}]"#, "pause_turn"),
        ),
    ],
    conforming: &[PAUSED],
    faults: &[r#"edit message_delta /delta/stop_reason = "pause_turn""#],
    check: Check::AnthropicMessages(Hooks {
        about: &[STOPS],
        event: Some(|step: &Step<'_>| at_stop(step, pauses)),
        body: Some(|whole: &Body<'_>| of_body(whole, pauses)),
        ..Hooks::NONE
    }),
};

fn pauses(state: &State, asked: &Asked) -> Verdict {
    if state.stop_reason.as_deref() != Some("pause_turn") {
        return Verdict::Silent;
    }
    if asked
        .body
        .as_ref()
        .is_some_and(|body| !offers_server_tool(body))
    {
        return Verdict::fail("found `pause_turn`, but no tool of the service's own was offered");
    }
    Verdict::when(state.server.ends_with_call, || {
        "expected `pause_turn` right after a call of the service's own tool".to_owned()
    })
}

/// A tool of the service's has a dated type; those on other servers are listed by themselves.
fn offers_server_tool(request: &Value) -> bool {
    let tools = request.get("tools").and_then(Value::as_array);
    let is_dated = |tool: &Value| !matches!(type_of(tool), "" | "custom");
    let has_servers = request
        .get("mcp_servers")
        .and_then(Value::as_array)
        .is_some_and(|servers| !servers.is_empty());
    has_servers || tools.into_iter().flatten().any(is_dated)
}

pub(super) static SEARCHES: Rule = Rule {
    id: "ANT-107",
    name: "searches-miscounted",
    severity: Severity::Should,
    source: "Recordings: `web_search_requests` is the number of searches, over all parts of a \
             turn",
    explanation: "`server_tool_use.web_search_requests` counts the searches of the answer, which \
                  are billed one by one. More of them than there were calls would be paid for \
                  nothing; none, though one has brought a result, would never be billed.",
    violations: &[streamed(
        TOOLS,
        concat!(
            start!(),
            search!(0),
            found!(1, "srvtoolu_1"),
            hi!(2),
            ending!(
                r#""delta":{"stop_reason":"end_turn","stop_sequence":null},"#,
                r#""usage":{"output_tokens":5,"server_tool_use":{"web_search_requests":0}}"#
            ),
            stop!()
        ),
    )],
    conforming: &[SEARCHED],
    faults: &["edit message_delta /usage/server_tool_use/web_search_requests plus 1"],
    check: Check::AnthropicMessages(Hooks {
        about: &[STOPS],
        event: Some(|step| at_stop(step, searches)),
        body: Some(|whole: &Body<'_>| of_body(whole, searches)),
        ..Hooks::NONE
    }),
};

fn searches(state: &State, asked: &Asked) -> Verdict {
    let calls = state.server.calls.iter();
    let calls = calls.filter(|call| call.name == "web_search").count() as u64;
    let is_resumed = asked.body.as_ref().is_none_or(mentions_search);
    let is_paused = state.stop_reason.as_deref() == Some("pause_turn");
    let Some(counted) = state.counts.searches.filter(|_| !is_paused && !is_resumed) else {
        return Verdict::Silent;
    };
    if counted == 0 && calls == 0 {
        return Verdict::Silent;
    }
    Verdict::when(counted == calls, || {
        format!("expected `{calls}` searches to be counted, found `{counted}`")
    })
}

/// Whether the request already holds calls of a turn that this answer goes on with, or one that
/// was still under way.
fn mentions_search(request: &Value) -> bool {
    let messages = request.get("messages").and_then(Value::as_array);
    let messages = messages.map_or(&[][..], Vec::as_slice);
    let is_resumed = messages
        .last()
        .is_some_and(|last| last.get("role").and_then(Value::as_str) == Some("assistant"));
    let contents = messages.iter().filter_map(|message| message.get("content"));
    let blocks = || contents.clone().filter_map(Value::as_array).flatten();
    let under_way = blocks().filter(|block| type_of(block) == "server_tool_use");
    let is_answered = |id: Option<&Value>| blocks().any(|block| block.get("tool_use_id") == id);
    is_resumed
        || under_way
            .into_iter()
            .any(|call| !is_answered(call.get("id")))
}
