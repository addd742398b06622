//! Making one call: its requests in turn, each read to its end as it arrives.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::watch;

use super::ending::{answered, end_of, outcome_of};
use super::hide::Hider;
use super::pace::Pace;
use super::reading::{Reading, following, listener, said, wants_body};
use super::{Allowance, Event, Outbox, Settings, Stop};
use crate::contract::Profile;
use crate::exchange::{CallEnd, Exchange, Nanos, Times};
use crate::judge::{self, Basis, Judge, Standard};
use crate::measure::Recorder;
use crate::outcome::{Failure, Outcome};
use crate::plan::Call;
use crate::protocol::conversation::{Conversation, Outgoing};
use crate::protocol::step::Step;
use crate::protocol::{self, Delivery};
use crate::recording::{Budget, Keep, Raw, Selection};
use crate::scenario::request::Disconnect;
use crate::scenario::{Template, TemplateId};
use crate::wire::http::{Client, ClientError, Clock, Marks, Piece};

/// Makes calls on one thread.
pub struct Caller {
    /// One for each key: calls of two keys share no connection, as those of two users do not.
    clients: Vec<Client>,
    clock: Clock,
    standard: Standard,
    /// Hidden where an answer repeats them.
    keys: Vec<Hider>,
    allowance: Arc<Allowance>,
    stop: watch::Receiver<Stop>,
    /// Answers are kept within it while they come. `None`: nothing is recorded.
    budget: Option<Arc<Budget>>,
    selection: RefCell<Selection>,
}

/// Where a call's exchanges and samples go, on one thread.
#[derive(Clone)]
pub struct Sink {
    pub events: Outbox,
    /// What the thread's answers have shown of those that follow.
    pub memory: judge::Shared,
    /// Whole bodies are looked at once they are judged, whatever was called.
    pub keeps_bodies: bool,
    /// `None`: latencies do not count (warm-up, probes).
    pub recorder: Option<Rc<RefCell<Recorder>>>,
    /// When a call that is still going on is cut off. `None`: it ends by itself.
    pub cut: Option<Nanos>,
}

/// A call, and what it says.
pub(super) type Whole<'a> = (&'a Template, TemplateId, Call, Box<dyn Conversation>);

/// What is fixed for all requests of a call.
struct Place<'a> {
    template: &'a Template,
    id: TemplateId,
    call: Call,
    ordinal: u32,
}

/// A request on its way.
struct Sending<'a> {
    outgoing: &'a Outgoing,
    marks: &'a Marks,
}

