//! A whole run without sockets and without waiting: many callers at once against the replica's
//! engine, on a clock that jumps from one event to the next, told to the audit as a run tells it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use spikeproof::billing::{Asked as Wanted, Audit, BillingVerdict, Books, Listing, Page, Policy};
use spikeproof::billing::{Prices, Terms, UsageRow};
use spikeproof::exchange::{CallEnd, CallKey, Exchange, Nanos, Times};
use spikeproof::judge::Judge;
use spikeproof::outcome::{Failure, Outcome};
use spikeproof::plan::{Call, Plan, mixed};
use spikeproof::protocol::conversation::{Answered, Conversation, Outgoing};
use spikeproof::protocol::{Auth, BodyEnd, Credential, Delivery, Draft, Head, calls};
use spikeproof::scenario::request::{Call as Kind, Disconnect, UsagePath, UtilityCall};
use spikeproof::scenario::{Scenario, Template, TemplateId};
use spikeproof_mock::script::{FrameKind, Step as Written};
use spikeproof_mock::{CallToken, Delivered, Engine, Incoming, LedgerSnapshot};

/// 2026-05-25T14:00:00Z.
const START: Duration = Duration::from_secs(1_779_717_600);
const BASE: &str = "http://127.0.0.1";
const PAGE: u32 = 200;
/// What stands where a run's own requests have the number of their phase.
const NO_PHASE: u16 = u16::MAX;

/// What came of a run.
pub(crate) struct Run {
    pub(crate) verdict: BillingVerdict,
    /// The truth about the money, and everything that heads told, in order.
    pub(crate) ledger: LedgerSnapshot,
    pub(crate) heads: u64,
}

impl Run {
    /// All that a bug can change, but for the moment at which the replica was made.
    pub(crate) fn truth(&self) -> impl PartialEq + use<'_> {
        let ledger = &self.ledger;
        let org = ledger.org.map(|org| (org.spent, org.held));
        let money = (ledger.spent, ledger.held, ledger.call_count, org);
        let notes = (&ledger.rows, ledger.transactions.len(), &ledger.keys);
        (money, notes, self.heads)
    }
}

/// Makes the scenario's only phase with so many callers, and audits it.
pub(crate) fn run(scenario: &Scenario, engine: &Arc<Engine>, vus: usize, number: u64) -> Run {
    engine.set_base_url(BASE);
    engine.set_clock(START);
    let secrets = engine.keys().into_iter().map(|key| key.secret).collect();
    let mut load = Load {
        scenario,
        engine: Arc::clone(engine),
        secrets,
        audit: Audit::new(terms(scenario)),
        now: 0,
        asked: 0,
        heads: 0,
    };
    let known = load
        .page(1)
        .map(|page| page.rows.iter().map(UsageRow::identity).collect());
    let books = vec![load.books(), load.books()];
    load.audit.baseline(books);
    load.traffic(vus, number);
    let (books, at_rest) = load.settled();
    let ledger = engine.ledger();
    load.audit.settled(books, at_rest);
    if let Some(known) = known {
        let mut listing = Listing::new(known);
        for number in 1.. {
            let page = load.page(number);
            if !listing.take(page, PAGE as usize) {
                break;
            }
        }
        load.audit.rows(listing.finish());
    }
    Run {
        verdict: load.audit.verdict(),
        ledger,
        heads: load.heads,
    }
}

fn terms(scenario: &Scenario) -> Terms {
    let billing = &scenario.billing;
    Terms {
        policy: Policy::of_words(&billing.policy),
        lambda: billing.lambda,
        settle: billing.settle_timeout,
        prices: Prices::documented(),
        prices_are_sure: true,
        asked: scenario.requests.iter().map(Wanted::of).collect(),
        keys: scenario.key_names().map(str::to_owned).collect(),
        epoch: i64::try_from(START.as_secs()).expect("it is small"),
        checks: Vec::new(),
    }
}

struct Load<'a> {
    scenario: &'a Scenario,
    engine: Arc<Engine>,
    secrets: Vec<String>,
    audit: Audit,
    /// Nanoseconds since the start.
    now: u64,
    /// The audit's own requests so far.
    asked: u64,
    heads: u64,
}

/// A request under way.
struct Flight {
    call: Call,
    template: Template,
    conversation: Box<dyn Conversation>,
    outgoing: Outgoing,
    ordinal: u32,
    due: u64,
    times: Times,
    tokens: u32,
    stage: Stage,
    judge: Option<Judge>,
    failure: Option<Failure>,
}

