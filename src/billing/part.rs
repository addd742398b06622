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
use super::entries::Entries;
use super::entry::Entry;
use super::probe::Probe;
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
    late_amount: Credits,
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
#[derive(Debug, Default)]
pub struct Share {
    pub part: Part,
    pub entries: Entries,
    /// How far its times are moved, and how well that is known.
    shift: (Duration, Duration),
}

impl Share {
    pub fn new(part: Part, entries: Entries) -> Self {
        Self {
            part,
            entries,
            ..Self::default()
        }
    }

    /// Moves its times to a clock that was started `by` earlier; the two agree to within `error`.
    pub fn shift(&mut self, by: Duration, error: Duration) {
        self.shift = (by, error);
        let early = |at: Nanos| at.after(by.saturating_sub(error));
        let late = |at: Nanos| at.after(by.saturating_add(error));
        let moments = &mut self.part.moments;
        moments.baseline = moments.baseline.map(late);
        moments.begun = moments.begun.map(early);
        moments.ended = moments.ended.map(late);
        moments.settled = moments.settled.map(|(at, rest)| (early(at), rest));
        moments.probing = moments.probing.map(early);
    }

    /// Its entries on that clock, from that one on.
    pub fn moved(&self, first: usize) -> impl Iterator<Item = Entry> {
        let (by, error) = self.shift;
        let entries = self.entries.starting_at(first);
        entries.map(move |entry| entry.moved(by, error))
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
            late_amount: self.late_amount,
            late_row: self.late_row.clone(),
            probes: self.probes.clone(),
            traffic: self.traffic,
            moments,
        }
    }

    pub fn entries(&self) -> &Entries {
        &self.entries
    }

    /// The audit of a run that several processes shared. Entries come in the order of the shares,
    /// those of all traffic first. `Err`: why not all of them could be read.
    pub fn of_shares(self, shares: &[Share]) -> Result<Self, String> {
        let mut audit = self;
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
        for share in shares {
            audit.entries.extend(share.moved(0).take(share.traffic()));
        }
        for share in shares {
            audit.entries.extend(share.moved(share.traffic()));
        }
        if let Some(why) = shares.iter().find_map(|share| share.entries.unread()) {
            return Err(why);
        }
        audit.traffic = Some(traffic);
        let parts: Vec<_> = shares.iter().map(|share| &share.part).collect();
        audit.begin_quietly(&parts);
        audit.end_quietly(&parts);
        Ok(audit)
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
        self.late_amount = part.late_amount;
        self.late_row.clone_from(&part.late_row);
        let is_short = |books: &Books| !self.is_all_counted(books);
        let why = if Some(at) < ended {
            Some("the books were last read before every shard had ended")
        } else if !at_rest {
            Some("the books were still moving when settling had to end")
        } else if part.settled.as_ref().is_some_and(is_short) {
            Some(
                "the books had not counted all calls when they were last read; no shard knew how \
                 many the others had made",
            )
        } else {
            None
        };
        if let Some(why) = why {
            // What is told of single keys is told of that reading as well.
            self.moved_before = None;
            self.disturb(why.to_owned());
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

#[cfg(test)]
mod tests {
    use super::super::history::state as state_of;
    use super::*;
    use crate::billing::{CheckState, KeyBooks, checks};

    const SECOND: u64 = 1_000_000_000;

    fn usd(text: &str) -> Amount {
        Amount::parse(text).expect("an amount")
    }

    fn books(quota: &str, calls: u64) -> Books {
        let key = KeyBooks {
            quota: Some(usd(quota)),
            ..KeyBooks::default()
        };
        Books {
            keys: vec![key],
            calls: Some(calls),
            ..Books::default()
        }
    }

    fn at(seconds: u64) -> Nanos {
        Nanos(seconds * SECOND)
    }

    /// One that read the books until 2 s, drove from 5 s to 9 s, read them again at 10 s, at rest,
    /// and then probed.
    fn usual() -> Share {
        Share {
            part: Part {
                baseline: Some(books("9.00", 0)),
                settled: Some(books("9.00", 0)),
                traffic: Some(0),
                moments: Moments {
                    baseline: Some(at(2)),
                    begun: Some(at(5)),
                    ended: Some(at(9)),
                    settled: Some((at(10), true)),
                    probing: Some(at(11)),
                },
                ..Part::default()
            },
            ..Share::default()
        }
    }

    /// One without entries.
    fn copied(share: &Share) -> Share {
        Share {
            part: share.part.clone(),
            ..Share::default()
        }
    }

    fn together(shares: &[Share]) -> Audit {
        Audit::default().of_shares(shares).unwrap()
    }

    fn quota(books: Option<&Books>) -> Option<Credits> {
        books?.key(0).quota.map(|quota| quota.credits)
    }

    #[test]
    fn what_tasks_told_stays_with_their_entries_wherever_those_come_to_stand() {
        let entry = |call: u32| {
            let mut entry = Entry::new(Class::TaskCompleted, at(1)).of_task();
            entry.call = call;
            entry
        };
        let share = |calls: [u32; 3], traffic, told: &[(u32, &str)]| {
            let mut share = usual();
            share.entries = calls.map(entry).to_vec().into();
            share.part.traffic = Some(traffic);
            share.part.told = told.iter().map(|(at, text)| (*at, usd(text))).collect();
            share
        };
        let shares = [
            share([10, 11, 12], 2, &[(1, "0.11"), (2, "0.12")]),
            share([20, 21, 22], 1, &[(0, "0.20"), (1, "0.21"), (2, "0.22")]),
        ];
        let audit = together(&shares);
        let calls: Vec<_> = audit.entries.iter().map(|entry| entry.call).collect();
        assert_eq!(calls, [10, 11, 20, 12, 21, 22], "all traffic comes first");
        assert_eq!(audit.traffic, Some(3));
        assert_eq!(audit.told.len(), 5);
        for (index, told) in &audit.told {
            let call = audit.entries.get(*index as usize).unwrap().call;
            assert_eq!(told.credits, Credits(i64::from(call) * 10_000), "{index}");
        }
    }

    #[test]
    fn the_last_reading_before_anybody_sent_is_the_baseline() {
        let with = |quota: &str, read: u64, begun: u64| {
            let mut share = usual();
            share.part.baseline = Some(books(quota, 0));
            share.part.moments.baseline = Some(at(read));
            share.part.moments.begun = Some(at(begun));
            share
        };
        let audit = together(&[with("9.03", 3, 5), with("9.04", 4, 6), with("9.06", 6, 7)]);
        assert_eq!(quota(audit.baseline.as_ref()), Some(Credits(9_040_000)));
        assert_eq!(audit.disturbed, None);
        // All had sent something before the first was ready.
        let audit = together(&[with("9.06", 6, 8), with("9.07", 7, 5)]);
        assert_eq!(quota(audit.baseline.as_ref()), Some(Credits(9_060_000)));
        let why = audit.disturbed.as_deref().unwrap_or_default();
        assert!(why.contains("begun before any had read"), "{why}");
        let mut none = usual();
        none.part.baseline = None;
        let audit = together(&[none]);
        assert_eq!((audit.baseline, audit.disturbed), (None, None));
    }

    #[test]
    fn what_disturbed_the_baseline_that_counts_disturbs_the_whole() {
        let mut early = usual();
        early.part.disturbed = Some("early".to_owned());
        early.part.moved_before = Some(vec![true]);
        early.part.reading_costs = Some(Credits(7));
        early.part.moments.baseline = Some(at(1));
        let audit = together(&[copied(&early), usual()]);
        assert_eq!((&audit.disturbed, &audit.moved_before), (&None, &None));
        early.part.moments.baseline = Some(at(3));
        let audit = together(&[copied(&early), usual()]);
        assert_eq!(audit.disturbed.as_deref(), Some("early"));
        assert_eq!(audit.disturbed_before.as_deref(), Some("early"));
        assert_eq!(audit.moved_before, Some(vec![true]));
        assert_eq!(audit.reading_costs, Some(Credits(7)));
        // A restless end is no matter of one key.
        early.part.moments.settled = Some((at(12), false));
        assert_eq!(together(&[early, usual()]).moved_before, None);
    }

    #[test]
    fn the_last_reading_that_was_begun_after_all_traffic_is_the_end() {
        let with = |quota: &str, read: u64, ended: u64| {
            let mut share = usual();
            share.part.settled = Some(books(quota, 0));
            share.part.rows = Listed::Partly(quota.to_owned());
            share.part.late_charge = Some(quota.to_owned());
            share.part.late_amount = usd(quota).credits;
            share.part.late_row = Some(quota.to_owned());
            share.part.moments.settled = Some((at(read), true));
            share.part.moments.ended = Some(at(ended));
            share
        };
        let audit = together(&[with("8.14", 14, 9), with("8.13", 13, 12)]);
        assert_eq!(quota(audit.settled.as_ref()), Some(Credits(8_140_000)));
        assert!(matches!(&audit.rows, Listed::Partly(why) if why == "8.14"));
        assert_eq!(audit.late_charge.as_deref(), Some("8.14"));
        assert_eq!(audit.late_amount, Credits(8_140_000));
        assert_eq!(audit.late_row.as_deref(), Some("8.14"));
        assert_eq!(audit.disturbed, None);
        let why = |shares: &[Share]| together(shares).disturbed.unwrap_or_default();
        let early = why(&[with("8.14", 14, 9), with("8.13", 13, 15)]);
        assert!(early.contains("before every shard had ended"), "{early}");
        let mut restless = usual();
        restless.part.moments.settled = Some((at(10), false));
        let moving = why(&[restless]);
        assert!(moving.contains("still moving"), "{moving}");
        let mut short = usual();
        short.part.counts.insert(Class::Success, 1);
        let missing = why(&[copied(&short), usual()]);
        assert!(missing.contains("had not counted all calls"), "{missing}");
        short.part.settled = Some(books("9.00", 1));
        assert_eq!(why(&[short]), "");
    }

    /// One shard reads the books while another is driving: nothing of the sums is a verdict.
    #[test]
    fn readings_in_the_middle_of_the_traffic_of_others_pass_and_accuse_nobody() {
        let mut charged = usual();
        charged.part.counts.insert(Class::Refused, 1);
        charged.part.settled = Some(books("9.00", 1));
        let state = |share: &Share| {
            let mut audit = together(&[copied(share), usual()]);
            state_of(&audit.verdict(), &checks::COUNTS)
        };
        charged.part.rows = Listed::Whole(Vec::new());
        charged.part.moments.settled = Some((at(12), true));
        assert_eq!(state(&charged), CheckState::Failed);
        charged.part.moments.ended = Some(at(13));
        assert_eq!(state(&charged), CheckState::Inconclusive);
        charged.part.moments.ended = Some(at(9));
        charged.part.moments.begun = Some(at(1));
        assert_eq!(state(&charged), CheckState::Inconclusive);
    }

    #[test]
    fn only_probes_that_were_made_when_all_had_ended_count() {
        let with = |class: &str, probing: Option<u64>| {
            let mut share = usual();
            share.part.moments.probing = probing.map(at);
            share.part.probes = vec![Probe {
                class: class.to_owned(),
                free: false,
                requests: 3,
                succeeded: 0,
                before: books("9.00", 0),
                after: books("8.97", 0),
                late: false,
                unsettled: false,
                replay: None,
            }];
            share
        };
        let of = |shares: &[Share]| -> Vec<String> {
            let probes = together(shares).probes.into_iter();
            probes.map(|probe| probe.class).collect()
        };
        let shares = [
            with("in the middle", Some(8)),
            with("at the end", Some(9)),
            with("later", Some(11)),
            with("never", None),
        ];
        assert_eq!(of(&shares), ["at the end", "later"]);
        let mut verdict = together(&shares[..1]);
        let verdict = verdict.verdict();
        let rule = &checks::QUIESCENT_INVARIANCE;
        assert_eq!(state_of(&verdict, rule), CheckState::NotChecked);
    }

    #[test]
    fn a_clock_that_is_not_known_exactly_makes_early_of_late_and_late_of_early() {
        let mut share = usual();
        share.entries = vec![Entry::new(Class::Success, at(5)).ended(at(6))].into();
        share.shift(Duration::from_secs(100), Duration::from_secs(1));
        let moments = share.part.moments;
        assert_eq!(moments.baseline, Some(at(103)));
        assert_eq!(moments.begun, Some(at(104)));
        assert_eq!(moments.ended, Some(at(110)));
        assert_eq!(moments.settled, Some((at(109), true)));
        assert_eq!(moments.probing, Some(at(110)));
        assert_eq!(share.moved(0).next().unwrap().sent, at(104));
        assert_eq!(share.moved(0).next().unwrap().end(), at(107));
    }
}
