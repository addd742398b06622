//! What the replica owes others: callbacks of tasks and events of webhooks.
//!
//! It decides what is due and takes note of what came of it; a front does the calling. How a
//! notice is signed and when it is sent again is not documented but for "HMAC-SHA256 over the body
//! with the secret of the subscription". Chosen here, after the field's habits:
//!
//! - `x-webhook-signature: sha256=HEX`, over the bytes of the body;
//! - `x-webhook-id`, the same at every attempt, `x-webhook-event`, `x-webhook-attempt`, and
//!   `x-webhook-timestamp` in Unix seconds, which the signature does not cover;
//! - a status from 200 to 299 is a receipt; anything else is tried again after 1, 4 and 16 seconds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::sync::Notify;

use super::callee::Callee;
use crate::clock::Moment;

/// Whose business a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum To {
    /// The task of that number.
    Task(u64),
    /// The webhook of that id.
    Webhook(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Waiting,
    /// Handed to a front.
    Underway,
    Delivered,
    /// Tried as often as it is tried at all, or given up.
    Failed,
    /// Nobody may be called there.
    Refused,
}

impl State {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Waiting | Self::Underway => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Refused => "refused",
        }
    }
}

/// One notice and all that is known of it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) to: To,
    pub(crate) event: &'static str,
    pub(crate) url: String,
    pub(crate) created: Moment,
    pub(crate) state: State,
    pub(crate) attempts: u32,
    pub(crate) last_attempt: Option<Moment>,
    pub(crate) next_attempt: Option<Moment>,
    /// Of the last attempt.
    pub(crate) status: Option<u16>,
    pub(crate) error: Option<String>,
    /// Once it is made it stays as it is.
    pub(crate) body: Option<Bytes>,
}

/// What came of calling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posted {
    /// With this status.
    Answered(u16),
    /// Nobody answered, and why.
    Failed(String),
}

/// Attempts in all, and the pauses between them.
const PAUSES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(4),
    Duration::from_secs(16),
];
/// Notices that may wait at a time; what comes on top of them is not sent.
const MOST_WAITING: usize = 10_000;
/// The newest ones are kept.
const KEPT: usize = 20_000;

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    entries: BTreeMap<u64, Entry>,
    due: BTreeSet<(Moment, u64)>,
    last: u64,
    /// Rings when there may be more to send, or sooner.
    pub(crate) bell: Arc<Notify>,
}

impl Outbox {
    pub(crate) fn ring(&self) {
        self.bell.notify_one();
    }

    /// Puts a notice in line, or notes at once why it will not be sent.
    pub(crate) fn add(&mut self, to: To, event: &'static str, url: &str, now: Moment) -> u64 {
        self.last += 1;
        let refused = Callee::parse(url).err();
        let (state, error) = match refused {
            Some(why) => (State::Refused, Some(why.to_owned())),
            None if self.due.len() >= MOST_WAITING => {
                let why = format!("{MOST_WAITING} notices were waiting already");
                (State::Failed, Some(why))
            }
            None => (State::Waiting, None),
        };
        let is_waiting = state == State::Waiting;
        if is_waiting {
            self.due.insert((now, self.last));
            self.ring();
        }
        let entry = Entry {
            to,
            event,
            url: url.to_owned(),
            created: now,
            state,
            attempts: 0,
            last_attempt: None,
            next_attempt: is_waiting.then_some(now),
            status: None,
            error,
            body: None,
        };
        self.entries.insert(self.last, entry);
        if self.entries.len() > KEPT
            && let Some((number, old)) = self.entries.pop_first()
            && let Some(at) = old.next_attempt
        {
            self.due.remove(&(at, number));
        }
        self.last
    }

    pub(crate) fn set_body(&mut self, number: u64, body: Bytes) {
        if let Some(entry) = self.entries.get_mut(&number) {
            entry.body = Some(body);
        }
    }

    pub(crate) fn entries(&self) -> impl DoubleEndedIterator<Item = (u64, &Entry)> {
        self.entries.iter().map(|(number, entry)| (*number, entry))
    }

    /// When the next one is due.
    pub(crate) fn next(&self) -> Option<Moment> {
        self.due.first().map(|(at, _)| *at)
    }

    /// The next one that is due by `now`, which is underway from here on.
    pub(crate) fn claim(&mut self, now: Moment) -> Option<(u64, Entry)> {
        let (at, number) = *self.due.first()?;
        if at > now {
            return None;
        }
        self.due.remove(&(at, number));
        let entry = self.entries.get_mut(&number)?;
        entry.state = State::Underway;
        entry.attempts += 1;
        entry.last_attempt = Some(now);
        entry.next_attempt = None;
        Some((number, entry.clone()))
    }

