//! Reading a scenario from the disk, or the built-in one.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use spikeproof_mock::{Contract, Engine, Fault, prices};

use super::environment::ProcessEnvironment;
use super::output::{error, talk};
use super::replica::{KEPT_IN_A_RUN, config};
use crate::exit::Exit;
use crate::rules::catalogue;
use crate::scenario::trace::{LONGEST_LINE, Trace, TraceFault, TraceReader, TraceSetting};
use crate::scenario::{
    Environment, Executor, Faults, KeySource, ReplicaSetting, Scenario, Source, Vocabulary,
};

/// What `run` does without an argument: the shipped file, as it was when this was built.
const SMOKE: &str = include_str!("../../scenarios/smoke.yaml");
const SMOKE_NAME: &str = "scenarios/smoke.yaml";

/// Bytes of a scenario; more is another kind of file, and would fill the memory first.
const LONGEST: u64 = 16 << 20;

/// Reads a file whole, but not one that is longer than anything of its kind can be.
pub(super) fn read_at_most(path: &Path, longest: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    // Of a file that says how long it is, nothing need be read to know.
    if file.metadata()?.len() > longest {
        return Err(too_long(longest));
    }
    read_from(file, longest)
}

/// The same of what does not say how long it is. In pieces, since one buffer that grows is moved
/// whenever it does, and then is there twice.
pub(super) fn read_from(mut source: impl Read, longest: u64) -> io::Result<Vec<u8>> {
    const PIECE: usize = 1 << 20;
    let (mut pieces, mut read) = (Vec::new(), 0);
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        let length = source.by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
        read += length as u64;
        if read > longest {
            return Err(too_long(longest));
        }
        if length == 0 {
            return Ok(pieces.concat());
        }
        pieces.push(piece);
    }
}

fn too_long(longest: u64) -> io::Error {
    let message = format!("it is longer than {longest} bytes");
    io::Error::new(io::ErrorKind::InvalidData, message)
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
    variables.extend(told_traces(&scenario));
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
    let mut scenario = scenario;
    traces(&mut scenario)?;
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

/// What traces hold, as further variables of a scenario: its shards must have replayed the same.
/// No variable of an environment has such a name.
pub(super) fn told_traces(scenario: &Scenario) -> impl Iterator<Item = (String, String)> {
    scenario.phases.iter().filter_map(|phase| {
        let Executor::Replay { trace, .. } = &phase.executor else {
            return None;
        };
        let name = format!("(trace of phase {})", phase.name);
        let (calls, rows) = (trace.calls(), trace.rows().len());
        let value = format!("{calls} calls, {rows} rows, {:016x}", trace.fingerprint());
        Some((name, value))
    })
}

/// Reads the traces that phases replay.
fn traces(scenario: &mut Scenario) -> Result<(), Exit> {
    let Scenario {
        phases, requests, ..
    } = scenario;
    for phase in phases {
        let Executor::Replay {
            setting,
            speed,
            trace,
            ..
        } = &mut phase.executor
        else {
            continue;
        };
        let read = read_trace(setting, *speed)?;
        let templates = phase.mix.iter().map(|(id, _)| &requests[usize::from(id.0)]);
        let unfit = templates.filter_map(|template| Some((template, template.no_session()?)));
        if let Some((template, why)) = unfit.into_iter().next().filter(|_| read.has_sessions()) {
            error(format_args!(
                "the trace `{}` has sessions, which request `{}` cannot be: {why}",
                setting.path, template.name
            ));
            return Err(Exit::Usage);
        }
        *trace = Arc::new(read);
    }
    Ok(())
}

/// Line by line: a trace may be longer than the part that is replayed, and than the memory.
fn read_trace(setting: &TraceSetting, speed: f64) -> Result<Trace, Exit> {
    let path = &setting.path;
    let unreadable = |why: io::Error| {
        error(format_args!("cannot read the trace `{path}`: {why}"));
        Exit::Usage
    };
    let wrong = |fault: TraceFault| {
        talk(fault.diagnostic(path).render(false).trim_end());
        Exit::Usage
    };
    let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
    let mut reader = TraceReader::new(setting, speed);
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut part = file.by_ref().take(LONGEST_LINE as u64 + 1);
        if part.read_until(b'\n', &mut line).map_err(unreadable)? == 0 {
            break;
        }
        if line.len() > LONGEST_LINE {
            let message = format!("a line is longer than {LONGEST_LINE} bytes");
            return Err(unreadable(io::Error::new(
                io::ErrorKind::InvalidData,
                message,
            )));
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        if !reader.line(&line).map_err(wrong)? {
            break;
        }
    }
    reader.finish().map_err(wrong)
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
