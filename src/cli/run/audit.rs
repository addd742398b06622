//! Reading the target's books, and probing it with failures: the sending half of the audit.

mod probes;
mod rows;

use std::time::Duration;

use super::gathering::Gathering;
use crate::billing::{Books, Page};
use crate::drive::{self, Caller, Event, Inbox, Outbox, Sink};
use crate::exchange::{CallKey, Exchange, Nanos};
use crate::judge::Memory;
use crate::plan::{Call, mixed};
use crate::scenario::request::{Call as Kind, Expect, UsagePath, UtilityCall};
use crate::scenario::{AuditLevel, Scenario, Target, Template, TemplateId};

/// The phase number of calls that are in no phase.
const NO_PHASE: u16 = u16::MAX;
/// Between two readings that must agree, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// Between the two readings of the baseline, on a target that others may use.
const BASELINE_PAUSE: Duration = Duration::from_secs(2);
/// A target may apply charges later than it answers. So long its books must stay the same before
/// they count as at rest; those of the bundled replica need not.
const QUIET: Duration = Duration::from_secs(2);

/// Where the audit's own requests stand among the scenario's.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct ReadingRequests {
    pub(super) models: TemplateId,
    account: TemplateId,
    usage: TemplateId,
    transactions: TemplateId,
    refunds: TemplateId,
    /// The paths at which the documents say that rows are, the likeliest first.
    rows: [TemplateId; 3],
}

/// Adds the requests that the audit reads the books with, so that they are counted, judged and
/// reported like any other. Parentheses keep their names apart from a scenario's.
pub(in crate::cli) fn add_reading_requests(scenario: &mut Scenario) -> ReadingRequests {
    let mut add = |name: &str, call: UtilityCall, statuses: &[u16]| {
        let id = u16::try_from(scenario.requests.len()).expect("at most 1000 are read");
        scenario.requests.push(Template {
            name: name.to_owned(),
            call: Kind::Utility(call),
            mistake: None,
            expect: (!statuses.is_empty()).then(|| Expect {
                status: statuses.to_vec(),
            }),
            turns: Vec::new(),
            disconnect: None,
            read: None,
            keys: Vec::new(),
            timeout: Duration::from_secs(10),
            line: 0,
        });
        TemplateId(id)
    };
    ReadingRequests {
        models: add(
            "(preflight)",
            UtilityCall::ModelsList {
                capability: None,
                family: None,
            },
            &[],
        ),
        account: add("(account)", UtilityCall::AccountGet, &[]),
        usage: add(
            "(usage)",
            UtilityCall::UsageList {
                path: UsagePath::Me,
                group_by: None,
                limit: None,
                page: None,
            },
            &[],
        ),
        transactions: add("(transactions)", transactions(None), &[]),
        refunds: add("(refunds)", transactions(Some("refund")), &[200, 400]),
        rows: rows::paths().map(|(name, path)| add(name, rows::call(path, 1, 1), &rows::STATUSES)),
    }
}

fn transactions(kind: Option<&str>) -> UtilityCall {
    UtilityCall::TransactionsList {
        kind: kind.map(str::to_owned),
        page_size: Some(1),
    }
}

/// Sends the audit's requests, one after the other.
pub(super) struct Auditor<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) caller: &'a Caller,
    pub(super) requests: ReadingRequests,
    pub(super) seed: u64,
    number: u64,
    /// How long after the load the books moved last; an estimate from above.
    lag: Duration,
    /// When the last reading of the books was begun.
    pub(super) read_at: Nanos,
    /// Where rows were found before the run, and which there were then.
    rows: Option<rows::Place>,
    sink: Sink,
    events: Inbox,
}

impl<'a> Auditor<'a> {
    pub(super) fn new(
        scenario: &'a Scenario,
        caller: &'a Caller,
        requests: ReadingRequests,
        seed: u64,
    ) -> Self {
        let (mouth, events) = drive::channel();
        let sink = Sink {
            events: Outbox::prompt(mouth),
            memory: Memory::shared(),
            keeps_bodies: true,
            recorder: None,
            cut: None,
        };
        Self {
            scenario,
            caller,
            requests,
            seed,
            number: 0,
            lag: Duration::ZERO,
            read_at: Nanos(0),
            rows: None,
            sink,
            events,
        }
    }

    /// Makes one call. `note` sees each exchange before it is counted.
    pub(super) async fn call(
        &mut self,
        id: TemplateId,
        gathering: &mut Gathering,
        note: &mut dyn FnMut(&Exchange),
    ) {
        let scenario = self.scenario;
        let template = &scenario.requests[usize::from(id.0)];
        self.call_as(template, id, gathering, note).await;
    }

    /// The same, with another key than the template's.
    pub(super) async fn call_with(
        &mut self,
        key: u8,
        id: TemplateId,
        gathering: &mut Gathering,
        note: &mut dyn FnMut(&Exchange),
    ) {
        let mut template = self.scenario.requests[usize::from(id.0)].clone();
        template.keys = vec![key];
        self.call_as(&template, id, gathering, note).await;
    }

    /// The same, of a request that is like the one of that number but for a parameter.
    async fn call_as(
        &mut self,
        template: &Template,
        id: TemplateId,
        gathering: &mut Gathering,
        note: &mut dyn FnMut(&Exchange),
    ) {
        let key = CallKey {
            phase: NO_PHASE,
            number: self.number,
        };
        let call = Call {
            key,
            template: id,
            seed: mixed(self.seed ^ 0x6175_6469, self.number),
        };
        self.number += 1;
        let due = self.caller.clock().now();
        self.caller.call(template, id, call, due, &self.sink).await;
        for event in drive::waiting(&mut self.events) {
            if let Event::Exchanged(exchange) = &event {
                note(exchange);
            }
            gathering.take(event);
        }
    }

