//! From the evidence to a verdict: every check, the table, the sums.

mod books;
mod confirm;
mod facts;
mod headers;
mod keys;
mod priced;
mod purses;
mod rows;
mod suspects;
mod table;

use self::facts::Facts;
use self::keys::Foreign;
use super::audit::{Audit, Listed};
use super::checks;
use super::class::Class;
use super::credits::Credits;
use super::entries::Entries;
use super::entry::Entry;
use super::policy::Right;
use super::prices::Used;
use super::probe::{self, Probe};
use super::reconcile::Reconciled;
use super::rows::Rows;
use super::verdict::{BillingVerdict, CheckResult, CheckState, Suspect};
use crate::exchange::Nanos;
use crate::rules::Rule;
use crate::scenario::TemplateId;

pub(super) fn result(rule: &'static Rule, state: CheckState, message: String) -> CheckResult {
    CheckResult {
        rule,
        state,
        message,
        suspects: Vec::new(),
    }
}

/// Suspects that a check names at most.
const MOST_SUSPECTS: usize = 10;

/// The evidence, brought together.
pub(super) struct Case<'a> {
    audit: &'a Audit,
    /// All of them, and how many are of the traffic between baseline and settling.
    entries: &'a Entries,
    traffic: usize,
    facts: Facts,
    /// Why the facts are not known.
    unknown: Option<String>,
    reconciled: Result<Reconciled, (CheckState, String)>,
    /// Why something may have been charged to others.
    foreign: Foreign,
}

impl Audit {
    /// Concludes. Where rows tell what each request was charged, that is written down on the way.
    pub fn verdict(&mut self) -> BillingVerdict {
        let mut entries = std::mem::take(&mut self.entries);
        let traffic = self.traffic.unwrap_or(entries.len());
        let reconciled = self.reconciled(&mut entries, traffic);
        let keys = self.terms.key_count();
        let foreign = match &reconciled {
            Ok(one) => Foreign::of(one, &entries, keys),
            // Rows were listed, and nobody can tell whose they are.
            Err((_, why)) if entries.unread().as_ref() == Some(why) => Foreign::may_be(why),
            Err(_) => Foreign::default(),
        };
        let of_traffic = || Facts::of(entries.iter().take(traffic));
        let (facts, unknown) = entries.spill().watched(of_traffic);
        let case = Case {
            audit: self,
            entries: &entries,
            traffic,
            facts,
            unknown,
            foreign,
            reconciled,
        };
        let (verdict, mispriced) = case.verdict();
        self.row_of = case.reconciled.map(|one| one.row_of).unwrap_or_default();
        self.mispriced = mispriced.into_iter().collect();
        self.entries = entries;
        verdict
    }

    fn reconciled(
        &mut self,
        entries: &mut Entries,
        traffic: usize,
    ) -> Result<Reconciled, (CheckState, String)> {
        let rows = match std::mem::take(&mut self.rows) {
            Listed::Whole(rows) => Ok(rows),
            Listed::Partly(why) => Err((CheckState::Inconclusive, why)),
            Listed::Absent => {
                let message = "the target lists no usage rows".to_owned();
                Err((CheckState::NotChecked, message))
            }
        };
        let used = self.baseline.as_ref().zip(self.settled.as_ref());
        let used = used.and_then(|(before, after)| {
            let charged = before.charged(after);
            let mut buckets = charged.iter().filter(|one| one.source == "usage buckets");
            buckets.next().map(|one| one.credits)
        });
        let rows = Rows::new(rows?, used);
        // Rows are looked up by their requests in any order, and take more than these do.
        let (all, why) = gathered(entries);
        let Some(entries) = all.and_then(|all| all.get_mut(..traffic)) else {
            return Err((CheckState::Inconclusive, why.unwrap_or_default()));
        };
        let hints = (&self.aliases, &self.told);
        let reconciled = Reconciled::new(rows, entries, hints, &self.terms);
        match self.forgotten(&reconciled, entries) {
            Some(why) => Err((CheckState::Inconclusive, why)),
            None => Ok(reconciled),
        }
    }

    /// What a request must have been charged, as far as it follows without rows.
    fn reckon(&self, entry: &mut Entry) {
        entry.forget_charge();
        let policy = &self.terms.policy;
        if policy.billed(entry.class).1 == 0 {
            return entry.set_charge(Credits::ZERO);
        }
        let is_whole = policy.of(entry.class) == Right::Full && !entry.is_task();
        let asked = self.terms.asked.get(usize::from(entry.template.0));
        let model = asked.and_then(|asked| asked.model.as_deref());
        let rates = model.and_then(|model| self.terms.prices.of(model));
        let Some(rates) = rates.filter(|_| is_whole && self.terms.prices_are_sure) else {
            return;
        };
        let has_tokens = entry.output != Entry::UNTOLD;
        let is_text = rates.image == 0;
        if is_text != has_tokens || entry.is_cached() {
            return;
        }
        let used = Used {
            input: if is_text { u64::from(entry.input) } else { 0 },
            output: if is_text { u64::from(entry.output) } else { 0 },
            images: if is_text { 0 } else { u64::from(entry.units) },
            ..Used::default()
        };
        let price = super::prices::Rounding::all().next();
        let price = price.and_then(|rounding| rounding.prices(rates, &used).first().copied());
        if let Some(price) = price {
            entry.set_price(Credits(price));
        }
    }

