//! Requests that are wrong on purpose: a healthy draft with exactly one thing spoiled.
//!
//! Pure and deterministic, like the drafts themselves. What a mistake must be answered with is in
//! `contract` (the status) and in the gateway's rules (the words).

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::drafts;
use super::step::Step;
use super::{Credential, Draft, openai_images, tasks};
use crate::endpoint::{Endpoint, ProtocolId};
use crate::scenario::request::{Call, Mistake, TaskRoute, UtilityCall};

/// Every mistake there is.
pub const ALL: [Mistake; 15] = [
    Mistake::MalformedJson,
    Mistake::MissingField,
    Mistake::WrongType,
    Mistake::UnknownModel,
    Mistake::WrongKey,
    Mistake::NoKey,
    Mistake::BodyTooLarge,
    Mistake::ContextTooLong,
    Mistake::UnknownRoute,
    Mistake::UnknownTask,
    Mistake::BothIds,
    Mistake::CancelUnknownTask,
    Mistake::CancelBothIds,
    Mistake::CancelNoId,
    Mistake::TextModelOnTasks,
];

/// More output tokens than any model has.
const TOO_MANY_TOKENS: u64 = 10_000_000;
/// The documented limit of `/v1/tasks/*`, in bytes; a spoiled body is longer.
const TASKS_LIMIT: usize = 1 << 20;
/// What is taken for the limit elsewhere; no page states one.
const OTHER_LIMIT: usize = 32 << 20;
/// A text model that every gateway of the kind has, for the tasks route.
const TEXT_MODEL: &str = "claude-haiku-4-5";

/// Whether the mistake can be made with this call.
pub fn applies(call: &Call, mistake: Mistake) -> bool {
    let task = matches!(call, Call::Task(_));
    let on_tasks_route = matches!(call, Call::Task(call) if call.route != TaskRoute::Videos);
    let posts = match call {
        Call::Text(_) | Call::Images(_) | Call::Task(_) => true,
        Call::Utility(call) => posts(call),
    };
    match mistake {
        Mistake::WrongKey | Mistake::NoKey | Mistake::UnknownRoute => true,
        Mistake::MalformedJson
        | Mistake::MissingField
        | Mistake::WrongType
        | Mistake::BodyTooLarge => posts,
        Mistake::UnknownModel => match call {
            Call::Text(_) | Call::Images(_) | Call::Task(_) => true,
            Call::Utility(call) => matches!(
                call,
                UtilityCall::ModelsGet { .. } | UtilityCall::EmbeddingsCreate { .. }
            ),
        },
        Mistake::ContextTooLong => matches!(call, Call::Text(_)),
        Mistake::UnknownTask | Mistake::TextModelOnTasks => task,
        Mistake::BothIds
        | Mistake::CancelUnknownTask
        | Mistake::CancelBothIds
        | Mistake::CancelNoId => on_tasks_route,
    }
}

fn posts(call: &UtilityCall) -> bool {
    matches!(
        call,
        UtilityCall::WebhooksCycle | UtilityCall::KeysCycle | UtilityCall::EmbeddingsCreate { .. }
    )
}

/// The one request of a call with a mistake, and its step. Where the mistake cannot be made with
/// the call ([`applies`]) the draft stays healthy.
pub fn draft(call: &Call, mistake: Mistake, seed: u64) -> (Step, Draft) {
    let (step, mut draft) = match (call, mistake) {
        (Call::Task(task), Mistake::UnknownTask) => {
            (Step::Query, tasks::encode::query_unknown(task.route, seed))
        }
        (Call::Task(_), Mistake::BothIds) if applies(call, mistake) => {
            (Step::Query, tasks::encode::query_both(seed))
        }
        (Call::Task(_), Mistake::CancelUnknownTask) if applies(call, mistake) => {
            (Step::Cancel, tasks::encode::cancel_unknown(seed))
        }
        (Call::Task(_), Mistake::CancelBothIds) if applies(call, mistake) => {
            (Step::Cancel, tasks::encode::cancel_both(seed))
        }
        (Call::Task(_), Mistake::CancelNoId) if applies(call, mistake) => {
            (Step::Cancel, tasks::encode::cancel_none())
        }
        (Call::Task(_), _) => (Step::Submit, drafts::first(call, seed)),
        (Call::Text(_) | Call::Images(_) | Call::Utility(_), _) => {
            (Step::Call, drafts::first(call, seed))
        }
    };
    if applies(call, mistake) {
        spoil(&mut draft, mistake, seed);
    }
    draft.asked_mut().mistake = Some(mistake);
    (step, draft)
}

