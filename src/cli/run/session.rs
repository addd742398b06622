//! The run itself: preflight, baseline, load, settling, probes, report.

use std::cell::Cell;
use std::fs::File;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

use super::audit::{Auditor, ReadingRequests, reads_books};
use super::conclusion::{self, target_name, terms};
use super::gathering::{Gathering, Preflight};
use super::progress::Progress;
use super::results::Folder;
use super::sharing::ShardRun;

use super::target::Resolved;
use crate::billing::{Moments, Prices};
use crate::cli::output::{error, talk};
use crate::cli::signals::{Signals, StopSignal};
use crate::drive::{self, Allowance, Caller, Event, Keeping, Settings, Stop};
use crate::exit::Exit;
use crate::judge::Standard;
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::recording::{self, Budget};
use crate::report::{Ending, Frame, LatencyLog, Report, RequestTable, Shards, Totals, utc};
use crate::scenario::{HttpVersion, MAIN_KEY, Scenario, Target};
use crate::shard::Shard;
use crate::wire::http::{ClientError, Clock, Network};

/// How long calls in flight may still take once the run has been told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// Checked, and nothing sent yet.
pub(super) struct Prepared {
    pub(super) scenario: Arc<Scenario>,
    pub(super) books: ReadingRequests,
    pub(super) target: Resolved,
    pub(super) folder: Folder,
    pub(super) seed: u64,
    pub(super) workers: usize,
    /// Exchanges without a finding that are recorded, of each request, step and status.
    pub(super) sample: u32,
    pub(super) network: Network,
    /// The target's own price list, where the scenario gives one.
    pub(super) prices: Option<Prices>,
    /// `None`: all of the run is made here.
    pub(super) shard: Option<ShardRun>,
    /// The load does not begin before.
    pub(super) start_at: Option<SystemTime>,
}

pub(in crate::cli) const RECORDING: &str = "recording.jsonl";

pub(super) async fn run(prepared: Prepared, quiet: bool) -> Result<(Report, Exit), Exit> {
    let clock = Clock::start();
    let allowance = Allowance::new(prepared.target.max_requests);
    let settings = settings(&prepared, clock, &allowance);
    let (stop, stopped) = watch::channel(Stop::Go);
    let caller = Caller::new(&settings, &stopped).map_err(|why| {
        error(&why);
        not_started(&why)
    })?;
    let mut gathering = gathering(&prepared, clock, quiet)?;
    let seen = Rc::new(Cell::new(None));
    let signals = tokio::task::spawn_local(watch_signals(stop, Rc::clone(&seen)));
    let scenario = Arc::clone(&prepared.scenario);
    let mut auditor = Auditor::new(&scenario, &caller, prepared.books, prepared.seed);
    if let Err(exit) = preflight(&mut auditor, &mut gathering, &prepared).await {
        let files = ["requests.csv", "latency.hlog", RECORDING];
        prepared.folder.discard(&files);
        return Err(exit);
    }
    baseline(&mut auditor, &mut gathering).await;
    let mut moments = Moments {
        baseline: Some(clock.now()),
        ..Moments::default()
    };
    let state = stopped.clone();
    begin(&prepared, stopped.clone(), &mut gathering).await;
    moments.begun = Some(clock.now());
    load(&prepared, settings, stopped, &mut gathering).await?;
    moments.ended = Some(clock.now());
    if *state.borrow() == Stop::Go && !allowance.is_used_up() {
        let probes = prepared.shard.as_ref().is_none_or(ShardRun::probes);
        settle(&mut auditor, &mut gathering, probes, &mut moments).await;
    }
    signals.abort();
    gathering.progress.finish();
    let ending = match seen.get() {
        Some(StopSignal::Interrupt) => Ending::Interrupted,
        Some(StopSignal::Terminate) => Ending::Terminated,
        None if allowance.is_used_up() => Ending::BudgetUsedUp {
            requests: prepared.target.max_requests.unwrap_or_default(),
        },
        None => Ending::Done,
    };
    Ok(concluded(&prepared, gathering, ending, moments))
}

/// What drives the load, the audit's own requests included.
fn settings(prepared: &Prepared, clock: Clock, allowance: &Arc<Allowance>) -> Settings {
    Settings {
        base: prepared.target.base.clone(),
        keys: prepared.target.keys.clone(),
        clock,
        workers: prepared.workers,
        allowance: Arc::clone(allowance),
        recording: Some(Keeping {
            budget: Budget::new(),
            sample: prepared.sample,
        }),
        standard: Standard::of(&prepared.scenario.conformance),
        shard: prepared
            .shard
            .as_ref()
            .map_or(Shard::WHOLE, |run| run.shard),
        network: prepared.network.clone(),
    }
}

