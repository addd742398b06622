//! From method and path to what is asked for.

use super::problem::{Problem, Surface};
use crate::contract::{
    BalanceRoute, Contract, Embeddings, GeminiEnd, ImageEdits, KeyBase, UsageRows,
};
use crate::incoming::{Incoming, decode};
use crate::text::{Delivery, Dialect};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    Text {
        dialect: Dialect,
        model: Option<String>,
        delivery: Option<Delivery>,
    },
    Embeddings,
    Rerank,
    ImageGenerations,
    ImageEdits,
    TaskSubmit,
    TaskQuery,
    TaskCancel(Option<String>),
    TaskStream(String),
    VideoSubmit,
    VideoQuery(String),
    Models,
    Model(String),
    UsageRows,
    Balance,
    Account,
    Transactions,
    MeUsage,
    Webhooks,
    Webhook(String),
    Deliveries(String),
    AvailableModels,
    Groups,
    Keys,
    Reveal(String),
    Asset(String),
}

const MEBIBYTE: usize = 1 << 20;

/// The longest body that is read on a path.
pub(crate) fn body_limit(path: &str) -> usize {
    if path.starts_with("/v1/tasks") || path.starts_with("/api/") {
        MEBIBYTE
    } else {
        32 * MEBIBYTE
    }
}

pub(crate) fn surface(path: &str) -> Surface {
    let gemini = path.starts_with("/v1/models/") && path.contains(':');
    if path == "/v1/messages" || path.starts_with("/v1/messages/") {
        Surface::Anthropic
    } else if path.starts_with("/v1beta/") || gemini {
        Surface::Google
    } else if path.starts_with("/api/") {
        Surface::Management
    } else {
        Surface::Openai
    }
}

impl Route {
    /// # Errors
    /// 404 where nothing lives at the path, 405 where something does for another method.
    pub(crate) fn find(incoming: &Incoming, contract: Contract) -> Result<Self, Problem> {
        let path = incoming.path.as_str();
        let (routes, known) = match path.strip_prefix("/v1beta/models/") {
            Some(call) => gemini(call, incoming, contract),
            None => below(path, incoming, contract),
        };
        match routes {
            Some(route) => Ok(route),
            None if known => Err(Problem::method()),
            None => Err(Problem::not_found("route")),
        }
    }

    /// Text, picture and submit routes: the only ones that can cost something.
    pub(crate) fn is_inference(&self) -> bool {
        matches!(
            self,
            Self::Text { .. }
                | Self::Embeddings
                | Self::Rerank
                | Self::ImageGenerations
                | Self::ImageEdits
                | Self::TaskSubmit
                | Self::VideoSubmit
        )
    }

    /// Reads of the money, which no fault of an answer's head touches.
    pub(crate) fn is_management(&self) -> bool {
        matches!(
            self,
            Self::UsageRows
                | Self::Balance
                | Self::Account
                | Self::Transactions
                | Self::MeUsage
                | Self::Webhooks
                | Self::Webhook(_)
                | Self::Deliveries(_)
                | Self::AvailableModels
                | Self::Groups
                | Self::Keys
                | Self::Reveal(_)
        )
    }

    /// Where the route is listed, for usage rows.
    pub(crate) fn endpoint(&self) -> &'static str {
        match self {
            Self::Text {
                dialect: Dialect::AnthropicMessages,
                ..
            } => "/v1/messages",
            Self::Text {
                dialect: Dialect::OpenaiChat,
                ..
            } => "/v1/chat/completions",
            Self::Text {
                dialect: Dialect::OpenaiResponses,
                ..
            } => "/v1/responses",
            Self::Text {
                dialect: Dialect::Gemini,
                ..
            } => "/v1beta/models",
            Self::Embeddings => "/v1/embeddings",
            Self::Rerank => "/v1/rerank",
            Self::ImageGenerations => "/v1/images/generations",
            Self::ImageEdits => "/v1/images/edits",
            Self::VideoSubmit | Self::VideoQuery(_) => "/v1/videos/generations",
            Self::TaskSubmit | Self::TaskQuery | Self::TaskCancel(_) | Self::TaskStream(_) => {
                "/v1/tasks/submit"
            }
            Self::Models | Self::Model(_) => "/v1/models",
            Self::UsageRows | Self::Balance | Self::Account | Self::Transactions => "/api/v1/me",
            Self::MeUsage | Self::Webhooks | Self::Webhook(_) | Self::Deliveries(_) => "/api/v1/me",
            Self::AvailableModels | Self::Groups | Self::Keys | Self::Reveal(_) => "/api/v1",
            Self::Asset(_) => "/assets",
        }
    }
}

/// A route for the method, and whether the path is known for any.
type Found = (Option<Route>, bool);