/// Makes one mistake in a healthy draft and reads `asked` again where the body is still JSON.
fn spoil(draft: &mut Draft, mistake: Mistake, seed: u64) {
    match mistake {
        Mistake::MalformedJson => cut(draft),
        Mistake::MissingField => edit(draft, |fields, endpoint| {
            if let Some(name) = required_field(endpoint) {
                fields.shift_remove(name);
            }
        }),
        Mistake::WrongType => edit(draft, |fields, endpoint| {
            let (name, value) = wrongly_typed(endpoint);
            fields.insert(name.to_owned(), value);
        }),
        Mistake::UnknownModel => unknown_model(draft, seed),
        Mistake::WrongKey => {
            if let Credential::Key(auth) = draft.auth {
                draft.auth = Credential::Wrong(auth);
            }
        }
        Mistake::NoKey => draft.auth = Credential::Absent,
        Mistake::BodyTooLarge => pad(draft),
        Mistake::ContextTooLong => edit(draft, too_many_tokens),
        Mistake::UnknownRoute => unknown_route(draft),
        Mistake::TextModelOnTasks => edit(draft, |fields, _| {
            fields.insert("model".to_owned(), json!(TEXT_MODEL));
        }),
        // Made by the choice of the draft.
        Mistake::UnknownTask
        | Mistake::BothIds
        | Mistake::CancelUnknownTask
        | Mistake::CancelBothIds
        | Mistake::CancelNoId => {}
    }
}

/// A member without which the route cannot work.
fn required_field(endpoint: Endpoint) -> Option<&'static str> {
    match endpoint.protocol() {
        ProtocolId::AnthropicMessages => Some("messages"),
        ProtocolId::OpenaiChat if endpoint == Endpoint::Embeddings => Some("input"),
        ProtocolId::OpenaiChat => Some("messages"),
        ProtocolId::OpenaiResponses => Some("input"),
        ProtocolId::Gemini => Some("contents"),
        ProtocolId::OpenaiImages => Some("prompt"),
        ProtocolId::Tasks if endpoint == Endpoint::TasksSubmit => Some("params"),
        ProtocolId::Tasks => Some("prompt"),
        ProtocolId::Management if endpoint == Endpoint::KeysCreate => Some("name"),
        ProtocolId::Management => Some("url"),
    }
}

/// A member with a value of a type that it cannot have; of pictures one that is wrong in a form,
/// where all is text, as well.
fn wrongly_typed(endpoint: Endpoint) -> (&'static str, Value) {
    match endpoint.protocol() {
        ProtocolId::OpenaiImages => ("n", json!("many")),
        ProtocolId::AnthropicMessages
        | ProtocolId::OpenaiChat
        | ProtocolId::OpenaiResponses
        | ProtocolId::Gemini
        | ProtocolId::Tasks
        | ProtocolId::Management => {
            let name = required_field(endpoint).unwrap_or_default();
            (name, json!(7))
        }
    }
}

/// Half a document is none, whatever it was.
fn cut(draft: &mut Draft) {
    let mut half = draft.body.len() / 2;
    // Not within a character: one thing is wrong, not two.
    while half > 0 && draft.body.get(half).is_some_and(|byte| byte & 0xC0 == 0x80) {
        half -= 1;
    }
    draft.body.truncate(half);
    draft.asked_mut().body = None.into();
}

/// Changes a JSON object or a form in place. Other bodies, and none, are left alone.
fn edit(draft: &mut Draft, change: impl FnOnce(&mut Map<String, Value>, Endpoint)) {
    let endpoint = draft.asked.endpoint;
    let boundary = multipart_boundary(draft);
    let fields = match &boundary {
        Some(_) => draft.asked.body.as_ref().map(Value::from),
        None => serde_json::from_slice(&draft.body).ok(),
    };
    let Some(Value::Object(mut fields)) = fields else {
        return;
    };
    change(&mut fields, endpoint);
    draft.body = match &boundary {
        Some(boundary) => openai_images::encode::multipart(&fields, boundary),
        None => Bytes::from(Value::Object(fields.clone()).to_string()),
    };
    let asked = super::asked(
        endpoint,
        draft.asked.delivery,
        Some(Value::Object(fields).into()),
    );
    let asked = super::Asked {
        gateway: draft.asked.gateway,
        // Gemini names it in the path.
        model: asked.model.clone().or_else(|| draft.asked.model.clone()),
        ..asked
    };
    draft.asked = asked.into();
}

