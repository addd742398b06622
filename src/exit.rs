//! Exit codes, all of them.

use std::process::ExitCode;

/// How the program ended, for whoever called it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All held.
    Held,
    /// A rule, threshold or the audit did not hold.
    Failed,
    /// Wrong usage or a wrong scenario; nothing was sent.
    Usage,
    /// The target is unusable: unreachable, or it refused the key.
    Target,
    /// The run cannot vouch for its own figures.
    Inconclusive,
    /// Stopped by the budget.
    Budget,
    /// A bug of ours.
    Bug,
    /// Stopped by SIGINT; results are written.
    Interrupted,
    /// Stopped by SIGTERM; results are written.
    Terminated,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Self::Held => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Target => 3,
            Self::Inconclusive => 4,
            Self::Budget => 5,
            Self::Bug => 70,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
