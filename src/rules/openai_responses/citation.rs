//! Citations point into their text.

use super::reading::{PART_DONE, spoken, whole_response, word};
use crate::json::Value;
use crate::protocol::openai_responses::State;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict, Whole};

pub(super) static RULE: Rule = Rule {
    id: "OAR-068",
    name: "responses-citation-out-of-text",
    severity: Severity::Should,
    source: "OpenAI API description, UrlCitationBody: indexes of the first and the last character; \
             every recorded citation",
    explanation: "The `start_index` and `end_index` of a citation lie in the text, in this order. \
                  Clients cut the text there to show a link, and crash or link the wrong words.",
    violations: &[body!(response!(
        "completed",
        message!("completed", cited!("2", "99")),
        usage!()
    ))],
    conforming: &[body!(response!(
        "completed",
        message!("completed", cited!("0", "4")),
        usage!()
    ))],
    faults: &[concat!(
        r#"edit * /output/0/content/0/annotations = [{"type":"url_citation","url":"u","#,
        r#""title":"t","start_index":2,"end_index":99999}]"#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[PART_DONE],
        event: Some(streamed),
        body: Some(whole),
        ..Hooks::NONE
    }),
};

fn streamed(seen: &Transition<'_, State>) -> Verdict {
    match spoken(seen) {
        Some(("response.content_part.done", value)) => {
            in_text(value.get("part").unwrap_or(&Value::Null))
        }
        _ => Verdict::Silent,
    }
}

fn whole(whole: &Whole<'_, State>) -> Verdict {
    let output = whole_response(whole).and_then(|body| body.get("output")?.as_array());
    let items = output.into_iter().flatten();
    let contents = items.filter_map(|item| item.get("content")?.as_array());
    let mut verdict = Verdict::Silent;
    for part in contents.flatten() {
        match in_text(part) {
            Verdict::Silent => {}
            Verdict::Pass => verdict = Verdict::Pass,
            fault @ Verdict::Fail(_) => return fault,
        }
    }
    verdict
}

fn in_text(part: &Value) -> Verdict {
    let annotations = part.get("annotations").and_then(Value::as_array);
    let (Some(annotations), Some(text)) = (annotations, word(part, "text")) else {
        return Verdict::Silent;
    };
    // Whether characters are code points or UTF-16 units is not written; the latter are no fewer.
    let length = text.encode_utf16().count() as u64;
    let mut verdict = Verdict::Silent;
    for annotation in annotations {
        let (Some(start), Some(end)) = (annotation.get("start_index"), annotation.get("end_index"))
        else {
            continue;
        };
        let holds = match (start.as_u64(), end.as_u64()) {
            (Some(start), Some(end)) => start <= end && end <= length,
            (Some(_) | None, _) => false,
        };
        if !holds {
            return Verdict::fail(format!(
                "expected a citation within the `{length}` characters of the text, found {} to {}",
                quoted_value(Some(start)),
                quoted_value(Some(end))
            ));
        }
        verdict = Verdict::Pass;
    }
    verdict
}
