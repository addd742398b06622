//! Settings that a request does not mention.

use super::reading::{spoken, whole_response};
use crate::json::Value;
use crate::protocol::Asked;
use crate::protocol::openai_responses::State;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Transition, Verdict, Whole};

pub(super) static RULE: Rule = Rule {
    id: "OAR-112",
    name: "responses-default-untrue",
    severity: Severity::Note,
    source: "OpenAI API description: defaults of request members; recorded answers to requests \
             that left them out. Models may have others",
    explanation: "A setting that the request does not have is repeated with its default: no \
                  limit, no instructions, temperature 1, tools chosen automatically. Anything else \
                  is another caller's setting, or says that the answer was made in another way \
                  than was asked for.",
    violations: &[asked!(
        r#"{"input":"Hi"}"#,
        created_with!(r#""temperature":0.2"#)
    )],
    conforming: &[asked!(r#"{"input":"Hi"}"#, written!(), completed!())],
    faults: &["edit * /temperature = 0.5"],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::Type("response.created")],
        event: Some(streamed),
        body: Some(whole),
        ..Hooks::NONE
    }),
};

/// What a setting is when it was not asked for.
enum Default {
    Null,
    True,
    False,
    Zero,
    One,
    /// Up to one, by the model.
    Share,
    /// By the account.
    Flag,
    Empty,
    Word(&'static str),
}

/// Members of the request, by path, which in the response have the same.
const DEFAULTS: [(&str, Default); 21] = [
    ("/background", Default::False),
    ("/frequency_penalty", Default::Zero),
    ("/instructions", Default::Null),
    ("/max_output_tokens", Default::Null),
    ("/max_tool_calls", Default::Null),
    ("/metadata", Default::Empty),
    ("/parallel_tool_calls", Default::True),
    ("/presence_penalty", Default::Zero),
    ("/previous_response_id", Default::Null),
    ("/reasoning/summary", Default::Null),
    ("/safety_identifier", Default::Null),
    ("/store", Default::Flag),
    ("/temperature", Default::One),
    ("/text/format/type", Default::Word("text")),
    ("/text/verbosity", Default::Word("medium")),
    ("/tool_choice", Default::Word("auto")),
    ("/tools", Default::Empty),
    ("/top_logprobs", Default::Zero),
    ("/top_p", Default::Share),
    ("/truncation", Default::Word("disabled")),
    ("/user", Default::Null),
];

impl Default {
    fn is(&self, found: &Value) -> bool {
        let number = found.as_f64();
        match self {
            Self::Null => found.is_null(),
            Self::True => *found == true,
            Self::False => *found == false,
            Self::Zero => number == Some(0.0),
            Self::One => number == Some(1.0),
            Self::Share => number.is_some_and(|share| 0.0 < share && share <= 1.0),
            Self::Flag => found.is_boolean(),
            Self::Empty => match found {
                Value::Array(items) => items.is_empty(),
                Value::Object(members) => members.is_empty(),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
            },
            Self::Word(word) => found == word,
        }
    }

    fn text(&self) -> &'static str {
        match self {
            Self::Null => "`null`",
            Self::True => "`true`",
            Self::False => "`false`",
            Self::Zero => "`0`",
            Self::One => "`1`",
            Self::Share => "a number up to 1",
            Self::Flag => "true or false",
            Self::Empty => "empty",
            Self::Word(word) => word,
        }
    }
}

fn streamed(seen: &Transition<'_, State>) -> Verdict {
    // Later events repeat the first.
    match spoken(seen) {
        Some(("response.created", value)) => defaults(seen.asked.get(), &value["response"]),
        _ => Verdict::Silent,
    }
}

fn whole(whole: &Whole<'_, State>) -> Verdict {
    let told = |body| defaults(whole.asked.get(), body);
    whole_response(whole).map_or(Verdict::Silent, told)
}

fn defaults(asked: &Asked, response: &Value) -> Verdict {
    let Some(request) = asked.body.as_ref() else {
        return Verdict::Silent;
    };
    // A stored prompt brings settings along, and a conversation may bring tools.
    let is_more = request
        .get("prompt")
        .is_some_and(|prompt| !prompt.is_null());
    if is_more {
        return Verdict::Silent;
    }
    for (path, default) in &DEFAULTS {
        let wanted = request.pointer(path).filter(|wanted| !wanted.is_null());
        let (None, Some(found)) = (wanted, response.pointer(path)) else {
            continue;
        };
        let is_brought = *path == "/tools" && asked.tools.is_none();
        if !default.is(found) && !is_brought && !was_asked_otherwise(request, path) {
            let name = path.rsplit('/').next().unwrap_or(path);
            return Verdict::fail(format!(
                "expected `{name}` to be {} since it was not asked for, found {}",
                default.text(),
                quoted_value(Some(found))
            ));
        }
    }
    Verdict::Pass
}

/// A setting that has two names.
fn was_asked_otherwise(request: &Value, path: &str) -> bool {
    let other = match path {
        "/reasoning/summary" => "/reasoning/generate_summary",
        "/previous_response_id" => "/conversation",
        _ => return false,
    };
    request.pointer(other).is_some_and(|other| !other.is_null())
}
