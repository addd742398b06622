//! Making one call: its requests in turn, each read to its end as it arrives.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::hide::hide;
use super::reading::Reading;
use super::{Allowance, Event, Settings, Stop};
use crate::contract::Profile;
use crate::exchange::{CallEnd, Exchange, Nanos, Times};
use crate::judge::{Basis, Judge, Standard};
use crate::measure::Recorder;
use crate::outcome::{Failure, Outcome};
use crate::plan::Call;
use crate::protocol::conversation::{Answered, Outgoing};
use crate::protocol::{self, Asked, BodyEnd, Delivery};
use crate::recording::{Budget, Keep, Raw, Selection};
use crate::scenario::request::Disconnect;
use crate::scenario::{Secret, Template, TemplateId};
use crate::wire::http::{Client, ClientError, Clock, Response};

/// Makes calls on one thread.
pub struct Caller {
    /// One for each key: calls of two keys share no connection, as those of two users do not.
    clients: Vec<Client>,
    clock: Clock,
    standard: Standard,
    /// Hidden where an answer repeats them.
    keys: Vec<Secret>,
    allowance: Arc<Allowance>,
    stop: watch::Receiver<Stop>,
    /// Answers are kept within it while they come. `None`: nothing is recorded.
    budget: Option<Arc<Budget>>,
    selection: RefCell<Selection>,
}

/// Where a call's exchanges and samples go.
#[derive(Clone)]
pub struct Sink {
    pub events: mpsc::Sender<Event>,
    /// `None`: latencies do not count (warm-up, probes).
    pub recorder: Option<Rc<RefCell<Recorder>>>,
}

/// What is fixed for all requests of a call.
struct Place<'a> {
    template: &'a Template,
    id: TemplateId,
    call: Call,
    ordinal: u32,
}

impl Caller {
    pub fn new(settings: &Settings, stop: &watch::Receiver<Stop>) -> Result<Self, ClientError> {
        let keys = settings.keys.iter().cloned().map(Some);
        let keys = keys.chain(settings.keys.is_empty().then_some(None));
        let client = |key| Client::new(&settings.base, key, settings.clock);
        let clients = keys.map(client).collect::<Result<_, _>>()?;
        let allowance = Arc::clone(&settings.allowance);
        Ok(Self {
            clients,
            clock: settings.clock,
            standard: settings.standard,
            keys: settings.keys.clone(),
            allowance,
            stop: stop.clone(),
            budget: settings
                .recording
                .as_ref()
                .map(|keeping| Arc::clone(&keeping.budget)),
            selection: RefCell::new(Selection::new(
                settings
                    .recording
                    .as_ref()
                    .map_or(0, |keeping| keeping.sample),
            )),
        })
    }

    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Makes one call, start to end.
    pub async fn call(
        &self,
        template: &Template,
        id: TemplateId,
        call: Call,
        due: Nanos,
        sink: &Sink,
    ) {
        // The target's time, not ours: if we are late, it has no less of it.
        let deadline = due.max(self.clock.now()).after(template.timeout);
        let mut conversation = protocol::calls::conversation(template, call.seed);
        let mut next = Some(conversation.first());
        let mut next_due = due;
        let (mut ordinal, mut as_expected) = (0, true);
        while let Some(outgoing) = next {
            if !outgoing.after.is_zero() {
                next_due = next_due.after(outgoing.after);
                self.pause(next_due.min(deadline)).await;
            }
            let place = Place {
                template,
                id,
                call,
                ordinal,
            };
            let exchange = self
                .exchange(&place, outgoing, next_due, deadline, sink)
                .await;
            next = following(conversation.as_mut(), &exchange);
            if self.clock.now() >= deadline {
                next = None;
            }
            next_due = exchange.times.closed.unwrap_or_else(|| self.clock.now());
            ordinal += 1;
            as_expected &= exchange.outcome.is_as_expected();
            sink.send(Event::Exchanged(Box::new(exchange))).await;
        }
        let (ended, task) = (self.clock.now(), conversation.task());
        let end = CallEnd {
            call: call.key,
            template: id,
            key: template.key(call.key.number),
            due,
            ended,
            requests: ordinal,
            as_expected,
            task,
        };
        if let Some(recorder) = &sink.recorder {
            recorder.borrow_mut().call(&end);
        }
        sink.send(Event::CallEnded(end)).await;
    }

    /// Whether the run has been told to stop.
    pub fn is_stopped(&self) -> bool {
        *self.stop.borrow() != Stop::Go
    }

