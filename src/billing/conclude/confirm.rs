//! What it says of a suspicion that its requests were sent again, alone.

use super::Case;
use super::books::KEYS_OWN;
use crate::billing::books::are_apart;
use crate::billing::checks;
use crate::billing::class::Class;
use crate::billing::credits::Credits;
use crate::billing::probe::{Again, Probe};
use crate::billing::verdict::{CheckResult, CheckState};
use crate::rules::Rule;

/// What sending suspects again has shown of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeated {
    Yes,
    /// With what each of them may have cost unnoticed.
    No(Option<Credits>),
    /// Why it cannot be told.
    Unknown(&'static str),
}

use Repeated::{No, Unknown, Yes};

const NOTHING_TELLS: &str = "nothing that was read again tells";

impl Case<'_> {
    /// Says whether suspects that were sent again, alone, did it again. `None`: of no suspicion.
    pub(super) fn confirmed(&self, check: &CheckResult) -> Option<String> {
        if !matches!(check.state, CheckState::Failed | CheckState::Inconclusive) {
            return None;
        }
        let mut all = String::new();
        let is_of_counts = check.rule.id == checks::COUNTS.id;
        for (probe, again) in self.replays() {
            let is_success = probe.class == Class::Success.to_string();
            let is_suspect = check.suspects.iter().any(|one| one.class == probe.class);
            if !(is_suspect || is_of_counts && is_success) {
                continue;
            }
            let (requests, class) = (probe.requests, &probe.class);
            let said = match self.repeated(check.rule, probe, again) {
                Yes => "did it again".to_owned(),
                No(None) => "did not do it again".to_owned(),
                No(Some(limit)) => {
                    format!("did not do it again, as far as {limit} of each would show")
                }
                Unknown(why) => format!("could not be judged: {why}"),
            };
            all += &format!("; {requests} × {class}, sent again alone, {said}");
        }
        Some(all)
    }

    fn replays(&self) -> impl Iterator<Item = (&Probe, Again)> {
        let probes = self.audit.probes.iter();
        probes.filter_map(|probe| Some((probe, probe.replay?)))
    }

    /// Whether successes that were sent again, alone, were counted wrongly as well.
    pub(super) fn is_reproduced(&self) -> bool {
        let success = Class::Success.to_string();
        let mut replays = self.replays().filter(|(probe, _)| probe.class == success);
        replays.any(|(probe, again)| self.repeated(&checks::COUNTS, probe, again) == Yes)
    }

    fn repeated(&self, rule: &Rule, probe: &Probe, again: Again) -> Repeated {
        if self.foreign.why.is_some() || self.audit.disturbed_before.is_some() || probe.late {
            return Unknown("others use this key");
        }
        if probe.unsettled {
            return Unknown("the books did not come to rest");
        }
        if again.same == 0 {
            return Unknown("none of them ended as before");
        }
        let is_about = |one: &Rule| one.id == rule.id;
        if is_about(&checks::BUCKET) {
            return bucket_filled(probe, again);
        }
        if again.billed == (0, 0) {
            return Self::moved(probe);
        }
        if is_about(&checks::COUNTS) {
            return counted(again, probe.before.calls.zip(probe.after.calls));
        }
        if is_about(&checks::BIJECTION) {
            return counted(again, probe.before.rows.zip(probe.after.rows));
        }
        if is_about(&checks::INTERVAL) || is_about(&checks::CONSERVATION) {
            return self.torn(probe);
        }
        Unknown(NOTHING_TELLS)
    }

    /// Nothing may move, whatever tells of it.
    fn moved(probe: &Probe) -> Repeated {
        if !probe.before.can_compare(&probe.after) {
            return Unknown("the target tells nothing that could have moved");
        }
        if probe.before.movement(&probe.after).is_some() {
            return Yes;
        }
        let charged = probe.before.charged(&probe.after);
        let finest = charged.first().map(|charged| charged.quantum);
        No(finest.and_then(|quantum| limit(quantum, probe.requests)))
    }

    /// They had to be charged: do all books tell the same of them?
    fn torn(&self, probe: &Probe) -> Repeated {
        let mut charged = probe.before.charged(&probe.after);
        if self.keys().any(|key| self.unlimited(key).is_some()) {
            charged.retain(|one| one.source != KEYS_OWN);
        }
        let mut others = charged.iter().skip(1);
        if others.clone().any(|other| are_apart(&charged[0], other)) {
            return Yes;
        }
        if self.keys().len() > 1 {
            return Unknown("sums of all keys do not tell which of them was charged");
        }
        // The finest two come first.
        match others.next() {
            Some(other) => No(limit(charged[0].quantum + other.quantum, probe.requests)),
            None => Unknown("it takes two books"),
        }
    }
}

/// What each of them may have cost unnoticed; `None`: nothing.
fn limit(quantum: Credits, requests: u64) -> Option<Credits> {
    let requests = i64::try_from(requests).unwrap_or(i64::MAX).max(1);
    let each = (quantum.0 + requests - 1) / requests;
    (quantum > Credits(2)).then_some(Credits(each))
}

/// Whether as many were counted as is right.
fn counted(again: Again, ends: Option<(u64, u64)>) -> Repeated {
    let Some((before, after)) = ends else {
        return Unknown("nothing counts them");
    };
    let (least, most) = again.billed;
    match after.checked_sub(before) {
        Some(grown) if (least..=most).contains(&grown) => No(None),
        Some(_) | None => Yes,
    }
}

/// Whether failures filled the spend bucket of some key.
fn bucket_filled(probe: &Probe, again: Again) -> Repeated {
    let buckets = probe.before.keys.iter().zip(&probe.after.keys);
    let told = buckets.filter_map(|(before, after)| before.bucket.zip(after.bucket));
    let told = told.filter(|((limit, _), (after, _))| limit.credits == after.credits);
    let told: Vec<_> = told
        .map(|((_, before), (_, after))| (before, after))
        .collect();
    if again.billed != (0, 0) || told.is_empty() {
        return Unknown(NOTHING_TELLS);
    }
    if told
        .iter()
        .any(|(before, after)| after.credits > before.credits)
    {
        return Yes;
    }
    let quantum = told
        .iter()
        .map(|(before, after)| before.quantum.max(after.quantum));
    No(quantum
        .max()
        .and_then(|quantum| limit(quantum, probe.requests)))
}
