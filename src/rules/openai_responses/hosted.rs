//! The lives of hosted tools: each tells its phases in order.

use super::reading::{item_of, spoken};
use crate::json::Value;
use crate::protocol::openai_responses::{PartStage, Phase, State};
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Transition, Verdict};

/// An event that tells a phase, against the one told last. A life begins with `in_progress`, never
/// goes back and ends once; phases may be left out on the way.
fn in_order(seen: &Transition<'_, State>, family: &str) -> Verdict {
    let Some((kind, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let Some((_, phase)) = Phase::of(kind).filter(|(item, _)| *item == family) else {
        return Verdict::Silent;
    };
    let Some(item) = item_of(seen, value).filter(|item| item.open) else {
        return Verdict::Silent;
    };
    let holds = match item.phase() {
        None => phase == Phase::Begun,
        Some(last) if last.is_last() => false,
        // A call that waited for an approval is taken up again.
        Some(Phase::Begun) if family == "mcp_call" => {
            item.arguments.stage == PartStage::Open || phase != Phase::Begun
        }
        Some(last) => phase > last,
    };
    Verdict::when(holds, || {
        format!(
            "expected `in_progress`, then work, then one end of item `{}`, found {}",
            item.output_index,
            quoted(kind)
        )
    })
}

/// An item of that type in the making.
macro_rules! hosted_added {
    ($type:literal, $members:literal) => {
        concat!(
            start!(),
            item_added!(
                2,
                0,
                concat!(r#"{"id":"h_1","type":""#, $type, "\",", $members, "}")
            )
        )
    };
}

/// An event about it, with more members.
macro_rules! hosted {
    ($type:literal, $number:literal $(, $member:expr)*) => {
        record!($type, $number, r#""item_id":"h_1","output_index":0"# $(, $member)*)
    };
}

pub(super) static WEB_SEARCH: Rule = Rule {
    id: "OAR-082",
    name: "responses-web-search-out-of-order",
    severity: Severity::Should,
    source: "OpenAI API description, web search events; every recorded search",
    explanation: "A web search tells `in_progress`, `searching` and `completed`, in this order and \
                  each at most once. Clients show them as steps that light up one after the other.",
    violations: &[stream!(
        hosted_added!("web_search_call", r#""status":"in_progress""#),
        hosted!("response.web_search_call.completed", 3),
        hosted!("response.web_search_call.searching", 4)
    )],
    conforming: &[stream!(
        hosted_added!("web_search_call", r#""status":"in_progress""#),
        hosted!("response.web_search_call.in_progress", 3),
        hosted!("response.web_search_call.searching", 4),
        hosted!("response.web_search_call.completed", 5),
        item_done!(6, 0, web_search!()),
        completed!(7, web_search!(), usage!())
    )],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.output_item.added\ndata: {\"type\":\"response.output_item.added\","#,
        r#"\"sequence_number\":2,\"output_index\":0,\"item\":{\"id\":\"h\","#,
        r#"\"type\":\"web_search_call\",\"status\":\"in_progress\"}}\n\nevent: "#,
        r#"response.web_search_call.searching\ndata: "#,
        r#"{\"type\":\"response.web_search_call.searching\",\"sequence_number\":3,"#,
        r#"\"item_id\":\"h\",\"output_index\":0}\n\nevent: "#,
        r#"response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::Types("response.web_search_call.")],
        event: Some(|seen| in_order(seen, "web_search_call")),
        ..Hooks::NONE
    }),
};

pub(super) static FILE_SEARCH: Rule = Rule {
    id: "OAR-083",
    name: "responses-file-search-out-of-order",
    severity: Severity::Should,
    source: "OpenAI API description, file search events; recorded searches",
    explanation: "A file search tells `in_progress`, `searching` and `completed`, in this order \
                  and each at most once, as a web search does.",
    violations: &[stream!(
        hosted_added!("file_search_call", r#""status":"in_progress","queries":[]"#),
        hosted!("response.file_search_call.in_progress", 3),
        hosted!("response.file_search_call.completed", 4),
        hosted!("response.file_search_call.searching", 5)
    )],
    conforming: &[stream!(
        hosted_added!("file_search_call", r#""status":"in_progress","queries":[]"#),
        hosted!("response.file_search_call.in_progress", 3),
        hosted!("response.file_search_call.searching", 4),
        hosted!("response.file_search_call.completed", 5),
        item_done!(6, 0, file_search!()),
        completed!(7, file_search!(), usage!())
    )],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.output_item.added\ndata: {\"type\":\"response.output_item.added\","#,
        r#"\"sequence_number\":2,\"output_index\":0,\"item\":{\"id\":\"h\","#,
        r#"\"type\":\"file_search_call\",\"status\":\"in_progress\","#,
        r#"\"queries\":[]}}\n\nevent: response.file_search_call.searching\ndata: "#,
        r#"{\"type\":\"response.file_search_call.searching\",\"sequence_number\":3,"#,
        r#"\"item_id\":\"h\",\"output_index\":0}\n\nevent: "#,
        r#"response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::Types("response.file_search_call.")],
        event: Some(|seen| in_order(seen, "file_search_call")),
        ..Hooks::NONE
    }),
};

pub(super) static CODE: Rule = Rule {
    id: "OAR-084",
    name: "responses-code-out-of-order",
    severity: Severity::Must,
    source: "OpenAI API description, code interpreter events; every recorded run",
    explanation: "A run of code tells `in_progress`, then its code in deltas and once whole, then \
                  `interpreting` and `completed`. What is shown as having been run must be all of \
                  the code, and nothing that came later.",
    violations: &[
        stream!(
            hosted_added!(
                "code_interpreter_call",
                r#""status":"in_progress","container_id":"c""#
            ),
            hosted!("response.code_interpreter_call.in_progress", 3),
            hosted!("response.code_interpreter_call.interpreting", 4),
            hosted!(
                "response.code_interpreter_call_code.delta",
                5,
                r#""delta":"1""#
            )
        ),
        stream!(
            hosted_added!(
                "code_interpreter_call",
                r#""status":"in_progress","container_id":"c""#
            ),
            hosted!("response.code_interpreter_call.in_progress", 3),
            hosted!(
                "response.code_interpreter_call_code.delta",
                4,
                r#""delta":"1""#
            ),
            hosted!("response.code_interpreter_call.interpreting", 5)
        ),
    ],
    conforming: &[stream!(
        hosted_added!(
            "code_interpreter_call",
            r#""status":"in_progress","container_id":"c""#
        ),
        hosted!("response.code_interpreter_call.in_progress", 3),
        hosted!(
            "response.code_interpreter_call_code.delta",
            4,
            r#""delta":"1+1""#
        ),
        hosted!(
            "response.code_interpreter_call_code.done",
            5,
            r#""code":"1+1""#
        ),
        hosted!("response.code_interpreter_call.interpreting", 6),
        hosted!("response.code_interpreter_call.completed", 7),
        item_done!(8, 0, code_run!()),
        completed!(9, code_run!(), usage!())
    )],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.output_item.added\ndata: {\"type\":\"response.output_item.added\","#,
        r#"\"sequence_number\":2,\"output_index\":0,\"item\":{\"id\":\"h\","#,
        r#"\"type\":\"code_interpreter_call\",\"status\":\"in_progress\","#,
        r#"\"container_id\":\"c\"}}\n\nevent: "#,
        r#"response.code_interpreter_call.interpreting\ndata: "#,
        r#"{\"type\":\"response.code_interpreter_call.interpreting\","#,
        r#"\"sequence_number\":3,\"item_id\":\"h\",\"output_index\":0}\n\nevent: "#,
        r#"response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::Types("response.code_interpreter_call")],
        event: Some(code_in_order),
        ..Hooks::NONE
    }),
};

fn code_in_order(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let is_code = kind.starts_with("response.code_interpreter_call_code.");
    let is_run = kind == "response.code_interpreter_call.interpreting";
    if !is_code && !is_run {
        return in_order(seen, "code_interpreter_call");
    }
    let Some(item) = item_of(seen, value) else {
        return Verdict::Silent;
    };
    if is_code {
        return Verdict::when(
            item.phase().is_none_or(|phase| phase == Phase::Begun),
            || format!("expected all code before it is run, found {}", quoted(kind)),
        );
    }
    if item.arguments.stage == PartStage::Open && !item.arguments.text.is_empty() {
        return Verdict::fail("expected the code whole before it is run, found only deltas");
    }
    in_order(seen, "code_interpreter_call")
}

pub(super) static IMAGE: Rule = Rule {
    id: "OAR-085",
    name: "responses-image-out-of-order",
    severity: Severity::Must,
    source: "OpenAI API description, image generation events: previews count from 0, as many as \
             were asked for",
    explanation: "A picture tells `in_progress`, `generating`, its previews and `completed`; \
                  `partial_image_index` counts 0, 1, 2, up to the `partial_images` of the request. \
                  Clients keep previews in a list of that length.",
    violations: &[
        stream!(
            hosted_added!("image_generation_call", r#""status":"in_progress""#),
            hosted!("response.image_generation_call.in_progress", 3),
            hosted!(
                "response.image_generation_call.partial_image",
                4,
                r#""partial_image_index":1,"partial_image_b64":"iVBORw0KGgo=""#
            )
        ),
        asked!(
            r#"{"tools":[{"type":"image_generation","partial_images":0}]}"#,
            hosted_added!("image_generation_call", r#""status":"in_progress""#),
            hosted!("response.image_generation_call.in_progress", 3),
            hosted!(
                "response.image_generation_call.partial_image",
                4,
                r#""partial_image_index":0,"partial_image_b64":"iVBORw0KGgo=""#
            )
        ),
    ],
    conforming: &[stream!(
        hosted_added!("image_generation_call", r#""status":"in_progress""#),
        hosted!("response.image_generation_call.in_progress", 3),
        hosted!("response.image_generation_call.generating", 4),
        hosted!(
            "response.image_generation_call.partial_image",
            5,
            r#""partial_image_index":0,"partial_image_b64":"iVBORw0KGgo=""#
        ),
        hosted!("response.image_generation_call.completed", 6),
        item_done!(7, 0, drawn!("iVBORw0KGgo=")),
        completed!(8, drawn!("iVBORw0KGgo="), usage!())
    )],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.output_item.added\ndata: {\"type\":\"response.output_item.added\","#,
        r#"\"sequence_number\":2,\"output_index\":0,\"item\":{\"id\":\"h\","#,
        r#"\"type\":\"image_generation_call\",\"status\":\"in_progress\"}}\n\nevent: "#,
        r#"response.image_generation_call.generating\ndata: "#,
        r#"{\"type\":\"response.image_generation_call.generating\","#,
        r#"\"sequence_number\":3,\"item_id\":\"h\",\"output_index\":0}\n\nevent: "#,
        r#"response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::Types("response.image_generation_call.")],
        event: Some(image_in_order),
        ..Hooks::NONE
    }),
};

fn image_in_order(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    if kind != "response.image_generation_call.partial_image" {
        return in_order(seen, "image_generation_call");
    }
    let Some(item) = item_of(seen, value) else {
        return Verdict::Silent;
    };
    if item.phase().is_some_and(Phase::is_last) {
        return Verdict::fail("expected no preview after the picture was completed");
    }
    let expected = item.steps.pictures;
    if let Some(most) = previews(seen).filter(|most| expected >= *most) {
        return Verdict::fail(format!("expected at most `{most}` previews, as asked"));
    }
    let found = value.get("partial_image_index").and_then(Value::as_u64);
    Verdict::when(found == Some(expected), || {
        let found = crate::rules::quoting::quoted_value(value.get("partial_image_index"));
        format!("expected `partial_image_index` `{expected}`, found {found}")
    })
}

/// How many previews the request asked for.
fn previews(seen: &Transition<'_, State>) -> Option<u64> {
    let tools = seen.asked.body.as_ref()?.get("tools")?.as_array()?;
    let mut tools = tools.iter();
    let image = Value::from("image_generation");
    let tool = tools.find(|tool| tool.get("type") == Some(&image))?;
    tool.get("partial_images")?.as_u64()
}
