//! Outcome classes: what a call was, as far as money is concerned.

use std::fmt;

use crate::endpoint::Endpoint;
use crate::exchange::Exchange;
use crate::outcome::Outcome;
use crate::protocol::conversation::TaskOutcome;
use crate::scenario::Mistake;

/// One line of the audit's table.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    Success,
    /// A success that says that a safety check refused the prompt, which is promised to be free.
    Blocked,
    /// Billable answers that an unexpected status makes a success nonetheless.
    UnexpectedSuccess,
    /// The client's own fault, by kind.
    Mistake(Mistake),
    RateLimited,
    ConcurrencyLimited,
    UpstreamError,
    /// Any other answer of 400 and above.
    Refused,
    StreamError,
    /// The answer ended early, or its connection broke.
    CutShort,
    TimedOut,
    /// Broken off by us because the run was stopped.
    LeftByUs,
    /// Left on purpose, as the scenario asks, before any token had come.
    LeftBeforeToken,
    LeftAfterToken,
    /// Nothing was sent, or nothing arrived.
    NotSent,
    TaskCompleted,
    TaskFailed,
    TaskCancelledPending,
    TaskCancelledRunning,
    /// Not seen to its end.
    TaskUnfinished,
    /// Submitted before this run under the same id, so billed before or not at all.
    TaskKnownBefore,
    /// An endpoint that costs nothing.
    Free,
}

/// All of them. Their places are what stands for them in a run's own files; none outlives its run.
const ALL: [Class; 36] = [
    Class::Success,
    Class::Blocked,
    Class::UnexpectedSuccess,
    Class::RateLimited,
    Class::ConcurrencyLimited,
    Class::UpstreamError,
    Class::Refused,
    Class::StreamError,
    Class::CutShort,
    Class::TimedOut,
    Class::LeftByUs,
    Class::LeftBeforeToken,
    Class::LeftAfterToken,
    Class::NotSent,
    Class::TaskCompleted,
    Class::TaskFailed,
    Class::TaskCancelledPending,
    Class::TaskCancelledRunning,
    Class::TaskUnfinished,
    Class::TaskKnownBefore,
    Class::Free,
    Class::Mistake(Mistake::MalformedJson),
    Class::Mistake(Mistake::MissingField),
    Class::Mistake(Mistake::WrongType),
    Class::Mistake(Mistake::UnknownModel),
    Class::Mistake(Mistake::WrongKey),
    Class::Mistake(Mistake::NoKey),
    Class::Mistake(Mistake::BodyTooLarge),
    Class::Mistake(Mistake::ContextTooLong),
    Class::Mistake(Mistake::UnknownRoute),
    Class::Mistake(Mistake::UnknownTask),
    Class::Mistake(Mistake::BothIds),
    Class::Mistake(Mistake::CancelUnknownTask),
    Class::Mistake(Mistake::CancelBothIds),
    Class::Mistake(Mistake::CancelNoId),
    Class::Mistake(Mistake::TextModelOnTasks),
];

