//! How late calls leave, and how far the times of events are from when they were written.
//!
//! ```text
//! cargo bench --bench lateness -- [--rates 1000,10000,50000] [--seconds N]
//!     [--streams 100,1000] [--gap MS]
//! ```
//!
//! A server in a process of its own answers with bytes that the replica has made before; the driver
//! with one worker, every check and every metric, sends to it. Both read the kernel's one clock. Of arrivals, what counts is from when a call was due to when it was dispatched, over all
//! calls. Of events, the server notes when it hands each to its socket, and the driver says when it
//! saw the first and the last token of each stream: streams come evenly until so many are open, and
//! counted are the events that come while they are. An error is never below zero: it is the way
//! through loopback, the waiting for a processor and the reading. Nothing of this means anything
//! on a machine that does other things at the same time.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints what it found"
)]

#[path = "../client/request.rs"]
mod request;
mod server;
#[expect(
    dead_code,
    reason = "the other benchmark measures more with the same answers"
)]
#[path = "../client/workloads.rs"]
mod workloads;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use spikeproof::drive::{self, Allowance, Event, Settings, Stop};
use spikeproof::exchange::{Exchange, Nanos};
use spikeproof::judge::Standard;
use spikeproof::plan::Plan;
use spikeproof::report::{Totals, lateness};
use spikeproof::scenario::{Scenario, Secret, Source, Vocabulary, variables};
use spikeproof::shard::Shard;
use spikeproof::wire::http::{Clock, Network};
use tokio::sync::watch;

use self::server::{ID, Server};
use self::workloads::{Workload, workloads};

struct Options {
    rates: Vec<u64>,
    seconds: u64,
    streams: Vec<u64>,
    gap: Duration,
}

impl Options {
    fn read() -> Result<Self, Box<dyn Error>> {
        let mut options = Self {
            rates: vec![1_000, 10_000, 50_000],
            seconds: 10,
            streams: vec![100, 1_000],
            gap: Duration::from_millis(200),
        };
        let list = |text: &str| {
            text.split(',')
                .map(str::parse)
                .collect::<Result<Vec<_>, _>>()
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                // cargo says so.
                "--bench" => {}
                "--rates" => options.rates = list(&value()?)?,
                "--seconds" => options.seconds = value()?.parse()?,
                "--streams" => options.streams = list(&value()?)?,
                "--gap" => options.gap = Duration::from_millis(value()?.parse()?),
                _ => return Err(format!("`{word}` is no option of this benchmark").into()),
            }
        }
        Ok(options)
    }
}

/// What a run has said.
struct Ran {
    exchanges: Vec<Exchange>,
    dropped: u64,
    /// What of it would have made a run inconclusive.
    doubts: Vec<String>,
}

fn run(scenario: &str, base: &str, clock: Clock) -> Result<Ran, Box<dyn Error>> {
    let source = Source::new("lateness.yaml", scenario);
    let scenario = Scenario::parse(&source, &variables([]), &Vocabulary::default());
    let scenario = Arc::new(scenario.map_err(|faults| faults.to_string())?);
    let settings = Settings {
        base: base.to_owned(),
        keys: vec![Secret::new("sk-none")],
        clock,
        workers: 1,
        allowance: Allowance::new(None),
        recording: None,
        standard: Standard::of(&scenario.conformance),
        shard: Shard::WHOLE,
        network: Network::default(),
    };
    let (mouth, mut events) = drive::channel();
    let (_stop, stopped) = watch::channel(Stop::Go);
    let plan = Plan::new(&scenario, scenario.seed);
    let mut totals = Totals::new(Arc::clone(&scenario));
    let run = drive::Run::start(plan, scenario, settings, stopped, mouth)?;
    let (mut exchanges, mut dropped) = (Vec::new(), 0);
    for mut event in std::iter::from_fn(|| events.blocking_recv()).flatten() {
        totals.take(&mut event);
        match event {
            Event::Exchanged(exchange) => exchanges.push(*exchange),
            Event::Dropped { .. } => dropped += 1,
            Event::Panicked => return Err("a call of the driver's panicked".into()),
            Event::CallEnded(_)
            | Event::Samples(_)
            | Event::Pulse(_)
            | Event::PhaseStarted { .. }
            | Event::PhaseEnded { .. } => {}
        }
    }
    if !run.join() {
        return Err("a worker panicked".into());
    }
    let doubts = lateness(&totals);
    Ok(Ran {
        exchanges,
        dropped,
        doubts: doubts.iter().map(ToString::to_string).collect(),
    })
}

