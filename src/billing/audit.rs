//! The evidence of a run, gathered: exchanges and readings in. What follows from it is in
//! `conclude`.

use std::collections::{BTreeMap, HashMap};

use super::books::{Books, told};
use super::class::Class;
use super::credits::{Amount, Credits};
use super::entries::Entries;
use super::entry::{Entry, fingerprint};
use super::envelope::Said;
use super::probe::{Again, Probe};
use super::rows::UsageRow;
use super::spill::Place;
use super::terms::Terms;
use crate::endpoint::Endpoint;
use crate::exchange::{CallEnd, Exchange};
use crate::scenario::Mistake;

/// The phase number of the audit's own calls.
const NO_PHASE: u16 = u16::MAX;

/// Gathers the evidence of a run.
#[derive(Debug, Default)]
pub struct Audit {
    pub(super) terms: Terms,
    pub(super) counts: BTreeMap<Class, u64>,
    /// One for each exchange, in the order in which they were told, and one for each task.
    pub(super) entries: Entries,
    /// What tasks told of their cost, by their entries.
    pub(super) told: BTreeMap<u32, Amount>,
    /// Ids of submits whose tasks are under way, by phase and call.
    submits: HashMap<(u16, u64), u64>,
    /// Further ids under which the rows may know a task, and its own.
    pub(super) aliases: HashMap<u64, u64>,
    /// By key.
    pub(super) envelopes: Vec<Tally>,
    pub(super) baseline: Option<Books>,
    pub(super) settled: Option<Books>,
    pub(super) rows: Listed,
    /// Why the quiet readings cannot be trusted.
    pub(super) disturbed: Option<String>,
    /// The same, where it was known before any traffic.
    pub(super) disturbed_before: Option<String>,
    /// Which keys' own headers moved before the run began, where that is all that disturbs.
    pub(super) moved_before: Option<Vec<bool>>,
    /// What came later than was promised: charges, rows.
    pub(super) late_charge: Option<String>,
    /// What those charges came to, as far as a book tells.
    pub(super) late_amount: Credits,
    pub(super) late_row: Option<String>,
    /// What one reading of the books is charged, though it must be free.
    pub(super) reading_costs: Option<Credits>,
    pub(super) probes: Vec<Probe>,
    /// How many of the entries are of the traffic before it settled.
    pub(super) traffic: Option<usize>,
    /// The first row of each, once all is concluded.
    pub(super) row_of: Vec<u32>,
    /// How far rows are from their prices, by entry.
    pub(super) mispriced: BTreeMap<usize, Credits>,
}

/// Whether there are rows, and all of them.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Listed {
    /// Nobody looked, or the target lists none.
    #[default]
    Absent,
    Partly(String),
    Whole(Vec<UsageRow>),
}

#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Tally {
    pub(super) judged: u64,
    pub(super) broken: u64,
    pub(super) first: Option<String>,
    /// Answers without the quota header, and without those of the rate limit.
    pub(super) without_quota: u64,
    pub(super) without_limits: u64,
    pub(super) with_org: u64,
    /// Answers by the decimals of their quota header.
    pub(super) decimals: BTreeMap<usize, u64>,
}

impl Tally {
    pub(super) const fn nothing() -> Self {
        Self {
            judged: 0,
            broken: 0,
            first: None,
            without_quota: 0,
            without_limits: 0,
            with_org: 0,
            decimals: BTreeMap::new(),
        }
    }
}

impl Audit {
    pub fn new(terms: Terms) -> Self {
        Self {
            terms,
            ..Self::default()
        }
    }

    /// What it keeps of requests and does not fit into memory goes into `place`.
    #[must_use]
    pub fn kept_in(mut self, place: Box<dyn Place>) -> Self {
        self.entries = Entries::kept_in(place);
        self
    }

    /// One exchange of the run's traffic. `now`: Unix seconds when its head came.
    pub fn observe(&mut self, exchange: &Exchange, mistake: Option<Mistake>, now: u64) {
        let class = Class::of(exchange, mistake);
        if exchange.endpoint != Endpoint::Asset
            && let Some(class) = class
        {
            *self.counts.entry(class).or_default() += 1;
        }
        self.note(exchange, class.unwrap_or(Class::Free), now);
    }

    /// One of the audit's own readings or probes.
    pub fn read(&mut self, exchange: &Exchange, mistake: Option<Mistake>, now: u64) {
        let class = Class::of(exchange, mistake);
        self.note(exchange, class.unwrap_or(Class::Free), now);
    }

