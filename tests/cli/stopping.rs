//! Runs that are stopped before their plan is done: by a signal, or by their budget.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use spikeproof_mock::script::FrameKind;
use spikeproof_mock::{Config, Delay, Replica, WrittenKind};

use crate::program::{Ended, Place, Started, ended};

/// Streams of two seconds, for as long as it takes.
const LONG: &str = "
name: long
requests: { chat: { call: openai.chat, model: gpt-5-4, stream: true, timeout: 60s } }
phases: [{ name: all, executor: constant-vus, vus: 4, duration: 10m }]
billing: { audit: off }
";

fn replica(token_gap: Duration) -> Replica {
    let config = Config {
        first_token: Delay::Constant(Duration::from_millis(5)),
        token_gap: Delay::Constant(token_gap),
        output_tokens: Some(40),
        log_writes: true,
        ..Config::default()
    };
    Replica::builder()
        .config(config)
        .start()
        .expect("a port is free")
}

/// Starts a run and waits until its load is under way: tokens of some stream have been sent.
fn under_way(place: &Place, replica: &Replica) -> Started {
    let mut command = place.run(LONG, &["--target", &replica.base_url()]);
    command.env("BYTESPIKE_API_KEY", replica.key());
    let mut started = Started::new(command);
    let is_token = WrittenKind::Frame(FrameKind::Token);
    while !replica
        .writes()
        .iter()
        .any(|written| written.kind == is_token)
    {
        assert!(!started.has_ended(), "it ended before it was stopped");
        std::thread::yield_now();
    }
    started
}

fn is_marked(ended: &Ended, place: &Place, code: i32) -> Value {
    assert_eq!(ended.code, Some(code), "{}{}", ended.stdout, ended.stderr);
    let results = place.results();
    for file in ["report.json", "requests.csv", "latency.csv", "latency.hlog"] {
        assert!(results.has(file), "{file}");
    }
    let report = results.report();
    assert_eq!(report["exit_code"], code);
    assert_ne!(report["verdict"], "pass");
    let doubts = report["doubts"].as_array().expect("an array");
    assert!(
        doubts.iter().any(|doubt| doubt["doubt"] == "interrupted"),
        "{doubts:?}"
    );
    assert!(
        ended.stdout.contains(&format!("(exit {code})")),
        "{}",
        ended.stdout
    );
    report
}

#[test]
fn a_signal_lets_calls_in_flight_end_and_writes_what_there_is() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let replica = replica(Duration::from_millis(5));
        let place = Place::new();
        let started = under_way(&place, &replica);
        started.signal(signal);
        let ended = started.end();
        assert!(ended.stderr.contains("stopping"), "{}", ended.stderr);
        let report = is_marked(&ended, &place, code);
        let outcomes = &report["requests"]["chat"]["outcomes"];
        assert!(outcomes["ok"].as_u64() >= Some(4), "{outcomes}");
        assert_eq!(outcomes["interrupted"], Value::Null, "{outcomes}");
    }
}

#[test]
fn a_second_signal_ends_the_calls_in_flight() {
    let replica = replica(Duration::from_secs(20));
    let place = Place::new();
    let mut started = under_way(&place, &replica);
    started.signal(Signal::INT);
    let said = started.said();
    assert!(said.contains("stopping"), "{said}");
    started.signal(Signal::INT);
    let ended = started.end();
    let report = is_marked(&ended, &place, 130);
    assert_eq!(report["requests"]["chat"]["outcomes"]["interrupted"], 4);
}

#[test]
fn a_run_ends_when_its_budget_is_used_up() {
    let scenario = "
name: thrifty
requests: { chat: { call: openai.chat, model: gpt-5-4 } }
phases: [{ name: all, executor: shared-iterations, vus: 4, iterations: 1000 }]
replica: { first_token: 1ms, token_gap: 1ms, output_tokens: 4 }
";
    let place = Place::new();
    let ended = ended(place.run(scenario, &["--max-requests", "20"]));
    assert_eq!(ended.code, Some(5), "{}{}", ended.stdout, ended.stderr);
    let report = place.results().report();
    assert_eq!(report["exit_code"], 5);
    assert_ne!(report["verdict"], "pass");
    assert_eq!(report["doubts"][0]["doubt"], "budget_used_up");
    let statuses = report["requests"].as_object().expect("an object").values();
    let sent: u64 = statuses
        .map(|row| crate::results::sum(&row["statuses"]))
        .sum();
    assert_eq!(sent, 20, "the audit's own requests are counted as well");
}
