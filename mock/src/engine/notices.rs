//! The notices that a front sends: what they say, who signs them, what their end changes.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::callee::Callee;
use super::outbox::{Entry, Posted, To, signature};
use super::{Engine, State};
use crate::clock::Moment;
use crate::ledger::TransactionKind;
use crate::money;
use crate::seed;

/// One POST that is due now, to a loopback address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// For [`Engine::posted`].
    pub id: u64,
    pub address: SocketAddr,
    /// The value of the `host` header.
    pub host: String,
    /// With the query.
    pub path: String,
    /// All others, `content-type` and the signature among them.
    pub headers: Vec<(String, String)>,
    /// JSON.
    pub body: Bytes,
}

/// What became of a notice, for tests and audits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRecord {
    pub id: u64,
    /// `task.completed`, `system.payment.received`, …
    pub event: &'static str,
    pub url: String,
    /// `pending`, `delivered`, `failed` or `refused`.
    pub state: &'static str,
    pub attempts: u32,
    /// Of the last attempt.
    pub status: Option<u16>,
    pub error: Option<String>,
}

/// What the money looked like when it was last looked at.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    transaction: u64,
    low: bool,
    /// No more than this is low.
    threshold: i64,
}

impl Seen {
    pub(crate) fn below(threshold: i64) -> Self {
        Self {
            threshold,
            ..Self::default()
        }
    }
}

impl Engine {
    /// Signs the callbacks of tasks, which belong to no webhook: 32 hex digits, from the seed.
    #[must_use]
    pub fn callback_secret(&self) -> String {
        let mut dice = seed::dice(seed::hash(self.config.seed, &[b"callback secret"]));
        seed::letters(&mut dice, seed::HEX, 32)
    }

    /// Notices that are due, at most so many. Whoever takes them sends each once, follows no
    /// redirect, and tells [`Engine::posted`] what came of it; the next attempt, if there is one,
    /// comes out of here again. The listener does this by itself, the mocks do not.
    #[must_use]
    pub fn due_notices(&self, most: usize) -> Vec<Notice> {
        let now = self.clock.now();
        let mut state = self.state(now);
        let mut notices = Vec::new();
        while notices.len() < most {
            let Some((id, entry)) = state.outbox.claim(now) else {
                break;
            };
            match self.notice(&mut state, id, &entry, now) {
                Ok(notice) => notices.push(notice),
                Err(why) => drop(
                    state
                        .outbox
                        .posted(id, &Posted::Failed(why.to_owned()), now),
                ),
            }
        }
        notices
    }

    fn notice(
        &self,
        state: &mut State,
        id: u64,
        entry: &Entry,
        now: Moment,
    ) -> Result<Notice, &'static str> {
        let callee = Callee::parse(&entry.url)?;
        let secret = match entry.to {
            To::Task(_) => self.callback_secret(),
            To::Webhook(id) => state.webhooks.secret(id).ok_or("the webhook is gone")?,
        };
        let body = match (&entry.body, entry.to) {
            (Some(body), _) => body.clone(),
            (None, To::Task(task)) => {
                let task = state.tasks.get(task).ok_or("the task's record is gone")?;
                Bytes::from(money::json_text(&self.task_object(task)))
            }
            (None, To::Webhook(_)) => return Err("it has nothing to say"),
        };
        state.outbox.set_body(id, body.clone());
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("user-agent", "spikeproof-replica".to_owned()),
            ("x-webhook-id", notice_id(id)),
            ("x-webhook-event", entry.event.to_owned()),
            ("x-webhook-attempt", entry.attempts.to_string()),
            ("x-webhook-timestamp", now.unix_seconds().to_string()),
            ("x-webhook-signature", signature(&secret, &body)),
        ];
        Ok(Notice {
            id,
            address: callee.address,
            host: callee.host,
            path: callee.path,
            headers: headers.map(|(name, value)| (name.to_owned(), value)).into(),
            body,
        })
    }

    /// What came of a notice that was handed out.
    pub fn posted(&self, id: u64, posted: &Posted) {
        let now = self.clock.now();
        let mut state = self.state(now);
        if let Some((To::Webhook(webhook), delivered)) = state.outbox.posted(id, posted, now) {
            state.webhooks.ended(webhook, delivered, now);
        }
    }

    /// How long until a notice may be due; none where nothing is in sight.
    #[must_use]
    pub fn next_notice(&self) -> Option<Duration> {
        let now = self.clock.now();
        let state = self.state(now);
        let soonest = state.outbox.next();
        // Which of the appointments are ends of tasks that call is not worth knowing.
        let awaited = state.agenda.peek().filter(|_| state.tasks.calling > 0);
        let awaited = awaited.map(|appointment| appointment.0.at);
        let next = soonest.into_iter().chain(awaited).min()?;
        Some(next.since(now))
    }

    /// Waits until there may be more notices than at the last look.
    pub(crate) async fn notice_bell(&self) {
        self.bell.notified().await;
    }

    /// The newest 20,000 notices, oldest first.
    #[must_use]
    pub fn notices(&self) -> Vec<NoticeRecord> {
        let state = self.state(self.clock.now());
        let records = state.outbox.entries().map(|(id, entry)| NoticeRecord {
            id,
            event: entry.event,
            url: entry.url.clone(),
            state: entry.state.name(),
            attempts: entry.attempts,
            status: entry.status,
            error: entry.error.clone(),
        });
        records.collect()
    }
}

