//! One question at a time, through the same driver and judge as everything else.

use std::sync::Arc;

use tokio::sync::watch;

use super::Prepared;
use crate::cli::output::error;
use crate::contract::HeldTo;
use crate::cross::{Body, Came, read};
use crate::drive::{self, Allowance, Caller, Event, Inbox, Keeping, Outbox, Settings, Sink, Stop};
use crate::exchange::{CallKey, Exchange};
use crate::exit::Exit;
use crate::judge::{Memory, Standard};
use crate::outcome::Outcome;
use crate::plan::{Call, mixed};
use crate::recording::Budget;
use crate::scenario::request::{Call as Kind, Delivery, TextCall, UtilityCall};
use crate::scenario::{Template, TemplateId};
use crate::shard::Shard;
use crate::wire::http::{Clock, Network};

pub(super) struct Interview {
    caller: Caller,
    allowance: Arc<Allowance>,
    sink: Sink,
    events: Inbox,
    /// Nobody stops it but by ending the process.
    _stop: watch::Sender<Stop>,
    seed: u64,
    number: u16,
    timeout: std::time::Duration,
}

impl Interview {
    pub(super) fn new(prepared: &Prepared) -> Result<Self, Exit> {
        let allowance = Allowance::new(prepared.max_requests);
        let settings = Settings {
            base: prepared.base.clone(),
            keys: vec![prepared.key.clone()],
            clock: Clock::start(),
            workers: 1,
            allowance: Arc::clone(&allowance),
            recording: Some(Keeping {
                budget: Budget::new(),
                sample: u32::MAX,
            }),
            standard: Standard::of(&HeldTo::default()),
            shard: Shard::WHOLE,
            network: Network::default(),
        };
        let (stop, stopped) = watch::channel(Stop::Go);
        let caller = Caller::new(&settings, &stopped).map_err(|why| {
            error(why);
            Exit::Bug
        })?;
        let (mouth, events) = drive::channel();
        Ok(Self {
            caller,
            allowance,
            sink: Sink {
                events: Outbox::prompt(mouth),
                memory: Memory::shared(),
                keeps_bodies: true,
                recorder: None,
                cut: None,
            },
            events,
            _stop: stop,
            seed: prepared.seed,
            number: 0,
            timeout: prepared.timeout,
        })
    }

    pub(super) fn is_over_budget(&self) -> bool {
        self.allowance.is_used_up()
    }

    pub(super) async fn rest(&self, time: std::time::Duration) {
        self.caller.rest(time).await;
    }

    /// A request that costs nothing.
    pub(super) async fn free(&mut self, call: UtilityCall) -> Exchange {
        self.exchange(Kind::Utility(call)).await
    }

    /// What came of a question, and the MUST rules that the answer broke.
    pub(super) async fn ask(&mut self, call: TextCall) -> (Came, Vec<String>) {
        let (protocol, delivery) = (call.protocol, call.delivery);
        let exchange = self.exchange(Kind::Text(call)).await;
        let judgement = exchange.judgement.as_ref();
        let findings = judgement.into_iter().flat_map(|judged| &judged.findings);
        let broken = findings
            .filter(|finding| finding.is_must())
            .map(|finding| {
                let rule = finding.rule;
                format!("{} {}: {}", rule.id, rule.name, finding.message)
            })
            .collect();
        let came = match exchange.outcome {
            Outcome::Ok => body(&exchange, delivery).map_or_else(
                || Came::Failed("its body is no JSON".to_owned()),
                |body| Came::Answer(read(protocol, body)),
            ),
            Outcome::Refused
            | Outcome::UnexpectedStatus
            | Outcome::StreamError
            | Outcome::Truncated
            | Outcome::ConnectFailed
            | Outcome::Broken
            | Outcome::TimedOut
            | Outcome::Interrupted
            | Outcome::Left
            | Outcome::Dropped
            | Outcome::OverBudget
            | Outcome::NotSent => unanswered(&exchange),
        };
        (came, broken)
    }

    async fn exchange(&mut self, call: Kind) -> Exchange {
        // Each has an id of its own, so that none is taken for a further one of its kind, of which
        // only the first few are kept.
        let id = TemplateId(self.number);
        let number = u64::from(self.number);
        self.number = self.number.wrapping_add(1);
        let template = Template {
            name: "(cross)".to_owned(),
            call,
            mistake: None,
            expect: None,
            turns: Vec::new(),
            disconnect: None,
            read: None,
            keys: Vec::new(),
            timeout: self.timeout,
            line: 0,
        };
        let planned = Call {
            key: CallKey { phase: 0, number },
            template: id,
            seed: mixed(self.seed, number),
        };
        let due = self.caller.clock().now();
        let call = self.caller.call(&template, id, planned, due, &self.sink);
        call.await;
        let mut exchanged = None;
        for event in drive::waiting(&mut self.events) {
            if let Event::Exchanged(exchange) = event {
                exchanged = Some(*exchange);
            }
        }
        exchanged.expect("a call has sent its one request, or said why not")
    }
}

/// The bytes or the document that an answer is read from.
fn body(exchange: &Exchange, delivery: Delivery) -> Option<Body<'_>> {
    let judgement = exchange.judgement.as_ref()?;
    if let Some(whole) = &judgement.body {
        return Some(Body::Whole(whole));
    }
    let keep = &exchange.raw.as_ref()?.keep;
    if keep.left_out() > 0 {
        return None;
    }
    match delivery {
        Delivery::Unary => None,
        Delivery::Sse => Some(Body::Sse(keep.bytes())),
        Delivery::Array => Some(Body::Array(keep.bytes())),
    }
}

fn unanswered(exchange: &Exchange) -> Came {
    let facts = exchange.judgement.as_ref().map(|judged| &judged.facts);
    let error = facts.and_then(|facts| facts.error.as_ref());
    let error = error.map_or_else(String::new, |(kind, message)| format!("{kind}: {message}"));
    let status = exchange.status().unwrap_or_default();
    if status >= 400 {
        return Came::Refused { status, error };
    }
    let failure = exchange.failure.as_ref().map(ToString::to_string);
    Came::Failed(match (exchange.outcome, failure) {
        (_, Some(failure)) => failure,
        (Outcome::StreamError, None) => format!("an error in the stream: {error}"),
        (Outcome::Truncated, None) => "the stream ended before its protocol said so".to_owned(),
        (Outcome::OverBudget, None) => "the budget was used up".to_owned(),
        (Outcome::UnexpectedStatus, None) => format!("status {status}"),
        (outcome, None) => outcome.name().to_owned(),
    })
}
