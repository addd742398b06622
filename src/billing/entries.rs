//! What the audit keeps of all requests, however many: the last ones in memory, those before them
//! where there is room.

use super::entry::Entry;
use super::spill::{Block, Fixed, Place, Spill};

/// Entries in the order in which they were told. Without a place all of them stay in memory.
#[derive(Debug, Default)]
pub struct Entries {
    spill: Spill,
    /// All of them full.
    blocks: Vec<Block<Entry>>,
    /// What has come since.
    last: Vec<Entry>,
    /// All of them are in memory now, and stay there.
    is_gathered: bool,
}

impl From<Vec<Entry>> for Entries {
    fn from(last: Vec<Entry>) -> Self {
        Self {
            last,
            ..Self::default()
        }
    }
}

impl FromIterator<Entry> for Entries {
    fn from_iter<I: IntoIterator<Item = Entry>>(all: I) -> Self {
        all.into_iter().collect::<Vec<_>>().into()
    }
}

impl Extend<Entry> for Entries {
    fn extend<I: IntoIterator<Item = Entry>>(&mut self, more: I) {
        more.into_iter().for_each(|entry| self.push(entry));
    }
}

impl Entries {
    /// Those that do not fit into memory go into `place`.
    pub fn kept_in(place: Box<dyn Place>) -> Self {
        Self::spilling(Spill::into_place(place))
    }

    pub(super) fn spilling(spill: Spill) -> Self {
        Self {
            spill,
            ..Self::default()
        }
    }

    pub(super) fn spill(&self) -> &Spill {
        &self.spill
    }

    pub fn push(&mut self, entry: Entry) {
        self.last.push(entry);
        let most = self.spill.most().filter(|_| !self.is_gathered);
        if most.is_some_and(|most| self.last.len() >= most) {
            let full = std::mem::take(&mut self.last);
            self.last.reserve_exact(full.len());
            self.blocks.push(self.spill.put(full));
        }
    }

    pub fn len(&self) -> usize {
        self.put_away() + self.last.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many are in blocks.
    fn put_away(&self) -> usize {
        self.blocks.len() * self.spill.most().unwrap_or_default()
    }

    /// One of them. `None`: there is none, or it cannot be read, which is noted.
    pub fn get(&self, index: usize) -> Option<Entry> {
        let put_away = self.put_away();
        if index >= put_away {
            return self.last.get(index - put_away).copied();
        }
        let most = self.spill.most()?;
        let within = index % most;
        match self.blocks.get(index / most)? {
            Block::Kept(block) => block.get(within).copied(),
            Block::Put { at, .. } => {
                let at = *at + (within * Entry::BYTES) as u64;
                self.spill.take_back(at, 1)?.pop()
            }
        }
    }

    /// All of them. Where they cannot be read it ends early, which is noted.
    pub fn iter(&self) -> Iter<'_> {
        self.starting_at(0)
    }

    /// All from that one on.
    pub fn starting_at(&self, first: usize) -> Iter<'_> {
        Iter {
            entries: self,
            next: first,
            block: (usize::MAX, Vec::new()),
        }
    }

    /// Takes all into memory, where they can be changed. `None`: they cannot be read, which is
    /// noted.
    pub(super) fn gathered(&mut self) -> Option<&mut [Entry]> {
        if !self.is_gathered {
            let mut all = Vec::with_capacity(self.len());
            all.extend(self.iter());
            if all.len() < self.len() {
                return None;
            }
            (self.blocks, self.last) = (Vec::new(), all);
            self.is_gathered = true;
        }
        Some(&mut self.last)
    }

    /// Why some of them had to stay in memory.
    pub fn unwritten(&self) -> Option<String> {
        self.spill.unwritten()
    }

    /// Why some of them could not be read.
    pub fn unread(&self) -> Option<String> {
        self.spill.unread()
    }
}

/// Goes over entries, with one block in memory.
#[derive(Debug)]
pub struct Iter<'a> {
    entries: &'a Entries,
    next: usize,
    /// The last one that was read, and its number.
    block: (usize, Vec<Entry>),
}

impl Iterator for Iter<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let entries = self.entries;
        let put_away = entries.put_away();
        if self.next >= put_away {
            let entry = entries.last.get(self.next - put_away).copied();
            self.next += usize::from(entry.is_some());
            return entry;
        }
        let most = entries.spill.most()?;
        let (number, within) = (self.next / most, self.next % most);
        let entry = match entries.blocks.get(number)? {
            Block::Kept(block) => block.get(within).copied(),
            Block::Put { at, count } => {
                if self.block.0 != number {
                    self.block = (number, entries.spill.take_back(*at, *count)?);
                }
                self.block.1.get(within).copied()
            }
        };
        self.next += 1;
        entry
    }
}

impl<'a> IntoIterator for &'a Entries {
    type Item = Entry;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

#[cfg(test)]
mod tests;