    /// What is worth sending again alone: classes and templates that some check suspects, and
    /// successes where too many calls were counted.
    pub fn suspects(&mut self) -> Vec<(String, TemplateId)> {
        let kept = match &self.rows {
            Listed::Whole(rows) => Listed::Whole(rows.clone()),
            Listed::Partly(why) => Listed::Partly(why.clone()),
            Listed::Absent => Listed::Absent,
        };
        let verdict = self.verdict();
        self.rows = kept;
        let open = |check: &&CheckResult| {
            matches!(check.state, CheckState::Failed | CheckState::Inconclusive)
        };
        let checks: Vec<_> = verdict.checks.iter().filter(open).collect();
        let suspects = checks.iter().flat_map(|check| &check.suspects);
        let mut found: Vec<_> = suspects
            .map(|suspect| (suspect.class.clone(), suspect.template))
            .collect();
        if checks
            .iter()
            .any(|check| check.rule.id == checks::COUNTS.id)
        {
            let mut entries = self.entries.iter();
            let success = entries.find(|entry| entry.class == Class::Success);
            found.extend(success.map(|entry| (entry.class.to_string(), entry.template)));
        }
        let mut classes = std::collections::BTreeSet::new();
        found.retain(|(class, _)| classes.insert(class.clone()));
        found
    }

    /// Why a movement of the books between the probes may be no charge for them.
    fn unrest(&self) -> Option<String> {
        let open = self.open_tasks();
        let all = self.settled.as_ref().and_then(|books| {
            self.counted(books)?
                .checked_sub(self.expected_calls().0.saturating_add(open))
        });
        let tasks = (open > 0 && all.is_none())
            .then(|| format!("{open} tasks of the run may have completed meanwhile"));
        self.disturbed.clone().or(tasks)
    }

    fn of(&self, free: bool) -> impl Iterator<Item = &Probe> {
        let probes = self.probes.iter();
        probes.filter(move |probe| probe.free == free && probe.replay.is_none())
    }
}

