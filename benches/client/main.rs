//! What driving costs: the CPU time of the whole program for a request or an event, beside clients
//! that look at nothing.
//!
//! ```text
//! cargo bench --bench client -- [--rounds N] [--requests N] [--program PATH] [--at-most RATIO]
//!     [--instructions] [--held STREAMS,...] [--gap MS] [PART OF A NAME]
//! ```
//!
//! A server in this process gives all of them the same answers in turns, which the replica has made
//! before and which differ in ids, texts and counts. Each client is a process of its own, one thread
//! each, driven in turns round by round, so that what disturbs the machine disturbs all. Counted is
//! the processor time that the kernel charged to the client process, from its start to its end;
//! starting `spikeproof` and writing its report is in it. The server's time is not. Ratios are
//! medians over the rounds, with the least and the greatest.
//!
//! Clients: `spikeproof`, with every check, all metrics, the recording and the audit's record;
//! `bare`, a hyper client that only drains (this program, started again); `wrk`, `oha` and Python's
//! `aiohttp`, which reads all JSON that comes, where they are installed. `--program` adds another build of spikeproof, to compare two. With
//! `--at-most` it fails where spikeproof takes more than so many times what `bare` takes. With
//! `--instructions` valgrind counts what the two take for a request, where it is installed. With
//! `--held` nothing is compared: so many streams are open at once, an event each `--gap`.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it found")]

mod bare;
mod clients;
mod counting;
mod held;
mod request;
mod server;
mod workloads;

use std::error::Error;
use std::time::Duration;

use self::clients::{Client, Job};
use self::server::Server;
use self::workloads::{Workload, workloads};

struct Options {
    rounds: usize,
    /// Instead of each workload's own number.
    requests: Option<u64>,
    programs: Vec<String>,
    at_most: Option<f64>,
    /// Counted, not timed.
    instructions: bool,
    /// Streams to be open at once, one run each.
    held: Vec<u64>,
    gap: Duration,
    only: String,
}

impl Options {
    fn read() -> Result<Self, Box<dyn Error>> {
        let mut options = Self {
            rounds: 5,
            requests: None,
            programs: Vec::new(),
            at_most: None,
            instructions: false,
            held: Vec::new(),
            gap: Duration::from_millis(200),
            only: String::new(),
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                // cargo says so.
                "--bench" => {}
                "--rounds" => options.rounds = value()?.parse()?,
                "--requests" => options.requests = Some(value()?.parse()?),
                "--instructions" => options.instructions = true,
                "--held" => {
                    let held = value()?;
                    options.held = held.split(',').map(str::parse).collect::<Result<_, _>>()?;
                }
                "--gap" => options.gap = Duration::from_millis(value()?.parse()?),
                "--at-most" => options.at_most = Some(value()?.parse()?),
                "--program" => options.programs.push(value()?),
                _ => options.only = word,
            }
        }
        Ok(options)
    }
}

/// Least, median and greatest.
fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    let last = values.len() - 1;
    (values[0], values[last / 2], values[last])
}

fn compare(workload: &Workload, options: &Options) -> Result<(), Box<dyn Error>> {
    let server = Server::start(workload)?;
    let requests = options.requests.unwrap_or(workload.requests);
    let clients = clients::installed(&options.programs);
    let job = Job {
        address: server.address,
        workload,
        requests,
    };
    // Microseconds a request, of each client in each round.
    let mut costs = vec![Vec::new(); clients.len()];
    for round in 0..options.rounds {
        for turn in 0..clients.len() {
            // Nobody always follows the same one.
            let at = (turn + round) % clients.len();
            costs[at].push(clients[at].run(&job)?);
        }
    }
    let events = workload.events().max(1) as f64;
    for (client, costs_of_it) in clients.iter().zip(&costs) {
        let (_, cost, _) = spread(costs_of_it.clone());
        let against = |name: &str| {
            let Some(at) = clients.iter().position(|client| client.name() == name) else {
                return "-".to_owned();
            };
            let ratios = costs_of_it
                .iter()
                .zip(&costs[at])
                .map(|(one, two)| one / two);
            let (least, median, greatest) = spread(ratios.collect());
            format!("{median:.2} ({least:.2}..{greatest:.2})")
        };
        println!(
            "{:<20}{:<22}{cost:>10.1}{:>10.2}   {:<20}{:<20}",
            workload.name,
            client.name(),
            cost / events,
            against("wrk"),
            against("bare"),
        );
    }
    let bare = clients.iter().position(|client| client.name() == "bare");
    let Some(bare) = bare else { return Ok(()) };
    let ratios = costs[0]
        .iter()
        .zip(&costs[bare])
        .map(|(one, two)| one / two);
    hold(workload, spread(ratios.collect()).1, options.at_most)
}

/// The same of spikeproof and the bare client alone, by instructions.
fn count(workload: &Workload, options: &Options) -> Result<(), Box<dyn Error>> {
    let server = Server::start(workload)?;
    let job = Job {
        address: server.address,
        workload,
        requests: 0,
    };
    let clients = clients::installed(&[]);
    let named = |name: &str| clients.iter().find(|client| client.name() == name);
    let (Some(own), Some(bare)) = (named("spikeproof"), named("bare")) else {
        return Ok(());
    };
    let own = counting::instructions(own, &job)?;
    let bare = counting::instructions(bare, &job)?;
    let ratio = own / bare;
    println!(
        "{:<20}{own:>10.0} instructions a request, bare {bare:.0}: {ratio:.2} times as many",
        workload.name
    );
    hold(workload, ratio, options.at_most)
}

/// Whether spikeproof takes no more than so many times what the bare client does.
fn hold(workload: &Workload, ratio: f64, most: Option<f64>) -> Result<(), Box<dyn Error>> {
    match most.filter(|most| ratio > *most) {
        None => Ok(()),
        Some(most) => {
            let name = workload.name;
            Err(format!("{name}: {ratio:.2} times what a bare client takes, limit {most}").into())
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(job) = bare::job() {
        return bare::run(&job?);
    }
    let options = Options::read()?;
    if options.instructions && counting::is_possible() {
        let wanted = workloads().into_iter();
        let mut wanted = wanted.filter(|workload| workload.name.contains(&options.only));
        return wanted.try_for_each(|workload| count(&workload, &options));
    }
    if !options.held.is_empty() {
        let client = &clients::installed(&options.programs)[options.programs.len()];
        return held::measure(client, &workloads::paced(options.gap), &options.held);
    }
    for client in clients::MISSED_WITHOUT {
        if !Client::is_installed(client) {
            println!("{client} is not installed and is left out");
        }
    }
    println!(
        "{:<20}{:<22}{:>10}{:>10}   {:<20}{:<20}",
        "workload", "client", "us/request", "us/event", "against wrk", "against bare",
    );
    for workload in workloads() {
        if workload.name.contains(&options.only) {
            compare(&workload, &options)?;
        }
    }
    Ok(())
}
