//! One request under way: sent, answered by the replica's script step by step, and read.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use spikeproof::exchange::{CallEnd, Exchange, Nanos, Times};
use spikeproof::judge::{Basis, Judge, RuleSet, Weights};
use spikeproof::outcome::{Failure, Outcome};
use spikeproof::plan::{Call, mixed};
use spikeproof::protocol::conversation::{Answered, Conversation, Outgoing};
use spikeproof::protocol::{BodyEnd, Delivery, Head, calls};
use spikeproof::scenario::Template;
use spikeproof::scenario::request::Disconnect;
use spikeproof_mock::script::{FrameKind, Step as Written};
use spikeproof_mock::{CallToken, Delivered, Engine};

use crate::incoming::incoming;
use crate::simulate::BASE;

/// A request under way.
pub(crate) struct Flight {
    pub(crate) call: Call,
    pub(crate) template: Template,
    pub(crate) conversation: Box<dyn Conversation>,
    pub(crate) outgoing: Outgoing,
    pub(crate) ordinal: u32,
    pub(crate) due: u64,
    pub(crate) times: Times,
    pub(crate) tokens: u32,
    pub(crate) stage: Stage,
    pub(crate) judge: Option<Judge>,
    pub(crate) failure: Option<Failure>,
}

pub(crate) enum Stage {
    Due,
    Arriving,
    Playing(Play),
    Over,
}

pub(crate) struct Play {
    pub(crate) token: CallToken,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) steps: VecDeque<Written>,
    pub(crate) delivered: Delivered,
}

pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).expect("a run is short")
}

impl Flight {
    pub(crate) fn new(template: Template, call: Call, at: u64) -> Self {
        let mut conversation = calls::conversation(&template, call.seed);
        let outgoing = conversation.first();
        let mut flight = Self {
            call,
            template,
            conversation,
            outgoing,
            ordinal: 0,
            due: at,
            times: Times::default(),
            tokens: 0,
            stage: Stage::Due,
            judge: None,
            failure: None,
        };
        flight.times.due = Nanos(at);
        flight
    }

    /// How long this request is on its way there, and its answer on the way back.
    fn ways(&self) -> (u64, u64) {
        let random = mixed(self.call.seed ^ 0x7761_7973, u64::from(self.ordinal));
        (random % 2_000_000, (random >> 32) % 2_000_000)
    }

    fn key(&self) -> u8 {
        self.template.key(self.call.key.number)
    }

    /// All that is known of the request that is over.
    pub(crate) fn exchange(&mut self, heads: &mut u64) -> Exchange {
        let end = match &self.failure {
            None => BodyEnd::Clean,
            Some(Failure::Left) => BodyEnd::Left,
            Some(_) => BodyEnd::Broken,
        };
        let judged = self.judge.take();
        let judged = judged.map(|judge| (judge.head().clone(), judge.end(end).1));
        let (head, judgement) = judged.unzip();
        for (name, value) in head.iter().flat_map(|head: &Head| &head.headers) {
            if name.contains("credits") || name.contains("ratelimit") {
                for byte in value.bytes() {
                    *heads = heads.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte);
                }
            }
        }
        let asked = &self.outgoing.draft.asked;
        let mut exchange = Exchange {
            call: self.call.key,
            template: self.call.template,
            key: self.key(),
            step: self.outgoing.step,
            ordinal: self.ordinal,
            endpoint: asked.endpoint,
            times: self.times,
            tokens: self.tokens,
            longest_gap: None,
            request_bytes: self.outgoing.draft.body.len() as u64,
            head,
            judgement,
            failure: self.failure.take(),
            outcome: Outcome::Ok,
            expected: self.outgoing.expected.clone(),
            bills: self.outgoing.bills,
            decides: self.outgoing.decides,
            raw: None,
            recorded: None,
        };
        exchange.outcome = match (&exchange.failure, exchange.status()) {
            (Some(Failure::Left), _) => Outcome::Left,
            (Some(_), _) | (None, None) => Outcome::Broken,
            (None, Some(status)) => answered(&exchange, status, asked.delivery),
        };
        exchange
    }

    /// When the next request of the call is due; `None`: there is none.
    pub(crate) fn next(&mut self, exchange: &Exchange, now: u64) -> Option<u64> {
        let (head, judgement) = (exchange.head.as_ref()?, exchange.judgement.as_ref()?);
        if exchange.failure.is_some() {
            return None;
        }
        let next = self.conversation.next(&Answered {
            step: exchange.step,
            head,
            facts: &judgement.facts,
            body: judgement.body.as_ref(),
            said: None,
        })?;
        let due = exchange.times.closed.map_or(now, |at| at.0) + nanos(next.after);
        self.outgoing = next;
        self.ordinal += 1;
        self.tokens = 0;
        self.stage = Stage::Due;
        self.times = Times {
            due: Nanos(due),
            ..Times::default()
        };
        Some(due)
    }

    pub(crate) fn end(&self, now: u64) -> CallEnd {
        CallEnd {
            call: self.call.key,
            template: self.call.template,
            key: self.key(),
            due: Nanos(self.due),
            ended: Nanos(now + self.ways().1),
            requests: self.ordinal + 1,
            as_expected: true,
            task: self.conversation.task(),
            turns: self.conversation.turns(),
        }
    }
}

