//! The listener against a bare hyper server that sends the same bytes in the same writes.
//!
//! ```text
//! cargo bench -p spikeproof-mock --bench listener -- [--rounds N] [--seconds S] [PART OF A NAME]
//! ```
//!
//! Both servers run on one thread each and are driven by the same client on another, taking turns
//! round by round, so that what disturbs the machine disturbs both. Two ratios are printed, each
//! the median over the rounds with its least and greatest: of the work done a second, which needs
//! an idle machine, and of the work done in a second of the server's own CPU time, which hardly
//! does. `client` is how much of a processor the client used at most: near 1.00 it is the
//! client that was measured by the first ratio, and only the second one tells of the servers.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it found")]

mod bare;
mod client;
mod cpu;
mod workloads;

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use spikeproof_mock::Replica;

use self::bare::{Answer, Bare};
use self::client::{Done, Load, drive};
use self::workloads::{Workload, workloads};

struct Options {
    rounds: usize,
    time: Duration,
    only: String,
}

impl Options {
    fn read() -> Result<Self, Box<dyn Error>> {
        let mut options = Self {
            rounds: 7,
            time: Duration::from_secs(1),
            only: String::new(),
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                // cargo says so.
                "--bench" => {}
                "--rounds" => options.rounds = value()?.parse()?,
                "--seconds" => options.time = Duration::try_from_secs_f64(value()?.parse()?)?,
                _ => options.only = word,
            }
        }
        Ok(options)
    }
}

/// What one server did in one round.
struct Round {
    done: Done,
    server: Duration,
}

fn round(server: &str, address: SocketAddr, load: &Load) -> Result<Round, Box<dyn Error>> {
    let before = cpu::spent(server).unwrap_or_default();
    let done = drive(address, load)?;
    let after = cpu::spent(server).unwrap_or_default();
    Ok(Round {
        done,
        server: after - before,
    })
}

impl Round {
    fn a_second(&self) -> f64 {
        self.done.answers as f64 / self.done.took.as_secs_f64()
    }

    /// Microseconds of the server's CPU time for one answer.
    fn cost(&self) -> f64 {
        self.server.as_secs_f64() * 1e6 / self.done.answers as f64
    }

    fn client_share(&self) -> f64 {
        let client = self.done.client.unwrap_or_default();
        client.as_secs_f64() / self.done.took.as_secs_f64()
    }
}

/// Least, median and greatest.
fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    let last = values.len() - 1;
    (values[0], values[last / 2], values[last])
}

fn compare(workload: &Workload, options: &Options) -> Result<(), Box<dyn Error>> {
    let replica = Replica::builder()
        .config(workload.config.clone())
        .threads(1)
        .start()?;
    let answer = Answer::of(workload.script());
    let (frames, bytes) = (answer.frames(), answer.body_bytes());
    let bare = Bare::start(answer, 1)?;
    let load = |time| Load {
        requests: workload.requests(),
        connections: workload.connections,
        time,
    };
    let (warm_up, load) = (load(options.time / 4), load(options.time));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for number in 0..=options.rounds {
        let load = if number == 0 { &warm_up } else { &load };
        // Whoever comes second finds the machine as the first left it.
        let (one, two) = if number % 2 == 0 {
            let one = round("replica", replica.address(), load)?;
            (one, round("bare", bare.address, load)?)
        } else {
            let two = round("bare", bare.address, load)?;
            (round("replica", replica.address(), load)?, two)
        };
        if number > 0 {
            ours.push(one);
            theirs.push(two);
        }
    }
    let pairs = || ours.iter().zip(&theirs);
    let rate = spread(
        pairs()
            .map(|(one, two)| one.a_second() / two.a_second())
            .collect(),
    );
    let cost = spread(pairs().map(|(one, two)| two.cost() / one.cost()).collect());
    let middle =
        |rounds: &[Round], value: fn(&Round) -> f64| spread(rounds.iter().map(value).collect()).1;
    let client = pairs().flat_map(|(one, two)| [one.client_share(), two.client_share()]);
    println!(
        "{:<26}{frames:>6}{bytes:>9}{:>10.0}{:>10.0}{:>11.0}{:>9.2}{:>9.2}   {}   {}{:>8.2}",
        workload.name,
        middle(&ours, Round::a_second),
        middle(&theirs, Round::a_second),
        middle(&ours, Round::a_second) * frames as f64,
        middle(&ours, Round::cost) / frames as f64,
        middle(&theirs, Round::cost) / frames as f64,
        shown(rate),
        shown(cost),
        spread(client.collect()).2,
    );
    replica.stop();
    Ok(())
}

fn shown((least, median, greatest): (f64, f64, f64)) -> String {
    format!("{median:.2} ({least:.2}..{greatest:.2})")
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::read()?;
    println!(
        "{:<26}{:>6}{:>9}{:>10}{:>10}{:>11}{:>18}   {:<17}   {:<17}{:>8}",
        "workload",
        "frames",
        "bytes",
        "answers/s",
        "bare",
        "frames/s",
        "CPU us/frame bare",
        "per second",
        "per CPU second",
        "client",
    );
    for workload in workloads() {
        if workload.name.contains(&options.only) {
            compare(&workload, &options)?;
        }
    }
    Ok(())
}
