//! How many callers a closed schedule has, and when each of them is there.

use std::sync::Arc;
use std::time::Duration;

use crate::scenario::Stage;

/// Callers of a closed schedule, from 0 on.
#[derive(Debug, Clone, PartialEq)]
pub enum Callers {
    /// All from start to end.
    Steady {
        vus: u32,
        until: Duration,
    },
    Ramp(Arc<Ramp>),
}

/// Callers that come and go in straight lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Ramp {
    start: u32,
    stages: Vec<Stage<u32>>,
}

/// A stretch in which a caller starts calls, from the phase's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spell {
    pub from: Duration,
    pub until: Duration,
}

impl Callers {
    pub(super) fn ramp(start: u32, stages: &[Stage<u32>]) -> Self {
        Self::Ramp(Arc::new(Ramp {
            start,
            stages: stages.to_vec(),
        }))
    }

    /// The most that are there at the same time.
    pub fn most(&self) -> u32 {
        match self {
            Self::Steady { vus, .. } => *vus,
            Self::Ramp(ramp) => {
                let targets = ramp.stages.iter().map(|stage| stage.target);
                targets.fold(ramp.start, u32::max)
            }
        }
    }

    pub fn duration(&self) -> Duration {
        match self {
            Self::Steady { until, .. } => *until,
            Self::Ramp(ramp) => ramp.stages.iter().map(|stage| stage.duration).sum(),
        }
    }

    /// When caller `vu` is there. As in k6, one more is there once the line has risen by a whole
    /// caller, and one fewer once it has fallen by one; the last to come is the first to go.
    pub fn spells(&self, vu: u32) -> Vec<Spell> {
        match self {
            Self::Steady { until, .. } => vec![Spell {
                from: Duration::ZERO,
                until: *until,
            }],
            Self::Ramp(ramp) => ramp.spells(vu),
        }
    }
}

impl Ramp {
    fn spells(&self, vu: u32) -> Vec<Spell> {
        let mut spells = Vec::new();
        let (mut level, mut begun) = (self.start, Duration::ZERO);
        let mut since = (level > vu).then_some(begun);
        for stage in &self.stages {
            let (from, to) = (level, stage.target);
            if from <= vu && vu < to {
                since = Some(begun + share(stage.duration, vu + 1 - from, to - from));
            } else if to <= vu && vu < from {
                let until = begun + share(stage.duration, from - vu, from - to);
                spells.extend(since.take().map(|from| Spell { from, until }));
            }
            level = to;
            begun += stage.duration;
        }
        let until = begun;
        spells.extend(since.map(|from| Spell { from, until }));
        spells.retain(|spell| spell.from < spell.until);
        spells
    }
}

/// `part` of `whole` equal parts.
fn share(duration: Duration, part: u32, whole: u32) -> Duration {
    let nanos = duration.as_nanos() * u128::from(part) / u128::from(whole);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn ramp(start: u32, stages: &[(u32, u64)]) -> Callers {
        let stage = |(target, secs): &(u32, u64)| Stage {
            target: *target,
            duration: seconds(*secs),
        };
        let stages: Vec<_> = stages.iter().map(stage).collect();
        Callers::ramp(start, &stages)
    }

    fn spell(from: u64, until: u64) -> Spell {
        Spell {
            from: seconds(from),
            until: seconds(until),
        }
    }

    #[test]
    fn callers_come_one_by_one_and_the_last_goes_first() {
        let callers = ramp(1, &[(4, 3), (4, 10), (0, 4)]);
        assert_eq!(callers.most(), 4);
        assert_eq!(callers.spells(0), [spell(0, 17)]);
        assert_eq!(callers.spells(1), [spell(1, 16)]);
        assert_eq!(callers.spells(3), [spell(3, 14)]);
        assert_eq!(callers.spells(4), []);
    }

    #[test]
    fn a_caller_may_come_back_and_a_stage_of_no_length_is_a_jump() {
        let callers = ramp(0, &[(2, 0), (2, 5), (1, 0), (1, 5), (2, 0), (2, 5)]);
        assert_eq!(callers.spells(0), [spell(0, 15)]);
        assert_eq!(callers.spells(1), [spell(0, 5), spell(10, 15)]);
    }

    proptest! {
        #[test]
        fn as_many_callers_are_there_as_the_line_says(
            start in 0_u32..20,
            stages in prop::collection::vec((0_u32..20, 0_u64..9), 1..7),
            at in 0_u64..60_000,
        ) {
            let callers = ramp(start, &stages);
            let at = Duration::from_millis(at);
            prop_assume!(at < callers.duration());
            let there = (0..callers.most()).filter(|vu| {
                let spells = callers.spells(*vu);
                spells.iter().any(|spell| (spell.from..spell.until).contains(&at))
            });
            let there = there.count() as f64;
            // The line itself, walked along.
            let (mut level, mut begun) = (f64::from(start), 0.0);
            let mut line = None;
            for (target, secs) in &stages {
                let (target, secs) = (f64::from(*target), *secs as f64);
                let within = at.as_secs_f64() - begun;
                if line.is_none() && within < secs {
                    line = Some(level + (target - level) * within / secs);
                }
                begun += secs;
                level = target;
            }
            let line = line.unwrap();
            prop_assert!((there - line).abs() < 1.0 + 1e-9, "{there} callers at {line}");
        }

        #[test]
        fn spells_of_a_caller_rise_and_do_not_overlap(
            start in 0_u32..20,
            stages in prop::collection::vec((0_u32..20, 0_u64..9), 1..7),
            vu in 0_u32..20,
        ) {
            let callers = ramp(start, &stages);
            let spells = callers.spells(vu);
            prop_assert!(spells.iter().all(|spell| spell.from < spell.until));
            prop_assert!(spells.is_sorted_by(|one, next| one.until <= next.from));
        }
    }
}
