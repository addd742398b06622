//! SIGINT and SIGTERM.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Which of the two came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StopSignal {
    Interrupt,
    Terminate,
}

/// Both signals, from when it was made.
pub(super) struct Signals(Option<(Signal, Signal)>);

impl Signals {
    /// Without handlers (no descriptors left) the signals keep their default effect.
    pub(super) fn new() -> Self {
        let interrupt = signal(SignalKind::interrupt());
        Self(
            interrupt
                .and_then(|one| Ok((one, signal(SignalKind::terminate())?)))
                .ok(),
        )
    }

    pub(super) async fn next(&mut self) -> StopSignal {
        let Some((interrupt, terminate)) = &mut self.0 else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => StopSignal::Interrupt,
            _ = terminate.recv() => StopSignal::Terminate,
        }
    }
}
