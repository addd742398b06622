//! Details are told of refusals.

use crate::json::Value;

use super::moment::{Body, ENDS, object, of_type, type_of};
use super::sample::{stream, whole};
use super::tables::STOP_DETAILS;
use crate::rules::members::wrong_value;
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-104",
    name: "stop-details-without-refusal",
    severity: Severity::Should,
    source: "Anthropic documentation, Streaming refusals; recordings: null with every other \
             reason",
    explanation: "`stop_details` tells more of a refusal: an object with a `type`. With any other \
                  documented reason it is null or absent; a client that looks at it first takes a \
                  complete answer for a refused one.",
    violations: &[
        stream(concat!(
            start!(),
            hi!(0),
            ending!(
                r#""delta":{"stop_reason":"end_turn","stop_sequence":null,"#,
                r#""stop_details":{"type":"refusal"}},"usage":{"output_tokens":5}"#
            ),
            stop!()
        )),
        whole(message!(
            r#""content":[],"stop_reason":"refusal","stop_sequence":null,"#,
            r#""stop_details":"no","usage":{"input_tokens":9,"output_tokens":5}"#
        )),
        whole(message!(
            r#""content":[],"stop_reason":"refusal","stop_sequence":null,"#,
            r#""stop_details":{"type":"refusal","category":7,"explanation":null},"#,
            r#""usage":{"input_tokens":9,"output_tokens":5}"#
        )),
    ],
    conforming: &[stream(concat!(
        start_with!(
            r#""type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"#,
            r#""stop_sequence":null,"stop_details":null,"#,
            r#""usage":{"input_tokens":9,"output_tokens":1}"#
        ),
        ending!(
            r#""delta":{"stop_reason":"refusal","stop_sequence":null,"stop_details":"#,
            r#"{"type":"refusal","category":null,"explanation":null}},"#,
            r#""usage":{"output_tokens":5}"#
        ),
        stop!()
    ))],
    faults: &[concat!(
        r#"edit message_delta /delta/stop_details = {"type":"refusal","#,
        r#""category":null,"explanation":null}"#
    )],
    check: Check::AnthropicMessages(Hooks {
        about: &[ENDS],
        event: Some(|step| {
            let delta = of_type(step, "message_delta").and_then(|json| json.get("delta"));
            delta.map_or(Verdict::Silent, judge)
        }),
        body: Some(|whole: &Body<'_>| object(whole).map_or(Verdict::Silent, judge)),
        ..Hooks::NONE
    }),
};

fn judge(owner: &Value) -> Verdict {
    let reason = owner.get("stop_reason").and_then(Value::as_str);
    let details = owner.get("stop_details").filter(|told| !told.is_null());
    let (Some(reason), Some(details)) = (reason, details) else {
        return Verdict::Silent;
    };
    let kind = type_of(details);
    if kind.is_empty() {
        return Verdict::fail(format!(
            "expected `stop_details` with a `type`, found {}",
            quoted_value(Some(details))
        ));
    }
    if let Some(told) = wrong_value(details, &STOP_DETAILS) {
        return Verdict::fail(told);
    }
    // Details of another type, or of a reason that is not known here, are of a later version.
    let is_plain = matches!(
        reason,
        "end_turn" | "max_tokens" | "stop_sequence" | "tool_use"
    );
    Verdict::when(!is_plain || kind != "refusal", || {
        format!(
            "expected no refusal with reason {}, found one",
            quoted(reason)
        )
    })
}
