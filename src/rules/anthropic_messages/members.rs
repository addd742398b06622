//! Members of blocks and events: there, of their documented type, and rightly spelt.

use super::moment::{Body, OPENS, Step, object, of_type, opened, type_of};
use super::sample::{CALLING, CALLING_WHOLE, GREETING, GREETING_WHOLE, THINKING, stream, whole};
use super::tables::{BLOCK, BLOCK_START, EVENT, MESSAGE};
use crate::json::Value;
use crate::rules::members::{misspelt, misspelt_value, wrong_value};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static WHOLE: Rule = Rule {
    id: "ANT-124",
    name: "whole-block-shape",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages: the content blocks and their required members",
    explanation: "The blocks of a whole message are objects with a `type`, and those of the \
                  documented types have what a streamed block of that type has in the end: a text \
                  its `text`, a thought its signature, a call its id and name, a result the id of \
                  its call, a citation its place. Typed clients raise, others show nothing.",
    violations: &[
        whole(saying!(r#"[{"type":"text"}]"#, "end_turn")),
        whole(saying!(r#"[{"text":"Hi"}]"#, "end_turn")),
        whole(saying!(
            r#"[{"type":"thinking","thinking":"Hm"},{"type":"text","text":"Hi"}]"#,
            "end_turn"
        )),
        whole(message!(
            r#""content":[{"type":"text","text":"Hi","citations":[{"type":"char_location","#,
            r#""cited_text":"a","document_index":"0","document_title":null,"#,
            r#""start_char_index":0,"end_char_index":1}]}],"#,
            r#""stop_reason":"end_turn","stop_sequence":null,"#,
            r#""usage":{"input_tokens":9,"output_tokens":5}"#
        )),
    ],
    conforming: &[
        GREETING_WHOLE,
        CALLING_WHOLE,
        whole(saying!(r#"[{"type":"later_block"}]"#, "end_turn")),
    ],
    faults: &["edit message /content/0/text removed"],
    check: Check::AnthropicMessages(Hooks {
        body: Some(|whole: &Body<'_>| {
            let content = object(whole).and_then(|body| body.get("content")?.as_array());
            let Some(content) = content.filter(|content| !content.is_empty()) else {
                return Verdict::Silent;
            };
            told(content.iter().find_map(|block| wrong_value(block, &BLOCK)))
        }),
        ..Hooks::NONE
    }),
};

pub(super) static START: Rule = Rule {
    id: "ANT-127",
    name: "block-start-members",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages: members of results and of `caller`",
    explanation: "A result that a stream brings has the id of its call and its content, and a \
                  `caller` says of what type it is. Blocks of results come whole in their start, \
                  so that what is missing there comes no more.",
    violations: &[
        stream(concat!(
            start!(),
            open!(
                0,
                r#"{"type":"web_search_tool_result","tool_use_id":7,"content":[]}"#
            ),
            close!(0),
            hi!(1),
            bye!()
        )),
        stream(concat!(
            start!(),
            open!(
                0,
                r#"{"type":"tool_use","id":"toolu_1","name":"get_time","input":{},"caller":"me"}"#
            ),
            no_input!(0),
            close!(0),
            end!("tool_use", 5),
            stop!()
        )),
    ],
    conforming: &[
        CALLING,
        stream(concat!(
            start!(),
            open!(
                0,
                r#"{"type":"tool_use","id":"toolu_1","name":"get_time","input":{},"#,
                r#""caller":{"type":"direct"}}"#
            ),
            no_input!(0),
            close!(0),
            end!("tool_use", 5),
            stop!()
        )),
    ],
    faults: &["edit content_block_start#2 /content_block/tool_use_id = 7"],
    check: Check::AnthropicMessages(Hooks {
        about: &[OPENS],
        event: Some(|step: &Step<'_>| match opened(step) {
            // That it has a type is asked by a rule of its own.
            Some(block) if !type_of(block).is_empty() => told(wrong_value(block, &BLOCK_START)),
            _ => Verdict::Silent,
        }),
        ..Hooks::NONE
    }),
};

pub(super) static SLIP: Rule = Rule {
    id: "ANT-128",
    name: "anthropic-misspelt-member",
    severity: Severity::Should,
    source: "Anthropic API reference, Messages: names of members and types",
    explanation: "The vendor adds members and types at any time, and clients pass over what they \
                  do not know. One that differs by a letter from a documented member which is \
                  missing, or from a documented type, is none of these: what it says is lost.",
    violations: &[
        stream(concat!(
            start!(),
            open_text!(0),
            delta!(0, r#"{"type":"texx_delta","text":"Hi"}"#),
            say!(0),
            close!(0),
            bye!()
        )),
        stream(concat!(
            start!(),
            hi!(0),
            ending!(
                r#""delta":{"stop_reason":"end_turn","stop_sequence":null,"stop_detail":null},"#,
                r#""usage":{"output_tokens":5}"#
            ),
            stop!()
        )),
        whole(saying!(
            r#"[{"type":"text","text":"Hi","citation":[]}]"#,
            "end_turn"
        )),
    ],
    conforming: &[
        GREETING,
        THINKING,
        GREETING_WHOLE,
        whole(saying!(
            r#"[{"type":"text","text":"Hi","later":1},{"type":"later","citation":[]}]"#,
            "end_turn"
        )),
    ],
    faults: &[r#"edit content_block_delta /delta/type = "text_delte""#],
    check: Check::AnthropicMessages(Hooks {
        about: &[Topic::NewForm],
        event: Some(|step: &Step<'_>| {
            let json = step.event.json().filter(|_| step.event.is_new_form);
            let json = json.filter(|json| is_event(json));
            // Only while the message goes on.
            let Some(json) = json.filter(|json| of_type(step, type_of(json)).is_some()) else {
                return Verdict::Silent;
            };
            told(misspelt_value(json, &EVENT))
        }),
        body: Some(|whole: &Body<'_>| {
            let body = object(whole).filter(|body| type_of(body) == "message");
            body.map_or(Verdict::Silent, |body| told(misspelt(body, MESSAGE)))
        }),
        ..Hooks::NONE
    }),
};

/// Names of events are compared elsewhere.
fn is_event(json: &Value) -> bool {
    super::moment::is_known(type_of(json))
}

fn told(wrong: Option<String>) -> Verdict {
    wrong.map_or(Verdict::Pass, Verdict::fail)
}
