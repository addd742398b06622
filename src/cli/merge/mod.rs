//! `merge`: the shards of one run put together, and concluded as one.

mod tables;

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use clap::Args;

use super::load::{read_scenario, told_traces};
use super::output::{error, talk};
use super::run::conclusion::{audit, concluded, shown, target_name, terms};
use super::run::results::{Scratch, folder, scratch};
use super::run::{add_reading_requests, prices};
use crate::billing::Entries;
use crate::doubt::Doubt;
use crate::exit::Exit;
use crate::report::{Ending, Frame, ShardRow, Shards, Totals, lateness, utc};
use crate::scenario::{Scenario, Source, Target};
use crate::shard::{self, Header, Order, ShardFile, Together, put_together};
use crate::threshold::Threshold;

/// Put the shards of one run together: figures, findings, thresholds and the audit of all of it.
#[derive(Debug, Args)]
#[command(after_help = "\
Every shard is a run with --shard, made by one version from one scenario with one seed and target.
The order of the folders does not matter.

Example:
  spikeproof merge reports/shard-* --out reports/all")]
pub(super) struct MergeArguments {
    /// Results folders of the shards
    #[arg(required = true)]
    folders: Vec<PathBuf>,
    /// Folder for the results [default: reports/NAME-TIME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Merge though shards are missing; the verdict is then inconclusive at best
    #[arg(long)]
    incomplete: bool,
    /// How far the clocks of different machines may be apart
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = parse_duration)]
    clock_error: Duration,
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    crate::units::parse_duration(text).map_err(|why| why.to_string())
}