fn gathering(prepared: &Prepared, clock: Clock, quiet: bool) -> Result<Gathering, Exit> {
    Ok(Gathering {
        scenario: Arc::clone(&prepared.scenario),
        clock,
        totals: Totals::new(Arc::clone(&prepared.scenario)),
        audit: conclusion::audit(
            terms(&prepared.scenario, prepared.prices.as_ref(), clock.wall()),
            &prepared.folder,
        ),
        table: RequestTable::new(prepared.folder.create("requests.csv")?),
        log: LatencyLog::new(prepared.folder.create("latency.hlog")?, clock.wall()),
        recording: recording(prepared, clock)?,
        folder: prepared.folder.clone(),
        progress: Progress::new(quiet),
        flushed: 0,
        preflight: None,
    })
}

/// The recording, begun. The bundled replica is gone when the run is, so its address means nothing.
fn recording(prepared: &Prepared, clock: Clock) -> Result<recording::Writer<File>, Exit> {
    let file = prepared.folder.lines(RECORDING)?;
    let header = recording::Header {
        recording: recording::SCHEMA.to_owned(),
        spikeproof: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: prepared.scenario.name.clone(),
        seed: prepared.seed,
        target: target_name(&prepared.scenario.target),
        started: utc(clock.wall()),
        conformance: prepared.scenario.conformance.clone(),
    };
    let base = match &prepared.scenario.target {
        Target::Replica => None,
        Target::Url(base) => Some(base.clone()),
    };
    let sample = prepared.sample;
    let writer = recording::Writer::new(file, RECORDING, &header, base, sample);
    Ok(writer.with_keys(prepared.target.places.clone()))
}

/// The first signal starts no more calls, and after a grace ends those in flight; the second ends
/// them at once. Either way the results are written.
async fn watch_signals(stop: watch::Sender<Stop>, seen: Rc<Cell<Option<StopSignal>>>) {
    let mut signals = Signals::new();
    seen.set(Some(signals.next().await));
    talk("stopping: no more calls are started; once more ends those in flight");
    let _ = stop.send(Stop::Wind);
    tokio::select! {
        _ = signals.next() => {}
        () = tokio::time::sleep(GRACE) => {}
    }
    let _ = stop.send(Stop::Abort);
    // Further signals must not kill the run while it writes.
    loop {
        signals.next().await;
    }
}

/// One free request, so that a target that cannot be used is told in one line and at once.
async fn preflight(
    auditor: &mut Auditor<'_>,
    gathering: &mut Gathering,
    prepared: &Prepared,
) -> Result<(), Exit> {
    gathering.progress.doing("preflight");
    let names: Vec<String> = auditor.scenario.key_names().map(str::to_owned).collect();
    for (name, key) in names.iter().zip(0..) {
        if auditor.scenario.is_barred(key) {
            continue;
        }
        let models = auditor.requests.models;
        auditor.call_with(key, models, gathering, &mut |_| {}).await;
        let which = (names.len() > 1).then_some(name.as_str());
        usable(gathering, prepared, which)?;
    }
    Ok(())
}

/// What the preflight's last answer says. `key`: the name of its key, where there are several.
fn usable(gathering: &mut Gathering, prepared: &Prepared, key: Option<&str>) -> Result<(), Exit> {
    let Some(Preflight {
        outcome,
        status,
        failure,
    }) = gathering.preflight.take()
    else {
        return Ok(());
    };
    let unusable = match (outcome, status) {
        (Outcome::ConnectFailed | Outcome::Broken | Outcome::TimedOut, _) => failure,
        (_, Some(status @ (401 | 403))) if key.is_some_and(|key| key != MAIN_KEY) => format!(
            "it refused the key `{}` (status {status}), which comes from the scenario's `keys`",
            key.unwrap_or_default()
        ),
        (_, Some(status @ (401 | 403))) => format!(
            "it refused the key (status {status}); the key comes from --key-env, --key-file, the \
             scenario's `key` or BYTESPIKE_API_KEY, in this order"
        ),
        (_, Some(status @ 500..)) => format!("its model list answers with status {status}"),
        _ => return Ok(()),
    };
    gathering.progress.finish();
    let base = &prepared.target.base;
    error(format_args!("the target {base} cannot be used: {unusable}"));
    if unusable.contains("certificate") {
        talk("  = help: SSL_CERT_FILE names a file of further authorities to trust");
    } else if outcome == Outcome::Broken && prepared.network.http == HttpVersion::Two {
        talk("  = help: HTTP/2 was spoken from the first byte, which it may not understand");
    }
    Err(Exit::Target)
}

async fn baseline(auditor: &mut Auditor<'_>, gathering: &mut Gathering) {
    if !reads_books(auditor.scenario) || auditor.caller.is_stopped() {
        return;
    }
    gathering.progress.doing("reading the books");
    auditor.baseline(gathering).await;
}

