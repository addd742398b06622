//! Bursts of requests that must move nothing, when all else is quiet.

use std::collections::BTreeMap;

use super::{Auditor, FIRST_PAUSE, Gathering, ReadingRequests};
use crate::billing::{Books, Class, Probe};
use crate::exchange::Exchange;
use crate::scenario::request::{Call as Kind, UtilityCall};
use crate::scenario::{Probes, Template, TemplateId};

impl Auditor<'_> {
    /// Each class of failures alone, and the free endpoints, between two readings at rest.
    pub(in crate::cli::run) async fn probes(
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
            let setting = &self.scenario.billing.probes;
            let wanted = setting.of(if free { Probes::FREE } else { &class });
            if wanted == 0 {
                continue;
            }
            let (requests, succeeded) = self.burst(&templates, (wanted, free), gathering).await;
            let (after, rested) = self.at_rest(quiet, gathering, None).await;
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
                replay: None,
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
        let (after, rested) = self.at_rest(quiet, gathering, None).await;
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
            replay: None,
        })
    }

    /// What the audit suspects, sent again alone. Of tasks one, since each takes its time.
    pub(in crate::cli::run) async fn replays(
        &mut self,
        mut before: Books,
        gathering: &mut Gathering,
    ) -> Vec<Probe> {
        let mut probes = Vec::new();
        for (class, template) in gathering.audit.suspects() {
            if self.caller.is_stopped() {
                return probes;
            }
            // What moves though nothing is sent is of others.
            let (rested, is_quiet) = self.at_rest(self.quiet(), gathering, None).await;
            let late = !is_quiet || before.movement(&rested).is_some();
            before = rested;
            let call = &self.scenario.requests[usize::from(template.0)].call;
            let wanted = match call {
                Kind::Task(_) => 1,
                Kind::Text(_) | Kind::Images(_) | Kind::Utility(_) => {
                    self.scenario.billing.probes.each.max(1)
                }
            };
            let from = gathering.audit.entries().len();
            let (_, succeeded) = self.burst(&[template], (wanted, false), gathering).await;
            let again = gathering.audit.since(from, &class);
            let (after, rested) = self.at_rest(self.quiet(), gathering, None).await;
            let probe = Probe {
                class,
                free: false,
                requests: wanted.into(),
                succeeded,
                before,
                after,
                late,
                unsettled: !rested,
                replay: Some(again),
            };
            before = probe.after.clone();
            probes.push(probe);
        }
        probes
    }

    /// Sends the requests of one class: how many were answered, and how many of those that were to
    /// be refused were not.
    async fn burst(
        &mut self,
        templates: &[TemplateId],
        (wanted, free): (u32, bool),
        gathering: &mut Gathering,
    ) -> (u64, u64) {
        let rounds = u64::from(wanted).div_ceil(templates.len() as u64).max(1);
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
            ..
        } = self.requests;
        let mut free = vec![models, account, usage, transactions];
        for (template, index) in self.scenario.requests.iter().zip(0..) {
            let id = TemplateId(index);
            if let Some(class) = template.failure() {
                failures.entry(class.to_owned()).or_default().push(id);
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