    /// Waits between two calls of its user, but not past the run's being told to stop.
    pub async fn rest(&self, time: std::time::Duration) {
        let mut stop = self.stop.clone();
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            _ = stop.wait_for(|stop| *stop != Stop::Go) => {}
        }
    }

    /// Waits, but not past an abort.
    async fn pause(&self, until: Nanos) {
        let mut stop = self.stop.clone();
        tokio::select! {
            () = tokio::time::sleep_until(self.clock.instant(until).into()) => {}
            _ = stop.wait_for(|stop| *stop == Stop::Abort) => {}
        }
    }

    async fn exchange(
        &self,
        place: &Place<'_>,
        outgoing: Outgoing,
        due: Nanos,
        deadline: Nanos,
        sink: &Sink,
    ) -> Exchange {
        let dispatched = self.clock.now();
        let times = Times {
            due,
            dispatched,
            ..Times::default()
        };
        let mut reading = Reading {
            times,
            tokens: 0,
            longest_gap: None,
            judge: None,
            keep: self.budget.as_ref().map(Keep::new),
        };
        let (outcome, failure) = if dispatched >= deadline {
            // Sent now, it could only be broken off.
            let failure = Failure::TimedOut(place.template.timeout.as_secs());
            (Some(Outcome::TimedOut), Some(failure))
        } else if self.allowance.claim() {
            let went = self.bounded(place, &outgoing, deadline, &mut reading, sink);
            let failure = went.await.err();
            (failure.as_ref().map(outcome_of), failure)
        } else {
            (Some(Outcome::OverBudget), None)
        };
        let exchange = self.exchanged(place, outgoing, reading, failure, outcome);
        if let Some(recorder) = &sink.recorder {
            recorder.borrow_mut().exchange(&exchange);
        }
        exchange
    }

    /// All that is known of an exchange once it is over. `outcome`: known before it was answered.
    fn exchanged(
        &self,
        place: &Place<'_>,
        outgoing: Outgoing,
        reading: Reading,
        failure: Option<Failure>,
        outcome: Option<Outcome>,
    ) -> Exchange {
        let end = end_of(failure.as_ref());
        let judged = reading
            .judge
            .map(|judge| (judge.head().clone(), judge.end(end).1));
        let (head, judgement) = judged.unzip();
        let delivery = outgoing.draft.asked.delivery;
        let mut exchange = Exchange {
            call: place.call.key,
            template: place.id,
            key: place.template.key(place.call.key.number),
            step: outgoing.step,
            ordinal: place.ordinal,
            endpoint: outgoing.draft.asked.endpoint,
            times: reading.times,
            tokens: reading.tokens,
            longest_gap: reading.longest_gap,
            request_bytes: outgoing.draft.body.len() as u64,
            head,
            judgement,
            failure,
            outcome: Outcome::Ok,
            expected: outgoing.expected,
            bills: outgoing.bills,
            decides: outgoing.decides,
            raw: None,
            recorded: None,
        };
        exchange.outcome = outcome.unwrap_or_else(|| answered(&exchange, delivery));
        let is_wanted = || self.selection.borrow_mut().take(&exchange).is_some();
        if let Some(keep) = reading.keep.filter(|_| is_wanted()) {
            exchange.raw = Raw::new(outgoing.draft, keep, end).map(Box::new);
        }
        for key in &self.keys {
            hide(key, &mut exchange);
        }
        exchange
    }

    /// Sends and reads, within the call's time and until the run is aborted.
    async fn bounded(
        &self,
        place: &Place<'_>,
        outgoing: &Outgoing,
        deadline: Nanos,
        reading: &mut Reading,
        sink: &Sink,
    ) -> Result<(), Failure> {
        let mut stop = self.stop.clone();
        let leave = match place.template.disconnect {
            Some(Disconnect::Time(after)) => Some(reading.times.dispatched.after(after)),
            Some(Disconnect::Tokens(_)) | None => None,
        };
        let leaves = leave.is_some();
        let leave = self.clock.instant(leave.unwrap_or(deadline));
        let deadline = self.clock.instant(deadline);
        tokio::select! {
            biased;
            result = self.send_and_read(place, outgoing, reading, sink) => result,
            () = tokio::time::sleep_until(leave.into()), if leaves => Err(Failure::Left),
            () = tokio::time::sleep_until(deadline.into()) => {
                Err(Failure::TimedOut(place.template.timeout.as_secs()))
            }
            _ = stop.wait_for(|stop| *stop == Stop::Abort) => Err(Failure::Interrupted),
        }
    }

    async fn send_and_read(
        &self,
        place: &Place<'_>,
        outgoing: &Outgoing,
        reading: &mut Reading,
        sink: &Sink,
    ) -> Result<(), Failure> {
        let key = usize::from(place.template.key(place.call.key.number));
        let Some(client) = self.clients.get(key) else {
            return Err(Failure::Refused("no key has its number".into()));
        };
        let marks = client.marks();
        let sent = client.send(&outgoing.draft, &marks).await;
        reading.times.connected = marks.connected();
        reading.times.sent = marks.sent();
        let mut response: Response = sent?;
        reading.times.head = Some(self.clock.now());
        let asked = Arc::new(Asked {
            gateway: self.standard.profile == Profile::Gateway,
            contract: self.standard.contract,
            ..outgoing.draft.asked.clone()
        });
        let head = std::mem::take(&mut response.head);
        let is_whole = asked.delivery == Delivery::Unary || !head.is_success();
        let basis = Basis {
            weights: self.standard.weights,
            ..Basis::WIRE
        };
        reading.judge = Some(Judge::on(basis, asked, head));
        let enough = match place.template.disconnect {
            Some(Disconnect::Tokens(tokens)) if !is_whole => Some(tokens),
            Some(_) | None => None,
        };
        loop {
            // The request may still be going out when an early answer comes.
            reading.times.sent = marks.sent();
            if enough.is_some_and(|enough| reading.tokens >= enough) {
                return Err(Failure::Left);
            }
            let piece = response.chunk().await?;
            let now = self.clock.now();
            let Some(bytes) = piece else {
                reading.times.closed = Some(now);
                reading.times.terminal = reading.times.terminal.or(is_whole.then_some(now));
                return Ok(());
            };
            reading.take(&bytes, now, |gap| sink.gap(place.id, outgoing.step, gap));
        }
    }
}

