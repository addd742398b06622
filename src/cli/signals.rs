//! SIGINT and SIGTERM; and SIGXFSZ, so that a limit on files is an error of writing and no end.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Which of the two came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StopSignal {
    Interrupt,
    Terminate,
}

/// Both signals, from when it was made.
pub(super) struct Signals {
    both: Option<(Signal, Signal)>,
    /// Nobody waits for it: that it is handled keeps it from ending the run.
    _too_long: Option<Signal>,
}

impl Signals {
    /// Without handlers (no descriptors left) the signals keep their default effect.
    pub(super) fn new() -> Self {
        let interrupt = signal(SignalKind::interrupt());
        let too_long = SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw());
        Self {
            both: interrupt
                .and_then(|one| Ok((one, signal(SignalKind::terminate())?)))
                .ok(),
            _too_long: signal(too_long).ok(),
        }
    }

    pub(super) async fn next(&mut self) -> StopSignal {
        let Some((interrupt, terminate)) = &mut self.both else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => StopSignal::Interrupt,
            _ = terminate.recv() => StopSignal::Terminate,
        }
    }
}
