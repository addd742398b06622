//! What a person sees while the load runs: one line on stderr, on a terminal only.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::environment::ProcessEnvironment;
use crate::drive::Event;
use crate::scenario::{Environment, Scenario};

pub(super) struct Progress {
    bar: ProgressBar,
    phase: String,
    requests: u64,
    unexpected: u64,
    violations: u64,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        let in_ci = ProcessEnvironment
            .variable("CI")
            .is_some_and(|value| !value.is_empty());
        let shown = !quiet && !in_ci && std::io::stderr().is_terminal();
        let bar = if shown {
            ProgressBar::new_spinner()
        } else {
            ProgressBar::hidden()
        };
        let template = "{spinner} {elapsed_precise} {msg}";
        bar.set_style(
            ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        bar.enable_steady_tick(Duration::from_millis(200));
        Self {
            bar,
            phase: String::new(),
            requests: 0,
            unexpected: 0,
            violations: 0,
        }
    }

    /// Outside the phases: reading the books, probing.
    pub(super) fn doing(&mut self, what: &str) {
        what.clone_into(&mut self.phase);
        self.show();
    }

    pub(super) fn note(&mut self, event: &Event, scenario: &Scenario) {
        match event {
            Event::PhaseStarted { phase, .. } => {
                let phase = scenario.phases.get(usize::from(*phase));
                self.phase = phase.map(|phase| phase.name.clone()).unwrap_or_default();
            }
            Event::Exchanged(exchange) => {
                self.requests += 1;
                self.unexpected += u64::from(exchange.outcome.is_unexpected());
                let findings = exchange
                    .judgement
                    .iter()
                    .flat_map(|judged| &judged.findings);
                self.violations += findings.filter(|finding| finding.is_must()).count() as u64;
            }
            Event::Samples(_) => self.show(),
            Event::CallEnded(_)
            | Event::Pulse(_)
            | Event::Dropped { .. }
            | Event::PhaseEnded { .. }
            | Event::Panicked => {}
        }
    }

    fn show(&self) {
        let Self {
            phase,
            requests,
            unexpected,
            violations,
            ..
        } = self;
        self.bar.set_message(format!(
            "{phase}: {requests} requests, {unexpected} unexpected, {violations} violations"
        ));
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