    /// Notes what came of one that is underway; says whom it concerns once it is over, and whether
    /// it was delivered.
    pub(crate) fn posted(
        &mut self,
        number: u64,
        posted: &Posted,
        now: Moment,
    ) -> Option<(To, bool)> {
        let entry = self.entries.get_mut(&number)?;
        if entry.state != State::Underway {
            return None;
        }
        (entry.status, entry.error) = match posted {
            Posted::Answered(status) => (Some(*status), None),
            Posted::Failed(why) => (None, Some(why.clone())),
        };
        if entry
            .status
            .is_some_and(|status| (200..300).contains(&status))
        {
            entry.state = State::Delivered;
            return Some((entry.to, true));
        }
        let made = usize::try_from(entry.attempts).unwrap_or(usize::MAX);
        let Some(pause) = PAUSES.get(made - 1) else {
            entry.state = State::Failed;
            return Some((entry.to, false));
        };
        let at = now.plus(*pause);
        entry.state = State::Waiting;
        entry.next_attempt = Some(at);
        self.due.insert((at, number));
        self.ring();
        None
    }

    /// Gives up what waits for a webhook that is gone.
    pub(crate) fn forget(&mut self, to: To) {
        let waiting = self.entries.iter_mut().filter(|(_, entry)| entry.to == to);
        for (number, entry) in waiting {
            if let Some(at) = entry.next_attempt.take() {
                self.due.remove(&(at, *number));
                entry.state = State::Failed;
                entry.error = Some("the webhook was removed".to_owned());
            }
        }
    }
}

/// `sha256=` and the HMAC-SHA256 of the body, in lower-case hex.
pub(crate) fn signature(secret: &str, body: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of every length");
    mac.update(body);
    let digits = mac.finalize().into_bytes();
    digits.iter().fold("sha256=".to_owned(), |text, byte| {
        format!("{text}{byte:02x}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOOK: &str = "http://127.0.0.1:9/";

    fn at(seconds: u64) -> Moment {
        Moment::from_unix_seconds(seconds)
    }

    #[test]
    fn the_signature_is_the_one_of_the_standards_example() {
        // RFC 4231, test case 2.
        let wanted = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(signature("Jefe", b"what do ya want for nothing?"), wanted);
    }

    #[test]
    fn a_notice_is_tried_four_times_with_growing_pauses_and_then_given_up() {
        let mut outbox = Outbox::default();
        let number = outbox.add(To::Webhook(1), "x", HOOK, at(100));
        let mut now = 100;
        for pause in [Some(1), Some(4), Some(16), None] {
            assert!(outbox.claim(at(now - 1)).is_none(), "before it is due");
            assert_eq!(
                outbox.claim(at(now)).map(|(claimed, _)| claimed),
                Some(number)
            );
            assert!(outbox.claim(at(now)).is_none(), "it is underway");
            let over = outbox.posted(number, &Posted::Answered(500), at(now));
            assert_eq!(over, pause.is_none().then_some((To::Webhook(1), false)));
            assert_eq!(outbox.next(), pause.map(|pause| at(now + pause)));
            now += pause.unwrap_or(0);
        }
        let (_, entry) = outbox.entries().next().unwrap();
        assert_eq!(
            (entry.state, entry.attempts, entry.status),
            (State::Failed, 4, Some(500))
        );
        assert!(
            outbox
                .posted(number, &Posted::Answered(200), at(now))
                .is_none()
        );
    }

    #[test]
    fn a_receipt_ends_it_and_a_stranger_is_never_called() {
        let mut outbox = Outbox::default();
        let number = outbox.add(To::Task(7), "x", HOOK, at(1));
        outbox.add(To::Task(8), "x", "https://example.com/", at(1));
        outbox.claim(at(1)).unwrap();
        let over = outbox.posted(number, &Posted::Answered(204), at(1));
        assert_eq!(over, Some((To::Task(7), true)));
        assert!(outbox.claim(at(1_000_000)).is_none());
        let states: Vec<_> = outbox.entries().map(|(_, entry)| entry.state).collect();
        assert_eq!(states, [State::Delivered, State::Refused]);
    }

    #[test]
    fn what_waits_and_what_is_kept_is_bounded() {
        let mut outbox = Outbox::default();
        for _ in 0..KEPT + 10 {
            outbox.add(To::Webhook(1), "x", HOOK, at(1));
        }
        assert_eq!(outbox.entries.len(), KEPT);
        assert!(outbox.due.len() <= MOST_WAITING);
        let mut claimed = 0;
        while outbox.claim(at(1)).is_some() {
            claimed += 1;
        }
        assert!(
            (MOST_WAITING - 10..=MOST_WAITING).contains(&claimed),
            "{claimed}"
        );
        let too_many = outbox
            .entries()
            .filter(|(_, entry)| entry.state == State::Failed);
        assert!(too_many.count() >= KEPT - MOST_WAITING - 10);
    }

    #[test]
    fn nothing_is_sent_for_a_webhook_that_is_gone() {
        let mut outbox = Outbox::default();
        outbox.add(To::Webhook(1), "x", HOOK, at(1));
        outbox.add(To::Webhook(2), "x", HOOK, at(1));
        outbox.forget(To::Webhook(1));
        assert_eq!(
            outbox.claim(at(1)).map(|(_, entry)| entry.to),
            Some(To::Webhook(2))
        );
        assert!(outbox.claim(at(1)).is_none());
    }
}
