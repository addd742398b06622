//! What a thread has to say, handed over in batches.
//!
//! Waking the reader costs more than most events are worth, so a worker's events wait for each
//! other: until there are enough of them, or its next pulse.

use std::cell::RefCell;
use std::rc::Rc;

use tokio::sync::mpsc;

use super::Event;

/// Events that wait for each other.
const BATCH: usize = 64;
/// Batches that may wait for their reader; a full channel holds the calls back that have ended, not
/// the ones that are timed.
const BATCHES: usize = 256;

/// Where events come out, in the order in which each thread has said them.
pub type Inbox = mpsc::Receiver<Vec<Event>>;

/// What threads say with; a clone of it for each, made into its [`Outbox`].
pub type Mouth = mpsc::Sender<Vec<Event>>;

pub fn channel() -> (Mouth, Inbox) {
    mpsc::channel(BATCHES)
}

/// What has been said and not been read, in order.
pub fn waiting(inbox: &mut Inbox) -> impl Iterator<Item = Event> {
    std::iter::from_fn(|| inbox.try_recv().ok()).flatten()
}

/// One thread's events on their way.
#[derive(Clone)]
pub struct Outbox {
    mouth: Mouth,
    held: Rc<RefCell<Vec<Event>>>,
    batch: usize,
}

impl Outbox {
    /// For a worker, which flushes it now and then.
    pub(super) fn batched(mouth: Mouth) -> Self {
        Self {
            mouth,
            held: Rc::default(),
            batch: BATCH,
        }
    }

    /// Nothing waits: for whoever reads after each call.
    pub fn prompt(mouth: Mouth) -> Self {
        Self {
            batch: 1,
            ..Self::batched(mouth)
        }
    }

    pub(super) async fn send(&self, event: Event) {
        let is_full = {
            let mut held = self.held.borrow_mut();
            held.push(event);
            held.len() >= self.batch
        };
        if is_full {
            self.flush().await;
        }
    }

    /// Hands on what waits, and returns when nothing does any more. Events leave this only for a
    /// place in the channel: a task that is ended while it waits for one takes none with it.
    pub(super) async fn flush(&self) {
        while !self.held.borrow().is_empty() {
            let Ok(place) = self.mouth.reserve().await else {
                // The reader is gone only when the run is being torn down.
                self.held.take();
                return;
            };
            let held = self.held.replace(Vec::with_capacity(self.batch));
            if !held.is_empty() {
                place.send(held);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn dropped(number: u64) -> Event {
        let call = crate::exchange::CallKey { phase: 0, number };
        let template = crate::scenario::TemplateId(0);
        Event::Dropped { call, template }
    }

    fn numbers(batch: &[Event]) -> Vec<u64> {
        let mut numbers = Vec::new();
        for event in batch {
            if let Event::Dropped { call, .. } = event {
                numbers.push(call.number);
            }
        }
        numbers
    }

    #[tokio::test]
    async fn events_wait_for_each_other_but_not_past_a_flush() {
        let (mouth, mut inbox) = channel();
        let outbox = Outbox::batched(mouth);
        let enough = BATCH as u64;
        for number in 0..enough - 1 {
            outbox.send(dropped(number)).await;
        }
        assert!(inbox.try_recv().is_err());
        outbox.send(dropped(enough - 1)).await;
        let whole: Vec<_> = (0..enough).collect();
        assert_eq!(numbers(&inbox.try_recv().unwrap()), whole);
        outbox.send(dropped(enough)).await;
        assert!(inbox.try_recv().is_err());
        outbox.flush().await;
        assert_eq!(numbers(&inbox.try_recv().unwrap()), [enough]);
        outbox.flush().await;
        assert!(inbox.try_recv().is_err(), "nothing is no batch");
    }

    #[tokio::test]
    async fn a_flush_that_is_given_up_loses_nothing_and_others_wait_for_its_events() {
        let (mouth, mut inbox) = channel();
        let outbox = Outbox::batched(mouth);
        for number in 0..BATCHES as u64 {
            outbox.send(dropped(number)).await;
            outbox.flush().await;
        }
        outbox.send(dropped(u64::MAX)).await;
        for _ in 0..2 {
            // As of a task that is ended; the next one has as much to wait for.
            let waiting = std::pin::pin!(outbox.flush());
            assert!(polled(waiting).is_pending());
        }
        while inbox.try_recv().is_ok() {}
        outbox.flush().await;
        assert_eq!(numbers(&inbox.try_recv().unwrap()), [u64::MAX]);
    }

    fn polled<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[tokio::test]
    async fn a_prompt_one_holds_nothing() {
        let (mouth, mut inbox) = channel();
        Outbox::prompt(mouth).send(dropped(7)).await;
        assert_eq!(numbers(&inbox.try_recv().unwrap()), [7]);
    }
}
