//! What the request asked of the whole answer.

use crate::json::Value;

use super::moment::{Body, DELTAS, STOPS, Step, at_stop, cuts_short, delta, of_body};
use super::sample::{answered, streamed};
use crate::protocol::Asked;
use crate::protocol::anthropic_messages::State;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Verdict};

/// The text of that dotted path of the request.
fn request<'a>(asked: &'a Asked, path: &str) -> Option<&'a str> {
    asked.body.as_ref()?.pointer(path)?.as_str()
}

/// A thought that is not shown.
const OMITTED: Sample = streamed(
    r#"{"thinking":{"type":"adaptive","display":"omitted"}}"#,
    concat!(
        start!(),
        open_thinking!(0),
        sign!(0),
        close!(0),
        hi!(1),
        bye!()
    ),
);

pub(super) static OMIT: Rule = Rule {
    id: "ANT-076",
    name: "thinking-not-omitted",
    severity: Severity::Should,
    source: "Anthropic documentation, Extended thinking, `display`: with `omitted` no thinking \
             is sent, only its signature",
    explanation: "A request with `thinking.display` `omitted` gets signed thinking blocks without \
                  text. A caller that asked not to have it stores and shows it unawares.",
    violations: &[streamed(
        r#"{"thinking":{"type":"adaptive","display":"omitted"}}"#,
        concat!(
            start!(),
            open_thinking!(0),
            delta!(0, r#"{"type":"thinking_delta","thinking":"Hm"}"#),
            sign!(0),
            close!(0),
            hi!(1),
            bye!()
        ),
    )],
    conforming: &[OMITTED],
    faults: &[concat!(
        r#"edit content_block_delta /delta = {"type":"thinking_delta","#,
        r#""thinking":"Hm"}"#
    )],
    check: Check::AnthropicMessages(Hooks {
        about: &[DELTAS],
        event: Some(omitted),
        ..Hooks::NONE
    }),
};

fn omitted(step: &Step<'_>) -> Verdict {
    if request(step.asked.get(), "/thinking/display") != Some("omitted") {
        return Verdict::Silent;
    }
    match delta(step) {
        Some(("signature_delta", _)) => Verdict::Pass,
        Some(("thinking_delta", delta)) => {
            let text = delta.get("thinking").and_then(Value::as_str);
            Verdict::when(text.is_none_or(str::is_empty), || {
                "expected no text of thinking, as the request asks, found some".to_owned()
            })
        }
        _ => Verdict::Silent,
    }
}

const BUDGET: &str = concat!(
    r#"{"thinking":{"type":"enabled","budget_tokens":1024},"#,
    r#""messages":[{"role":"user","content":"Hi"}]}"#
);

pub(super) static THINK_FIRST: Rule = Rule {
    id: "ANT-087",
    name: "no-thinking-first",
    severity: Severity::Should,
    source: "Recordings: with a thinking budget the first block is thinking, but for turns that \
             go on after a tool's result",
    explanation: "An answer to a request with a thinking budget begins with a thinking block. \
                  Without it the caller pays for a model that thinks and gets one that does not, \
                  and the next turn lacks what it must send back.",
    violations: &[
        streamed(BUDGET, concat!(start!(), hi!(0), bye!())),
        answered(
            BUDGET,
            saying!(r#"[{"type":"text","text":"Hi"}]"#, "end_turn"),
        ),
    ],
    conforming: &[streamed(
        BUDGET,
        concat!(
            start!(),
            open_thinking!(0),
            sign!(0),
            close!(0),
            hi!(1),
            bye!()
        ),
    )],
    faults: &[r#"edit message /content = [{"type":"text","text":"Hi"}]"#],
    check: Check::AnthropicMessages(Hooks {
        about: &[STOPS],
        event: Some(|step| at_stop(step, thinks_first)),
        body: Some(|whole: &Body<'_>| of_body(whole, thinks_first)),
        ..Hooks::NONE
    }),
};

fn thinks_first(state: &State, asked: &Asked) -> Verdict {
    // A refusal may come before any thought.
    let is_cut = cuts_short(state.stop_reason.as_deref());
    let Some(first) = state.thinks_first.filter(|_| !is_cut && must_think(asked)) else {
        return Verdict::Silent;
    };
    Verdict::when(first, || {
        "expected thinking as the first block, found another".to_owned()
    })
}

/// The last turn is a plain question: no result of a tool, no answer to go on with.
fn must_think(asked: &Asked) -> bool {
    let Some(body) = asked.body.as_ref().filter(|_| asked.thinking == Some(true)) else {
        return false;
    };
    let messages = body.get("messages").and_then(Value::as_array);
    let Some(last) = messages.and_then(|messages| messages.last()) else {
        return false;
    };
    let blocks = last.get("content").and_then(Value::as_array);
    let is_result = |block: &Value| super::moment::type_of(block).ends_with("tool_result");
    last.get("role").and_then(Value::as_str) == Some("user")
        && !blocks.is_some_and(|blocks| blocks.iter().any(is_result))
}

const SCHEMA: &str =
    r#"{"output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}}"#;

pub(super) static JSON: Rule = Rule {
    id: "ANT-088",
    name: "anthropic-not-the-schema",
    severity: Severity::Must,
    source: "Anthropic documentation, Structured outputs: the text is JSON of the schema",
    explanation: "With `output_config.format` of type `json_schema` the text of an answer that \
                  ended by itself is one JSON document. Callers hand it to a parser unread; prose \
                  around it breaks them.",
    violations: &[
        streamed(SCHEMA, concat!(start!(), hi!(0), bye!())),
        answered(
            SCHEMA,
            saying!(
                r#"[{"type":"text","text":"{\"a\":1} There you are."}]"#,
                "end_turn"
            ),
        ),
    ],
    conforming: &[answered(
        SCHEMA,
        saying!(r#"[{"type":"text","text":"{\"a\":1}"}]"#, "end_turn"),
    )],
    faults: &[r#"edit message /content/0/text extended " Done.""#],
    check: Check::AnthropicMessages(Hooks {
        about: &[STOPS],
        event: Some(|step| at_stop(step, is_json)),
        body: Some(|whole: &Body<'_>| of_body(whole, is_json)),
        ..Hooks::NONE
    }),
};

fn is_json(state: &State, asked: &Asked) -> Verdict {
    let wanted = ["/output_config/format/type", "/output_format/type"]
        .iter()
        .any(|path| request(asked, path) == Some("json_schema"));
    let ends = state.stop_reason.as_deref() == Some("end_turn");
    // Between calls of tools the model may talk.
    if !wanted || !ends || state.server_tool || !state.tools.is_empty() {
        return Verdict::Silent;
    }
    match state.joined.is_json() {
        Ok(true) => Verdict::Pass,
        Ok(false) => Verdict::Silent,
        Err(why) => Verdict::fail(format!("expected the text to be JSON: {why}")),
    }
}

pub(super) static FULL: Rule = Rule {
    id: "ANT-098",
    name: "max-tokens-not-reached",
    severity: Severity::Should,
    source: "Recordings: with `max_tokens` as reason the count is the limit of the request",
    explanation: "An answer that stopped for `max_tokens` has used that many. Far below it the \
                  answer was cut by another limit, and a caller that raises its own to get more \
                  gets nothing but the same again. (A model's own cap may be a little lower.)",
    violations: &[streamed(
        r#"{"max_tokens":100}"#,
        concat!(start!(), hi!(0), end!("max_tokens", 5), stop!()),
    )],
    conforming: &[streamed(
        r#"{"max_tokens":5}"#,
        concat!(start!(), hi!(0), end!("max_tokens", 5), stop!()),
    )],
    faults: &["edit message_delta /usage/output_tokens = 4"],
    check: Check::AnthropicMessages(Hooks {
        about: &[STOPS],
        event: Some(|step| at_stop(step, is_full)),
        body: Some(|whole: &Body<'_>| of_body(whole, is_full)),
        ..Hooks::NONE
    }),
};

fn is_full(state: &State, asked: &Asked) -> Verdict {
    let reached = state.stop_reason.as_deref() == Some("max_tokens");
    let (Some(output), Some(limit)) = (state.counts.output, asked.max_tokens) else {
        return Verdict::Silent;
    };
    if !reached || state.server_tool || state.prefilled {
        return Verdict::Silent;
    }
    let is_near = output.saturating_mul(10) >= limit.saturating_mul(9);
    Verdict::when(is_near, || {
        format!("expected about `{limit}` output tokens after `max_tokens`, found `{output}`")
    })
}
