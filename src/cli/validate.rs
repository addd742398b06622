//! `validate`: reads and checks, sends nothing.

use std::path::PathBuf;

use clap::Args;

use super::load::load;
use super::output::talk;
use crate::exit::Exit;

/// Check scenarios; nothing is sent.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  spikeproof validate scenarios/smoke.yaml\n  \
                        spikeproof validate scenarios/*.yaml"
)]
pub(super) struct ValidateArguments {
    /// Scenario files
    #[arg(required = true)]
    scenarios: Vec<PathBuf>,
}

pub(super) fn validate(arguments: &ValidateArguments) -> Exit {
    let mut exit = Exit::Held;
    for path in &arguments.scenarios {
        match load(Some(path)) {
            Ok(scenario) => talk(format_args!(
                "{}: ok, {} requests, {} phases, {} thresholds",
                path.display(),
                scenario.requests.len(),
                scenario.phases.len(),
                scenario.thresholds.len()
            )),
            Err(failed) => exit = failed,
        }
    }
    exit
}
