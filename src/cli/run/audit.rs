//! Reading the target's books, and probing it with failures: the sending half of the audit.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::mpsc;

use super::gathering::Gathering;
use crate::billing::{Audit, Books, Class, Probe};
use crate::drive::{Caller, Event, Sink};
use crate::exchange::{CallKey, Exchange, Nanos};
use crate::plan::{Call, mixed};
use crate::scenario::request::{Call as Kind, UsagePath, UtilityCall};
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
pub(super) struct ReadingRequests {
    pub(super) models: TemplateId,
    account: TemplateId,
    usage: TemplateId,
    transactions: TemplateId,
}

/// Adds the requests that the audit reads the books with, so that they are counted, judged and
/// reported like any other. Parentheses keep their names apart from a scenario's.
pub(super) fn add_reading_requests(scenario: &mut Scenario) -> ReadingRequests {
    let mut add = |name: &str, call: UtilityCall| {
        let id = u16::try_from(scenario.requests.len()).expect("at most 1000 are read");
        scenario.requests.push(Template {
            name: name.to_owned(),
            call: Kind::Utility(call),
            mistake: None,
            expect: None,
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
        ),
        account: add("(account)", UtilityCall::AccountGet),
        usage: add(
            "(usage)",
            UtilityCall::UsageList {
                path: UsagePath::Me,
                group_by: None,
                limit: None,
            },
        ),
        transactions: add(
            "(transactions)",
            UtilityCall::TransactionsList {
                kind: None,
                page_size: Some(1),
            },
        ),
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
    sink: Sink,
    events: mpsc::Receiver<Event>,
}

impl<'a> Auditor<'a> {
    pub(super) fn new(
        scenario: &'a Scenario,
        caller: &'a Caller,
        requests: ReadingRequests,
        seed: u64,
    ) -> Self {
        let (sender, events) = mpsc::channel(crate::drive::EVENTS);
        let sink = Sink {
            events: sender,
            recorder: None,
        };
        Self {
            scenario,
            caller,
            requests,
            seed,
            number: 0,
            lag: Duration::ZERO,
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
        let template = &self.scenario.requests[usize::from(id.0)];
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
        while let Ok(event) = self.events.try_recv() {
            if let Event::Exchanged(exchange) = &event {
                note(exchange);
            }
            gathering.take(event);
        }
    }

    /// Every source once.
    async fn books(&mut self, gathering: &mut Gathering) -> Books {
        let mut books = Books::default();
        let requests = self.requests;
        for id in [requests.account, requests.usage, requests.transactions] {
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
        self.at_rest(self.quiet(), gathering, Audit::is_all_counted)
            .await
    }

    /// How long books must stay the same to be at rest.
    fn quiet(&self) -> Duration {
        if self.scenario.target == Target::Replica {
            Duration::ZERO
        } else {
            QUIET.min(self.scenario.billing.settle_timeout)
        }
    }

    /// Reads until the books have been the same for `quiet`, at least twice, and are whole; or until
    /// time is up or the run stopped. `false`: they were not the same.
    async fn at_rest(
        &mut self,
        quiet: Duration,
        gathering: &mut Gathering,
        is_whole: fn(&Audit, &Books) -> bool,
    ) -> (Books, bool) {
        let clock = self.caller.clock();
        let begun = clock.now();
        let timeout = self.scenario.billing.settle_timeout;
        let deadline = begun.after(timeout);
        let longest = LONGEST_PAUSE.min(timeout / 10).max(FIRST_PAUSE);
        let mut pause = FIRST_PAUSE;
        let mut last = self.books(gathering).await;
        let mut same_since = begun;
        loop {
            self.caller.rest(pause).await;
            if self.caller.is_stopped() {
                return (last, false);
            }
            let next = self.books(gathering).await;
            let now = clock.now();
            let agree = last.agrees_with(&next);
            if !agree {
                same_since = now;
                self.lag = self.lag.max(between(begun, now));
            }
            let left = quiet.saturating_sub(between(same_since, now));
            let is_whole = is_whole(&gathering.audit, &next);
            if (agree && left.is_zero() && is_whole) || now >= deadline {
                return (next, agree);
            }
            last = next;
            pause = (pause * 2).min(longest);
            if !left.is_zero() {
                pause = pause.min(left.max(FIRST_PAUSE));
            }
        }
    }

    /// Each class of failures alone, and the free endpoints, between two readings at rest.
    pub(super) async fn probes(
        &mut self,
        mut before: Books,
        gathering: &mut Gathering,
    ) -> Vec<Probe> {
        let mut probes = Vec::new();
        // As long as charges were seen to take, with a margin; what takes longer shows in the end.
        // The replica's are applied at once, unless it was seen to be slow on purpose.
        let seen = self.lag * 2;
        let quiet = if seen > FIRST_PAUSE * 16 {
            seen
        } else {
            seen.min(self.quiet())
        };
        for (class, free, templates) in self.classes() {
            if self.caller.is_stopped() {
                return probes;
            }
            let (requests, succeeded) = self.burst(&templates, free, gathering).await;
            let (after, rested) = self.at_rest(quiet, gathering, |_, _| true).await;
            let unsettled = !rested;
            let probe = Probe {
                class,
                free,
                requests,
                succeeded,
                late: false,
                before,
                after,
                unsettled,
            };
            before = probe.after.clone();
            probes.push(probe);
        }
        probes.extend(self.latecomers(&probes, gathering).await);
        probes
    }

    /// What moves after the last probe: a charge for one of them, applied later than charges were
    /// seen to be. `None`: nothing did.
    async fn latecomers(&mut self, probes: &[Probe], gathering: &mut Gathering) -> Option<Probe> {
        let quiet = self.quiet();
        let before = probes.last()?.after.clone();
        if quiet.is_zero() || self.caller.is_stopped() {
            return None;
        }
        let (after, rested) = self.at_rest(quiet, gathering, |_, _| true).await;
        before.movement(&after)?;
        Some(Probe {
            class: "all of these".to_owned(),
            free: false,
            requests: probes.iter().map(|probe| probe.requests).sum(),
            succeeded: probes.iter().map(|probe| probe.succeeded).sum(),
            late: true,
            before,
            after,
            unsettled: !rested,
        })
    }

    /// Sends the requests of one class: how many were answered, and how many of those that were to
    /// be refused were not.
    async fn burst(
        &mut self,
        templates: &[TemplateId],
        free: bool,
        gathering: &mut Gathering,
    ) -> (u64, u64) {
        let wanted = u64::from(self.scenario.billing.probes);
        let rounds = wanted.div_ceil(templates.len() as u64).max(1);
        let (mut answered, mut succeeded) = (0, 0);
        for id in (0..rounds).flat_map(|_| templates) {
            let note = &mut |exchange: &Exchange| {
                answered += u64::from(exchange.head.is_some());
                let is_success = exchange
                    .head
                    .as_ref()
                    .is_some_and(crate::protocol::Head::is_success);
                succeeded += u64::from(!free && is_success);
            };
            self.call(*id, gathering, note).await;
        }
        (answered, succeeded)
    }

    /// What is probed: every mistake that the scenario makes, and every request that costs nothing.
    fn classes(&self) -> Vec<(String, bool, Vec<TemplateId>)> {
        let mut failures: BTreeMap<String, Vec<TemplateId>> = BTreeMap::new();
        let ReadingRequests {
            models,
            account,
            usage,
            transactions,
        } = self.requests;
        let mut free = vec![models, account, usage, transactions];
        for (template, index) in self.scenario.requests.iter().zip(0..) {
            let id = TemplateId(index);
            if let Some(class) = failure_class(template) {
                failures.entry(class).or_default().push(id);
            } else if is_free_read(template) && !free.contains(&id) {
                free.push(id);
            }
        }
        let mut classes: Vec<_> = failures
            .into_iter()
            .map(|(class, templates)| (class, false, templates))
            .collect();
        classes.push((Class::Free.to_string(), true, free));
        classes
    }
}

fn between(earlier: Nanos, later: Nanos) -> Duration {
    Duration::from_nanos(later.since(earlier).unwrap_or_default())
}

fn note(books: &mut Books, exchange: &Exchange, id: TemplateId, requests: &ReadingRequests) {
    let (Some(head), Some(judgement)) = (&exchange.head, &exchange.judgement) else {
        return;
    };
    books.head(head);
    let Some(body) = judgement.body.as_ref().filter(|_| head.is_success()) else {
        return;
    };
    if id == requests.account {
        books.account(body);
    } else if id == requests.usage {
        books.usage(body);
    } else if id == requests.transactions {
        books.transactions(body);
    }
}

/// A request that must fail each time it is sent: a mistake, or a refusal that the scenario expects.
fn failure_class(template: &Template) -> Option<String> {
    if let Some(mistake) = template.mistake {
        return Some(Class::Mistake(mistake).to_string());
    }
    let expect = template.expect.as_ref()?;
    let fails = expect.status.iter().all(|status| *status >= 400);
    let is_one_request = !matches!(template.call, Kind::Task(_));
    (fails && is_one_request).then(|| template.name.clone())
}

/// Reads only: what makes or deletes something is not repeated for a probe.
fn is_free_read(template: &Template) -> bool {
    match &template.call {
        Kind::Utility(
            UtilityCall::WebhooksCycle
            | UtilityCall::KeysCycle
            | UtilityCall::EmbeddingsCreate { .. },
        )
        | Kind::Text(_)
        | Kind::Images(_)
        | Kind::Task(_) => false,
        Kind::Utility(_) => true,
    }
}

/// Whether the scenario wants the books read at all.
pub(super) fn reads_books(scenario: &Scenario) -> bool {
    scenario.billing.audit == AuditLevel::Full
}