impl Sink {
    pub(super) async fn send(&self, event: Event) {
        // The reader is gone only when the run is being torn down.
        let _ = self.events.send(event).await;
    }

    fn gap(&self, template: TemplateId, step: protocol::step::Step, nanos: u64) {
        if let Some(recorder) = &self.recorder {
            recorder.borrow_mut().gap(template, step, nanos);
        }
    }
}

fn following(
    conversation: &mut dyn protocol::conversation::Conversation,
    exchange: &Exchange,
) -> Option<Outgoing> {
    let (head, judgement) = (exchange.head.as_ref()?, exchange.judgement.as_ref()?);
    if exchange.failure.is_some() {
        return None;
    }
    let (facts, body) = (&judgement.facts, judgement.body.as_ref());
    conversation.next(&Answered {
        step: exchange.step,
        head,
        facts,
        body,
    })
}

fn end_of(failure: Option<&Failure>) -> BodyEnd {
    match failure {
        None => BodyEnd::Clean,
        Some(Failure::Interrupted | Failure::Left | Failure::TimedOut(_)) => BodyEnd::Left,
        Some(
            Failure::Broken(_) | Failure::Connect(_) | Failure::Refused(_) | Failure::Exhausted(_),
        ) => BodyEnd::Broken,
    }
}

fn outcome_of(failure: &Failure) -> Outcome {
    match failure {
        Failure::Connect(_) => Outcome::ConnectFailed,
        Failure::Broken(_) => Outcome::Broken,
        Failure::TimedOut(_) => Outcome::TimedOut,
        Failure::Interrupted => Outcome::Interrupted,
        Failure::Left => Outcome::Left,
        Failure::Refused(_) => Outcome::NotSent,
        Failure::Exhausted(_) => Outcome::Dropped,
    }
}

fn answered(exchange: &Exchange, delivery: Delivery) -> Outcome {
    let status = exchange.status().unwrap_or_default();
    if !exchange.expected.contains(&status) {
        return Outcome::UnexpectedStatus;
    }
    if status >= 400 {
        return Outcome::Refused;
    }
    let facts = exchange
        .judgement
        .as_ref()
        .map(|judgement| &judgement.facts);
    match facts {
        Some(facts) if facts.error.is_some() => Outcome::StreamError,
        Some(facts) if delivery != Delivery::Unary && !facts.complete => Outcome::Truncated,
        Some(_) | None => Outcome::Ok,
    }
}
