//! Plans as a whole, without a clock.

use proptest::prelude::*;

use super::*;
use crate::scenario::trace::{TraceReader, TraceSetting};
use crate::scenario::{Source, Vocabulary, variables};

fn scenario(phase: &str) -> Scenario {
    let text = format!(
        "name: t\nrequests:\n  a: {{ call: openai.chat, model: m }}\n  \
         b: {{ call: openai.chat, model: m }}\nphases:\n  - {{ name: p, {phase} }}\n"
    );
    let source = Source::new("t.yaml", text);
    let scenario = Scenario::parse(&source, &variables([]), &Vocabulary::default());
    scenario.unwrap_or_else(|faults| panic!("{faults}"))
}

/// Calls as one of several workers makes them: number, due time, template, seed.
fn calls(plan: &PhasePlan, index: usize, of: usize) -> Vec<(Duration, Call)> {
    let Schedule::Open { due, .. } = &plan.schedule else {
        panic!("no due times")
    };
    let mut cursor = plan.cursor();
    let numbered = share((0_u64..).zip(due.clone()), index, of);
    numbered
        .map(|(number, due)| (due, plan.call(number, cursor.pick(number))))
        .collect()
}

proptest! {
    #[test]
    fn workers_share_the_same_plan_whatever_their_number(
        of in 1_usize..9,
        seed in any::<u64>(),
        arrivals in prop_oneof!["constant", "poisson", "gamma, cv: 2"],
    ) {
        let scenario = scenario(&format!(
            "executor: ramping-arrival-rate, arrivals: {arrivals}, mix: {{ a: 3, b: 2 }}, \
             stages: [{{ target: 40/s, duration: 3s }}, {{ target: 5/s, duration: 2s }}]"
        ));
        let plan = Plan::new(&scenario, seed);
        let whole = calls(&plan.phases[0], 0, 1);
        let mut shared: Vec<_> = (0..of)
            .flat_map(|index| calls(&plan.phases[0], index, of))
            .collect();
        shared.sort_by_key(|(_, call)| call.key.number);
        prop_assert_eq!(&shared, &whole);
        prop_assert_eq!(whole.len() as u64, plan.phases[0].calls().unwrap());
        prop_assert!(whole.is_sorted_by_key(|(due, _)| *due));
    }
}

#[test]
fn a_replayed_trace_keeps_its_times_divided_by_its_speed() {
    let mut scenario = scenario("executor: replay, trace: t.csv, speed: 4");
    let Executor::Replay { setting, trace, .. } = &mut scenario.phases[0].executor else {
        panic!("no replay")
    };
    let setting: &TraceSetting = setting;
    let mut reader = TraceReader::new(setting, 4.0);
    for line in [
        "timestamp,input_tokens,output_tokens",
        "3,10,1",
        "4,20,2",
        "7.5,30,3",
    ] {
        assert_eq!(reader.line(line.as_bytes()), Ok(true));
    }
    *trace = reader.finish().unwrap().into();
    let plan = Plan::new(&scenario, 1);
    let phase = &plan.phases[0];
    let due: Vec<_> = calls(phase, 0, 1)
        .iter()
        .map(|(due, _)| due.as_millis())
        .collect();
    assert_eq!(due, [0, 250, 1125]);
    assert_eq!(phase.calls(), Some(3));
    assert!(phase.length() > Duration::from_millis(1125));
    let lengths = |number| phase.replayed(number).map(|(rows, _)| rows[0].input_tokens);
    assert_eq!([0, 2, 3].map(lengths), [Some(10), Some(30), None]);
}

#[test]
fn a_caller_thinks_alike_in_every_run_and_unlike_others() {
    let scenario = scenario(
        "executor: constant-vus, vus: 2, duration: 1s, think_time: \"lognormal(1s, 0.5)\"",
    );
    let thoughts = |seed, vu| {
        let plan = Plan::new(&scenario, seed);
        let mut thinking = plan.phases[0].thinking(vu);
        (0..5)
            .map(|_| thinking.again().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(thoughts(1, 0), thoughts(1, 0));
    assert_ne!(thoughts(1, 0), thoughts(1, 1));
    assert_ne!(thoughts(1, 0), thoughts(2, 0));
}
