//! `run`: the main job, start to end.

mod audit;
pub(super) mod conclusion;
mod gathering;
mod limits;
mod progress;
pub(super) mod results;
mod scratch;
pub(super) mod session;
mod sharing;
pub(super) mod target;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use clap::Args;

pub(super) use audit::add_reading_requests;

use super::environment::ProcessEnvironment;
use super::load::{Loaded, load_all};
use super::output::{error, talk};
use crate::billing::Prices;
use crate::exit::Exit;
use crate::recording::SAMPLE;
use crate::scenario::{Executor, HttpVersion, Scenario, Source, Target};
use crate::shard::{Overrides, Shard};
use crate::suggest::nearest;
use crate::threshold::Threshold;
use crate::wire::http::Network;
use sharing::ShardRun;

/// Run a scenario; without one, the smoke scenario against the bundled replica.
#[derive(Debug, Args)]
#[command(after_help = "\
The key is read from the environment (BYTESPIKE_API_KEY, or the variable that --key-env names), from
the file that --key-file names, or from where the scenario's `key` points. It is in no output.
A target that is not on this machine needs a budget: `budget: { requests: N }` in the scenario, or
--max-requests.

Examples:
  spikeproof run
  spikeproof run scenarios/text.yaml --seed 7 --out reports/text
  BYTESPIKE_API_KEY=… spikeproof run my.yaml --target https://gateway.example --max-requests 200")]
pub(super) struct RunArguments {
    /// Scenario file [default: the smoke scenario]
    scenario: Option<PathBuf>,
    /// `replica`, or a base URL such as http://127.0.0.1:8080, instead of the scenario's
    #[arg(long, env = "SPIKEPROOF_TARGET", value_parser = parse_target)]
    target: Option<Target>,
    /// Environment variable that holds the key
    #[arg(long, value_name = "NAME", conflicts_with = "key_file")]
    key_env: Option<String>,
    /// File whose first line is the key
    #[arg(long, value_name = "PATH")]
    key_file: Option<PathBuf>,
    /// Seed instead of the scenario's
    #[arg(long)]
    seed: Option<u64>,
    /// Folder for the results [default: reports/NAME-TIME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Requests that may be sent at most, the audit's own included
    #[arg(long, value_name = "N")]
    max_requests: Option<u64>,
    /// A further threshold, such as 'ttft.p99 < 800ms' (repeatable)
    #[arg(long = "threshold", value_name = "LIMIT", value_parser = parse_threshold)]
    thresholds: Vec<Threshold>,
    /// A further replica fault: NAME or NAME=PROBABILITY (repeatable)
    #[arg(long = "fault", value_name = "NAME[=P]", value_parser = parse_fault)]
    faults: Vec<(String, f64)>,
    /// Threads that send [default: one fewer than processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: Option<u16>,
    /// Address of this machine that connections come from, in turns where there are several
    /// (repeatable); each allows some 28,000 connections to the target
    #[arg(long, value_name = "IP")]
    source_address: Vec<IpAddr>,
    /// HTTP/2 from the first byte, without TLS too, as with `http: http2` in the scenario
    #[arg(long)]
    http2: bool,
    /// Exchanges without a finding that are recorded, of each request, step and status; those with
    /// findings are recorded anyway
    #[arg(long, value_name = "N", default_value_t = SAMPLE)]
    record_sample: u32,
    /// Make the calls of one shard of the run only: 0/4 is the first of four; `auto` and `auto/4`
    /// ask the environment (Kubernetes Indexed Jobs, Slurm, MPI). `spikeproof merge` concludes
    #[arg(long, value_name = "I/N", value_parser = parse_shard)]
    shard: Option<Shard>,
    /// Begin the load at this instant, such as 2026-05-26T06:40:00Z
    #[arg(long, value_name = "TIME", value_parser = parse_instant)]
    start_at: Option<SystemTime>,
    /// No progress display
    #[arg(short, long)]
    quiet: bool,
}

pub(super) fn parse_target(text: &str) -> Result<Target, String> {
    Target::parse(text).map_err(|why| why.to_string())
}

