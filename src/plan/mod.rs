//! The plan: which call is made when, as a pure function of (scenario, seed).
//!
//! One file an executor. An open schedule knows every due time in advance; a closed one only says
//! who may start another call, since its next due time is the last end. Either way call number *k*
//! of a phase has the same template and the same seed, whoever makes it and when.

mod constant_arrival_rate;
mod mix;

use std::time::Duration;

pub use constant_arrival_rate::DueTimes;
pub use mix::MixCursor;

use crate::exchange::CallKey;
use crate::scenario::{Executor, Phase, Scenario, TemplateId};

/// Everything that will be sent, phase by phase.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub seed: u64,
    pub phases: Vec<PhasePlan>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct PhasePlan {
    pub index: u16,
    pub name: String,
    pub record: bool,
    pub schedule: Schedule,
    mix: Vec<(TemplateId, u32)>,
    seed: u64,
}

/// When calls start.
#[derive(Debug, Clone, PartialEq)]
pub enum Schedule {
    Open {
        due: DueTimes,
        max_in_flight: u32,
    },
    Closed {
        vus: u32,
        iterations: Iterations,
        /// No call starts later than this after the phase's start.
        until: Duration,
    },
}

/// How many calls a closed schedule makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Iterations {
    /// As many as fit.
    Unlimited,
    /// Together.
    Shared(u64),
    /// Each.
    Each(u64),
}

/// One call of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    pub key: CallKey,
    pub template: TemplateId,
    /// Everything random about its request comes from this.
    pub seed: u64,
}

impl Plan {
    pub fn new(scenario: &Scenario, seed: u64) -> Self {
        let phases = scenario.phases.iter().enumerate();
        let phases = phases.map(|(index, phase)| {
            let index = u16::try_from(index).expect("a scenario has at most 100 phases");
            PhasePlan::new(index, phase, seed)
        });
        Self {
            seed,
            phases: phases.collect(),
        }
    }
}

impl PhasePlan {
    fn new(index: u16, phase: &Phase, seed: u64) -> Self {
        let seed = mixed(seed, u64::from(index) + 1);
        let schedule = match phase.executor {
            Executor::ConstantArrivalRate {
                rate,
                arrivals,
                duration,
                max_in_flight,
            } => {
                let due = DueTimes::new(rate, arrivals, duration, seed);
                Schedule::Open { due, max_in_flight }
            }
            Executor::ConstantVus { vus, duration } => Schedule::Closed {
                vus,
                iterations: Iterations::Unlimited,
                until: duration,
            },
            Executor::SharedIterations {
                vus,
                iterations,
                max_duration,
            } => {
                let iterations = Iterations::Shared(iterations);
                Schedule::Closed {
                    vus,
                    iterations,
                    until: max_duration,
                }
            }
            Executor::PerVuIterations {
                vus,
                iterations,
                max_duration,
            } => {
                let iterations = Iterations::Each(iterations);
                Schedule::Closed {
                    vus,
                    iterations,
                    until: max_duration,
                }
            }
        };
        let (name, mix) = (phase.name.clone(), phase.mix.clone());
        Self {
            index,
            name,
            record: phase.record,
            schedule,
            mix,
            seed,
        }
    }

    /// How many calls an open schedule of this phase plans; 0 for a closed one.
    pub fn planned(phase: &Phase, index: u16, seed: u64) -> u64 {
        let plan = Self::new(index, phase, seed);
        if matches!(plan.schedule, Schedule::Open { .. }) {
            plan.calls().unwrap_or(0)
        } else {
            0
        }
    }

    /// Picks templates for this phase's calls.
    pub fn cursor(&self) -> MixCursor<'_> {
        MixCursor::new(&self.mix, self.seed)
    }

    /// Call `number`, with the template that a cursor picked for it.
    pub fn call(&self, number: u64, template: TemplateId) -> Call {
        let key = CallKey {
            phase: self.index,
            number,
        };
        Call {
            key,
            template,
            seed: mixed(self.seed, number),
        }
    }

    /// How many calls there will be; `None`: as many as fit in the time.
    pub fn calls(&self) -> Option<u64> {
        match &self.schedule {
            Schedule::Open { due, .. } => Some(due.clone().count() as u64),
            Schedule::Closed {
                vus, iterations, ..
            } => match iterations {
                Iterations::Unlimited => None,
                Iterations::Shared(all) => Some(*all),
                Iterations::Each(each) => Some(each.saturating_mul(u64::from(*vus))),
            },
        }
    }

    /// The longest this phase may take to start its calls.
    pub fn length(&self) -> Duration {
        match &self.schedule {
            Schedule::Open { due, .. } => due.duration(),
            Schedule::Closed { until, .. } => *until,
        }
    }
}

/// Two numbers into one, well mixed (the finaliser of SplitMix64, a public-domain generator).
pub fn mixed(seed: u64, number: u64) -> u64 {
    let mut z = seed
        ^ number
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
