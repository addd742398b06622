//! The evidence of one of several processes that shared a run, and of all of them together.
//!
//! The money is one: what one process sends moves the books that another reads. So none of them
//! concludes anything; each writes down what it saw and when, and this puts it together. Of the
//! readings before the traffic that one counts which was over before anybody sent, of those after
//! it the last that was begun when everybody had ended. Where there is none the quiet checks are
//! disturbed, and say so.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::audit::{Audit, Listed, Tally};
use super::books::Books;
use super::class::Class;
use super::credits::{Amount, Credits};
use super::entry::Entry;
use super::probe::Probe;
use super::terms::Terms;
use crate::exchange::Nanos;

/// What one process knows, but for its entries.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Part {
    #[serde(with = "crate::serial::pairs")]
    counts: BTreeMap<Class, u64>,
    #[serde(with = "crate::serial::pairs")]
    told: BTreeMap<u32, Amount>,
    #[serde(with = "crate::serial::pairs")]
    aliases: BTreeMap<u64, u64>,
    envelopes: Vec<Tally>,
    baseline: Option<Books>,
    disturbed: Option<String>,
    moved_before: Option<Vec<bool>>,
    reading_costs: Option<Credits>,
    settled: Option<Books>,
    rows: Listed,
    late_charge: Option<String>,
    late_row: Option<String>,
    probes: Vec<Probe>,
    traffic: Option<usize>,
    pub moments: Moments,
}

/// When a process did what, on its own clock. `None`: it did not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moments {
    /// The books had been read before the traffic.
    pub baseline: Option<Nanos>,
    /// Its traffic began, and was over.
    pub begun: Option<Nanos>,
    pub ended: Option<Nanos>,
    /// The last reading of the books after it was begun, and whether they had come to rest.
    pub settled: Option<(Nanos, bool)>,
    pub probing: Option<Nanos>,
}

/// One process's share.
#[derive(Debug, Clone, Default)]
pub struct Share {
    pub part: Part,
    pub entries: Vec<Entry>,
}

impl Share {
    /// Moves its times to a clock that was started `by` earlier; the two agree to within `error`.
    pub fn shift(&mut self, by: Duration, error: Duration) {
        for entry in &mut self.entries {
            *entry = entry.moved(by, error);
        }
        let early = |at: Nanos| at.after(by.saturating_sub(error));
        let late = |at: Nanos| at.after(by.saturating_add(error));
        let moments = &mut self.part.moments;
        moments.baseline = moments.baseline.map(late);
        moments.begun = moments.begun.map(early);
        moments.ended = moments.ended.map(late);
        moments.settled = moments.settled.map(|(at, rest)| (early(at), rest));
        moments.probing = moments.probing.map(early);
    }

    /// How many of the entries are of the traffic and of the readings around it.
    pub fn traffic(&self) -> usize {
        let traffic = self.part.traffic.unwrap_or(self.entries.len());
        traffic.min(self.entries.len())
    }
}

