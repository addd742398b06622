//! Reasons why a run cannot vouch for its own figures. Any of them makes the verdict that rests on
//! those figures inconclusive, and says what to do about it.

use std::fmt;
use std::time::Duration;

/// Sending later than this at p99 is no longer the plan. It flatters nothing, since latencies count
/// from when a request was due, but the load was not the one asked for.
pub const LAG_LIMIT: Duration = Duration::from_millis(50);
/// A worker thread that is woken later than this at p99 has more to do than it can, and what it
/// measures comes out too long.
pub const PULSE_LIMIT: Duration = Duration::from_millis(100);
/// A worker thread that is on a processor for this share of a second has no time left, however many
/// processors there are.
pub const BUSY_LIMIT: f64 = 0.95;
/// So many of those seconds, if they are the most of all, are no passing burst.
pub const BUSY_SECONDS: u64 = 5;
/// What such a thread may be late at p99 before its times are doubtful. A closed loop uses all that
/// there is, which hurts nothing as long as each turn is short.
pub const BUSY_LATE: Duration = Duration::from_millis(10);
/// Starting fewer calls than this share of those planned is another load.
pub const RATE_LIMIT: f64 = 0.95;
/// The last call of a phase may leave so much after the phase's end before its rate is another one.
pub const RATE_SLACK: Duration = Duration::from_millis(250);
/// The wall clock may drift this far from the monotonic one before times of day are doubtful.
pub const CLOCK_LIMIT: Duration = Duration::from_secs(2);

/// Shards that began this far apart did not make the load that the scenario describes.
pub const APART_LIMIT: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, PartialEq)]
pub enum Doubt {
    Behind {
        lag_p99: Duration,
    },
    Saturated {
        late_p99: Duration,
    },
    Busy {
        full: u64,
        seconds: u64,
        late_p99: Duration,
    },
    RateMissed {
        phase: String,
        asked: f64,
        achieved: f64,
    },
    IterationsMissed {
        phase: String,
        made: u64,
        asked: u64,
    },
    CallersIdle {
        phase: String,
        callers: u64,
        calls: u64,
    },
    Dropped {
        calls: u64,
    },
    Exhausted {
        requests: u64,
        why: String,
    },
    TooFewSamples {
        threshold: String,
        have: u64,
        need: u64,
    },
    NoSamples {
        threshold: String,
    },
    NotAudited {
        threshold: String,
    },
    Clipped {
        samples: u64,
    },
    Unread {
        bodies: u64,
    },
    ClockJump {
        by: Duration,
    },
    NotRecorded {
        why: String,
    },
    ShardsMissing {
        missing: usize,
        there: usize,
    },
    ShardsApart {
        by: Duration,
    },
    Interrupted,
    BudgetUsedUp {
        requests: u64,
    },
    Bug,
}

impl Doubt {
    /// Whether it is that the generator itself was late, which is inside every latency.
    pub fn is_lateness(&self) -> bool {
        matches!(
            self,
            Self::Behind { .. } | Self::Saturated { .. } | Self::Busy { .. }
        )
    }

    /// A stable word for JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Behind { .. } => "behind",
            Self::Saturated { .. } => "saturated",
            Self::Busy { .. } => "busy",
            Self::RateMissed { .. } => "rate_missed",
            Self::IterationsMissed { .. } => "iterations_missed",
            Self::CallersIdle { .. } => "callers_idle",
            Self::Dropped { .. } => "dropped",
            Self::Exhausted { .. } => "exhausted",
            Self::TooFewSamples { .. } => "too_few_samples",
            Self::NoSamples { .. } => "no_samples",
            Self::NotAudited { .. } => "not_audited",
            Self::Clipped { .. } => "clipped",
            Self::Unread { .. } => "unread",
            Self::ClockJump { .. } => "clock_jump",
            Self::NotRecorded { .. } => "not_recorded",
            Self::ShardsMissing { .. } => "shards_missing",
            Self::ShardsApart { .. } => "shards_apart",
            Self::Interrupted => "interrupted",
            Self::BudgetUsedUp { .. } => "budget_used_up",
            Self::Bug => "bug",
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(told) = self.not_made() {
            return f.write_str(&told);
        }
        match self {
            Self::Behind { lag_p99 } => write!(
                f,
                "calls were sent {:.1} ms late (p99; limit {} ms): lower the rate, or give the \
                 generator more processors",
                lag_p99.as_secs_f64() * 1e3,
                LAG_LIMIT.as_millis()
            ),
            Self::Saturated { late_p99 } => write!(
                f,
                "the generator's own threads were woken {:.0} ms late (p99; limit {} ms), so times \
                 were taken late: lower the load, or give it more processors",
                late_p99.as_secs_f64() * 1e3,
                PULSE_LIMIT.as_millis()
            ),
            Self::Dropped { calls } => write!(
                f,
                "{calls} calls were due while `max_in_flight` calls were open and have not been \
                 sent: raise `max_in_flight`, or take it that the target cannot hold this rate"
            ),
            Self::Exhausted { requests, why } => write!(
                f,
                "{requests} requests could not be sent, for this machine's own reasons ({why}): \
                 raise `ulimit -n`, or lower the rate or `max_in_flight`"
            ),
            Self::TooFewSamples {
                threshold,
                have,
                need,
            } => write!(
                f,
                "`{threshold}` needs {need} samples, there are {have}: run longer, or ask for a \
                 lower percentile"
            ),
            Self::RateMissed { .. }
            | Self::IterationsMissed { .. }
            | Self::CallersIdle { .. }
            | Self::Busy { .. }
            | Self::NoSamples { .. }
            | Self::NotAudited { .. }
            | Self::Clipped { .. }
            | Self::Unread { .. }
            | Self::ClockJump { .. }
            | Self::NotRecorded { .. }
            | Self::ShardsMissing { .. }
            | Self::ShardsApart { .. }
            | Self::Interrupted
            | Self::BudgetUsedUp { .. }
            | Self::Bug => f.write_str(&self.not_whole()),
        }
    }
}

