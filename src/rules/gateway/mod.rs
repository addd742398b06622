//! The gateway's own promises: headers on every answer, one error envelope a route.
//!
//! They hold for the gateway alone, so they speak only about answers that are known to be its own
//! ([`Asked::gateway`]); a vendor's recording breaks none of them. Which status is right is not
//! theirs to say: that is `protocol::contract`, where pages disagree.

use crate::json::Value;

use super::{Rule, Sample, Whole};
use crate::endpoint::{Endpoint, ProtocolId};
use crate::protocol::{Asked, BodyEnd, Delivery};

/// A refusal in OpenAI's envelope with a code, for samples.
macro_rules! openai {
    ($code:literal) => {
        concat!(
            r#"{"error":{"message":"no","type":"invalid_request_error","param":null,"code":""#,
            $code,
            r#""}}"#
        )
    };
}

mod envelope;
mod head;
mod limits;
mod media;
mod media_type;
mod member_twice;
mod promises;
mod quota;
mod readings;
mod refusal_label;
mod size;
mod status;
mod task_words;
mod words;
mod words_and_status;

pub static RULES: &[&Rule] = &[
    &status::RULE,
    &quota::SUCCESS_WITHOUT,
    &quota::FAILURE_WITHOUT,
    &quota::NOT_DECIMAL,
    &quota::RESET,
    &quota::OVER_LIMIT,
    &head::TWICE,
    &head::ENCODED,
    &head::RETRY_AFTER,
    &head::CHARSET,
    &promises::COST_HEADER,
    &media::STREAM_IGNORED,
    &media_type::NOT_JSON,
    &member_twice::RULE,
    &promises::ERROR_IN_SUCCESS,
    &envelope::OPENAI,
    &envelope::OPENAI_MEMBERS,
    &envelope::GOOGLE,
    &envelope::ANTHROPIC,
    &envelope::ANTHROPIC_TYPE,
    &envelope::MANAGEMENT,
    &envelope::ANTHROPIC_401,
    &words::REFUSED_KEY,
    &words::INVALID_REQUEST,
    &words::CONTEXT_LENGTH,
    &words::UNKNOWN_MODEL,
    &words::UNKNOWN_ROUTE,
    &task_words::TEXT_MODEL,
    &task_words::REUSED_ID,
    &task_words::BOTH_IDS,
    &task_words::UNKNOWN_TASK,
    &limits::PAYMENT,
    &limits::FORBIDDEN,
    &limits::RATE,
    &limits::BUCKET,
    &limits::TOO_LARGE,
    &limits::CANCEL,
    &limits::PAGE,
    &words_and_status::TYPE,
    &words_and_status::CODE,
    &refusal_label::NOT_JSON,
    &refusal_label::PAGE,
    &media::PICTURES,
    &promises::ID_PREFIX,
    &promises::KEY_PREFIX,
    &promises::ORG_HEADER,
    &promises::HISTORY,
    &readings::USAGE_ROWS,
    &readings::BALANCE,
    &readings::EMBEDDINGS,
    &readings::IMAGE_EDITS,
    &readings::UNUSABLE_MODEL,
    &readings::SAFETY,
    &readings::REUSED_ID_STATUS,
    &readings::ESTIMATE,
    &size::TOO_LONG,
];

/// The documented quota envelope and a JSON content type, for samples.
macro_rules! headers {
    () => {
        headers!("192.40")
    };
    ($quota:literal) => {
        &[
            ("content-type", "application/json"),
            ("x-ratelimit-limit", "50.00"),
            ("x-ratelimit-remaining", "42.18"),
            ("x-ratelimit-reset", "1790000000"),
            ("x-quota-remaining-credits", $quota),
        ]
    };
}
use headers;

/// An answer of the gateway's own with the whole quota envelope.
const fn answer(request: &'static str, status: u16, body: &'static str) -> Sample {
    Sample::Answer {
        request,
        status,
        headers: headers!(),
        body,
    }
}

/// Whether these rules speak about an answer at all. Assets come from elsewhere.
fn is_ours(asked: &Asked) -> bool {
    asked.gateway && asked.endpoint != Endpoint::Asset
}

/// Whose envelope a route answers in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Surface {
    Anthropic,
    Openai,
    Google,
    /// `/api/v1` and the lists: `error` with a type or a code, the rest is not said.
    Management,
}

fn surface(asked: &Asked) -> Surface {
    match asked.endpoint.protocol() {
        ProtocolId::AnthropicMessages => Surface::Anthropic,
        ProtocolId::OpenaiChat
        | ProtocolId::OpenaiResponses
        | ProtocolId::OpenaiImages
        | ProtocolId::Tasks => Surface::Openai,
        ProtocolId::Gemini => Surface::Google,
        ProtocolId::Management => Surface::Management,
    }
}

/// A refusal of the gateway's own whose body is all there.
fn is_refusal(whole: &Whole<'_, ()>) -> bool {
    is_ours(whole.asked.get()) && whole.end == BodyEnd::Clean && whole.head.status >= 400
}

/// The member `error` when it is an object. Where Gemini would have answered with an array, Google
/// refuses with one, and its clients unwrap the only element.
fn error<'a>(whole: &Whole<'a, ()>) -> Option<&'a Value> {
    let body = whole.body.ok()?;
    let is_array = whole.asked.delivery == Delivery::Array;
    let body = match body.as_array().map(Vec::as_slice) {
        Some([only]) if is_array => only,
        Some(_) | None => body,
    };
    body.get("error").filter(|error| error.is_object())
}

fn word<'a>(error: &'a Value, name: &str) -> Option<&'a str> {
    error.get(name)?.as_str()
}

/// At most 60 characters of a value, for messages.
fn short(value: &str) -> String {
    value.chars().take(60).collect()
}