impl Class {
    /// The number that stands for it in few bytes.
    pub(super) fn number(self) -> u8 {
        let at = ALL.iter().position(|class| *class == self);
        at.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX)
    }

    pub(super) fn of_number(number: u8) -> Option<Self> {
        ALL.get(usize::from(number)).copied()
    }

    /// The class of a request that decides its call's money by itself. `None`: a task that was
    /// accepted, whose end decides.
    pub fn of(exchange: &Exchange, mistake: Option<Mistake>) -> Option<Self> {
        let makes_a_task = matches!(
            exchange.endpoint,
            Endpoint::TasksSubmit | Endpoint::VideosGenerations
        );
        let status = exchange.status().unwrap_or_default();
        let class = match exchange.outcome {
            Outcome::ConnectFailed | Outcome::OverBudget | Outcome::Dropped | Outcome::NotSent => {
                Self::NotSent
            }
            // However it ended, it had nothing to bill.
            Outcome::StreamError
            | Outcome::Truncated
            | Outcome::Broken
            | Outcome::TimedOut
            | Outcome::Interrupted
            | Outcome::Left
                if !exchange.bills && mistake.is_none() =>
            {
                Self::Free
            }
            Outcome::StreamError => Self::StreamError,
            Outcome::Truncated | Outcome::Broken => Self::CutShort,
            Outcome::TimedOut => Self::TimedOut,
            Outcome::Interrupted => Self::LeftByUs,
            Outcome::Left if exchange.tokens == 0 => Self::LeftBeforeToken,
            Outcome::Left => Self::LeftAfterToken,
            // Whatever is not a 2xx is free, a redirection as well.
            Outcome::Ok | Outcome::Refused | Outcome::UnexpectedStatus
                if !(200..300).contains(&status) =>
            {
                refusal(exchange, status, mistake.filter(|_| exchange.decides))
            }
            Outcome::Ok | Outcome::Refused | Outcome::UnexpectedStatus => {
                if !exchange.bills {
                    Self::Free
                } else if makes_a_task {
                    return None;
                } else if exchange
                    .judgement
                    .as_ref()
                    .is_some_and(|one| one.facts.is_blocked)
                {
                    Self::Blocked
                } else if exchange.outcome == Outcome::UnexpectedStatus {
                    Self::UnexpectedSuccess
                } else {
                    Self::Success
                }
            }
        };
        Some(class)
    }

    pub fn of_task(task: &TaskOutcome) -> Self {
        if task.known_before {
            return Self::TaskKnownBefore;
        }
        match task.status.as_str() {
            "completed" => Self::TaskCompleted,
            "failed" => Self::TaskFailed,
            // A task that was last seen waiting may have begun before the cancel came. One that
            // tells a cost had.
            "cancelled" if task.cancelled_running || tells_a_cost(task) => {
                Self::TaskCancelledRunning
            }
            "cancelled" => Self::TaskCancelledPending,
            _ => Self::TaskUnfinished,
        }
    }

    /// The word of a policy that it falls under; calls that end well have none.
    pub fn kind(self) -> Option<&'static str> {
        Some(match self {
            Self::Mistake(_) => "client-error",
            Self::Refused => "refused",
            Self::RateLimited => "rate-limited",
            Self::ConcurrencyLimited => "concurrency-limited",
            Self::UpstreamError => "upstream-error",
            Self::Blocked => "blocked",
            Self::StreamError => "stream-error",
            Self::CutShort => "cut-short",
            Self::TimedOut => "timeout",
            Self::LeftBeforeToken => "disconnect-before-first-token",
            Self::LeftAfterToken => "disconnect-after-first-token",
            Self::TaskFailed => "task-failed",
            Self::TaskCancelledPending => "task-cancelled-pending",
            Self::TaskCancelledRunning => "task-cancelled-running",
            Self::Success
            | Self::UnexpectedSuccess
            | Self::LeftByUs
            | Self::NotSent
            | Self::TaskCompleted
            | Self::TaskUnfinished
            | Self::TaskKnownBefore
            | Self::Free => return None,
        })
    }

    /// Whether an answer began and did not end well.
    pub(super) fn is_broken(self) -> bool {
        matches!(
            self,
            Self::StreamError
                | Self::LeftBeforeToken
                | Self::LeftAfterToken
                | Self::CutShort
                | Self::TimedOut
        )
    }

    /// Whether the end of a task decides its money.
    pub fn is_task(self) -> bool {
        matches!(
            self,
            Self::TaskCompleted
                | Self::TaskFailed
                | Self::TaskCancelledPending
                | Self::TaskCancelledRunning
                | Self::TaskUnfinished
                | Self::TaskKnownBefore
        )
    }
}

