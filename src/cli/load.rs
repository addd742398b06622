//! Reading a scenario from the disk, or the built-in one.

use std::path::Path;

use spikeproof_mock::Fault;

use super::environment::ProcessEnvironment;
use super::output::{error, talk};
use crate::exit::Exit;
use crate::scenario::{Scenario, Source, Vocabulary};

/// What `run` does without an argument: the shipped file, as it was when this was built.
const SMOKE: &str = include_str!("../../scenarios/smoke.yaml");
const SMOKE_NAME: &str = "scenarios/smoke.yaml";

/// `None`: the built-in scenario. What is wrong has been said when this fails.
pub(super) fn load(path: Option<&Path>) -> Result<Scenario, Exit> {
    let source = match path {
        None => Source::new(SMOKE_NAME, SMOKE),
        Some(path) => {
            let text = std::fs::read(path).map_err(|why| {
                error(format_args!("cannot read `{}`: {why}", path.display()));
                Exit::Usage
            })?;
            let text = String::from_utf8(text).map_err(|_| {
                error(format_args!("`{}` is not UTF-8 text", path.display()));
                Exit::Usage
            })?;
            Source::new(path.display().to_string(), text)
        }
    };
    let faults: Vec<_> = Fault::all().map(|fault| fault.name()).collect();
    let vocabulary = Vocabulary { faults: &faults };
    Scenario::parse(&source, &ProcessEnvironment, &vocabulary).map_err(|faults| {
        talk(faults.render(false).trim_end());
        Exit::Usage
    })
}
