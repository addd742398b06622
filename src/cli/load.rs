//! Reading a scenario from the disk, or the built-in one.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use spikeproof_mock::{Contract, Engine, Fault, prices};

use super::environment::ProcessEnvironment;
use super::output::{error, talk};
use super::replica::{KEPT_IN_A_RUN, config};
use crate::exit::Exit;
use crate::rules::catalogue;
use crate::scenario::{
    Environment, Faults, KeySource, ReplicaSetting, Scenario, Source, Vocabulary,
};

/// What `run` does without an argument: the shipped file, as it was when this was built.
const SMOKE: &str = include_str!("../../scenarios/smoke.yaml");
const SMOKE_NAME: &str = "scenarios/smoke.yaml";

/// Bytes of a scenario; more is another kind of file, and would fill the memory first.
const LONGEST: u64 = 16 << 20;

/// Reads a file whole, but not one that is longer than anything of its kind can be.
pub(super) fn read_at_most(path: &Path, longest: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = File::open(path)?.take(longest + 1);
    file.read_to_end(&mut bytes)?;
    if bytes.len() as u64 > longest {
        let message = format!("it is longer than {longest} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    Ok(bytes)
}

/// A scenario, its text, and what it took from the environment.
pub(super) struct Loaded {
    pub(super) scenario: Scenario,
    pub(super) source: Source,
    /// Those that were set. Of a key there is a word in its place.
    pub(super) variables: BTreeMap<String, String>,
}

/// What stands for a key where a scenario's variables are written down.
const A_KEY: &str = "the-key-is-not-kept";

/// `None`: the built-in scenario. What is wrong has been said when this fails.
pub(super) fn load(path: Option<&Path>) -> Result<Scenario, Exit> {
    load_all(path).map(|loaded| loaded.scenario)
}

/// The same, with all that a reader elsewhere needs to read it again.
pub(super) fn load_all(path: Option<&Path>) -> Result<Loaded, Exit> {
    let source = match path {
        None => Source::new(SMOKE_NAME, SMOKE),
        Some(path) => read_source(path)?,
    };
    let environment = Noting::default();
    let scenario = read_scenario(&source, &environment)?;
    let mut variables = environment.0.into_inner();
    let further = scenario.keys.iter().map(|key| &key.source);
    for source in scenario.key.iter().chain(further) {
        if let KeySource::Variable { name, .. } = source
            && let Some(value) = variables.get_mut(name)
        {
            A_KEY.clone_into(value);
        }
    }
    Ok(Loaded {
        scenario,
        source,
        variables,
    })
}

/// The process's environment, and what was asked of it.
#[derive(Default)]
struct Noting(RefCell<BTreeMap<String, String>>);

impl Environment for Noting {
    fn variable(&self, name: &str) -> Option<String> {
        let value = ProcessEnvironment.variable(name)?;
        self.0.borrow_mut().insert(name.to_owned(), value.clone());
        Some(value)
    }
}

/// A scenario from its text. What is wrong has been said when this fails.
pub(super) fn read_scenario(
    source: &Source,
    environment: &dyn Environment,
) -> Result<Scenario, Exit> {
    let scenario = told(with_vocabulary(|vocabulary| {
        Scenario::parse(source, environment, vocabulary)
    }))?;
    // Keys and groups make sense together or not at all, which the replica knows best.
    let config = config(&scenario.replica, scenario.seed, KEPT_IN_A_RUN);
    match Engine::checked(config) {
        Ok(_) => Ok(scenario),
        Err(why) => {
            error(format_args!("{}: in `replica`: {why}", source.name));
            Err(Exit::Usage)
        }
    }
}

/// Settings of the replica in a text of their own. What is wrong has been said when this fails.
pub(super) fn replica_setting(source: &Source) -> Result<ReplicaSetting, Exit> {
    told(with_vocabulary(|vocabulary| {
        ReplicaSetting::parse(source, &ProcessEnvironment, vocabulary)
    }))
}

/// A YAML file as text.
pub(super) fn read_source(path: &Path) -> Result<Source, Exit> {
    let text = read_at_most(path, LONGEST).map_err(|why| {
        error(format_args!("cannot read `{}`: {why}", path.display()));
        Exit::Usage
    })?;
    let text = String::from_utf8(text).map_err(|_| {
        error(format_args!("`{}` is not UTF-8 text", path.display()));
        Exit::Usage
    })?;
    Ok(Source::new(path.display().to_string(), text))
}

/// What the replica has names for.
fn with_vocabulary<T>(read: impl FnOnce(&Vocabulary<'_>) -> T) -> T {
    let faults: Vec<_> = Fault::all().map(|fault| fault.name()).collect();
    let switches = Contract::switches();
    let switches: Vec<_> = switches
        .iter()
        .map(|switch| (switch.id, switch.readings.as_slice()))
        .collect();
    let priced: Vec<_> = prices::listed().map(|(slug, _)| slug).collect();
    let rules: Vec<_> = catalogue::all().map(|rule| rule.id).collect();
    read(&Vocabulary {
        faults: &faults,
        edit: Some(|text| Fault::edit(text).map(drop)),
        switches: &switches,
        models: &spikeproof_mock::model_names(),
        priced: &priced,
        rules: &rules,
    })
}

fn told<T>(read: Result<T, Faults>) -> Result<T, Exit> {
    read.map_err(|faults| {
        talk(faults.render(false).trim_end());
        Exit::Usage
    })
}
