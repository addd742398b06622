//! What phases mean: their executors, and when they begin.

use std::time::Duration;

use spikeproof::plan::Plan;
use spikeproof::scenario::{Arrivals, Executor, Spread, Stage};
use spikeproof::units::Rate;

use crate::good::good;

fn stage<T>(target: T, seconds: u64) -> Stage<T> {
    let duration = Duration::from_secs(seconds);
    Stage { target, duration }
}

#[test]
fn phases_run_one_after_the_other_or_beside_one_another() {
    let scenario = good(
        "name: a\nrequests: { r: { call: groups.list } }\nphases:\n  \
         - { name: a, executor: constant-vus, vus: 1, duration: 9s, graceful_stop: 0s }\n  \
         - { name: b, executor: constant-vus, vus: 1, duration: 1s, with: a, delay: 4s,\n      \
             think_time: \"uniform(1s, 2s)\" }\n  \
         - { name: c, executor: constant-vus, vus: 1, duration: 1s, with: b, delay: 500ms }\n  \
         - { name: d, executor: constant-vus, vus: 1, duration: 1s, delay: 2s }\n",
    );
    let (second, phases) = (Duration::from_secs(1), &scenario.phases);
    let starts: Vec<_> = phases
        .iter()
        .map(|phase| (phase.start.with, phase.start.delay))
        .collect();
    let half = second / 2;
    assert_eq!(
        starts,
        [
            (None, Duration::ZERO),
            (Some(0), 4 * second),
            (Some(1), half),
            (None, 2 * second)
        ]
    );
    assert_eq!(
        (phases[0].graceful_stop, phases[1].graceful_stop),
        (Some(Duration::ZERO), None)
    );
    let (min, max) = (second, 2 * second);
    assert_eq!(
        (phases[0].think_time, phases[1].think_time),
        (None, Some(Spread::Uniform { min, max }))
    );
    let plan = Plan::new(&scenario, 1);
    let groups: Vec<Vec<_>> = plan
        .groups()
        .map(|group| {
            group
                .iter()
                .map(|phase| (&*phase.name, phase.offset))
                .collect()
        })
        .collect();
    let together = vec![
        ("a", Duration::ZERO),
        ("b", 4 * second),
        ("c", 4 * second + half),
    ];
    assert_eq!(groups, [together, vec![("d", 2 * second)]]);
}

#[test]
fn every_executor_can_be_written_with_what_it_needs_only() {
    let scenario = good(
        "name: a\nrequests: { r: { call: groups.list } }\nphases:\n  \
         - { name: a, executor: shared-iterations, vus: 2, iterations: 9 }\n  \
         - { name: b, executor: per-vu-iterations, vus: 3, iterations: 8, max_duration: 1m }\n  \
         - { name: c, executor: constant-vus, vus: 4, duration: 500ms }\n  \
         - { name: d, executor: constant-arrival-rate, rate: 120/m, duration: 5s }\n  \
         - { name: e, executor: ramping-arrival-rate, arrivals: gamma, cv: 2,\n      \
             stages: [{ target: 30/m, duration: 5s }, { target: 0/s, duration: 0s }] }\n  \
         - { name: f, executor: ramping-vus, stages: [{ target: 7, duration: 5s }] }\n",
    );
    let executors: Vec<Executor> = scenario
        .phases
        .into_iter()
        .map(|phase| phase.executor)
        .collect();
    let expected = [
        Executor::SharedIterations {
            vus: 2,
            iterations: 9,
            max_duration: Duration::from_secs(600),
        },
        Executor::PerVuIterations {
            vus: 3,
            iterations: 8,
            max_duration: Duration::from_secs(60),
        },
        Executor::ConstantVus {
            vus: 4,
            duration: Duration::from_millis(500),
        },
        Executor::ConstantArrivalRate {
            rate: Rate::per_second(2.0).unwrap(),
            arrivals: Arrivals::Constant,
            duration: Duration::from_secs(5),
            max_in_flight: 1000,
        },
        Executor::RampingArrivalRate {
            start_rate: 0.0,
            stages: vec![stage(0.5, 5), stage(0.0, 0)],
            arrivals: Arrivals::Gamma { cv: 2.0 },
            max_in_flight: 1000,
        },
        Executor::RampingVus {
            start_vus: 1,
            stages: vec![stage(7, 5)],
            graceful_ramp_down: None,
        },
    ];
    assert_eq!(executors, expected);
}