fn answered(exchange: &Exchange, status: u16, delivery: Delivery) -> Outcome {
    if !exchange.expected.contains(&status) {
        return Outcome::UnexpectedStatus;
    }
    if status >= 400 {
        return Outcome::Refused;
    }
    match exchange.judgement.as_ref().map(|one| &one.facts) {
        Some(facts) if facts.error.is_some() => Outcome::StreamError,
        Some(facts) if delivery != Delivery::Unary && !facts.complete => Outcome::Truncated,
        Some(_) | None => Outcome::Ok,
    }
}

/// Lets a request go on; when it is to go on again, or `None` once it is over.
pub(crate) fn step(
    engine: &Engine,
    secrets: &[String],
    flight: &mut Flight,
    now: u64,
) -> Option<u64> {
    let (there, back) = flight.ways();
    match std::mem::replace(&mut flight.stage, Stage::Over) {
        Stage::Due => {
            flight.times.dispatched = Nanos(now);
            flight.stage = Stage::Arriving;
            Some(now + there)
        }
        Stage::Arriving => {
            let secret = &secrets[usize::from(flight.key())];
            let answered = engine.answer(&incoming(BASE, secret, &flight.outgoing.draft));
            let play = Play {
                token: answered.call,
                status: answered.script.status,
                headers: answered.script.headers,
                steps: answered.script.steps.into(),
                delivered: Delivered::default(),
            };
            played(engine, flight, play, (now, back))
        }
        Stage::Playing(play) => played(engine, flight, play, (now, back)),
        Stage::Over => None,
    }
}

/// Plays on up to the next wait.
fn played(
    engine: &Engine,
    flight: &mut Flight,
    mut play: Play,
    (now, back): (u64, u64),
) -> Option<u64> {
    let leave_at = match flight.template.disconnect {
        Some(Disconnect::Time(after)) => Some(flight.times.dispatched.0 + nanos(after)),
        Some(Disconnect::Tokens(_)) | None => None,
    };
    let left = |flight: &mut Flight, play: &Play| {
        engine.abandon(&play.token, play.delivered);
        flight.failure = Some(Failure::Left);
        None
    };
    if leave_at.is_some_and(|at| now >= at) {
        return left(flight, &play);
    }
    while let Some(step) = play.steps.pop_front() {
        if flight.judge.is_none() && !step.is_lead_in() {
            engine.head(&play.token, &mut play.headers);
            flight.times.head = Some(Nanos(now + back));
            let head = Head::new(play.status, std::mem::take(&mut play.headers));
            let asked = Arc::clone(&flight.outgoing.draft.asked);
            flight.judge = Some(Judge::on(quiet(), asked, head));
        }
        match step {
            Written::Wait(wait) | Written::Work(wait) if wait.is_zero() => {}
            Written::Wait(wait) | Written::Work(wait) => {
                let wake = now + nanos(wait);
                flight.stage = Stage::Playing(play);
                return Some(leave_at.map_or(wake, |at| wake.min(at)));
            }
            Written::Head | Written::Slot => {}
            Written::Frame(frame) => {
                let judge = flight.judge.as_mut().expect("the head came before");
                flight.tokens += judge.bytes(&frame.bytes).tokens;
                play.delivered.frames += 1;
                play.delivered.tokens += u64::from(frame.kind == FrameKind::Token);
                let delivery = flight.outgoing.draft.asked.delivery;
                let is_whole = delivery == Delivery::Unary || play.status >= 300;
                if let Some(Disconnect::Tokens(enough)) = flight.template.disconnect
                    && !is_whole
                    && flight.tokens >= enough
                {
                    return left(flight, &play);
                }
            }
            Written::Settle => engine.settle(&play.token),
            Written::Continue => play.steps.extend(engine.proceed(&play.token)),
            Written::Stall | Written::Reset | Written::Close => {
                flight.failure = Some(Failure::Broken("the script says so".to_owned()));
                break;
            }
        }
    }
    engine.finish(&play.token);
    if flight.failure.is_none() {
        flight.times.closed = Some(Nanos(now + back));
    }
    None
}

/// Reads answers and asks no rule: what they say is another test's matter, and most of the work.
fn quiet() -> Basis {
    static QUIET: OnceLock<Weights> = OnceLock::new();
    let weights = QUIET.get_or_init(|| {
        let mut weights = Weights::CATALOGUE;
        weights.mute(&RuleSet::of(|_| true));
        weights
    });
    Basis {
        weights: *weights,
        ..Basis::WIRE
    }
}