pub(crate) fn notice_id(id: u64) -> String {
    format!("ntc_{id:08}")
}

impl State {
    /// Tells webhooks of top-ups and of a balance that has become low since the last look.
    pub(crate) fn watch_money(&mut self, now: Moment) {
        let threshold = self.seen_money.threshold;
        let low = self.ledger.wallet.available() <= threshold;
        let newest = self
            .ledger
            .book
            .transactions
            .back()
            .map_or(0, |line| line.id);
        if low == self.seen_money.low && newest == self.seen_money.transaction {
            return;
        }
        let before = std::mem::replace(
            &mut self.seen_money,
            Seen {
                transaction: newest,
                low,
                threshold,
            },
        );
        let lines = self.ledger.book.transactions.iter().rev();
        let fresh = lines.take_while(|line| line.id > before.transaction);
        let mut payments: Vec<Value> = fresh
            .filter(|line| line.kind == TransactionKind::TopUp.name())
            .map(|line| {
                json!({
                    "transaction_id": line.id,
                    "amount_usd": money::usd(line.amount),
                    "balance_after_usd": money::usd(line.balance_after),
                })
            })
            .collect();
        payments.reverse();
        for payment in payments {
            self.announce("system.payment.received", &payment, now);
        }
        if low && !before.low {
            let balance = json!({
                "available_usd": money::usd(self.ledger.wallet.available()),
                "low_balance_threshold_usd": money::usd(threshold),
            });
            self.announce("system.balance.notify.dispatched", &balance, now);
        }
    }

    /// Puts an event in line for every webhook that asked for it.
    fn announce(&mut self, event: &'static str, data: &Value, now: Moment) {
        for (webhook, url) in self.webhooks.listening(event) {
            let number = self.outbox.add(To::Webhook(webhook), event, &url, now);
            let body = json!({
                "id": notice_id(number),
                "type": event,
                "created_at": now.iso(),
                "data": data,
            });
            let body = Bytes::from(money::json_text(&body));
            self.outbox.set_body(number, body);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::incoming::Incoming;
    use crate::ledger::Line;

    #[test]
    fn a_top_up_is_told_and_what_the_account_starts_with_is_not() {
        let engine = Engine::new(Config::default());
        engine.set_clock(Duration::from_secs(1_779_717_600));
        let hook =
            json!({"url": "http://127.0.0.1:9/", "event_types": ["system.payment.received"]});
        let made = engine.answer(&Incoming {
            method: "POST".to_owned(),
            path: "/api/v1/me/webhooks".to_owned(),
            query: None,
            headers: vec![("x-api-key".to_owned(), engine.key().to_owned())],
            body: Bytes::from(hook.to_string()),
        });
        assert_eq!(made.script.status, 200);
        assert_eq!(engine.due_notices(9), []);
        let now = engine.clock.now();
        let transact = |kind, amount| {
            let mut state = engine.state(now);
            let line = Line::of(kind, amount);
            state.ledger.book.transact(now, line, 7_000_000);
        };
        transact(TransactionKind::Refund, 1);
        transact(TransactionKind::TopUp, 5_000_000);
        transact(TransactionKind::TopUp, 6_000_000);
        let amounts: Vec<f64> = engine
            .due_notices(9)
            .iter()
            .map(|notice| {
                let body: Value = serde_json::from_slice(&notice.body).unwrap();
                assert_eq!(body["type"], "system.payment.received");
                body["data"]["amount_usd"].as_f64().unwrap()
            })
            .collect();
        assert_eq!(amounts, [5.0, 6.0]);
    }
}
