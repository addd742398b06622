//! Phases as a run carries them out: one after the other, side by side, ramped, cut off.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::program::{Ended, Place, ended};
use crate::results::Row;

/// Due times of each phase, by the numbers of its calls.
fn due(rows: &[Row]) -> BTreeMap<&str, BTreeMap<u64, f64>> {
    let mut phases: BTreeMap<&str, BTreeMap<u64, f64>> = BTreeMap::new();
    for row in rows {
        let due = phases.entry(&row["phase"]).or_default();
        let number = row["call"].parse().expect("a number");
        let before = due.insert(number, row["due_s"].parse().expect("seconds"));
        assert_eq!(
            before, None,
            "call {number} of {} was made twice",
            row["phase"]
        );
    }
    phases.remove("(audit)");
    phases
}

fn run(scenario: &str, arguments: &[&str]) -> (Place, Ended) {
    let place = Place::new();
    let ended = ended(place.run(scenario, arguments));
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    (place, ended)
}

fn phase<'a>(report: &'a Value, name: &str) -> &'a Value {
    let phases = report["phases"].as_array().expect("an array");
    let phase = phases.iter().find(|phase| phase["name"] == name);
    phase.unwrap_or_else(|| panic!("{name}: {phases:?}"))
}

const SIDE_BY_SIDE: &str = "
name: side-by-side
requests: { chat: { call: openai.chat, model: gpt-5-4 }, groups: { call: groups.list } }
phases:
  - { name: base, executor: constant-arrival-rate, rate: 40/s, duration: 500ms, mix: { chat: 1 } }
  - { name: ramp, executor: ramping-arrival-rate, with: base, delay: 150ms, mix: { chat: 1 },
      stages: [{ target: 80/s, duration: 250ms }], record: false }
  - { name: users, executor: ramping-vus, with: ramp, start_vus: 0, mix: { groups: 1 },
      stages: [{ target: 3, duration: 300ms }], think_time: 20ms }
  - { name: last, executor: constant-arrival-rate, rate: 40/s, duration: 100ms, mix: { groups: 1 } }
replica: { first_token: 2ms, token_gap: 1ms, output_tokens: 4 }
billing: { probes: 0 }
";

#[test]
fn phases_beside_one_another_keep_their_own_plans_whatever_the_number_of_workers() {
    let mut plans = Vec::new();
    for workers in ["1", "3"] {
        let (place, ended) = run(SIDE_BY_SIDE, &["--workers", workers]);
        let results = place.results();
        let rows = results.rows("requests.csv");
        let due = due(&rows);
        let first = |phase: &str| due[phase][&0];
        assert!(
            (first("ramp") - first("base") - 0.15).abs() < 2e-6,
            "{due:?}"
        );
        assert!(first("users") >= first("base") + 0.15, "{due:?}");
        let before_last = ["base", "ramp", "users"].map(|phase| &due[phase]);
        let before_last = before_last.into_iter().flat_map(BTreeMap::values);
        assert!(
            before_last.clone().all(|due| *due < first("last")),
            "{due:?}"
        );
        let planned = ["base", "ramp", "last"].map(|phase| {
            let offsets = due[phase].values().map(|at| at - first(phase));
            offsets.collect::<Vec<_>>()
        });
        assert_eq!([20, 10, 4], planned.each_ref().map(Vec::len));
        plans.push(planned);
        let report = results.report();
        assert_eq!(phase(&report, "base")["asked_calls_per_s"], 40.0);
        assert_eq!(phase(&report, "ramp")["asked_calls_per_s"], 40.0);
        // What the ramp makes is sent and judged, but is not recorded.
        assert_eq!(report["requests"]["chat"]["total"], 30);
        assert_eq!(report["metrics"]["chat"]["e2e"]["count"], 20);
        let mut lines = ended.stdout.lines().map(str::trim_start);
        let line = lines.find(|line| line.starts_with("ramp "));
        let words = ["10 calls", "/s of 40.0/s", "not recorded"];
        let is_told = line.is_some_and(|line| words.iter().all(|word| line.contains(word)));
        assert!(is_told, "{}", ended.stdout);
    }
    let all = |plan: &[Vec<f64>]| plan.concat();
    let both = all(&plans[0]).into_iter().zip(all(&plans[1]));
    // The table has microseconds.
    let differ: Vec<_> = both
        .filter(|(one, other)| (one - other).abs() > 2.5e-6)
        .collect();
    assert!(differ.is_empty(), "{differ:?}");
}

const NEVER_ENDING: &str = "
name: cut
requests: { chat: { call: openai.chat, model: gpt-5-4, stream: true, timeout: 10m } }
phases:
  - { name: rate, executor: constant-arrival-rate, rate: 50/s, duration: 100ms, graceful_stop: 50ms }
  - { name: users, executor: constant-vus, vus: 2, duration: 100ms, graceful_stop: 0s }
  - { name: going, executor: ramping-vus, start_vus: 3, graceful_ramp_down: 20ms,
      graceful_stop: 50ms, stages: [{ target: 0, duration: 90ms }] }
replica: { first_token: 1h }
billing: { audit: off }
thresholds: [ errors.unexpected == 0 ]
";

#[test]
fn calls_that_outlast_their_grace_are_cut_off_and_counted() {
    let (place, ended) = run(NEVER_ENDING, &["--workers", "2"]);
    let report = place.results().report();
    for (name, calls) in [("rate", 5), ("users", 2), ("going", 3)] {
        let phase = phase(&report, name);
        assert_eq!(
            (&phase["calls"], &phase["cut_off"]),
            (&calls.into(), &calls.into()),
            "{name}"
        );
    }
    let outcomes = &report["requests"]["chat"]["outcomes"];
    assert_eq!(outcomes["interrupted"], 10, "{outcomes}");
    assert!(ended.stdout.contains("5 cut off"), "{}", ended.stdout);
    assert!(
        report["duration_s"].as_f64() < Some(60.0),
        "nothing was waited for"
    );
}

#[test]
fn a_call_that_was_cut_off_took_longer_than_any_limit() {
    let limit = "thresholds: [ errors.unexpected == 0, \"e2e.p50 < 1h\" ]";
    let scenario = NEVER_ENDING.replace("thresholds: [ errors.unexpected == 0 ]", limit);
    // Half of the calls are answered at once: without the others the median would hold.
    let scenario = scenario.replace(
        "phases:",
        "  \nphases:\n  - { name: quick, executor: shared-iterations, vus: 1, iterations: 4,\n      \
         mix: { quick: 1 } }",
    );
    let scenario = scenario.replace(
        "requests: {",
        "requests: { quick: { call: groups.list, timeout: 10m },",
    );
    let scenario = scenario.replace("stages:", "mix: { chat: 1 }, stages:");
    let scenario = scenario.replace("graceful_stop: 0s", "graceful_stop: 0s, mix: { chat: 1 }");
    let scenario = scenario.replace(
        "100ms, graceful_stop: 50ms",
        "100ms, graceful_stop: 50ms, mix: { chat: 1 }",
    );
    let place = Place::new();
    let ended = ended(place.run(&scenario, &[]));
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    let report = place.results().report();
    let rows = report["thresholds"].as_array().expect("an array");
    let state = |text: &str| {
        let row = rows.iter().find(|row| row["threshold"] == text);
        row.expect("it is there")["state"].clone()
    };
    assert_eq!(state("errors.unexpected == 0"), "held");
    assert_eq!(state("e2e.p50 < 1h"), "broken");
}
