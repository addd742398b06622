//! The plan: which call is made when, as a pure function of (scenario, seed).
//!
//! One file an executor. An open schedule knows every due time in advance; a closed one only says
//! who may start another call, since its next due time is the last end. Either way call number *k*
//! of a phase has the same template and the same seed, whoever makes it and when.

mod callers;
mod curve;
mod draw;
mod due_times;
mod mix;

use std::time::Duration;

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

pub use callers::{Callers, Spell};
pub use due_times::DueTimes;
pub use mix::MixCursor;

use curve::Curve;

use crate::exchange::CallKey;
use crate::scenario::{Executor, Phase, Scenario, Spread, TemplateId};

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
    /// It runs at the same time as the phase before it in the list.
    pub beside: bool,
    /// From the start of the first of the phases that run together, to its own.
    pub offset: Duration,
    pub schedule: Schedule,
    /// Calls are cut off so long after the last may have begun. `None`: they end by themselves.
    pub graceful_stop: Option<Duration>,
    think_time: Option<Spread>,
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
        callers: Callers,
        iterations: Iterations,
        /// A call of a caller that must go is cut off so long after. `None`: it ends by itself.
        graceful_ramp_down: Option<Duration>,
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

/// How long one caller thinks, time after time.
#[derive(Debug, Clone)]
pub struct Thinking {
    time: Option<Spread>,
    rng: Xoshiro256PlusPlus,
}

impl Plan {
    pub fn new(scenario: &Scenario, seed: u64) -> Self {
        let mut phases: Vec<PhasePlan> = Vec::new();
        for (index, phase) in scenario.phases.iter().enumerate() {
            let beside = phase.start.with;
            let offset = beside.and_then(|beside| phases.get(beside).map(|other| other.offset));
            let index = u16::try_from(index).expect("a scenario has at most 100 phases");
            let mut plan = PhasePlan::new(index, phase, seed);
            plan.offset = offset.unwrap_or_default() + phase.start.delay;
            phases.push(plan);
        }
        Self { seed, phases }
    }

    /// Phases that run at the same time, one group after the other.
    pub fn groups(&self) -> impl Iterator<Item = &[PhasePlan]> {
        self.phases.chunk_by(|_, next| next.beside)
    }
}

impl Schedule {
    fn of(executor: &Executor, seed: u64) -> Self {
        let open = |curve, arrivals, max_in_flight| Self::Open {
            due: DueTimes::new(curve, arrivals, seed),
            max_in_flight,
        };
        let steady = |vus, iterations, until| Self::Closed {
            callers: Callers::Steady { vus, until },
            iterations,
            graceful_ramp_down: None,
        };
        match executor {
            Executor::ConstantArrivalRate {
                rate,
                duration,
                arrivals,
                max_in_flight,
            } => {
                let rate = rate.as_per_second();
                let curve = Curve::new(rate, [(rate, *duration)]);
                open(curve, *arrivals, *max_in_flight)
            }
            Executor::RampingArrivalRate {
                start_rate,
                stages,
                arrivals,
                max_in_flight,
            } => {
                let stages = stages.iter().map(|stage| (stage.target, stage.duration));
                open(Curve::new(*start_rate, stages), *arrivals, *max_in_flight)
            }
            Executor::ConstantVus { vus, duration } => {
                steady(*vus, Iterations::Unlimited, *duration)
            }
            Executor::RampingVus {
                start_vus,
                stages,
                graceful_ramp_down,
            } => Self::Closed {
                callers: Callers::ramp(*start_vus, stages),
                iterations: Iterations::Unlimited,
                graceful_ramp_down: *graceful_ramp_down,
            },
            Executor::SharedIterations {
                vus,
                iterations,
                max_duration,
            } => steady(*vus, Iterations::Shared(*iterations), *max_duration),
            Executor::PerVuIterations {
                vus,
                iterations,
                max_duration,
            } => steady(*vus, Iterations::Each(*iterations), *max_duration),
        }
    }
}

impl PhasePlan {
    fn new(index: u16, phase: &Phase, seed: u64) -> Self {
        let seed = mixed(seed, u64::from(index) + 1);
        let (name, mix) = (phase.name.clone(), phase.mix.clone());
        Self {
            index,
            name,
            record: phase.record,
            beside: phase.start.with.is_some(),
            offset: phase.start.delay,
            schedule: Schedule::of(&phase.executor, seed),
            graceful_stop: phase.graceful_stop,
            think_time: phase.think_time,
            mix,
            seed,
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

    /// How long caller `vu` thinks after each of its calls.
    pub fn thinking(&self, vu: u32) -> Thinking {
        let seed = mixed(mixed(self.seed, 0x7468_696e), u64::from(vu));
        Thinking {
            time: self.think_time,
            rng: Xoshiro256PlusPlus::seed_from_u64(seed),
        }
    }

    /// How many calls there will be; `None`: as many as fit in the time.
    pub fn calls(&self) -> Option<u64> {
        match &self.schedule {
            Schedule::Open { due, .. } => Some(due.total()),
            Schedule::Closed {
                callers,
                iterations,
                ..
            } => match iterations {
                Iterations::Unlimited => None,
                Iterations::Shared(all) => Some(*all),
                Iterations::Each(each) => Some(each.saturating_mul(u64::from(callers.most()))),
            },
        }
    }

    /// The longest this phase may take to start its calls.
    pub fn length(&self) -> Duration {
        match &self.schedule {
            Schedule::Open { due, .. } => due.duration(),
            Schedule::Closed { callers, .. } => callers.duration(),
        }
    }
}

impl Thinking {
    /// `None`: the next call follows at once.
    pub fn again(&mut self) -> Option<Duration> {
        let time = self.time?;
        Some(draw::wait(time, &mut self.rng))
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