impl Caller {
    pub fn new(settings: &Settings, stop: &watch::Receiver<Stop>) -> Result<Self, ClientError> {
        let keys = settings.keys.iter().cloned().map(Some);
        let keys = keys.chain(settings.keys.is_empty().then_some(None));
        let client = |key| Client::new(&settings.base, key, settings.clock, &settings.network);
        let clients = keys.map(client).collect::<Result<_, _>>()?;
        let allowance = Arc::clone(&settings.allowance);
        Ok(Self {
            clients,
            clock: settings.clock,
            standard: settings.standard,
            keys: settings.keys.iter().filter_map(Hider::of).collect(),
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
        let conversation = protocol::calls::conversation(template, call.seed);
        let whole = (template, id, call, conversation);
        self.carry_out(whole, due, sink).await;
    }

    /// The same, where what it says is at hand.
    pub(super) async fn carry_out(
        &self,
        (template, id, call, mut conversation): Whole<'_>,
        due: Nanos,
        sink: &Sink,
    ) {
        // The target's time, not ours: if we are late, it has no less of it.
        let mut deadline = due.max(self.clock.now()).after(template.timeout);
        let over = |deadline: Nanos| sink.cut.map_or(deadline, |cut| cut.min(deadline));
        let mut next = Some(conversation.first());
        let mut next_due = due;
        let (mut ordinal, mut as_expected) = (0, true);
        while let Some(outgoing) = next {
            next_due = next_due.after(outgoing.after);
            next_due = next_due.max(outgoing.since.map_or(next_due, |since| due.after(since)));
            if outgoing.step == Step::Turn {
                deadline = next_due.max(self.clock.now()).after(template.timeout);
            }
            if next_due > self.clock.now() && ordinal > 0 {
                self.pause(next_due.min(over(deadline))).await;
            }
            let place = Place {
                template,
                id,
                call,
                ordinal,
            };
            let (exchange, said) = self
                .exchange(&place, outgoing, next_due, deadline, sink)
                .await;
            next = following(conversation.as_mut(), &exchange, said.as_deref());
            if self.clock.now() >= over(deadline) {
                next = None;
            }
            next_due = exchange.times.closed.unwrap_or_else(|| self.clock.now());
            ordinal += 1;
            as_expected &= exchange.outcome.is_as_expected();
            sink.events.send(Event::Exchanged(Box::new(exchange))).await;
        }
        let (ended, task, turns) = (self.clock.now(), conversation.task(), conversation.turns());
        let end = CallEnd {
            call: call.key,
            template: id,
            key: template.key(call.key.number),
            due,
            ended,
            requests: ordinal,
            as_expected,
            task,
            turns,
        };
        if let Some(recorder) = &sink.recorder {
            recorder.borrow_mut().call(&end);
        }
        sink.events.send(Event::CallEnded(end)).await;
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
        mut outgoing: Outgoing,
        due: Nanos,
        deadline: Nanos,
        sink: &Sink,
    ) -> (Exchange, Option<String>) {
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
            listener: None,
        };
        self.held_to(&mut outgoing);
        let (outcome, failure) = if dispatched >= deadline {
            // Sent now, it could only be broken off.
            let failure = Failure::TimedOut(place.template.timeout.as_secs());
            (Some(Outcome::TimedOut), Some(failure))
        } else if sink.cut.is_some_and(|cut| dispatched >= cut) {
            (Some(Outcome::Interrupted), Some(Failure::Interrupted))
        } else if self.allowance.claim() {
            let marks = Marks::new(self.clock);
            let sending = Sending {
                outgoing: &outgoing,
                marks: &marks,
            };
            let went = self.bounded(place, &sending, deadline, &mut reading, sink);
            let failure = went.await.err();
            reading.times.connected = marks.connected();
            // The request may still have been going out when its answer began.
            reading.times.sent = marks.sent();
            (failure.as_ref().map(outcome_of), failure)
        } else {
            (Some(Outcome::OverBudget), None)
        };
        let listener = reading.listener.take();
        let exchange = self.exchanged(place, outgoing, reading, failure, outcome);
        let said = said(place.template, &exchange, listener);
        if let Some(recorder) = &sink.recorder {
            recorder.borrow_mut().exchange(&exchange);
        }
        (exchange, said)
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
        let judged = reading.judge.map(|judge| {
            let (_, judgement, head) = judge.end_with_head(end);
            (head, judgement)
        });
        let (head, judgement) = judged.unzip();
        let (endpoint, delivery) = (outgoing.draft.asked.endpoint, outgoing.draft.asked.delivery);
        let mut exchange = Exchange {
            call: place.call.key,
            template: place.id,
            key: place.template.key(place.call.key.number),
            step: outgoing.step,
            ordinal: place.ordinal,
            endpoint,
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
            key.hide(&mut exchange);
        }
        exchange
    }

    /// Notes with a request what its answer is held to.
    pub(super) fn held_to(&self, outgoing: &mut Outgoing) {
        let (gateway, contract) = (
            self.standard.profile == Profile::Gateway,
            self.standard.contract,
        );
        let asked = &outgoing.draft.asked;
        if (asked.gateway, asked.contract) != (gateway, contract) {
            let asked = outgoing.draft.asked_mut();
            (asked.gateway, asked.contract) = (gateway, contract);
        }
    }

    /// Sends and reads, within the call's time and until the run is aborted.
    async fn bounded(
        &self,
        place: &Place<'_>,
        sending: &Sending<'_>,
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
        let cut = sink.cut.filter(|cut| *cut < deadline);
        let end = self.clock.instant(cut.unwrap_or(deadline));
        tokio::select! {
            biased;
            result = self.send_and_read(place, sending, reading, sink) => result,
            () = tokio::time::sleep_until(leave.into()), if leaves => Err(Failure::Left),
            () = tokio::time::sleep_until(end.into()) => Err(match cut {
                Some(_) => Failure::Interrupted,
                None => Failure::TimedOut(place.template.timeout.as_secs()),
            }),
            _ = stop.wait_for(|stop| *stop == Stop::Abort) => Err(Failure::Interrupted),
        }
    }

    async fn send_and_read(
        &self,
        place: &Place<'_>,
        sending: &Sending<'_>,
        reading: &mut Reading,
        sink: &Sink,
    ) -> Result<(), Failure> {
        let outgoing = sending.outgoing;
        let client = self
            .clients
            .get(usize::from(place.template.key(place.call.key.number)))
            .ok_or_else(|| Failure::Refused("there is no key of that number".into()))?;
        let mut response = client.send(&outgoing.draft, sending.marks).await?;
        reading.times.head = Some(response.at);
        let asked = Arc::clone(&outgoing.draft.asked);
        let head = std::mem::take(&mut response.head);
        let is_whole = asked.delivery == Delivery::Unary || !head.is_success();
        let basis = Basis {
            weights: self.standard.weights,
            ..Basis::WIRE
        };
        reading.listener = listener(place.template).filter(|_| !is_whole);
        let judge = Judge::knowing(&sink.memory, basis, asked, head);
        reading.judge = Some(judge.keeping_body(sink.keeps_bodies || wants_body(place.template)));
        let enough = match place.template.disconnect {
            Some(Disconnect::Tokens(tokens)) if !is_whole => Some(tokens),
            Some(_) | None => None,
        };
        let mut pace = Pace::new(place.template.read, self.clock);
        loop {
            if enough.is_some_and(|enough| reading.tokens >= enough) {
                return Err(Failure::Left);
            }
            pace.wait().await;
            let Piece { bytes, at } = response.chunk().await?;
            let Some(bytes) = bytes else {
                let at = pace.noted(at);
                reading.times.closed = Some(at);
                reading.times.terminal = reading.times.terminal.or(is_whole.then_some(at));
                return Ok(());
            };
            pace.took(bytes.len());
            let at = pace.noted(at);
            reading.take(&bytes, at, |gap, count| {
                sink.gap((place.id, outgoing.step), gap, count);
            });
        }
    }
}

impl Sink {
    fn gap(&self, of: (TemplateId, Step), nanos: u64, count: u64) {
        if let Some(recorder) = &self.recorder {
            recorder.borrow_mut().gap(of, nanos, count);
        }
    }
}