impl Doubt {
    /// The doubts about a phase that made another load than it was to make.
    fn not_made(&self) -> Option<String> {
        if let Self::RateMissed {
            phase,
            asked,
            achieved,
        } = self
        {
            return Some(format!(
                "phase `{phase}` started {achieved:.1} calls a second, {asked:.1} were asked for: \
                 lower the rate, or give the generator more processors"
            ));
        }
        if let Self::IterationsMissed { phase, made, asked } = self {
            return Some(format!(
                "phase `{phase}` made {made} of its {asked} calls before `max_duration` was over: \
                 raise it, or ask for fewer `iterations`"
            ));
        }
        if let Self::CallersIdle {
            phase,
            callers,
            calls,
        } = self
        {
            return Some(format!(
                "phase `{phase}` was to have {callers} callers and made {calls} calls, so some \
                 callers made none: let it last longer, or give the generator more processors"
            ));
        }
        None
    }

    /// The doubts about a run that is not whole, or of which not all can be told.
    fn not_whole(&self) -> String {
        match self {
            Self::NoSamples { threshold } => format!(
                "`{threshold}` has no samples at all: does the request stream, and does a recorded \
                 phase send it?"
            ),
            Self::NotAudited { threshold } => format!(
                "`{threshold}` has no evidence: it takes `billing: {{ audit: full }}` with probes, \
                 books that the target shows, and a key that nobody else uses"
            ),
            Self::Clipped { samples } => {
                format!("{samples} samples were longer than an hour and count as an hour")
            }
            Self::Unread { bodies } => format!(
                "{bodies} bodies were too long, or of too many values, to be read whole and have \
                 not been judged"
            ),
            Self::ClockJump { by } => format!(
                "the wall clock moved {:.1} s against the monotonic one: times of day in the \
                 results are doubtful, durations are not",
                by.as_secs_f64()
            ),
            Self::NotRecorded { why } => format!("results are missing from the disk: {why}"),
            Self::BudgetUsedUp { requests } => {
                format!("the budget of {requests} requests was used up before the plan was done")
            }
            Self::ShardsMissing { missing, there } => format!(
                "{missing} of {} shards are missing, and with them their share of the calls: run \
                 them, and merge all",
                missing + there
            ),
            Self::ShardsApart { by } => format!(
                "the shards began up to {:.1} s apart, so the load was not the one asked for: give \
                 all of them the same --start-at, and time to get ready",
                by.as_secs_f64()
            ),
            Self::Busy {
                full,
                seconds,
                late_p99,
            } => format!(
                "the generator's threads had no processor time left in {full} of {seconds} seconds \
                 and were {:.0} ms late (p99; limit then {} ms): more --workers if there are \
                 processors left, or less load",
                late_p99.as_secs_f64() * 1e3,
                BUSY_LATE.as_millis()
            ),
            Self::Bug => "a call of the generator itself failed: this is a bug".to_owned(),
            Self::Interrupted
            | Self::Behind { .. }
            | Self::Saturated { .. }
            | Self::RateMissed { .. }
            | Self::IterationsMissed { .. }
            | Self::CallersIdle { .. }
            | Self::Dropped { .. }
            | Self::Exhausted { .. }
            | Self::TooFewSamples { .. } => {
                "the run was stopped before its plan was done".to_owned()
            }
        }
    }
}
