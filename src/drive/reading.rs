//! What is noted of one answer while it comes.

use crate::exchange::{Nanos, Times};
use crate::judge::{Judge, Progress};
use crate::recording::Keep;

/// Fills in as an answer comes.
pub(super) struct Reading {
    pub(super) times: Times,
    pub(super) tokens: u32,
    pub(super) longest_gap: Option<u64>,
    pub(super) judge: Option<Judge>,
    pub(super) keep: Option<Keep>,
}

impl Reading {
    pub(super) fn take(&mut self, bytes: &[u8], now: Nanos, gap: impl FnMut(u64)) {
        self.times.first_byte.get_or_insert(now);
        if let Some(keep) = &mut self.keep {
            keep.take(bytes, now);
        }
        if let Some(judge) = &mut self.judge {
            let progress = judge.bytes(bytes);
            self.note(progress, now, gap);
        }
    }

    fn note(&mut self, progress: Progress, now: Nanos, mut gap: impl FnMut(u64)) {
        let times = &mut self.times;
        if progress.events > 0 {
            times.first_event.get_or_insert(now);
        }
        if progress.visible {
            times.visible.get_or_insert(now);
        }
        if progress.terminal {
            times.terminal.get_or_insert(now);
        }
        if progress.tokens == 0 {
            return;
        }
        let since_last = times.last_token.and_then(|last| now.since(last));
        // Further payload events of the same read came at the same time.
        let together = std::iter::repeat_n(0, progress.tokens as usize - 1);
        for nanos in since_last.into_iter().chain(together) {
            gap(nanos);
            self.longest_gap = self.longest_gap.max(Some(nanos));
        }
        times.first_token.get_or_insert(now);
        times.last_token = Some(now);
        self.tokens += progress.tokens;
    }
}