impl Audit {
    /// All that another process needs to conclude, but for the entries.
    pub fn part(&self, moments: Moments) -> Part {
        Part {
            counts: self.counts.clone(),
            told: self.told.clone(),
            aliases: self.aliases.iter().map(|(id, task)| (*id, *task)).collect(),
            envelopes: self.envelopes.clone(),
            baseline: self.baseline.clone(),
            disturbed: self.disturbed_before.clone(),
            moved_before: self.moved_before.clone(),
            reading_costs: self.reading_costs,
            settled: self.settled.clone(),
            rows: self.rows.clone(),
            late_charge: self.late_charge.clone(),
            late_row: self.late_row.clone(),
            probes: self.probes.clone(),
            traffic: self.traffic,
            moments,
        }
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The audit of a run that several processes shared. Entries come in the order of the shares,
    /// those of all traffic first.
    pub fn of_shares(terms: Terms, shares: &[Share]) -> Self {
        let mut audit = Self::new(terms);
        let traffic: usize = shares.iter().map(Share::traffic).sum();
        let (mut first, mut further) = (0, traffic);
        for share in shares {
            let own = share.traffic();
            let place = |index: usize| {
                let place = if index < own {
                    first + index
                } else {
                    further + index - own
                };
                u32::try_from(place).unwrap_or(u32::MAX)
            };
            let told = share.part.told.iter();
            audit
                .told
                .extend(told.map(|(index, amount)| (place(*index as usize), *amount)));
            (first, further) = (first + own, further + share.entries.len() - own);
            audit.add(&share.part);
        }
        let parts = |share: &Share, own: bool| {
            let cut = share.traffic();
            let (traffic, rest) = share.entries.split_at(cut);
            if own { traffic.to_vec() } else { rest.to_vec() }
        };
        for is_traffic in [true, false] {
            let entries = shares.iter().flat_map(|share| parts(share, is_traffic));
            audit.entries.extend(entries);
        }
        audit.traffic = Some(traffic);
        let parts: Vec<_> = shares.iter().map(|share| &share.part).collect();
        audit.begin_quietly(&parts);
        audit.end_quietly(&parts);
        audit
    }

    /// What adds up.
    fn add(&mut self, part: &Part) {
        for (class, count) in &part.counts {
            *self.counts.entry(*class).or_default() += count;
        }
        self.aliases
            .extend(part.aliases.iter().map(|(id, task)| (*id, *task)));
        for (index, tally) in part.envelopes.iter().enumerate() {
            if index >= self.envelopes.len() {
                self.envelopes.push(Tally::nothing());
            }
            self.envelopes[index].add(tally);
        }
    }

    /// The books before any traffic.
    fn begin_quietly(&mut self, parts: &[&Part]) {
        let begun = parts.iter().filter_map(|part| part.moments.begun).min();
        let read = parts.iter().filter(|part| part.baseline.is_some());
        let before = read.clone().filter(|part| part.moments.baseline <= begun);
        let latest = before.max_by_key(|part| part.moments.baseline);
        if let Some(part) = latest {
            self.baseline.clone_from(&part.baseline);
            self.disturbed.clone_from(&part.disturbed);
            self.disturbed_before.clone_from(&part.disturbed);
            self.moved_before.clone_from(&part.moved_before);
            self.reading_costs = part.reading_costs;
        } else if let Some(part) = read.min_by_key(|part| part.moments.baseline) {
            self.baseline.clone_from(&part.baseline);
            self.disturb("one shard had begun before any had read the books".to_owned());
        }
    }

    /// The books after all traffic.
    fn end_quietly(&mut self, parts: &[&Part]) {
        let ended = parts.iter().filter_map(|part| part.moments.ended).max();
        let read = parts.iter().filter(|part| part.settled.is_some());
        let Some(part) = read.max_by_key(|part| part.moments.settled) else {
            return;
        };
        let Some((at, at_rest)) = part.moments.settled else {
            return;
        };
        self.settled.clone_from(&part.settled);
        self.rows = part.rows.clone();
        self.late_charge.clone_from(&part.late_charge);
        self.late_row.clone_from(&part.late_row);
        if Some(at) < ended {
            self.disturb("the books were last read before every shard had ended".to_owned());
        } else if !at_rest {
            self.disturb("the books were still moving when settling had to end".to_owned());
        } else if part
            .settled
            .as_ref()
            .is_some_and(|books| !self.is_all_counted(books))
        {
            self.disturb(
                "the books had not counted all calls when they were last read; no shard knew how \
                 many the others had made"
                    .to_owned(),
            );
        }
        // A probe is of use when nobody else moved the books meanwhile.
        let quiet = parts.iter().filter(|part| part.moments.probing >= ended);
        self.probes = quiet.flat_map(|part| part.probes.iter().cloned()).collect();
    }
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.judged += other.judged;
        self.broken += other.broken;
        self.first = self.first.take().or_else(|| other.first.clone());
        self.without_quota += other.without_quota;
        self.without_limits += other.without_limits;
        self.with_org += other.with_org;
        for (decimals, count) in &other.decimals {
            *self.decimals.entry(*decimals).or_default() += count;
        }
    }
}