/// Median, 99th percentile and greatest, in microseconds.
fn spread(mut nanos: Vec<u64>) -> Result<String, Box<dyn Error>> {
    nanos.sort_unstable();
    let micros = |nanos: u64| Duration::from_nanos(nanos).as_secs_f64() * 1e6;
    let last = *nanos.last().ok_or("there is nothing to tell")?;
    let median = micros(nanos[nanos.len() / 2]);
    // Fewer do not tell where their slowest hundredth begins.
    let p99 = if nanos.len() < 100 {
        "n/a".to_owned()
    } else {
        format!("{:.1}", micros(nanos[nanos.len() * 99 / 100]))
    };
    let last = micros(last);
    Ok(format!(
        "median {median:>9.1} us   p99 {p99:>9} us   max {last:>9.1} us"
    ))
}

fn told(ran: &Ran) {
    for doubt in &ran.doubts {
        println!("    {doubt}");
    }
}

/// How late calls leave at a rate.
fn arrivals(rate: u64, seconds: u64, answer: &Workload) -> Result<(), Box<dyn Error>> {
    let clock = Clock::start();
    let server = Server::start(answer, None)?;
    let scenario = format!(
        "name: arrivals\nrequests: {{ chat: {{ call: openai.chat, model: gpt-5-4 }} }}\n\
         phases: [{{ name: p, executor: constant-arrival-rate, rate: {rate}/s,\n  \
         duration: {seconds}s, max_in_flight: 2000 }}]\n"
    );
    let ran = run(&scenario, &server.base, clock)?;
    let late = ran.exchanges.iter().map(|exchange| {
        let times = &exchange.times;
        times.dispatched.since(times.due).unwrap_or_default()
    });
    let late = spread(late.collect())?;
    let (made, dropped) = (ran.exchanges.len(), ran.dropped);
    println!("{rate:>6} arrivals/s   {late}   {made} made, {dropped} dropped");
    told(&ran);
    Ok(())
}

/// How far the driver's times of events are from the server's, while so many streams are open.
fn events(streams: u64, gap: Duration, answer: &Workload) -> Result<(), Box<dyn Error>> {
    let clock = Clock::start();
    let mut server = Server::start(answer, Some(gap))?;
    let length = gap.as_secs_f64() * answer.events() as f64;
    // As many come in the time that one takes as are to be open, and as many more while they are.
    let rate = (streams as f64 / length).ceil();
    let seconds = 2.0 * length;
    let scenario = format!(
        "name: events\nrequests:\n  chat: {{ call: openai.chat, model: gpt-5-4, stream: true,\n    \
         timeout: 1h }}\nphases: [{{ name: p, executor: constant-arrival-rate, rate: {rate}/s,\n  \
         duration: {}ms, max_in_flight: 100000 }}]\n",
        (seconds * 1e3).round()
    );
    let ran = run(&scenario, &server.base, clock)?;
    let (begin, half) = (first_due(&ran.exchanges)?, Duration::from_secs_f64(length));
    let middle = begin.after(half);
    let log = server.log(clock)?;
    let mut errors = Vec::new();
    for exchange in &ran.exchanges {
        let head = exchange.head.as_ref().ok_or("a stream was not answered")?;
        let id = head.header(ID).ok_or("an answer has no number")?;
        let written = |piece| log.written(id.parse().ok()?, piece);
        let times = &exchange.times;
        let tokens = times.first_token.zip(times.last_token);
        let (first, last) = tokens.ok_or("a stream has no tokens")?;
        // The first event says who speaks, each of those that follow has a token.
        let (seen, at) = if times.due < middle {
            (last, written(exchange.tokens as usize))
        } else {
            (first, written(1))
        };
        let at = at.ok_or("a stream was not written to its end")?;
        errors.push(seen.0.abs_diff(at.0));
    }
    let (of, errors) = (errors.len(), spread(errors)?);
    let rate = streams as f64 / gap.as_secs_f64();
    println!("{streams:>6} streams, {rate:>6.0} events/s   {errors}   of {of} events");
    told(&ran);
    Ok(())
}

fn first_due(exchanges: &[Exchange]) -> Result<Nanos, Box<dyn Error>> {
    let due = exchanges.iter().map(|exchange| exchange.times.due);
    Ok(due.min().ok_or("nothing was sent")?)
}

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(served) = server::serve() {
        return served;
    }
    let options = Options::read()?;
    let workloads = workloads();
    let named = |name: &str| {
        let found = workloads.iter().find(|workload| workload.name == name);
        found.ok_or(format!("there is no workload `{name}`"))
    };
    for rate in &options.rates {
        arrivals(*rate, options.seconds, named("small JSON")?)?;
    }
    for streams in &options.streams {
        events(*streams, options.gap, named("a chunk an event")?)?;
    }
    Ok(())
}