enum Stage {
    Due,
    Arriving,
    Playing(Play),
    Over,
}

struct Play {
    token: CallToken,
    status: u16,
    headers: Vec<(String, String)>,
    steps: VecDeque<Written>,
    delivered: Delivered,
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).expect("a run is short")
}

impl Load<'_> {
    fn set_clock(&mut self, at: u64) {
        self.now = at;
        self.engine.set_clock(START + Duration::from_nanos(at));
    }

    /// All callers of the phase, each starting its next call when its last one has ended.
    fn traffic(&mut self, vus: usize, number: u64) {
        let plan = Plan::new(self.scenario, self.scenario.seed);
        let phase = &plan.phases[0];
        let mut cursor = phase.cursor();
        let mut next = 0;
        let mut start = |at: u64| {
            (next < number).then(|| {
                let template = cursor.pick(next);
                let call = phase.call(next, template);
                next += 1;
                let wanted = self.scenario.requests[usize::from(template.0)].clone();
                Flight::new(wanted, call, at)
            })
        };
        let mut flights: Vec<_> = (0..vus).map(|_| start(0)).collect();
        let mut agenda: BinaryHeap<_> = (0..vus)
            .map(|vu| Reverse((self.now + vu as u64 * 137_000, vu)))
            .collect();
        while let Some(Reverse((at, vu))) = agenda.pop() {
            let Some(flight) = &mut flights[vu] else {
                continue;
            };
            self.now = at;
            self.engine.set_clock(START + Duration::from_nanos(at));
            if let Some(wake) = step(&self.engine, &self.secrets, flight, at) {
                agenda.push(Reverse((wake, vu)));
                continue;
            }
            let exchange = flight.exchange(&mut self.heads);
            let mistake = flight.template.mistake;
            let head = exchange.times.head.unwrap_or_default();
            self.audit.observe(&exchange, mistake, unix(head));
            match flight.next(&exchange, at) {
                Some(wake) => agenda.push(Reverse((wake, vu))),
                None => {
                    self.audit.call_ended(&flight.end(at));
                    flights[vu] = start(at);
                    agenda.push(Reverse((at, vu)));
                }
            }
        }
    }

    /// One request of the audit's own, when all else is quiet.
    fn ask(&mut self, call: UtilityCall, key: u8) -> Exchange {
        let template = Template {
            name: "(audit)".to_owned(),
            call: Kind::Utility(call),
            mistake: None,
            expect: None,
            turns: Vec::new(),
            disconnect: None,
            read: None,
            keys: vec![key],
            timeout: Duration::from_secs(10),
            line: 0,
        };
        self.asked += 1;
        let call = Call {
            key: CallKey {
                phase: NO_PHASE,
                number: self.asked,
            },
            template: TemplateId(u16::MAX),
            seed: mixed(7, self.asked),
        };
        let mut flight = Flight::new(template, call, self.now);
        let mut wake = Some(self.now);
        while let Some(at) = wake {
            self.set_clock(at);
            wake = step(&self.engine, &self.secrets, &mut flight, at);
        }
        let exchange = flight.exchange(&mut self.heads);
        let closed = exchange.times.closed.unwrap_or_default();
        self.set_clock(closed.0.max(self.now));
        self.audit.read(&exchange, None, unix(closed));
        exchange
    }

    fn books(&mut self) -> Books {
        let mut books = Books::of_keys(self.scenario.key_names());
        for key in (0..=self.scenario.keys.len()).rev() {
            let key = u8::try_from(key).expect("few keys");
            let read = self.ask(UtilityCall::AccountGet, key);
            told(&mut books, &read, |books, body| {
                books.owner(key, body);
                if key == 0 {
                    books.account(body);
                }
            });
        }
        let usage = usage(UsagePath::Me, None, 1);
        told(&mut books, &self.ask(usage, 0), Books::usage);
        let transactions = |kind: Option<&str>| UtilityCall::TransactionsList {
            kind: kind.map(str::to_owned),
            page_size: Some(1),
        };
        told(
            &mut books,
            &self.ask(transactions(None), 0),
            Books::transactions,
        );
        told(
            &mut books,
            &self.ask(transactions(Some("refund")), 0),
            Books::refunds,
        );
        let rows = self.ask(usage_rows(1, 1), 0);
        told(&mut books, &rows, |books, body| {
            books.rows = Page::of(body).and_then(|page| page.total);
        });
        books
    }

    /// The books once they are at rest and whole and the promised time is over, as a run reads them.
    fn settled(&mut self) -> (Books, bool) {
        let billing = &self.scenario.billing;
        let lambda = billing.lambda.map_or(0, nanos);
        let (promised, deadline) = (self.now + lambda, self.now + nanos(billing.settle_timeout));
        let (mut last_begun, mut last) = (self.now, self.books());
        let mut pause = 50_000_000;
        loop {
            self.set_clock(self.now + pause);
            let next_begun = self.now;
            let next = self.books();
            let agree = last.agrees_with(&next);
            if !agree && last_begun >= promised {
                self.audit.late(&last, &next);
            }
            let is_over = self.audit.is_all_counted(&next) && last_begun >= promised;
            if (agree && is_over) || self.now >= deadline {
                return (next, agree);
            }
            (last_begun, last) = (next_begun, next);
            pause = (pause * 2).min(1_000_000_000);
        }
    }

    fn page(&mut self, number: u32) -> Option<Page> {
        let read = self.ask(usage_rows(PAGE, number), 0);
        let is_success = read.status() == Some(200);
        let body = read.judgement.as_ref()?.body.as_ref();
        body.filter(|_| is_success).and_then(Page::of)
    }
}

