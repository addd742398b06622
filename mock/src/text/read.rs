//! From a request body to a prompt: which reader a body goes to.

use serde_json::Value;

use super::fields::Fields;
use super::{Delivery, Dialect, Maker, Marks, Prompt, Refusal};
use super::{read_anthropic, read_chat, read_gemini, read_responses};

/// Checks a body against its protocol's required fields, types, roles and ranges, and makes a
/// prompt of it. Unknown fields are tolerated.
///
/// Gemini takes its model from the path and its delivery from the hint (Unary without one); the
/// others take both from the body and ignore these two arguments. The first fault is reported.
pub fn read(
    dialect: Dialect,
    path_model: Option<&str>,
    delivery_hint: Option<Delivery>,
    body: &Value,
) -> Result<Prompt, Refusal> {
    let fields = Fields::of(body, "")?;
    let mut prompt = match dialect {
        Dialect::AnthropicMessages => read_anthropic::read(&fields, body),
        Dialect::OpenaiChat => read_chat::read(&fields, body),
        Dialect::OpenaiResponses => read_responses::read(&fields, body),
        Dialect::Gemini => {
            let delivery = delivery_hint.unwrap_or(Delivery::Unary);
            read_gemini::read(&fields, body, path_model, delivery)
        }
    }?;
    prompt.marks = Marks::of(dialect, body);
    Ok(prompt)
}

impl Maker {
    /// Whose protocol it is.
    pub(super) fn of(dialect: Dialect) -> Self {
        match dialect {
            Dialect::AnthropicMessages => Self::Anthropic,
            Dialect::OpenaiChat | Dialect::OpenaiResponses => Self::Openai,
            Dialect::Gemini => Self::Google,
        }
    }
}

/// The body's `stream` decides, whatever `Accept` says.
pub(super) fn streamed(fields: &Fields<'_>) -> Result<Delivery, Refusal> {
    let is_stream = fields.flag("stream")?.unwrap_or(false);
    Ok(if is_stream {
        Delivery::Sse
    } else {
        Delivery::Unary
    })
}