fn refusal(exchange: &Exchange, status: u16, mistake: Option<Mistake>) -> Class {
    let code = exchange
        .judgement
        .as_ref()
        .and_then(|judgement| judgement.facts.error.as_ref());
    match (status, mistake) {
        (429, _) if code.is_some_and(|(code, _)| code == "concurrency_limit") => {
            Class::ConcurrencyLimited
        }
        (429, _) => Class::RateLimited,
        (500.., _) => Class::UpstreamError,
        (_, Some(mistake)) => Class::Mistake(mistake),
        (_, None) => Class::Refused,
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Mistake(mistake) => return f.write_str(mistake.name()),
            Self::Success => "success",
            Self::Blocked => "prompt blocked",
            Self::UnexpectedSuccess => "unexpected success",
            Self::RateLimited => "rate limited",
            Self::ConcurrencyLimited => "concurrency limited",
            Self::UpstreamError => "upstream error",
            Self::Refused => "refused",
            Self::StreamError => "error after the stream began",
            Self::CutShort => "cut short",
            Self::TimedOut => "timed out",
            Self::LeftByUs => "broken off by us",
            Self::LeftBeforeToken => "left before the first token",
            Self::LeftAfterToken => "left after the first token",
            Self::NotSent => "not sent",
            Self::TaskCompleted => "task completed",
            Self::TaskFailed => "task failed",
            Self::TaskCancelledPending => "task cancelled before it ran",
            Self::TaskCancelledRunning => "task cancelled while running",
            Self::TaskUnfinished => "task not seen to its end",
            Self::TaskKnownBefore => "task known before this run",
            Self::Free => "free endpoint",
        };
        f.write_str(name)
    }
}

fn tells_a_cost(task: &TaskOutcome) -> bool {
    let cost = task.credits_used.as_deref();
    cost.and_then(|cost| cost.parse::<f64>().ok())
        .is_some_and(|cost| cost > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::Policy;
    use crate::protocol::Head;

    #[test]
    fn a_success_that_says_the_prompt_was_blocked_is_expected_to_be_free() {
        let mut exchange = Exchange::example(Outcome::Ok);
        exchange.head = Some(Head {
            status: 200,
            headers: Vec::new(),
        });
        exchange.bills = true;
        let facts = crate::protocol::Facts {
            is_blocked: true,
            ..Default::default()
        };
        exchange.judgement = Some(crate::judge::Judgement {
            facts,
            ..crate::judge::Judgement::example()
        });
        let class = Class::of(&exchange, None);
        assert_eq!(class, Some(Class::Blocked));
        let billed = class.map(|class| Policy::default().billed(class));
        assert_eq!(billed, Some((0, 0)));
    }

    #[test]
    fn no_call_is_expected_to_be_billed_without_a_2xx_or_at_a_free_endpoint() {
        let of = |outcome, status, bills| {
            let mut exchange = Exchange::example(outcome);
            exchange.head = Some(Head {
                status,
                headers: Vec::new(),
            });
            exchange.bills = bills;
            Class::of(&exchange, None).map(|class| Policy::default().billed(class))
        };
        let cases = [
            (Outcome::Ok, 200, true, (1, 1)),
            (Outcome::UnexpectedStatus, 202, true, (1, 1)),
            (Outcome::UnexpectedStatus, 302, true, (0, 0)),
            (Outcome::UnexpectedStatus, 101, true, (0, 0)),
            (Outcome::Ok, 304, true, (0, 0)),
            (Outcome::TimedOut, 200, true, (0, 1)),
            (Outcome::TimedOut, 200, false, (0, 0)),
            (Outcome::Broken, 200, false, (0, 0)),
        ];
        for (outcome, status, bills, expected) in cases {
            assert_eq!(
                of(outcome, status, bills),
                Some(expected),
                "{outcome:?} {status} {bills}"
            );
        }
    }

    #[test]
    fn a_cancelled_task_that_tells_a_cost_had_begun_whatever_was_last_seen_of_it() {
        let of = |cancelled_running, credits_used: Option<&str>| {
            Class::of_task(&TaskOutcome {
                task_id: "task_1".to_owned(),
                status: "cancelled".to_owned(),
                credits_used: credits_used.map(str::to_owned),
                cancelled_running,
                known_before: false,
            })
        };
        for (running, cost, class) in [
            (false, None, Class::TaskCancelledPending),
            (false, Some("0"), Class::TaskCancelledPending),
            (false, Some("0.00"), Class::TaskCancelledPending),
            (false, Some("many"), Class::TaskCancelledPending),
            (false, Some("0.23"), Class::TaskCancelledRunning),
            (true, None, Class::TaskCancelledRunning),
        ] {
            assert_eq!(of(running, cost), class, "{running} {cost:?}");
        }
    }
}
