//! A whole run without sockets and without waiting: many callers at once against the replica's
//! engine, on a clock that jumps from one event to the next, told to the audit as a run tells it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::Duration;

use spikeproof::billing::{Asked as Wanted, Audit, BillingVerdict, Books, Listing, Page, Policy};
use spikeproof::billing::{Prices, Terms, UsageRow};
use spikeproof::exchange::{CallKey, Exchange, Nanos};
use spikeproof::plan::{Call, Plan, mixed};
use spikeproof::scenario::request::{Call as Kind, UsagePath, UtilityCall};
use spikeproof::scenario::{Scenario, Template, TemplateId};
use spikeproof_mock::{Engine, LedgerSnapshot};

use crate::flight::{Flight, nanos, step};

/// 2026-05-25T14:00:00Z.
const START: Duration = Duration::from_secs(1_779_717_600);
pub(crate) const BASE: &str = "http://127.0.0.1";
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
            disconnect: None,
            keys: vec![key],
            timeout: Duration::from_secs(10),
            line: 0,
            turns: Vec::new(),
            read: None,
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

    /// The books once they are at rest and whole and the promised time is over, as a run reads
    /// them.
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
