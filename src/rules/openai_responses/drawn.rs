//! Pictures that the image tool makes.

use super::reading::{ITEM_DONE, spoken, whole_response, word};
use crate::json::Value;
use crate::protocol::openai_responses::State;
use crate::rules::picture::{base64_fault, magic_fault};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Transition, Verdict, Whole};

pub(super) static RULE: Rule = Rule {
    id: "OAR-086",
    name: "responses-bad-picture",
    severity: Severity::Must,
    source: "RFC 4648, section 4; OpenAI API description, image generation call: base64 of \
             `output_format`",
    explanation: "Previews and the finished `result` are plain padded base64 of a picture in the \
                  format that is stated. Strict decoders refuse a data URL or a cut text, and the \
                  picture is lost.",
    violations: &[
        body!(response!(
            "completed",
            drawn!("data:image/png;base64,iVBORw0KGgo="),
            usage!()
        )),
        body!(response!("completed", drawn!("iVBORw0KGgo"), usage!())),
    ],
    conforming: &[body!(response!(
        "completed",
        drawn!("iVBORw0KGgo="),
        usage!()
    ))],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.output_item.added\ndata: {\"type\":\"response.output_item.added\","#,
        r#"\"sequence_number\":2,\"output_index\":0,\"item\":{\"id\":\"h\","#,
        r#"\"type\":\"image_generation_call\",\"status\":\"in_progress\"}}\n\nevent: "#,
        r#"response.image_generation_call.in_progress\ndata: "#,
        r#"{\"type\":\"response.image_generation_call.in_progress\","#,
        r#"\"sequence_number\":3,\"item_id\":\"h\",\"output_index\":0}\n\nevent: "#,
        r#"response.image_generation_call.completed\ndata: "#,
        r#"{\"type\":\"response.image_generation_call.completed\","#,
        r#"\"sequence_number\":4,\"item_id\":\"h\",\"output_index\":0}\n\nevent: "#,
        r#"response.output_item.done\ndata: {\"type\":\"response.output_item.done\","#,
        r#"\"sequence_number\":5,\"output_index\":0,\"item\":{\"id\":\"h\","#,
        r#"\"type\":\"image_generation_call\",\"status\":\"completed\","#,
        r#"\"result\":\"?\"}}\n\nevent: response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[
            ITEM_DONE,
            Topic::Type("response.image_generation_call.partial_image"),
        ],
        event: Some(streamed),
        body: Some(whole),
        ..Hooks::NONE
    }),
};

fn streamed(seen: &Transition<'_, State>) -> Verdict {
    match spoken(seen) {
        Some(("response.output_item.done", value)) => {
            finished(value.get("item").unwrap_or(&Value::Null))
        }
        Some(("response.image_generation_call.partial_image", value)) => {
            is_picture(value, "partial_image_b64")
        }
        _ => Verdict::Silent,
    }
}

fn whole(whole: &Whole<'_, State>) -> Verdict {
    let output = whole_response(whole).and_then(|body| body.get("output")?.as_array());
    let mut verdict = Verdict::Silent;
    for item in output.into_iter().flatten() {
        match finished(item) {
            Verdict::Silent => {}
            Verdict::Pass => verdict = Verdict::Pass,
            fault @ Verdict::Fail(_) => return fault,
        }
    }
    verdict
}

fn finished(item: &Value) -> Verdict {
    let is_drawn = word(item, "type") == Some("image_generation_call");
    if !is_drawn || word(item, "status") != Some("completed") {
        return Verdict::Silent;
    }
    is_picture(item, "result")
}

fn is_picture(owner: &Value, member: &str) -> Verdict {
    let Some(picture) = word(owner, member).filter(|picture| !picture.is_empty()) else {
        let found = quoted_value(owner.get(member));
        return Verdict::fail(format!("expected a picture in `{member}`, found {found}"));
    };
    if let Some(fault) = base64_fault(picture) {
        return Verdict::fail(fault);
    }
    // Without a stated format it may be any.
    let format = word(owner, "output_format");
    match format.and_then(|format| magic_fault(picture, format)) {
        Some(Err(fault)) => Verdict::fail(fault),
        Some(Ok(())) | None => Verdict::Pass,
    }
}
