//! Calls that make something, look at it and take it away again.

use serde_json::json;

use super::encode::{bare, get, hook_url, send};
use crate::endpoint::Endpoint;
use crate::protocol::contract::Case;
use crate::protocol::conversation::{Answered, Conversation, Outgoing};
use crate::protocol::step::Step;
use crate::protocol::{Draft, url};

/// Create, list, update, deliveries, delete. What was created is deleted whatever the steps
/// between were answered with.
pub struct WebhooksCycle {
    create: Outgoing,
    seed: u64,
    id: Option<String>,
}

impl WebhooksCycle {
    pub fn new(create: Outgoing, seed: u64) -> Self {
        Self {
            create,
            seed,
            id: None,
        }
    }
}

impl Conversation for WebhooksCycle {
    fn first(&mut self) -> Outgoing {
        self.create.clone()
    }

    fn next(&mut self, answered: &Answered<'_>) -> Option<Outgoing> {
        if answered.step == Step::Call {
            self.id = id_of(answered);
        }
        let one = format!("/api/v1/me/webhooks/{}", url::segment(self.id.as_ref()?));
        let hooks = Endpoint::Webhooks;
        let (step, draft) = match answered.step {
            Step::Call => (Step::List, get(hooks, "/api/v1/me/webhooks".to_owned())),
            Step::List => {
                let body = json!({
                    "url": hook_url(self.seed),
                    "event_types": [
                        "system.balance.notify.dispatched",
                        "system.payment.received",
                    ],
                    "status": "active",
                });
                (Step::Update, send("PUT", hooks, one, body))
            }
            Step::Update => {
                let path = format!("{one}/deliveries?page=1&page_size=20");
                (Step::Deliveries, get(hooks, path))
            }
            Step::Deliveries => (Step::Delete, bare("DELETE", hooks, one)),
            Step::Turn
            | Step::Submit
            | Step::Resubmit
            | Step::Query
            | Step::Cancel
            | Step::Watch
            | Step::Download
            | Step::Delete
            | Step::Reveal => return None,
        };
        Some(healthy(step, draft))
    }
}

/// Create, then reveal.
pub struct KeysCycle {
    create: Outgoing,
}

impl KeysCycle {
    pub fn new(create: Outgoing) -> Self {
        Self { create }
    }
}

impl Conversation for KeysCycle {
    fn first(&mut self) -> Outgoing {
        self.create.clone()
    }

    fn next(&mut self, answered: &Answered<'_>) -> Option<Outgoing> {
        if answered.step != Step::Call {
            return None;
        }
        let path = format!("/v1/keys/{}/reveal", url::segment(&id_of(answered)?));
        Some(healthy(Step::Reveal, get(Endpoint::KeysReveal, path)))
    }
}

fn healthy(step: Step, draft: Draft) -> Outgoing {
    Outgoing::of(step, Case::Healthy, draft)
}

/// The id of what was created: a number or a text, at the top or one level down.
fn id_of(answered: &Answered<'_>) -> Option<String> {
    let body = answered.body.filter(|_| answered.head.is_success())?;
    let inner = ["data", "webhook", "key"];
    let places = std::iter::once(body).chain(inner.iter().filter_map(|key| body.get(key)));
    let id = places.filter_map(|place| place.get("id")).next()?;
    let id = id.plain().map(String::from);
    id.filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Value;
    use crate::protocol::management::encode::encode;
    use crate::protocol::{Facts, Head};
    use crate::scenario::request::UtilityCall;

    /// The steps of a call whose answers are all of one status and one body.
    fn steps(call: &mut dyn Conversation, status: u16, body: &serde_json::Value) -> Vec<String> {
        let body = &Value::from(body.clone());
        let head = Head {
            status,
            headers: Vec::new(),
        };
        let mut sent = call.first();
        let mut told = Vec::new();
        loop {
            told.push(format!("{} {}", sent.draft.method, sent.draft.path));
            let answered = Answered {
                step: sent.step,
                head: &head,
                facts: &Facts::default(),
                body: Some(body),
                said: None,
            };
            match call.next(&answered) {
                Some(next) => sent = next,
                None => return told,
            }
        }
    }

    fn first(call: &UtilityCall) -> Outgoing {
        healthy(Step::Call, encode(call, 3))
    }

    #[test]
    fn a_webhook_is_created_looked_at_and_deleted() {
        let mut call = WebhooksCycle::new(first(&UtilityCall::WebhooksCycle), 3);
        assert_eq!(
            steps(&mut call, 200, &json!({"id": 12})),
            [
                "POST /api/v1/me/webhooks",
                "GET /api/v1/me/webhooks",
                "PUT /api/v1/me/webhooks/12",
                "GET /api/v1/me/webhooks/12/deliveries?page=1&page_size=20",
                "DELETE /api/v1/me/webhooks/12",
            ]
        );
    }

    #[test]
    fn what_was_not_created_is_not_asked_for() {
        let mut call = WebhooksCycle::new(first(&UtilityCall::WebhooksCycle), 3);
        assert_eq!(steps(&mut call, 400, &json!({"id": 12})).len(), 1);
        let mut call = KeysCycle::new(first(&UtilityCall::KeysCycle));
        assert_eq!(steps(&mut call, 200, &json!({"id": ""})).len(), 1);
    }

    #[test]
    fn a_key_is_created_and_revealed() {
        let mut call = KeysCycle::new(first(&UtilityCall::KeysCycle));
        assert_eq!(
            steps(&mut call, 201, &json!({"key": {"id": "a/b"}})),
            ["POST /api/v1/keys", "GET /v1/keys/a%2Fb/reveal"]
        );
    }
}