/// Waits for the instant that was agreed on, if one was.
async fn begin(prepared: &Prepared, mut stop: watch::Receiver<Stop>, gathering: &mut Gathering) {
    let Some(left) = prepared.start_at.and_then(until) else {
        return;
    };
    gathering.progress.doing("waiting for the start");
    tokio::select! {
        () = tokio::time::sleep(left) => {}
        _ = stop.wait_for(|stop| *stop != Stop::Go) => {}
    }
}

/// The machine lacks something; neither the program nor the target is to blame.
fn not_started(why: &ClientError) -> Exit {
    match why {
        ClientError::Worker(_) | ClientError::Build(_) => Exit::Inconclusive,
    }
}

/// The scenario's phases.
async fn load(
    prepared: &Prepared,
    settings: Settings,
    stopped: watch::Receiver<Stop>,
    gathering: &mut Gathering,
) -> Result<(), Exit> {
    let plan = Plan::new(&prepared.scenario, prepared.seed);
    let (mouth, mut events) = drive::channel();
    let scenario = Arc::clone(&prepared.scenario);
    let run = drive::Run::start(plan, scenario, settings, stopped, mouth).map_err(|why| {
        error(&why);
        not_started(&why)
    })?;
    while let Some(batch) = events.recv().await {
        for event in batch {
            gathering.take(event);
        }
    }
    if !run.join() {
        gathering.take(Event::Panicked);
    }
    Ok(())
}

/// Waits for the charges to be applied, then probes.
async fn settle(
    auditor: &mut Auditor<'_>,
    gathering: &mut Gathering,
    probes: bool,
    moments: &mut Moments,
) {
    if !reads_books(auditor.scenario) {
        return;
    }
    gathering.progress.doing("settling");
    let (books, at_rest) = auditor.settled(gathering).await;
    moments.settled = Some((auditor.read_at, at_rest));
    gathering.audit.settled(books.clone(), at_rest);
    auditor.read_rows(gathering).await;
    if !probes || auditor.caller.is_stopped() {
        return;
    }
    moments.probing = Some(auditor.caller.clock().now());
    let mut last = books;
    if !auditor.scenario.billing.probes.is_none() {
        gathering.progress.doing("probing");
        for probe in auditor.probes(last.clone(), gathering).await {
            last.clone_from(&probe.after);
            gathering.audit.probe(probe);
        }
    }
    if auditor.scenario.billing.confirm {
        gathering.progress.doing("sending suspects again");
        for probe in auditor.replays(last, gathering).await {
            gathering.audit.probe(probe);
        }
    }
}

/// Of the whole run what follows from it, of a shard what it found for whoever merges it.
fn concluded(
    prepared: &Prepared,
    gathering: Gathering,
    ending: Ending,
    moments: Moments,
) -> (Report, Exit) {
    let Gathering {
        scenario,
        clock,
        totals,
        audit,
        table,
        log,
        recording,
        ..
    } = gathering;
    let connections = &prepared.network.connections;
    let duration = Duration::from_nanos(clock.now().0);
    let wall_duration = wall_since(clock.wall()).unwrap_or(duration);
    let (recording, unrecorded) = recording.finish();
    let lost = prepared.folder.lost([
        ("requests.csv", table.finish()),
        ("latency.hlog", log.finish(&scenario)),
        (RECORDING, unrecorded),
    ]);
    let frame = Frame {
        seed: prepared.seed,
        target: target_name(&scenario.target),
        started: clock.wall(),
        duration,
        wall_duration,
        workers: prepared.workers,
        ending,
        notes: prepared.target.notes.clone(),
        unwritten: lost,
        recording: Some(recording),
        connections: connections.counts(),
        cpu: spent(),
    };
    match &prepared.shard {
        None => {
            let whole = &Shards::Whole;
            conclusion::concluded(&prepared.folder, &totals, audit, frame, whole)
        }
        Some(shard) => shard.handed_on(&prepared.folder, &totals, &audit, frame, moments),
    }
}

/// Processor time of this process. `None`: this kernel does not tell.
fn spent() -> Option<Duration> {
    /// Linux tells user space in this unit, whatever its own.
    const TICK: Duration = Duration::from_millis(10);
    let told = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The process's name may hold anything but a closing bracket.
    let (_, fields) = told.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    let (user, system) = (ticks()?, ticks()?);
    Some(TICK * user + TICK * system)
}

#[expect(
    clippy::disallowed_methods,
    reason = "an instant of a clock on the wall"
)]
pub(super) fn now() -> SystemTime {
    SystemTime::now()
}

fn until(instant: SystemTime) -> Option<Duration> {
    instant.duration_since(now()).ok()
}

fn wall_since(start: SystemTime) -> Option<Duration> {
    now().duration_since(start).ok()
}