    /// Every source once.
    async fn books(&mut self, gathering: &mut Gathering) -> Books {
        self.read_at = self.caller.clock().now();
        let mut books = Books::of_keys(self.scenario.key_names());
        let requests = self.requests;
        // Of the others it is their headers that count, and whose they are.
        for key in (1..=self.scenario.keys.len()).filter_map(|key| u8::try_from(key).ok()) {
            if self.scenario.is_barred(key) {
                books.bar(key);
                continue;
            }
            let id = requests.account;
            let note = &mut |exchange: &Exchange| note(&mut books, exchange, id, &requests);
            self.call_with(key, id, gathering, note).await;
        }
        let rows = self.rows.as_ref().map(|place| place.id);
        let first = [requests.account, requests.usage, requests.transactions];
        for id in first.into_iter().chain([requests.refunds]).chain(rows) {
            let note = &mut |exchange: &Exchange| note(&mut books, exchange, id, &requests);
            self.call(id, gathering, note).await;
        }
        books
    }

    /// The books before any traffic, read twice; where the two differ, twice more and ever further
    /// apart, so that the audit can tell others' traffic from a charge for the reading itself.
    pub(super) async fn baseline(&mut self, gathering: &mut Gathering) {
        let is_shared = self.scenario.target != Target::Replica;
        let apart = if is_shared {
            BASELINE_PAUSE
        } else {
            Duration::ZERO
        };
        self.find_rows(gathering).await;
        let mut readings = vec![self.books(gathering).await];
        self.caller.rest(apart).await;
        readings.push(self.books(gathering).await);
        if !readings[0].agrees_with(&readings[1]) {
            for pause in [FIRST_PAUSE * 4, FIRST_PAUSE * 16] {
                self.caller.rest(pause).await;
                readings.push(self.books(gathering).await);
            }
        }
        gathering.audit.baseline(readings);
    }

    /// The books once all charges of the load are applied. `false`: they did not come to rest in
    /// time.
    pub(super) async fn settled(&mut self, gathering: &mut Gathering) -> (Books, bool) {
        let lambda = self.scenario.billing.lambda;
        let promised = lambda.map(|lambda| self.caller.clock().now().after(lambda));
        let load = Load { promised };
        self.at_rest(self.quiet(), gathering, Some(load)).await
    }

    /// How long books must stay the same to be at rest.
    fn quiet(&self) -> Duration {
        if self.scenario.target == Target::Replica {
            Duration::ZERO
        } else {
            QUIET.min(self.scenario.billing.settle_timeout)
        }
    }

    /// Reads until the books have been the same for `quiet`, at least twice, and are whole; or
    /// until time is up or the run stopped. `load`: it is what the load has left that is waited
    /// for. `false`: they were not the same.
    async fn at_rest(
        &mut self,
        quiet: Duration,
        gathering: &mut Gathering,
        load: Option<Load>,
    ) -> (Books, bool) {
        let clock = self.caller.clock();
        let begun = clock.now();
        let timeout = self.scenario.billing.settle_timeout;
        let deadline = begun.after(timeout);
        let longest = LONGEST_PAUSE.min(timeout / 10).max(FIRST_PAUSE);
        let mut pause = FIRST_PAUSE;
        let promised = load.and_then(|load| load.promised);
        let is_promised = |at: Nanos| promised.is_none_or(|promised| at >= promised);
        let mut last_begun = begun;
        let mut last = self.books(gathering).await;
        let mut same_since = begun;
        loop {
            self.caller.rest(pause).await;
            if self.caller.is_stopped() {
                return (last, false);
            }
            let next_begun = clock.now();
            let next = self.books(gathering).await;
            let now = clock.now();
            let agree = last.agrees_with(&next);
            if !agree {
                same_since = now;
                self.lag = self.lag.max(between(begun, now));
                if promised.is_some() && is_promised(last_begun) {
                    gathering.audit.late(&last, &next);
                }
            }
            let left = quiet.saturating_sub(between(same_since, now));
            let is_whole = load.is_none() || gathering.audit.is_all_counted(&next);
            let is_over = is_whole && left.is_zero() && is_promised(last_begun);
            if (agree && is_over) || now >= deadline {
                return (next, agree);
            }
            (last, last_begun) = (next, next_begun);
            pause = (pause * 2).min(longest);
            if !left.is_zero() {
                pause = pause.min(left.max(FIRST_PAUSE));
            }
        }
    }
}

fn between(earlier: Nanos, later: Nanos) -> Duration {
    Duration::from_nanos(later.since(earlier).unwrap_or_default())
}

/// What settling waits for.
#[derive(Debug, Clone, Copy)]
struct Load {
    /// When all charges and rows must be there, where somebody promised it.
    promised: Option<Nanos>,
}

fn note(books: &mut Books, exchange: &Exchange, id: TemplateId, requests: &ReadingRequests) {
    let (Some(head), Some(judgement)) = (&exchange.head, &exchange.judgement) else {
        return;
    };
    books.head(exchange.key, head);
    let Some(body) = judgement.body.as_ref().filter(|_| head.is_success()) else {
        return;
    };
    if id == requests.account {
        books.owner(exchange.key, body);
        if exchange.key == 0 {
            books.account(body);
        }
    } else if id == requests.usage {
        books.usage(body);
    } else if id == requests.transactions {
        books.transactions(body);
    } else if id == requests.refunds {
        books.refunds(body);
    } else if let Some(page) = Page::of(body) {
        books.rows = page.total;
    }
}

/// Whether the scenario wants the books read at all.
pub(super) fn reads_books(scenario: &Scenario) -> bool {
    scenario.billing.audit == AuditLevel::Full
}