    fn note(&mut self, exchange: &Exchange, class: Class, now: u64) {
        let mut entry = Entry::new(class, exchange.times.dispatched);
        entry.call = u32::try_from(exchange.call.number).unwrap_or(u32::MAX);
        entry.phase = exchange.call.phase;
        entry.ordinal = u16::try_from(exchange.ordinal).unwrap_or(u16::MAX);
        entry.template = exchange.template;
        entry.key = exchange.key;
        entry.id = exchange.request_id().map_or(0, fingerprint);
        let asked = self.terms.asked.get(usize::from(exchange.template.0));
        if let Some(closed) = exchange.times.closed {
            entry = entry.ended(closed);
        }
        if let Some(judgement) = &exchange.judgement {
            let small = |count: u64| u32::try_from(count).unwrap_or(Entry::UNTOLD);
            if let Some(usage) = &judgement.facts.usage {
                entry.input = small(usage.input);
                entry.output = small(usage.output);
                let is_marked = asked.is_some_and(|asked| asked.cache);
                if usage.cached > 0 || is_marked {
                    entry = entry.of_cache();
                }
            }
            if exchange.endpoint.is_billable() && judgement.facts.task.is_none() {
                let images = u64::from(judgement.facts.images);
                // A token has a byte at least.
                let came = if images > 0 { images } else { judgement.bytes };
                entry.units = u16::try_from(came).unwrap_or(u16::MAX);
            }
        }
        if class == Class::Free && exchange.bills && entry.id != 0 {
            // It is its task that is billed.
            let call = (exchange.call.phase, exchange.call.number);
            self.submits.insert(call, entry.id);
            entry.id = 0;
        }
        let seen = self.look(exchange, now);
        if let Some((at, quota)) = exchange.times.head.zip(seen) {
            entry = entry.seen(at, Some(quota));
        }
        self.entries.push(entry);
    }

    /// Takes what is kept of a request as it is, for benchmarks: nothing is read from an answer.
    pub fn keep(&mut self, entry: Entry) {
        *self.counts.entry(entry.class).or_default() += 1;
        self.entries.push(entry);
    }

    /// Judges an answer's envelope; the balance that it shows of our key.
    fn look(&mut self, exchange: &Exchange, now: u64) -> Option<Credits> {
        let head = exchange.head.as_ref()?;
        // An asset comes from another service; a 401 is an answer to nobody, so the documents do
        // not say whose money its headers would speak of.
        if exchange.endpoint == Endpoint::Asset || head.status == 401 {
            return None;
        }
        let key = usize::from(exchange.key);
        if self.envelopes.len() <= key {
            self.envelopes.resize_with(key + 1, Tally::nothing);
        }
        let tally = &mut self.envelopes[key];
        tally.judged += 1;
        let said = Said::by(head);
        tally.without_quota += u64::from(!said.has_quota());
        tally.without_limits += u64::from(!said.has_limits());
        tally.with_org += u64::from(said.has_org());
        if let Some(fault) = said.fault(now) {
            tally.broken += 1;
            tally
                .first
                .get_or_insert_with(|| format!("{}: {fault}", named(exchange)));
        }
        if let Some(decimals) = said.decimals() {
            *tally.decimals.entry(decimals).or_default() += 1;
        }
        Some(said.amounts().quota?.credits)
    }

    /// A call is over, and with it what is to be seen of its task.
    pub fn call_ended(&mut self, end: &CallEnd) {
        let Some(task) = &end.task else { return };
        let class = Class::of_task(task);
        // Of the audit's own calls only the traffic's are counted.
        if end.call.phase != NO_PHASE {
            *self.counts.entry(class).or_default() += 1;
        }
        let mut entry = Entry::new(class, end.due).of_task();
        if class != Class::TaskUnfinished {
            entry = entry.ended(end.ended);
        }
        entry.call = u32::try_from(end.call.number).unwrap_or(u32::MAX);
        entry.phase = end.call.phase;
        entry.template = end.template;
        entry.key = end.key;
        let asked = self.terms.asked.get(usize::from(end.template.0));
        entry.units = asked.map_or(0, |asked| asked.seconds.max(1));
        entry.id = fingerprint(&task.task_id);
        if let Some(submit) = self.submits.remove(&(end.call.phase, end.call.number)) {
            self.aliases.insert(submit, entry.id);
        }
        let amount = task.credits_used.as_deref().and_then(Amount::parse);
        if let Some(amount) = amount {
            let index = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
            self.told.insert(index, amount);
        }
        self.entries.push(entry);
    }

