//! Keeping what comes in while nobody knows yet whether it will be wanted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

use super::{IN_FLIGHT, PER_ANSWER, PER_REQUEST, PIECES};
use crate::exchange::Nanos;
use crate::protocol::{BodyEnd, Draft};

/// What is claimed at a time, unless a piece is longer.
const BLOCK: usize = 4 << 10;

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

/// A part of the room, given back at its end.
#[derive(Debug)]
struct Claim {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Claim {
    /// Adds to it, if there is as much left.
    fn more(&mut self, bytes: usize) -> bool {
        let claimed = self.budget.claim(bytes);
        self.bytes += if claimed { bytes } else { 0 };
        claimed
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.budget.release(self.bytes);
    }
}

/// The start of one answer that is still coming, as long as there is room. It lies in blocks: one
/// piece of memory that grows would be copied each time, and be half empty.
#[derive(Debug)]
pub struct Keep {
    claim: Claim,
    /// All but the last are full.
    blocks: Vec<Vec<u8>>,
    /// Bytes in them.
    length: usize,
    pieces: Vec<(Nanos, u64)>,
    left_out: u64,
}

impl Keep {
    pub fn new(budget: &Arc<Budget>) -> Self {
        Self {
            claim: Claim {
                budget: Arc::clone(budget),
                bytes: 0,
            },
            blocks: Vec::new(),
            length: 0,
            pieces: Vec::new(),
            left_out: 0,
        }
    }

    /// Takes the next piece. Once something was left out, all after it is: a gap would be read as
    /// the peer's.
    pub fn take(&mut self, piece: &[u8], now: Nanos) {
        let kept = if self.left_out > 0 {
            0
        } else {
            self.put(&piece[..piece.len().min(PER_ANSWER - self.length)])
        };
        self.length += kept;
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

    /// How much of a piece there was room for.
    fn put(&mut self, piece: &[u8]) -> usize {
        let mut rest = piece;
        if let Some(last) = self.blocks.last_mut() {
            let room = (last.capacity() - last.len()).min(rest.len());
            last.extend_from_slice(&rest[..room]);
            rest = &rest[room..];
        }
        while !rest.is_empty() {
            // Small steps once a large one is refused: many streams share what is left.
            let whole = rest.len().next_multiple_of(BLOCK);
            let Some(size) = [whole, BLOCK]
                .into_iter()
                .find(|size| self.claim.more(*size))
            else {
                break;
            };
            let (now, later) = rest.split_at(size.min(rest.len()));
            let mut block = Vec::with_capacity(size);
            block.extend_from_slice(now);
            self.blocks.push(block);
            rest = later;
        }
        piece.len() - rest.len()
    }

    /// Bytes of the answer that are not here.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// When the answer is over.
    pub fn joined(mut self) -> Kept {
        let bytes = match &mut self.blocks[..] {
            [] => Vec::new(),
            [one] => std::mem::take(one),
            several => several.concat(),
        };
        Kept {
            claim: self.claim,
            bytes,
            pieces: self.pieces,
            left_out: self.left_out,
        }
    }
}

/// The start of one answer that is over.
#[derive(Debug)]
pub struct Kept {
    claim: Claim,
    bytes: Vec<u8>,
    /// When pieces came, and how long they were.
    pieces: Vec<(Nanos, u64)>,
    left_out: u64,
}

impl Kept {
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
}

/// A request and what came back, byte for byte.
#[derive(Debug)]
pub struct Raw {
    pub draft: Draft,
    /// Bytes of a request that is too long to be kept; its body is then empty here.
    pub unsent: u64,
    pub keep: Kept,
    pub end: BodyEnd,
}

impl Raw {
    /// `None`: there is no room for the request.
    pub fn new(mut draft: Draft, keep: Keep, end: BodyEnd) -> Option<Self> {
        let mut unsent = 0;
        if draft.body.len() > PER_REQUEST {
            // Some are made too long on purpose; what they ask for is as long once more.
            unsent = draft.body.len() as u64;
            draft.body = Bytes::new();
            draft.asked_mut().body = None.into();
        }
        // Its text, and the document that was made of it.
        let mut keep = keep.joined();
        let has_room = keep.claim.more(draft.body.len() * 3);
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
        let left_out: u64 = keeps.iter().map(Keep::left_out).sum();
        let blocks = keeps.iter().flat_map(|keep| &keep.blocks);
        let room: usize = blocks.map(Vec::capacity).sum();
        assert!(room <= 64 << 10, "{room}");
        let keeps: Vec<_> = keeps.into_iter().map(Keep::joined).collect();
        let kept: usize = keeps.iter().map(|keep| keep.bytes().len()).sum();
        assert!(kept <= 64 << 10, "{kept}");
        assert_eq!(kept as u64 + left_out, 100 * 100 * 500);
        drop(keeps);
        assert_eq!(budget.left(), 64 << 10);
    }

    #[test]
    fn an_answer_is_kept_in_its_order_however_it_is_cut() {
        let sent: Vec<u8> = (0..=250).cycle().take(60_000).collect();
        for sizes in [
            &[1][..],
            &[4096],
            &[4095, 2, 9000],
            &[60_000],
            &[100, 30_000],
        ] {
            let budget = Budget::new();
            let mut keep = Keep::new(&budget);
            let mut rest = &sent[..];
            for size in sizes.iter().cycle() {
                let (piece, later) = rest.split_at(rest.len().min(*size));
                keep.take(piece, Nanos(1));
                rest = later;
                if rest.is_empty() {
                    break;
                }
            }
            assert!(keep.length <= keep.claim.bytes);
            assert!(keep.joined().bytes() == sent, "{sizes:?}");
        }
    }

    #[test]
    fn one_answer_keeps_its_start_and_its_first_times_only() {
        let budget = Budget::new();
        let mut keep = Keep::new(&budget);
        for piece in 0..10_000_u64 {
            keep.take(&[0; 100], Nanos(piece));
        }
        assert_eq!(keep.pieces.len(), PIECES);
        let told: u64 = keep.pieces.iter().map(|(_, bytes)| bytes).sum();
        assert_eq!(told, keep.length as u64);
        keep.take(&vec![1; PER_ANSWER], Nanos(1));
        keep.take(b"after a gap", Nanos(2));
        assert_eq!(keep.left_out(), 1_000_000 + 11);
        let kept = keep.joined();
        assert_eq!(kept.bytes().len(), PER_ANSWER);
        assert_eq!(kept.pieces().len(), PIECES);
    }

    #[test]
    fn a_long_piece_takes_what_is_left() {
        let budget = Budget::of(10_000);
        let mut keep = Keep::new(&budget);
        keep.take(&[1; 50_000], Nanos(1));
        assert_eq!((keep.length, keep.left_out()), (8192, 50_000 - 8192));
        drop(keep);
        assert_eq!(budget.left(), 10_000);
    }
}
