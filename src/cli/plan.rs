//! `plan`: what would be sent, and when.

use std::path::PathBuf;

use clap::Args;

use super::load::load;
use super::output::data;
use crate::exit::Exit;
use crate::plan::{PhasePlan, Plan, Schedule};
use crate::protocol::calls;
use crate::scenario::Scenario;
use crate::units::render_duration;

/// Show what a scenario would send, and when; nothing is sent.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  spikeproof plan scenarios/steady.yaml\n  \
                        spikeproof plan scenarios/text.yaml --calls 3 --bodies")]
pub(super) struct PlanArguments {
    /// Scenario file [default: the smoke scenario]
    scenario: Option<PathBuf>,
    /// Seed instead of the scenario's
    #[arg(long)]
    seed: Option<u64>,
    /// Calls shown of each phase
    #[arg(long, default_value_t = 10)]
    calls: u64,
    /// Show the first request of each call in full, without the key
    #[arg(long)]
    bodies: bool,
}

pub(super) fn plan(arguments: &PlanArguments) -> Exit {
    let scenario = match load(arguments.scenario.as_deref()) {
        Ok(scenario) => scenario,
        Err(exit) => return exit,
    };
    let plan = Plan::new(&scenario, arguments.seed.unwrap_or(scenario.seed));
    data(format_args!("{} · seed {}\n", scenario.name, plan.seed));
    for phase in &plan.phases {
        show(phase, &scenario, arguments);
    }
    Exit::Held
}

fn show(phase: &PhasePlan, scenario: &Scenario, arguments: &PlanArguments) {
    let planned = phase.calls();
    data(format_args!("\n{}\n", told(phase, scenario)));
    let mut due = match &phase.schedule {
        Schedule::Open { due, .. } => Some(due.clone()),
        Schedule::Closed { .. } => None,
    };
    let mut cursor = phase.cursor();
    for number in 0..arguments.calls.min(planned.unwrap_or(u64::MAX)) {
        let template = cursor.pick(number);
        let at = due.as_mut().and_then(Iterator::next);
        let at = at.map_or_else(
            || "next".to_owned(),
            |at| format!("{:.6} s", at.as_secs_f64()),
        );
        let request = &scenario.requests[usize::from(template.0)];
        let call = phase.call(number, template);
        data(format_args!(
            "  {number:>6}  {at:>12}  {}  seed {:016x}\n",
            request.name, call.seed
        ));
        if arguments.bodies {
            let first = calls::conversation(request, call.seed).first();
            let body = String::from_utf8_lossy(&first.draft.body);
            data(format_args!(
                "          {} {}\n",
                first.draft.method, first.draft.path
            ));
            data(format_args!("          {body}\n"));
        }
    }
}

/// A phase in a line: how many calls, of whom, for how long, and when it begins.
fn told(phase: &PhasePlan, scenario: &Scenario) -> String {
    let length = render_duration(phase.length());
    let calls = phase.calls();
    let calls = calls.map_or_else(
        || "as many calls as fit".to_owned(),
        |n| format!("{n} calls"),
    );
    let mut told = match &phase.schedule {
        Schedule::Open { .. } => format!("{}: {calls}, in {length}", phase.name),
        Schedule::Closed { callers, .. } => {
            let most = match callers.most() {
                1 => "1 caller".to_owned(),
                most => format!("{most} callers"),
            };
            format!(
                "{}: {calls}, of at most {most}, in at most {length}",
                phase.name
            )
        }
    };
    let setting = &scenario.phases[usize::from(phase.index)];
    let beside = setting.start.with.map(|with| &scenario.phases[with].name);
    let delay = setting.start.delay;
    match (beside, delay.is_zero()) {
        (None, true) => {}
        (None, false) => told += &format!(", {} after what is before", render_duration(delay)),
        (Some(with), true) => told += &format!(", with {with}"),
        (Some(with), false) => {
            told += &format!(", {} after the start of {with}", render_duration(delay));
        }
    }
    if let Some(grace) = phase.graceful_stop {
        told += &format!(", cut off {} later", render_duration(grace));
    }
    told
}