fn multipart_boundary(draft: &Draft) -> Option<String> {
    let mut headers = draft.headers.iter();
    let (_, value) = headers.find(|(name, _)| *name == "content-type")?;
    let boundary = value.strip_prefix("multipart/form-data; boundary=")?;
    Some(boundary.to_owned())
}

fn unknown_model(draft: &mut Draft, seed: u64) {
    let unknown = format!("no-such-model-{seed:016x}");
    if draft.asked.endpoint.protocol() == ProtocolId::Gemini {
        if let (Some(start), Some(end)) = (draft.path.find("/models/"), draft.path.rfind(':')) {
            let slug = start + "/models/".len()..end;
            draft.path.replace_range(slug, &unknown);
        }
        draft.asked_mut().model = Some(unknown);
    } else if draft.asked.endpoint == Endpoint::Models {
        draft.path = format!("/v1/models/{unknown}");
    } else {
        edit(draft, |fields, _| {
            fields.insert("model".to_owned(), json!(unknown));
        });
    }
}

/// A padding member brings the body over the limit of its route.
fn pad(draft: &mut Draft) {
    let limit = if draft.path.starts_with("/v1/tasks/") {
        TASKS_LIMIT
    } else {
        OTHER_LIMIT
    };
    if multipart_boundary(draft).is_some() {
        // `asked` need not hold the padding too.
        let told = draft.asked.body.clone();
        edit(draft, |fields, _| {
            fields.insert("padding".to_owned(), json!("x".repeat(limit)));
        });
        draft.asked_mut().body = told;
        return;
    }
    // By hand: `asked` need not hold the padding too.
    let Some(open) = draft.body.strip_suffix(b"}") else {
        return;
    };
    let mut body = Vec::with_capacity(open.len() + limit + 16);
    body.extend_from_slice(open);
    if !open.ends_with(b"{") {
        body.push(b',');
    }
    body.extend_from_slice(b"\"padding\":\"");
    body.resize(body.len() + limit, b'x');
    body.extend_from_slice(b"\"}");
    draft.body = Bytes::from(body);
}

fn too_many_tokens(fields: &mut Map<String, Value>, endpoint: Endpoint) {
    let name = match endpoint.protocol() {
        ProtocolId::Gemini => {
            let config = fields
                .entry("generationConfig")
                .or_insert_with(|| json!({}));
            if let Value::Object(config) = config {
                config.insert("maxOutputTokens".to_owned(), json!(TOO_MANY_TOKENS));
            }
            return;
        }
        ProtocolId::OpenaiResponses => "max_output_tokens",
        ProtocolId::OpenaiChat if fields.contains_key("max_completion_tokens") => {
            "max_completion_tokens"
        }
        ProtocolId::AnthropicMessages
        | ProtocolId::OpenaiChat
        | ProtocolId::OpenaiImages
        | ProtocolId::Tasks
        | ProtocolId::Management => "max_tokens",
    };
    fields.insert(name.to_owned(), json!(TOO_MANY_TOKENS));
}

/// Leads nowhere, yet stays under the protocol's own prefix, so that its envelope is that
/// protocol's.
fn unknown_route(draft: &mut Draft) {
    let (path, query) = match draft.path.split_once('?') {
        Some((path, query)) => (path, format!("?{query}")),
        None => (draft.path.as_str(), String::new()),
    };
    draft.path = match draft.asked.endpoint.protocol() {
        ProtocolId::Gemini => {
            let model = path.rsplit_once(':').map_or(path, |(model, _)| model);
            format!("{model}:noSuchMethod{query}")
        }
        // Below `/v1/models/` anything is a model.
        ProtocolId::Management if draft.asked.endpoint == Endpoint::Models => {
            format!("/v1/models-no-such-route{query}")
        }
        ProtocolId::Management => format!("{path}-no-such-route{query}"),
        ProtocolId::AnthropicMessages
        | ProtocolId::OpenaiChat
        | ProtocolId::OpenaiResponses
        | ProtocolId::OpenaiImages
        | ProtocolId::Tasks => format!("{path}/no-such-route{query}"),
    };
}

#[cfg(test)]
mod tests;
