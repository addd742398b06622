//! What became of a request, in one closed list.

/// One word for each request's end; reports count them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Answered as it should be, with success.
    Ok,
    /// Refused, and that was right.
    Refused,
    /// A status that is not right for this request.
    UnexpectedStatus,
    /// An error event inside a stream that had begun.
    StreamError,
    /// A success whose stream ended before its protocol said so.
    Truncated,
    /// No connection.
    ConnectFailed,
    /// The connection broke before the answer was whole.
    Broken,
    /// Its time ran out.
    TimedOut,
    /// Cut off by us: the run was stopped while it was in flight, or its phase's grace was over.
    Interrupted,
    /// Left before its end, as the scenario asks.
    Left,
    /// Never sent: too many were in flight when it was due, or this machine had run out of
    /// something that sending takes.
    Dropped,
    /// Never sent: the budget was used up.
    OverBudget,
    /// Never sent: it could not be, or must not be.
    NotSent,
}

impl Outcome {
    pub const ALL: [Self; 13] = [
        Self::Ok,
        Self::Refused,
        Self::UnexpectedStatus,
        Self::StreamError,
        Self::Truncated,
        Self::ConnectFailed,
        Self::Broken,
        Self::TimedOut,
        Self::Interrupted,
        Self::Left,
        Self::Dropped,
        Self::OverBudget,
        Self::NotSent,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::UnexpectedStatus => "unexpected_status",
            Self::StreamError => "stream_error",
            Self::Truncated => "truncated",
            Self::ConnectFailed => "connect_failed",
            Self::Broken => "broken",
            Self::TimedOut => "timed_out",
            Self::Interrupted => "interrupted",
            Self::Left => "left",
            Self::Dropped => "dropped",
            Self::OverBudget => "over_budget",
            Self::NotSent => "not_sent",
        }
    }

    /// What the scenario asked for.
    pub fn is_as_expected(self) -> bool {
        matches!(self, Self::Ok | Self::Refused | Self::Left)
    }

    /// Counts as `errors.unexpected`: the target's doing, not ours.
    pub fn is_unexpected(self) -> bool {
        match self {
            Self::UnexpectedStatus
            | Self::StreamError
            | Self::Truncated
            | Self::ConnectFailed
            | Self::Broken
            | Self::TimedOut
            | Self::NotSent => true,
            Self::Ok
            | Self::Refused
            | Self::Interrupted
            | Self::Left
            | Self::Dropped
            | Self::OverBudget => false,
        }
    }
}

/// Why no whole answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("cannot connect: {0}")]
    Connect(String),
    #[error("connection broken: {0}")]
    Broken(String),
    #[error("no end after {0} s")]
    TimedOut(u64),
    #[error("not sent, this machine has run out of something: {0}")]
    Exhausted(String),
    #[error("interrupted")]
    Interrupted,
    #[error("left, as the scenario asks")]
    Left,
    #[error("not sent: {0}")]
    Refused(String),
}