    /// The books before any traffic: two readings, or four where the first two differ. Each reading
    /// is of free endpoints, so nothing may move. Where the same amount moves each time, however
    /// long the pause before it, the reading itself is charged; else others use the key.
    pub fn baseline(&mut self, readings: Vec<Books>) {
        let pairs = readings.windows(2).map(|pair| (&pair[0], &pair[1]));
        let moved = pairs
            .clone()
            .find_map(|(before, after)| before.movement(after));
        let charges: Vec<_> = pairs
            .filter_map(|(before, after)| told(&before.charged(after)).map(|c| c.credits))
            .collect();
        if let Some(moved) = moved {
            let is_steady = charges.len() >= 3 && charges.windows(2).all(|pair| pair[0] == pair[1]);
            if is_steady && charges[0] > Credits::ZERO {
                self.reading_costs = Some(charges[0]);
                self.disturb(format!("reading the books itself is charged: {moved}"));
            } else {
                let is_moved = |key: usize| {
                    let mut quotas = readings.windows(2).map(|pair| {
                        let [before, after] = [&pair[0], &pair[1]].map(|one| one.key(key).quota);
                        before != after
                    });
                    quotas.any(|moved| moved)
                };
                self.moved_before = Some((0..self.terms.key_count()).map(is_moved).collect());
                self.disturb(format!(
                    "before the run began, {moved}: others use this key"
                ));
            }
        }
        self.baseline = readings.into_iter().last();
        self.disturbed_before.clone_from(&self.disturbed);
    }

    /// The books after the traffic has come to rest, or its last state when it has not.
    pub fn settled(&mut self, books: Books, at_rest: bool) {
        if !at_rest {
            self.moved_before = None;
            self.disturb("the books were still moving when settling had to end".to_owned());
        }
        self.traffic = Some(self.entries.len());
        self.settled = Some(books);
    }

    /// All rows since the run began, or why they are not known.
    pub fn rows(&mut self, rows: Result<Vec<UsageRow>, String>) {
        self.rows = match rows {
            Ok(rows) => Listed::Whole(rows),
            Err(why) => Listed::Partly(why),
        };
    }

    /// The books moved though the time that was promised for it was over.
    pub fn late(&mut self, before: &Books, after: &Books) {
        // Where reading them is charged, each reading moves them.
        if self.terms.lambda.is_none() || self.reading_costs.is_some() {
            return;
        }
        if before.rows != after.rows {
            let count = |books: &Books| books.rows.unwrap_or_default();
            let message = format!("usage rows went from {} to {}", count(before), count(after));
            self.late_row.get_or_insert(message);
        }
        let (mut one, mut other) = (before.clone(), after.clone());
        (one.rows, other.rows) = (None, None);
        if let Some(moved) = one.movement(&other) {
            let amount = told(&one.charged(&other)).map(|charged| charged.credits);
            self.late_amount += amount.unwrap_or_default();
            self.late_charge.get_or_insert(moved);
        }
    }

    pub fn probe(&mut self, probe: Probe) {
        self.probes.push(probe);
    }

    /// What became of the calls that have been told since there were so many entries: how many
    /// ended in that class, and what is right for all.
    pub fn since(&self, entries: usize, class: &str) -> Again {
        let (again, unread) = self.entries.spill().watched(|| {
            let mut again = Again::default();
            let new = self.entries.starting_at(entries);
            for entry in new.filter(|entry| entry.phase == NO_PHASE) {
                let (least, most) = self.terms.policy.billed(entry.class);
                again.same += u64::from(entry.class.to_string() == class);
                again.billed = (again.billed.0 + least, again.billed.1 + most);
            }
            again
        });
        // Of what was not read nobody knows how it ended.
        unread.map_or(again, |_| Again::default())
    }

    pub(super) fn disturb(&mut self, why: String) {
        self.disturbed.get_or_insert(why);
    }

    /// Whether the books already count as many calls as this run must have billed, and those of
    /// its tasks that may still be running.
    pub fn is_all_counted(&self, books: &Books) -> bool {
        let wanted = self.expected_calls().0.saturating_add(self.open_tasks());
        let rows = self.baseline.as_ref().and_then(|before| {
            let before = before.rows?;
            Some(books.rows?.saturating_sub(before))
        });
        self.counted(books).is_none_or(|counted| counted >= wanted)
            && rows.is_none_or(|rows| rows >= wanted)
    }

    /// Calls that the books have counted since the baseline.
    pub(super) fn counted(&self, books: &Books) -> Option<u64> {
        let before = self.baseline.as_ref()?.calls?;
        Some(books.calls?.saturating_sub(before))
    }

    /// Tasks that were not seen to their end: each is charged when it completes, whenever that is.
    pub(super) fn open_tasks(&self) -> u64 {
        self.counts
            .get(&Class::TaskUnfinished)
            .copied()
            .unwrap_or_default()
    }

    pub(super) fn expected_calls(&self) -> (u64, u64) {
        self.counts
            .iter()
            .fold((0, 0), |(least, most), (class, count)| {
                let (one_least, one_most) = self.terms.policy.billed(*class);
                (least + one_least * count, most + one_most * count)
            })
    }
}

/// What a reader can find the exchange by.
fn named(exchange: &Exchange) -> String {
    let status = exchange.status().unwrap_or_default();
    let id = exchange.request_id().unwrap_or("without request id");
    format!(
        "{} {} ({status}, {id})",
        exchange.endpoint.method(),
        exchange.endpoint.path()
    )
}