fn parse_threshold(text: &str) -> Result<Threshold, String> {
    Threshold::parse(text, 0).map_err(|why| match &why.help {
        Some(help) => format!("{why}; {help}"),
        None => why.to_string(),
    })
}

fn parse_shard(text: &str) -> Result<Shard, String> {
    Shard::parse(text, &ProcessEnvironment)
}

fn parse_instant(text: &str) -> Result<SystemTime, String> {
    let instant: jiff::Timestamp = text.parse().map_err(|_| {
        format!("`{text}` is no instant; write it like 2026-05-26T06:40:00Z, with its zone")
    })?;
    Ok(instant.into())
}

fn parse_fault(text: &str) -> Result<(String, f64), String> {
    let setting = super::replica::fault(text)?;
    Ok((setting.fault.name().to_owned(), setting.probability))
}

pub(super) fn run(arguments: &RunArguments) -> Exit {
    let quiet = arguments.quiet;
    match prepared(arguments) {
        Ok(prepared) => carried_out(prepared, quiet),
        Err(exit) => exit,
    }
}

/// Everything that can be wrong before anything is sent.
fn prepared(arguments: &RunArguments) -> Result<session::Prepared, Exit> {
    let Loaded {
        mut scenario,
        source,
        variables,
    } = load_all(arguments.scenario.as_deref())?;
    overridden(&mut scenario, arguments)?;
    let shard = shard_run(arguments, &scenario, source, variables)?;
    soon(arguments.start_at)?;
    let workers = arguments
        .workers
        .map_or_else(crate::drive::default_workers, usize::from);
    let sources = &scenario.source_addresses;
    if let Some((source, why)) = limits::not_of_this_machine(sources) {
        error(format_args!(
            "{source} is no address of this machine that connections can come from: {why}"
        ));
        talk("  = help: `ip address` lists those that it has; 127.0.0.2 and the like always work");
        return Err(Exit::Usage);
    }
    // Before the replica starts, which takes descriptors too.
    let missing = limits::make_room(&scenario, workers, sources.len());
    for missing in &missing {
        talk(format_args!("note: {missing}"));
    }
    if scenario.http == HttpVersion::Two && scenario.target == Target::Replica {
        error("the bundled replica speaks HTTP/1.1 only, and this run HTTP/2");
        talk("  = help: name another target with --target, or leave `http: http2` or --http2 out");
        return Err(Exit::Usage);
    }
    let mut target = target::resolve(&scenario, arguments)?;
    target.notes.extend(missing);
    let folder = results::folder(&scenario.name, arguments.out.as_deref())?;
    let prices = prices(&scenario)?;
    let seed = scenario.seed;
    let network = Network {
        http: scenario.http,
        sources: scenario.source_addresses.clone(),
        ..Network::default()
    };
    let books = add_reading_requests(&mut scenario);
    Ok(session::Prepared {
        scenario: Arc::new(scenario),
        books,
        target,
        folder,
        seed,
        workers,
        sample: arguments.record_sample,
        network,
        prices,
        shard,
        start_at: arguments.start_at,
    })
}

/// The longest that a load is waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// Whether the instant is still to come, and soon enough to be meant.
fn soon(start_at: Option<SystemTime>) -> Result<(), Exit> {
    let Some(instant) = start_at else {
        return Ok(());
    };
    let now = session::now();
    let why = match instant.duration_since(now) {
        Err(past) => format!("{:.1} s ago", past.duration().as_secs_f64()),
        Ok(left) if left > LONGEST_WAIT => format!("{} h from now", left.as_secs() / 3600),
        Ok(_) => return Ok(()),
    };
    error(format_args!("--start-at names an instant that is {why}"));
    talk("  = help: name one within the next 24 hours, the same for every shard");
    Err(Exit::Usage)
}