fn gemini(call: &str, incoming: &Incoming, contract: Contract) -> Found {
    let Some((model, verb)) = call.rsplit_once(':') else {
        return (None, false);
    };
    let sse = incoming.parameter("alt").as_deref() == Some("sse");
    let by_parameter = contract.gemini_end == GeminiEnd::StreamParameter
        && incoming.parameter("stream").as_deref() == Some("true");
    let delivery = match verb {
        "generateContent" if by_parameter => Delivery::Sse,
        "generateContent" => Delivery::Unary,
        "streamGenerateContent" if sse => Delivery::Sse,
        "streamGenerateContent" => Delivery::Array,
        _ => return (None, false),
    };
    let route = Route::Text {
        dialect: Dialect::Gemini,
        model: Some(decode(model, false)),
        delivery: Some(delivery),
    };
    ((incoming.method == "POST").then_some(route), true)
}

/// Whether the answer is one JSON array, and a refusal therefore the only element of one.
pub(super) fn is_array(incoming: &Incoming) -> bool {
    incoming.path.ends_with(":streamGenerateContent")
        && incoming.parameter("alt").as_deref() != Some("sse")
}

fn text(dialect: Dialect) -> Route {
    Route::Text {
        dialect,
        model: None,
        delivery: None,
    }
}

fn below(path: &str, incoming: &Incoming, contract: Contract) -> Found {
    if let Some(model) = path
        .strip_prefix("/v1/models/")
        .filter(|rest| !rest.is_empty())
    {
        return match incoming.method.as_str() {
            "GET" => (Some(Route::Model(decode(model, false))), true),
            _ if model.contains(':') => gemini(model, incoming, contract),
            _ => (None, true),
        };
    }
    if let Some(found) = with_id(path, &incoming.method, contract) {
        return found;
    }
    let both = |get: Option<Route>, post: Option<Route>| -> Found {
        let known = get.is_some() || post.is_some();
        match incoming.method.as_str() {
            "GET" => (get, known),
            "POST" => (post, known),
            _ => (None, known),
        }
    };
    let post = |route| both(None, Some(route));
    let get = |route| both(Some(route), None);
    let rows = contract.usage_rows != UsageRows::Nowhere;
    match path {
        "/v1/messages" => post(text(Dialect::AnthropicMessages)),
        "/v1/chat/completions" => post(text(Dialect::OpenaiChat)),
        "/v1/responses" => post(text(Dialect::OpenaiResponses)),
        "/v1/embeddings" if contract.embeddings == Embeddings::Served => post(Route::Embeddings),
        "/v1/rerank" if contract.embeddings == Embeddings::Served => post(Route::Rerank),
        "/v1/images/generations" => post(Route::ImageGenerations),
        "/v1/images/edits" if contract.image_edits == ImageEdits::Served => post(Route::ImageEdits),
        "/v1/tasks/submit" => post(Route::TaskSubmit),
        "/v1/tasks/query" => both(Some(Route::TaskQuery), Some(Route::TaskQuery)),
        "/v1/tasks/cancel" => post(Route::TaskCancel(None)),
        "/v1/videos/generations" => post(Route::VideoSubmit),
        "/v1/models" => get(Route::Models),
        "/v1/usage" | "/api/v1/usage" if rows => get(Route::UsageRows),
        "/v1/balance" if contract.balance_route == BalanceRoute::Served => get(Route::Balance),
        "/api/v1/me/usage" => get(Route::MeUsage),
        "/api/v1/me/account" => get(Route::Account),
        "/api/v1/me/billing/transactions" => get(Route::Transactions),
        "/api/v1/me/webhooks" => both(Some(Route::Webhooks), Some(Route::Webhooks)),
        "/api/v1/me/available-models" => get(Route::AvailableModels),
        "/api/v1/groups/available" => get(Route::Groups),
        "/api/v1/keys" => post(Route::Keys),
        _ => (None, false),
    }
}

/// Paths whose last or middle part is an id.
fn with_id(path: &str, method: &str, contract: Contract) -> Option<Found> {
    let rest = |prefix: &str| path.strip_prefix(prefix).filter(|rest| !rest.is_empty());
    let plain = |prefix: &str| rest(prefix).filter(|id| !id.contains('/'));
    let only = |wanted: &str, route: Route| Some(((method == wanted).then_some(route), true));
    if let Some(id) = plain("/v1/tasks/cancel/") {
        return only("POST", Route::TaskCancel(Some(decode(id, false))));
    }
    if let Some(id) = plain("/v1/tasks/stream/") {
        return only("GET", Route::TaskStream(decode(id, false)));
    }
    if let Some(id) = plain("/v1/videos/tasks/") {
        return only("GET", Route::VideoQuery(decode(id, false)));
    }
    if let Some(name) = rest("/assets/") {
        let known = matches!(method, "GET" | "HEAD");
        return Some((known.then(|| Route::Asset(decode(name, false))), true));
    }
    let keys = match contract.key_base {
        KeyBase::V1 => "/v1/keys/",
        KeyBase::ApiV1 => "/api/v1/keys/",
    };
    if let Some(id) = rest(keys).and_then(|rest| rest.strip_suffix("/reveal")) {
        return only("GET", Route::Reveal(id.to_owned()));
    }
    let webhook = rest("/api/v1/me/webhooks/")?;
    if let Some(id) = webhook.strip_suffix("/deliveries") {
        return only("GET", Route::Deliveries(id.to_owned()));
    }
    let known = matches!(method, "PUT" | "DELETE");
    Some((known.then(|| Route::Webhook(webhook.to_owned())), true))
}
