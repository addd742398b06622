//! No coordinated omission, proved in virtual time: a real plan, a target that stalls, a client,
//! and the way that samples take through recorder and report. No clock, so no machine is too busy.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::*;
use crate::billing::BillingVerdict;
use crate::drive::Event;
use crate::exchange::{Exchange, Nanos};
use crate::measure::Recorder;
use crate::outcome::Outcome;
use crate::plan::{Plan, Schedule};
use crate::scenario::{Scenario, Source, Vocabulary, variables};

/// What the target takes when it is well.
const SERVICE: Duration = Duration::from_millis(1);
const SECOND: u64 = 1_000_000_000;

/// The end of an answer to a request that comes at `at`: nothing happens in the last second of ten.
fn answered(at: Nanos) -> Nanos {
    let (cycle, within) = (at.0 / (10 * SECOND), at.0 % (10 * SECOND));
    let begins = if within >= 9 * SECOND {
        Nanos((cycle + 1) * 10 * SECOND)
    } else {
        at
    };
    begins.after(SERVICE)
}

/// How a client sends what is due.
#[derive(Clone, Copy)]
enum Client {
    /// When it is due, whatever became of those before: as the driver does.
    Open,
    /// On one connection, one after the other.
    OneByOne,
}

/// The report on 1000 s at 100 calls a second.
fn report(client: Client) -> Report {
    let text = "name: t\nrequests:\n  a: { call: openai.chat, model: m, stream: true }\n\
                phases:\n  - { name: p, executor: constant-arrival-rate, rate: 100/s, \
                duration: 1000s }\n";
    let source = Source::new("t.yaml", text);
    let scenario = Scenario::parse(&source, &variables([]), &Vocabulary::default());
    let scenario = Arc::new(scenario.unwrap_or_else(|faults| panic!("{faults}")));
    let plan = Plan::new(&scenario, 1);
    let Schedule::Open { due, .. } = &plan.phases[0].schedule else {
        panic!("no due times")
    };
    let (mut totals, mut recorder) = (Totals::new(scenario), Recorder::new(0));
    let mut free = Nanos(0);
    for offset in due.clone() {
        let due = Nanos(0).after(offset);
        let dispatched = match client {
            Client::Open => due,
            Client::OneByOne => due.max(free),
        };
        free = answered(dispatched);
        let mut exchange = Exchange::example(Outcome::Ok);
        exchange.times.due = due;
        exchange.times.dispatched = dispatched;
        exchange.times.first_token = Some(free);
        exchange.times.terminal = Some(free);
        recorder.exchange(&exchange);
    }
    totals.take(&mut Event::Samples(recorder.take()));
    let frame = Frame {
        seed: 1,
        target: "simulated".to_owned(),
        started: SystemTime::UNIX_EPOCH,
        duration: Duration::from_secs(1000),
        wall_duration: Duration::from_secs(1000),
        workers: 1,
        ending: Ending::Done,
        notes: Vec::new(),
        unwritten: None,
        recording: None,
        connections: crate::wire::http::ConnectionCounts::default(),
        cpu: None,
    };
    build(&totals, &BillingVerdict::default(), &frame, &Shards::Whole).0
}

fn p99(report: &Report, metric: &str) -> f64 {
    report.metrics["a"][metric]
        .p99
        .expect("there are enough samples")
}

fn is_near(value: f64, analytic: f64) -> bool {
    (value / analytic - 1.0).abs() < 0.02
}

#[test]
fn a_stall_of_one_second_in_ten_shows_in_full_at_p99() {
    // One call in ten meets the stall and waits for what is left of it, evenly from nothing to a
    // second; the slowest hundredth of all calls waits more than 900 ms, then is served in 1 ms.
    let report = report(Client::Open);
    for metric in ["e2e", "ttft", "e2e_from_dispatch", "ttft_from_dispatch"] {
        assert!(
            is_near(p99(&report, metric), 901.0),
            "{metric}: {}",
            p99(&report, metric)
        );
    }
    assert_eq!(report.metrics["a"]["send_lag"].max, 0.0);
}

#[test]
fn a_client_that_waits_its_turn_flatters_only_the_view_from_dispatch() {
    // A call due u seconds into the stall finds 100 u before it and waits 1 - u s and as many
    // milliseconds: a hundredth of all calls waits more than 1 - 0.1 + 0.01 s.
    let report = report(Client::OneByOne);
    for metric in ["e2e", "ttft"] {
        assert!(
            is_near(p99(&report, metric), 911.0),
            "{metric}: {}",
            p99(&report, metric)
        );
    }
    // Its own stopwatch sees one long answer in a thousand.
    assert!(is_near(p99(&report, "e2e_from_dispatch"), 1.0));
    assert!(
        is_near(p99(&report, "send_lag"), 910.0),
        "and what it hides is its own lateness"
    );
    assert!(report.doubts.iter().any(|doubt| doubt.doubt == "behind"));
}
