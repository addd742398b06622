//! Moments of entries in the order of time, whatever order they came in: runs that fit into memory
//! are sorted and put away, and merged as somebody goes over them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use super::spill::{Block, Fixed, Numbers, Place, Spill, put};
use crate::exchange::Nanos;

/// When something is known of an entry, and what. Those of one moment stand in the order of their
/// entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp {
    pub(super) at: Nanos,
    pub(super) index: u32,
    pub(super) credits: i64,
}

impl Stamp {
    pub(super) fn new(at: Nanos, index: usize, credits: i64) -> Self {
        let index = u32::try_from(index).expect("a run has less than four billion requests");
        Self { at, index, credits }
    }
}

impl Fixed for Stamp {
    const BYTES: usize = 20;

    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.at.0.to_le_bytes());
        bytes.extend_from_slice(&self.index.to_le_bytes());
        bytes.extend_from_slice(&self.credits.to_le_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut numbers = Numbers(bytes);
        Some(Self {
            at: Nanos(u64::from_le_bytes(numbers.next()?)),
            index: u32::from_le_bytes(numbers.next()?),
            credits: i64::from_le_bytes(numbers.next()?),
        })
    }
}

/// A run is so many times as long as a block of entries.
const BLOCKS_OF_A_RUN: usize = 4;
/// All runs that are merged share so many blocks of memory, and none gets more than a part of one.
const BLOCKS_OF_A_MERGE: usize = 16;
const PARTS_OF_A_BLOCK: usize = 16;

/// Takes stamps in any order.
#[derive(Debug)]
pub(super) struct Sorter<'a> {
    spill: &'a Spill,
    /// Opened when it is needed first.
    place: Option<Box<dyn Place>>,
    runs: Vec<Block<Stamp>>,
    last: Vec<Stamp>,
}

impl<'a> Sorter<'a> {
    pub(super) fn new(spill: &'a Spill) -> Self {
        Self {
            spill,
            place: None,
            runs: Vec::new(),
            last: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, stamp: Stamp) {
        self.last.push(stamp);
        let most = self.spill.most();
        if most.is_some_and(|most| self.last.len() >= most * BLOCKS_OF_A_RUN) {
            self.put_away();
        }
    }

    fn put_away(&mut self) {
        let mut run = std::mem::take(&mut self.last);
        run.sort_unstable();
        if self.place.is_none() {
            self.place = self.spill.another();
        }
        let run = match &mut self.place {
            Some(place) => {
                let put = put(place.as_mut(), &run);
                self.spill.or_kept(put, run)
            }
            None => Block::Kept(run),
        };
        self.runs.push(run);
    }

    pub(super) fn sorted(mut self) -> Sorted<'a> {
        self.last.sort_unstable();
        self.runs.push(Block::Kept(self.last));
        Sorted {
            spill: self.spill,
            place: self.place,
            runs: self.runs,
        }
    }
}

/// Stamps in order, to be gone over as often as need be.
#[derive(Debug)]
pub(super) struct Sorted<'a> {
    spill: &'a Spill,
    place: Option<Box<dyn Place>>,
    runs: Vec<Block<Stamp>>,
}

impl Sorted<'_> {
    /// Stamps of a run that are read at once.
    fn part(&self) -> usize {
        let most = self.spill.most().unwrap_or_default();
        let share = most * BLOCKS_OF_A_MERGE / self.runs.len();
        share.min(most / PARTS_OF_A_BLOCK).max(1)
    }

    pub(super) fn len(&self) -> usize {
        let length = |run: &Block<Stamp>| match run {
            Block::Kept(run) => run.len(),
            Block::Put { count, .. } => *count,
        };
        self.runs.iter().map(length).sum()
    }

    /// All of them. Where they cannot be read some are left out, which is noted.
    pub(super) fn iter(&self) -> Merged<'_> {
        let mut cursors: Vec<_> = self.runs.iter().map(Cursor::new).collect();
        let mut heads = BinaryHeap::with_capacity(cursors.len());
        for (cursor, number) in cursors.iter_mut().zip(0..) {
            heads.extend(cursor.next(self).map(|first| Reverse((first, number))));
        }
        Merged {
            sorted: self,
            cursors,
            heads,
        }
    }
}

/// How far one run has been read.
#[derive(Debug)]
struct Cursor<'a> {
    run: &'a Block<Stamp>,
    next: usize,
    /// Some of it, and where it begins in the run.
    part: (usize, Vec<Stamp>),
}

impl<'a> Cursor<'a> {
    fn new(run: &'a Block<Stamp>) -> Self {
        Self {
            run,
            next: 0,
            part: (0, Vec::new()),
        }
    }

    fn next(&mut self, sorted: &Sorted<'_>) -> Option<Stamp> {
        let stamp = match self.run {
            Block::Kept(run) => run.get(self.next).copied()?,
            Block::Put { at, count } => {
                let left = count - self.next;
                if left > 0 && self.next == self.part.0 + self.part.1.len() {
                    let part = sorted.part().min(left);
                    let at = at + (self.next * Stamp::BYTES) as u64;
                    let place = sorted.place.as_deref()?;
                    let part = sorted.spill.read_from(place, at, part)?;
                    self.part = (self.next, part);
                }
                self.part.1.get(self.next - self.part.0).copied()?
            }
        };
        self.next += 1;
        Some(stamp)
    }
}

/// Goes over all runs at once.
#[derive(Debug)]
pub(super) struct Merged<'a> {
    sorted: &'a Sorted<'a>,
    cursors: Vec<Cursor<'a>>,
    /// The next of each run, with the number of the run.
    heads: BinaryHeap<Reverse<(Stamp, usize)>>,
}

impl Iterator for Merged<'_> {
    type Item = Stamp;

    fn next(&mut self) -> Option<Stamp> {
        let mut head = self.heads.peek_mut()?;
        let Reverse((stamp, number)) = *head;
        match self.cursors[number].next(self.sorted) {
            Some(next) => *head = Reverse((next, number)),
            None => drop(PeekMut::pop(head)),
        }
        Some(stamp)
    }
}