pub(super) fn merge(arguments: &MergeArguments) -> Exit {
    match merged(arguments) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn merged(arguments: &MergeArguments) -> Result<Exit, Exit> {
    // The folder of the results is not made before the shards are known to be of one run. One that
    // can be read and no more leaves all in memory.
    let first = arguments.folders.first();
    let room = first.and_then(|folder| scratch(folder).ok());
    let mut named = Vec::new();
    for path in &arguments.folders {
        named.push((path.display().to_string(), read(path, room.as_ref())?));
    }
    let mut folders: Vec<_> = arguments.folders.iter().zip(&named).collect();
    folders.sort_by_key(|(_, (_, file))| file.header.shard);
    let folders: Vec<PathBuf> = folders.into_iter().map(|(path, _)| path.clone()).collect();
    let order = Order {
        incomplete: arguments.incomplete,
        clock_error: arguments.clock_error,
    };
    let together = put_together(named, order).map_err(|complaint| {
        error(&complaint.message);
        talk(format_args!("  = help: {}", complaint.help));
        Exit::Usage
    })?;
    let mut scenario = scenario(&together.headers[0])?;
    let prices = prices(&scenario)?;
    // The same that each shard has added, so that the numbers of requests are the same.
    add_reading_requests(&mut scenario);
    let out = folder(&scenario.name, arguments.out.as_deref())?;
    let scenario = Arc::new(scenario);
    let epoch = UNIX_EPOCH + together.started;
    let terms = terms(&scenario, prices.as_ref(), epoch);
    let audit = audit(terms, &out).of_shares(&together.shares);
    let audit = audit.map_err(|why| {
        error(&why);
        Exit::Inconclusive
    })?;
    let (totals, own) = totals(&scenario, &together);
    let written = tables::write(&out, &folders, &together, &scenario);
    let (mut frame, shards) = frame(&scenario, &together, own);
    frame.unwritten = frame.unwritten.or(written.err());
    let (report, exit) = concluded(&out, &totals, audit, frame, &shards);
    Ok(shown(&out, report, exit))
}

/// What a shard has left. `room`: for its entries.
fn read(folder: &Path, room: Option<&Scratch>) -> Result<ShardFile, Exit> {
    let path = folder.join(shard::FILE);
    let file = File::open(&path).map_err(|why| {
        error(format_args!("cannot read `{}`: {why}", path.display()));
        talk("  = help: a run with --shard writes it when it ends; name the folder of such a run");
        Exit::Usage
    })?;
    let entries = match room {
        Some(room) => Entries::kept_in(Box::new(room.clone())),
        None => Entries::default(),
    };
    shard::read(BufReader::new(file), entries).map_err(|why| {
        error(format_args!("cannot use `{}`: {why}", path.display()));
        Exit::Usage
    })
}

/// The scenario as the shards read it.
fn scenario(header: &Header) -> Result<Scenario, Exit> {
    let source = Source::new(header.file.clone(), header.text.clone());
    let environment: HashMap<_, _> = header.variables.clone().into_iter().collect();
    let mut scenario = read_scenario(&source, &environment)?;
    scenario.seed = header.frame.seed;
    for (name, value) in told_traces(&scenario) {
        if header.variables.get(&name) != Some(&value) {
            error(format_args!(
                "{name} is not what the shards have replayed: the file is another one now"
            ));
            talk("  = help: put the trace back as it was, at the path that the scenario names");
            return Err(Exit::Usage);
        }
    }
    if let Ok(target) = Target::parse(&header.frame.target) {
        scenario.target = target;
    }
    let further = header.overrides.thresholds.iter();
    let further = further.filter_map(|text| Threshold::parse(text, 0).ok());
    scenario.thresholds.extend(further);
    Ok(scenario)
}

/// The sums of all, and what of single shards is to be doubted.
fn totals(scenario: &Arc<Scenario>, together: &Together) -> (Totals, Vec<Doubt>) {
    let mut all = Totals::new(Arc::clone(scenario));
    let mut doubts = Vec::new();
    for sums in &together.sums {
        let mut one = Totals::new(Arc::clone(scenario));
        one.add(sums.clone());
        doubts.extend(lateness(&one));
        all.add(sums.clone());
    }
    (all, doubts)
}

fn frame(scenario: &Scenario, together: &Together, doubts: Vec<Doubt>) -> (Frame, Shards) {
    let headers = &together.headers;
    let rows = headers.iter().map(|header| ShardRow {
        shard: header.shard.to_string(),
        started: utc(header.frame.started),
        duration_s: header.frame.duration.as_secs_f64(),
        workers: header.frame.workers,
    });
    let jumps = headers.iter();
    let jump = jumps.map(|header| header.frame.duration.abs_diff(header.frame.wall_duration));
    let mut notes: Vec<String> = Vec::new();
    for note in headers.iter().flat_map(|header| &header.frame.notes) {
        if !notes.contains(note) {
            notes.push(note.clone());
        }
    }
    if !together.error.is_zero() {
        notes.push(format!(
            "the shards ran on different machines, whose clocks are taken to agree to within {:?}",
            together.error
        ));
    }
    let endings = headers.iter().map(|header| header.frame.ending);
    let ending = endings.max_by_key(|ending| match ending {
        Ending::Done => 0,
        Ending::BudgetUsedUp { .. } => 1,
        Ending::Terminated => 2,
        Ending::Interrupted => 3,
    });
    let unwritten = headers
        .iter()
        .find_map(|header| header.frame.unwritten.clone());
    let frame = Frame {
        seed: scenario.seed,
        target: target_name(&scenario.target),
        started: UNIX_EPOCH + together.started,
        duration: together.duration,
        wall_duration: together.duration + jump.max().unwrap_or_default(),
        workers: headers.iter().map(|header| header.frame.workers).sum(),
        ending: ending.unwrap_or(Ending::Done),
        notes,
        unwritten,
        recording: together.recording(),
        connections: together.connections(),
        cpu: headers.iter().map(|header| header.frame.cpu).sum(),
    };
    let shards = Shards::Merged {
        rows: rows.collect(),
        missing: together.missing.len(),
        apart: together.apart,
        doubts,
    };
    (frame, shards)
}
