//! The way out of memory: records of one length go to a place that was handed in, block by block.
//!
//! What the place does not take stays in memory, so that nothing is lost. What it does not give
//! back is noted: whoever went over it has not seen all, and must not conclude from what was left.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io;

/// Where bytes are put that shall not stay in memory.
pub trait Place: fmt::Debug {
    /// Puts bytes behind all others, and says where. Where it fails nothing was put.
    fn append(&mut self, bytes: &[u8]) -> io::Result<u64>;
    /// Fills `bytes` with what stands there.
    fn read(&self, at: u64, bytes: &mut [u8]) -> io::Result<()>;
    /// An empty one of the same kind.
    fn another(&self) -> io::Result<Box<dyn Place>>;
}

/// What has the same length always.
pub(super) trait Fixed: Copy {
    const BYTES: usize;
    fn write(&self, bytes: &mut Vec<u8>);
    /// `None`: nothing of this kind was ever written so.
    fn read(bytes: &[u8]) -> Option<Self>;
}

/// Some records in a row.
#[derive(Debug)]
pub(super) enum Block<T> {
    Kept(Vec<T>),
    Put { at: u64, count: usize },
}

/// Entries that are kept in memory at once: 256 KiB.
const MOST: usize = 4_096;

/// A place, how much stays before it is used, and how it went.
#[derive(Debug)]
pub(super) struct Spill {
    place: Option<Box<dyn Place>>,
    /// Records of a block.
    most: usize,
    unwritten: RefCell<Option<String>>,
    unread: RefCell<Option<String>>,
    /// Whether something could not be read since [`Spill::watched`] began.
    has_failed: Cell<bool>,
}

impl Default for Spill {
    fn default() -> Self {
        Self {
            place: None,
            most: MOST,
            unwritten: RefCell::default(),
            unread: RefCell::default(),
            has_failed: Cell::default(),
        }
    }
}

impl Spill {
    pub(super) fn into_place(place: Box<dyn Place>) -> Self {
        Self {
            place: Some(place),
            ..Self::default()
        }
    }

    /// The same with blocks of another length.
    #[cfg(test)]
    pub(super) fn in_blocks_of(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    /// Records of a block. `None`: there is no place, and all stays together.
    pub(super) fn most(&self) -> Option<usize> {
        self.place.is_some().then_some(self.most)
    }

    /// Puts records away; those that the place does not take stay.
    pub(super) fn put<T: Fixed>(&mut self, records: Vec<T>) -> Block<T> {
        let Some(place) = &mut self.place else {
            return Block::Kept(records);
        };
        let put = put(place.as_mut(), &records);
        self.or_kept(put, records)
    }

    /// A place for what is needed for a while. `None`: there is none to be had.
    pub(super) fn another(&self) -> Option<Box<dyn Place>> {
        match self.place.as_ref()?.another() {
            Ok(place) => Some(place),
            Err(why) => {
                self.cannot_write(&why);
                None
            }
        }
    }

    pub(super) fn or_kept<T>(&self, put: io::Result<u64>, records: Vec<T>) -> Block<T> {
        match put {
            Ok(at) => Block::Put {
                at,
                count: records.len(),
            },
            Err(why) => {
                self.cannot_write(&why);
                Block::Kept(records)
            }
        }
    }

    /// Takes back so many records. `None`: they cannot be read, which is noted.
    pub(super) fn take_back<T: Fixed>(&self, at: u64, count: usize) -> Option<Vec<T>> {
        self.read_from(self.place.as_deref()?, at, count)
    }

    /// The same from another place.
    pub(super) fn read_from<T: Fixed>(
        &self,
        place: &dyn Place,
        at: u64,
        count: usize,
    ) -> Option<Vec<T>> {
        let mut bytes = vec![0; count * T::BYTES];
        if let Err(why) = place.read(at, &mut bytes) {
            self.cannot_read(why.to_string());
            return None;
        }
        let records = bytes.chunks_exact(T::BYTES).map(T::read);
        let records: Option<Vec<T>> = records.collect();
        if records.is_none() {
            self.cannot_read("it is not what was written".to_owned());
        }
        records
    }

    fn cannot_write(&self, why: &io::Error) {
        self.unwritten
            .borrow_mut()
            .get_or_insert_with(|| why.to_string());
    }

    fn cannot_read(&self, why: String) {
        self.unread.borrow_mut().get_or_insert(why);
        self.has_failed.set(true);
    }

    /// Why something was kept in memory.
    pub(super) fn unwritten(&self) -> Option<String> {
        self.unwritten.borrow().clone()
    }

    /// Why something was not read.
    pub(super) fn unread(&self) -> Option<String> {
        let why = self.unread.borrow();
        let why = why.as_ref()?;
        Some(format!("cannot read what was kept of the requests: {why}"))
    }

    /// Does something, and says why not all that it asked for could be read, if so.
    pub(super) fn watched<T>(&self, act: impl FnOnce() -> T) -> (T, Option<String>) {
        let before = self.has_failed.replace(false);
        let done = act();
        let has_failed = self.has_failed.get();
        self.has_failed.set(before || has_failed);
        let why = self.unread().filter(|_| has_failed);
        (done, why)
    }

    /// What rests on something that was not read is asked for.
    pub(super) fn lacks_again(&self) {
        self.has_failed.set(true);
    }
}

pub(super) fn put<T: Fixed>(place: &mut dyn Place, records: &[T]) -> io::Result<u64> {
    let mut bytes = Vec::with_capacity(records.len() * T::BYTES);
    records.iter().for_each(|record| record.write(&mut bytes));
    place.append(&bytes)
}

/// Takes numbers from bytes, the first first.
pub(super) struct Numbers<'a>(pub(super) &'a [u8]);

impl Numbers<'_> {
    pub(super) fn next<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }
}

#[cfg(test)]
pub(super) mod shelf;