/// What makes this run one of several. What is wrong has been said when this fails.
fn shard_run(
    arguments: &RunArguments,
    scenario: &Scenario,
    source: Source,
    variables: BTreeMap<String, String>,
) -> Result<Option<ShardRun>, Exit> {
    let Some(shard) = arguments.shard else {
        return Ok(None);
    };
    if scenario.target == Target::Replica {
        error("--shard needs a target that all shards share, and each has a replica of its own");
        talk("  = help: start `spikeproof replica`, and name it with --target");
        return Err(Exit::Usage);
    }
    let too_few = scenario.phases.iter().find(|phase| match phase.executor {
        Executor::SharedIterations { vus, .. } => vus < shard.of,
        Executor::ConstantVus { .. }
        | Executor::RampingVus { .. }
        | Executor::PerVuIterations { .. }
        | Executor::ConstantArrivalRate { .. }
        | Executor::RampingArrivalRate { .. }
        | Executor::Replay { .. } => false,
    });
    if let Some(phase) = too_few {
        error(format_args!(
            "phase `{}` has fewer callers than there are shards ({}), and each shares out its own \
             part of the iterations",
            phase.name, shard.of
        ));
        talk("  = help: give it as many `vus` as there are shards, or use fewer shards");
        return Err(Exit::Usage);
    }
    let thresholds = arguments.thresholds.iter();
    let overrides = Overrides {
        thresholds: thresholds.map(|limit| limit.text.clone()).collect(),
    };
    Ok(Some(ShardRun {
        shard,
        file: source.name,
        text: source.text,
        variables,
        overrides,
    }))
}

/// The longest price list that is read.
const LONGEST_PRICES: u64 = 1 << 20;

/// The price list that the scenario names.
pub(super) fn prices(scenario: &Scenario) -> Result<Option<Prices>, Exit> {
    let Some(path) = &scenario.billing.prices else {
        return Ok(None);
    };
    let text = super::load::read_at_most(Path::new(path), LONGEST_PRICES)
        .map_err(|why| why.to_string())
        .and_then(|bytes| String::from_utf8(bytes).map_err(|why| why.to_string()));
    match text.and_then(|text| Prices::parse(&text)) {
        Ok(prices) => Ok(Some(prices)),
        Err(why) => {
            error(format_args!("cannot read the prices of `{path}`: {why}"));
            Err(Exit::Usage)
        }
    }
}

fn overridden(scenario: &mut Scenario, arguments: &RunArguments) -> Result<(), Exit> {
    if let Some(target) = &arguments.target {
        scenario.target = target.clone();
    }
    if let Some(seed) = arguments.seed {
        scenario.seed = seed;
    }
    if arguments.http2 {
        scenario.http = HttpVersion::Two;
    }
    if !arguments.source_address.is_empty() {
        scenario
            .source_addresses
            .clone_from(&arguments.source_address);
    }
    scenario
        .replica
        .faults
        .extend(arguments.faults.iter().cloned());
    for threshold in &arguments.thresholds {
        let requests = scenario.requests.iter().map(|request| &*request.name);
        let phases = scenario.phases.iter().map(|phase| &*phase.name);
        is_there("request", threshold.request.as_deref(), requests)?;
        is_there("phase", threshold.phase.as_deref(), phases)?;
        scenario.thresholds.push(threshold.clone());
    }
    Ok(())
}

/// Whether what a `--threshold` names is in the scenario.
fn is_there<'a>(
    what: &str,
    name: Option<&str>,
    mut known: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), Exit> {
    let Some(name) = name.filter(|name| !known.clone().any(|known| known == *name)) else {
        return Ok(());
    };
    error(format_args!(
        "--threshold names the {what} `{name}`, which does not exist"
    ));
    if let Some(near) = nearest(name, known.by_ref()) {
        talk(format_args!("  = help: did you mean `{near}`?"));
    }
    Err(Exit::Usage)
}

fn carried_out(prepared: session::Prepared, quiet: bool) -> Exit {
    let folder = prepared.folder.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let local = tokio::task::LocalSet::new();
    let outcome = match runtime {
        Ok(runtime) => local.block_on(&runtime, session::run(prepared, quiet)),
        Err(why) => {
            error(format_args!("cannot start: {why}"));
            return Exit::Bug;
        }
    };
    match outcome {
        Ok((report, exit)) => conclusion::shown(&folder, report, exit),
        Err(exit) => exit,
    }
}
