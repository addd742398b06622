//! Keeping what comes in while nobody knows yet whether it will be wanted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

use super::{IN_FLIGHT, PER_ANSWER, PER_REQUEST, PIECES};
use crate::exchange::Nanos;
use crate::protocol::{BodyEnd, Draft};

/// What is claimed at first; each further claim doubles it.
const FIRST: usize = 4 << 10;

/// Bytes that all answers in flight may still keep.
#[derive(Debug)]
pub struct Budget(AtomicUsize);

impl Budget {
    pub fn new() -> Arc<Self> {
        Self::of(IN_FLIGHT)
    }

    /// For tests of the limit.
    pub fn of(bytes: usize) -> Arc<Self> {
        Arc::new(Self(AtomicUsize::new(bytes)))
    }

    fn claim(&self, bytes: usize) -> bool {
        let take = |left: usize| left.checked_sub(bytes);
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .is_ok()
    }

    fn release(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes that nobody has claimed.
    pub fn left(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// The start of one answer, as long as there is room.
#[derive(Debug)]
pub struct Keep {
    budget: Arc<Budget>,
    claimed: usize,
    bytes: Vec<u8>,
    /// When pieces came, and how long they were.
    pieces: Vec<(Nanos, u64)>,
    left_out: u64,
}

impl Keep {
    pub fn new(budget: &Arc<Budget>) -> Self {
        Self {
            budget: Arc::clone(budget),
            claimed: 0,
            bytes: Vec::new(),
            pieces: Vec::new(),
            left_out: 0,
        }
    }

    /// Takes the next piece. Once something was left out, all after it is: a gap would be read as
    /// the peer's.
    pub fn take(&mut self, piece: &[u8], now: Nanos) {
        let room = if self.left_out > 0 {
            0
        } else {
            self.room(piece.len())
        };
        let kept = piece.len().min(room);
        self.bytes.extend_from_slice(&piece[..kept]);
        self.left_out += (piece.len() - kept) as u64;
        if kept == 0 {
            return;
        }
        if self.pieces.len() < PIECES {
            self.pieces.push((now, kept as u64));
        } else if let Some((_, bytes)) = self.pieces.last_mut() {
            *bytes += kept as u64;
        }
    }

    /// How much of so many bytes may be kept; claims what that takes.
    fn room(&mut self, wanted: usize) -> usize {
        let wanted = wanted.min(PER_ANSWER - self.bytes.len());
        while self.claimed < self.bytes.len() + wanted {
            // Small steps once a large one is refused: many streams share what is left.
            let step = self.claimed.max(FIRST);
            if !self.budget.claim(step) {
                break;
            }
            self.claimed += step;
        }
        // Once, however many claims it took.
        if self.bytes.capacity() < self.claimed {
            self.bytes.reserve_exact(self.claimed - self.bytes.len());
        }
        wanted.min(self.claimed - self.bytes.len())
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    pub fn pieces(&self) -> &[(Nanos, u64)] {
        &self.pieces
    }

    /// Bytes of the answer that are not here.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Room for something else that goes the same way, such as the request.
    fn claim(&mut self, bytes: usize) -> bool {
        let claimed = self.budget.claim(bytes);
        self.claimed += if claimed { bytes } else { 0 };
        claimed
    }
}

impl Drop for Keep {
    fn drop(&mut self) {
        self.budget.release(self.claimed);
    }
}

/// A request and what came back, byte for byte.
#[derive(Debug)]
pub struct Raw {
    pub draft: Draft,
    /// Bytes of a request that is too long to be kept; its body is then empty here.
    pub unsent: u64,
    pub keep: Keep,
    pub end: BodyEnd,
}

impl Raw {
    /// `None`: there is no room for the request.
    pub fn new(mut draft: Draft, mut keep: Keep, end: BodyEnd) -> Option<Self> {
        let mut unsent = 0;
        if draft.body.len() > PER_REQUEST {
            // Some are made too long on purpose; what they ask for is as long once more.
            unsent = draft.body.len() as u64;
            draft.body = Bytes::new();
            draft.asked_mut().body = None.into();
        }
        // Its text, and the document that was made of it.
        let has_room = keep.claim(draft.body.len() * 3);
        has_room.then_some(Self {
            draft,
            unsent,
            keep,
            end,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_answers_in_flight_share_one_room_and_give_it_back() {
        let budget = Budget::of(64 << 10);
        let mut keeps: Vec<_> = (0..100).map(|_| Keep::new(&budget)).collect();
        for round in 0..100 {
            for keep in &mut keeps {
                keep.take(&[b'x'; 500], Nanos(round));
            }
        }
        let kept: usize = keeps.iter().map(|keep| keep.bytes().len()).sum();
        let left_out: u64 = keeps.iter().map(Keep::left_out).sum();
        assert!(kept <= 64 << 10, "{kept}");
        assert_eq!(kept as u64 + left_out, 100 * 100 * 500);
        let room: usize = keeps.iter().map(|keep| keep.bytes.capacity()).sum();
        assert!(room <= 64 << 10, "{room}");
        drop(keeps);
        assert_eq!(budget.left(), 64 << 10);
    }

    #[test]
    fn one_answer_keeps_its_start_and_its_first_times_only() {
        let budget = Budget::new();
        let mut keep = Keep::new(&budget);
        for piece in 0..10_000_u64 {
            keep.take(&[0; 100], Nanos(piece));
        }
        assert_eq!(keep.pieces().len(), PIECES);
        let told: u64 = keep.pieces().iter().map(|(_, bytes)| bytes).sum();
        assert_eq!(told, keep.bytes().len() as u64);
        keep.take(&vec![1; PER_ANSWER], Nanos(1));
        keep.take(b"after a gap", Nanos(2));
        assert_eq!(keep.bytes().len(), PER_ANSWER);
        assert_eq!(keep.left_out(), 1_000_000 + 11);
    }
}