impl Case<'_> {
    fn verdict(&self) -> (BillingVerdict, Vec<(usize, Credits)>) {
        let audit = self.audit;
        let mut verdict = BillingVerdict {
            calls_expected: audit.expected_calls(),
            ..BillingVerdict::default()
        };
        if let (Some(before), Some(after)) = (&audit.baseline, &audit.settled) {
            verdict.charged = before.charged(after);
            verdict.calls_counted = after
                .calls
                .zip(before.calls)
                .and_then(|(after, before)| after.checked_sub(before));
        }
        let unrest = audit.unrest().or_else(|| self.foreign.why.clone());
        let unrest = unrest.as_deref();
        let arithmetic = self.arithmetic();
        verdict.rounding.clone_from(&arithmetic.rounding);
        verdict.checks = vec![
            self.judged(|| self.envelope()),
            probe::check(&checks::QUIESCENT_INVARIANCE, audit.of(false), unrest),
            self.free(unrest),
            self.judged(|| self.bijection()),
            self.judged(|| self.tokens()),
            arithmetic.result,
            self.judged(|| self.tasks()),
            self.judged(|| self.streams()),
            self.judged(|| self.transactions()),
            self.judged(|| self.order()),
            self.judged(|| self.interval()),
            self.judged(|| self.conservation(&verdict.charged)),
            self.judged(|| self.counts(&verdict)),
            self.judged(|| self.org(&verdict.charged)),
            self.judged(|| self.holds()),
            self.judged(|| self.bucket(&verdict.charged)),
        ];
        let wanted = &audit.terms.checks;
        let is_wanted = |check: &CheckResult| wanted.is_empty() || wanted.contains(&check.rule.id);
        verdict.checks.retain(is_wanted);
        let mut wrong = arithmetic.wrong;
        if let Ok(rows) = self.rows() {
            let excesses = self.excesses(rows).into_iter();
            wrong.extend(excesses.filter(|(_, excess)| *excess > Credits::ZERO));
        }
        self.tabulate(&mut verdict, &wrong);
        if self.unknown.is_none() {
            verdict.keys = self.key_rows();
        }
        for check in &mut verdict.checks {
            let (said, unread) = self.entries.spill().watched(|| self.confirmed(check));
            check.message += &said.filter(|_| unread.is_none()).unwrap_or_default();
        }
        for probe in audit.probes.iter().filter(|probe| probe.replay.is_none()) {
            probe::add(&mut verdict, probe, unrest.is_none());
        }
        (verdict, wrong)
    }

    /// A check, unless it did not see all that it looked for.
    fn judged(&self, check: impl FnOnce() -> CheckResult) -> CheckResult {
        let (checked, unread) = self.entries.spill().watched(check);
        match unread {
            None => checked,
            Some(why) => result(checked.rule, CheckState::Inconclusive, why),
        }
    }

    /// What one look at all requests has told.
    fn facts(&self) -> &Facts {
        if self.unknown.is_some() {
            self.entries.spill().lacks_again();
        }
        &self.facts
    }

    /// Requests of the traffic with their indices; what each was charged, only [`Self::charged`]
    /// tells.
    fn each(&self) -> impl Iterator<Item = (usize, Entry)> {
        self.entries.iter().take(self.traffic).enumerate()
    }

    /// The same with what each was charged, by its rows or by what follows without them.
    fn charged(&self) -> impl Iterator<Item = (usize, Entry)> {
        let by_rows = self.reconciled.is_ok();
        self.each().map(move |(index, mut entry)| {
            if !by_rows {
                self.audit.reckon(&mut entry);
            }
            (index, entry)
        })
    }

    /// One request. One that cannot be read, which is noted, is nothing.
    fn entry(&self, index: usize) -> Entry {
        let nothing = || Entry::new(Class::Free, Nanos(0));
        self.entries.get(index).unwrap_or_else(nothing)
    }

    fn free(&self, unrest: Option<&str>) -> CheckResult {
        let rule = &checks::FREE_ENDPOINTS;
        if let Some(cost) = self.audit.reading_costs {
            let message = format!("each reading of account, usage and transactions costs {cost}");
            return result(rule, CheckState::Failed, message);
        }
        probe::check(rule, self.audit.of(true), unrest)
    }

    /// What stands between a quiet-books check and a verdict.
    fn obstacle(&self) -> Option<(CheckState, String)> {
        if self.audit.baseline.is_none() || self.audit.settled.is_none() {
            return Some((CheckState::NotChecked, "the books were not read".to_owned()));
        }
        let why = self.audit.disturbed.clone();
        why.or_else(|| self.unsettled())
            .or_else(|| self.different_accounts())
            .map(|why| (CheckState::Inconclusive, why))
    }

    /// What stands between a check of the rows and a verdict.
    fn rows(&self) -> Result<&Reconciled, (CheckState, String)> {
        self.reconciled.as_ref().map_err(Clone::clone)
    }

    fn model(&self, entry: &Entry) -> Option<&str> {
        let asked = self.audit.terms.asked.get(usize::from(entry.template.0))?;
        asked.model.as_deref()
    }

    /// What a reader can find an entry by.
    fn name(&self, index: usize) -> String {
        let entry = self.entry(index);
        let id = self.rows().ok().and_then(|rows| rows.row(index));
        let id = id.map(|row| row.request_id.as_str()).unwrap_or_default();
        let space = if id.is_empty() { "" } else { " " };
        let asked = self.audit.terms.asked.get(usize::from(entry.template.0));
        let template = asked.map_or("", |asked| asked.name.as_str());
        format!(
            "{} `{template}` call {}{space}{id}",
            entry.class, entry.call
        )
    }

    fn suspect(&self, index: usize, amount: Credits) -> Suspect {
        let entry = self.entry(index);
        Suspect {
            entry: index,
            request_id: String::new(),
            class: entry.class.to_string(),
            template: entry.template,
            phase: entry.phase,
            call: entry.call,
            ordinal: entry.ordinal,
            amount,
        }
    }

    /// What is to be said of a request that could as well have had another row.
    fn doubt_of(&self, index: usize) -> &'static str {
        let both = self.rows().ok().zip(u32::try_from(index).ok());
        match both.is_some_and(|(rows, index)| rows.matching.ambiguous.contains(&index)) {
            true => " (or of another like it: rows have no ids)",
            false => "",
        }
    }

    /// A failed check about some requests, with what each was charged too much.
    fn failed(&self, rule: &'static Rule, what: &str, found: &[(usize, Credits)]) -> CheckResult {
        let mut sum = Credits::ZERO;
        found.iter().for_each(|(_, amount)| sum += *amount);
        let (first, amount) = found[0];
        let message = format!(
            "{} × {what}, {sum} together; the first: {}, {amount}{}",
            found.len(),
            self.name(first),
            self.doubt_of(first),
        );
        let suspects = found.iter().take(MOST_SUSPECTS);
        CheckResult {
            suspects: suspects
                .map(|(index, amount)| self.suspect(*index, *amount))
                .collect(),
            ..result(rule, CheckState::Failed, message)
        }
    }
}

/// All of them in memory, or why not.
fn gathered(entries: &mut Entries) -> (Option<&mut [Entry]>, Option<String>) {
    let is_whole = entries.gathered().is_some();
    let why = entries.unread();
    (entries.gathered().filter(|_| is_whole), why)
}

#[expect(clippy::cast_precision_loss, reason = "shown to a microsecond")]
fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}