fn usage(path: UsagePath, limit: Option<u32>, page: u32) -> UtilityCall {
    UtilityCall::UsageList {
        path,
        group_by: None,
        limit,
        page: (page > 1).then_some(page),
    }
}

fn usage_rows(limit: u32, page: u32) -> UtilityCall {
    usage(UsagePath::Api, Some(limit), page)
}

fn told(
    books: &mut Books,
    read: &Exchange,
    take: impl FnOnce(&mut Books, &spikeproof::json::Value),
) {
    let (Some(head), Some(judgement)) = (&read.head, &read.judgement) else {
        return;
    };
    books.head(read.key, head);
    if let Some(body) = judgement.body.as_ref().filter(|_| head.is_success()) {
        take(books, body);
    }
}

fn unix(at: Nanos) -> u64 {
    (START + Duration::from_nanos(at.0)).as_secs()
}

impl Flight {
    fn new(template: Template, call: Call, at: u64) -> Self {
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
    fn exchange(&mut self, heads: &mut u64) -> Exchange {
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
    fn next(&mut self, exchange: &Exchange, now: u64) -> Option<u64> {
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

    fn end(&self, now: u64) -> CallEnd {
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
fn step(engine: &Engine, secrets: &[String], flight: &mut Flight, now: u64) -> Option<u64> {
    let (there, back) = flight.ways();
    match std::mem::replace(&mut flight.stage, Stage::Over) {
        Stage::Due => {
            flight.times.dispatched = Nanos(now);
            flight.stage = Stage::Arriving;
            Some(now + there)
        }
        Stage::Arriving => {
            let secret = &secrets[usize::from(flight.key())];
            let answered = engine.answer(&incoming(secret, &flight.outgoing.draft));
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
            let head = Head {
                status: play.status,
                headers: std::mem::take(&mut play.headers),
            };
            let asked = Arc::new(flight.outgoing.draft.asked.clone());
            flight.judge = Some(Judge::new(asked, head));
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

fn incoming(secret: &str, draft: &Draft) -> Incoming {
    let target = draft.path.strip_prefix(BASE).unwrap_or(&draft.path);
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (target, None),
    };
    let headers = draft.headers.iter();
    let mut incoming = Incoming {
        method: draft.method.to_owned(),
        path: path.to_owned(),
        query,
        headers: headers
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
        body: draft.body.clone(),
    };
    let (auth, key) = match draft.auth {
        Credential::Key(auth) => (auth, secret),
        Credential::Wrong(auth) => (auth, "sk-byts-0000000000000000000000000000000000000000"),
        Credential::Absent => return incoming,
    };
    let (name, value) = match auth {
        Auth::Bearer => ("authorization", format!("Bearer {key}")),
        Auth::XApiKey => ("x-api-key", key.to_owned()),
        Auth::XGoogApiKey => ("x-goog-api-key", key.to_owned()),
        Auth::Query => panic!("no stage asks for it"),
    };
    incoming.headers.push((name.to_owned(), value));
    incoming
}
