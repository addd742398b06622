//! Requests of the free routes.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::endpoint::Endpoint;
use crate::protocol::{Asked, Auth, Credential, Delivery, Draft, url};
use crate::scenario::request::{UsagePath, UtilityCall};

/// The first request of a utility call.
pub fn encode(call: &UtilityCall, seed: u64) -> Draft {
    match call {
        UtilityCall::ModelsList { capability, family } => get(
            Endpoint::Models,
            with_query(
                "/v1/models",
                &[
                    ("capability", capability.clone()),
                    ("family", family.clone()),
                ],
            ),
        ),
        UtilityCall::ModelsGet { model } => get(
            Endpoint::Models,
            format!("/v1/models/{}", url::segment(model)),
        ),
        UtilityCall::ModelsAvailable => get(
            Endpoint::AvailableModels,
            "/api/v1/me/available-models".to_owned(),
        ),
        UtilityCall::UsageList {
            path,
            group_by,
            limit,
            page,
        } => usage(*path, group_by.clone(), (*limit, *page)),
        UtilityCall::BalanceGet => get(Endpoint::Balance, "/v1/balance".to_owned()),
        UtilityCall::AccountGet => get(Endpoint::Account, "/api/v1/me/account".to_owned()),
        UtilityCall::TransactionsList { kind, page_size } => get(
            Endpoint::Transactions,
            with_query(
                "/api/v1/me/billing/transactions",
                &[
                    ("page_size", page_size.map(|size| size.to_string())),
                    ("kind", kind.clone()),
                ],
            ),
        ),
        UtilityCall::WebhooksCycle => webhook(seed),
        UtilityCall::KeysCycle => key(seed),
        UtilityCall::GroupsList => get(Endpoint::Groups, "/api/v1/groups/available".to_owned()),
        UtilityCall::EmbeddingsCreate { model } => send(
            "POST",
            Endpoint::Embeddings,
            "/v1/embeddings".to_owned(),
            json!({"model": model, "input": [format!("Note {seed:016x}")]}),
        ),
    }
}

fn webhook(seed: u64) -> Draft {
    let body = json!({
        "url": hook_url(seed),
        "event_types": ["system.balance.notify.dispatched"],
    });
    let path = "/api/v1/me/webhooks".to_owned();
    send("POST", Endpoint::Webhooks, path, body)
}

/// No route deletes a key, so it expires soon and can spend next to nothing.
fn key(seed: u64) -> Draft {
    let body = json!({
        "name": format!("spikeproof-{seed:016x}"),
        "group_id": 1,
        "quota": 0.01,
        "expires_in_days": 1,
    });
    send(
        "POST",
        Endpoint::KeysCreate,
        "/api/v1/keys".to_owned(),
        body,
    )
}

/// Where the webhook of a call would be delivered: a reserved name, so that nobody gets the events
/// of a subscription that was left behind.
pub(super) fn hook_url(seed: u64) -> String {
    format!("https://spikeproof.invalid/hooks/{seed:016x}")
}

fn usage(
    path: UsagePath,
    group_by: Option<String>,
    (limit, page): (Option<u32>, Option<u32>),
) -> Draft {
    let (endpoint, path) = match path {
        UsagePath::V1 => (Endpoint::Usage, "/v1/usage"),
        UsagePath::Api => (Endpoint::ApiUsage, "/api/v1/usage"),
        UsagePath::Me => (Endpoint::MeUsage, "/api/v1/me/usage"),
    };
    let [limit, page] = [limit, page].map(|number| number.map(|number| number.to_string()));
    let parameters = [("group_by", group_by), ("limit", limit), ("page", page)];
    get(endpoint, with_query(path, &parameters))
}

fn with_query(path: &str, parameters: &[(&str, Option<String>)]) -> String {
    let mut path = path.to_owned();
    let mut separator = '?';
    for (name, value) in parameters {
        if let Some(value) = value {
            path.push(separator);
            path.push_str(name);
            path.push('=');
            path.push_str(&url::segment(value));
            separator = '&';
        }
    }
    path
}

pub(super) fn get(endpoint: Endpoint, path: String) -> Draft {
    bare("GET", endpoint, path)
}

/// A request without a body.
pub(super) fn bare(method: &'static str, endpoint: Endpoint, path: String) -> Draft {
    Draft {
        method,
        path,
        headers: vec![("accept", "application/json".to_owned())],
        body: Bytes::new(),
        auth: Credential::Key(Auth::Bearer),
        asked: Asked::of(endpoint, Delivery::Unary).into(),
    }
}

pub(super) fn send(method: &'static str, endpoint: Endpoint, path: String, body: Value) -> Draft {
    let bytes = Bytes::from(body.to_string());
    let mut draft = bare(method, endpoint, path);
    draft
        .headers
        .insert(0, ("content-type", "application/json".to_owned()));
    draft.body = bytes;
    draft.asked = crate::protocol::asked(endpoint, Delivery::Unary, Some(body.into())).into();
    draft
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(call: &UtilityCall) -> String {
        encode(call, 1).path
    }

    #[test]
    fn parameters_are_encoded_and_only_those_given_are_sent() {
        let list = |capability: Option<&str>, family: Option<&str>| UtilityCall::ModelsList {
            capability: capability.map(str::to_owned),
            family: family.map(str::to_owned),
        };
        assert_eq!(path(&list(None, None)), "/v1/models");
        assert_eq!(path(&list(None, Some("a&b"))), "/v1/models?family=a%26b");
        assert_eq!(
            path(&list(Some("vision"), Some("openai"))),
            "/v1/models?capability=vision&family=openai"
        );
        let model = "org/model:x".to_owned();
        assert_eq!(
            path(&UtilityCall::ModelsGet { model }),
            "/v1/models/org%2Fmodel%3Ax"
        );
        let usage = UtilityCall::UsageList {
            path: UsagePath::Me,
            group_by: Some("day,model".to_owned()),
            limit: Some(20),
            page: Some(2),
        };
        assert_eq!(
            path(&usage),
            "/api/v1/me/usage?group_by=day%2Cmodel&limit=20&page=2"
        );
    }

    #[test]
    fn bodies_and_their_type_go_together() {
        for call in [
            UtilityCall::WebhooksCycle,
            UtilityCall::KeysCycle,
            UtilityCall::AccountGet,
        ] {
            let draft = encode(&call, 1);
            let typed = draft
                .headers
                .iter()
                .any(|(name, _)| *name == "content-type");
            assert_eq!(typed, !draft.body.is_empty(), "{call:?}");
            assert_eq!(draft, encode(&call, 1));
        }
    }
}
