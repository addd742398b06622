//! A place for tests, which fails when it is told to.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;

use super::{Place, Spill};

/// When a shelf fails: after so many more calls.
#[derive(Debug, Clone, Default)]
pub(in crate::billing) struct Fails {
    pub(in crate::billing) appends: Rc<Cell<Option<usize>>>,
    pub(in crate::billing) reads: Rc<Cell<Option<usize>>>,
    pub(in crate::billing) bytes: Rc<Cell<usize>>,
}

impl Fails {
    fn now(left: &Cell<Option<usize>>) -> io::Result<()> {
        match left.get() {
            None => Ok(()),
            Some(0) => Err(io::Error::other("no such shelf")),
            Some(more) => {
                left.set(Some(more - 1));
                Ok(())
            }
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Shelf {
    bytes: RefCell<Vec<u8>>,
    fails: Fails,
}

impl Place for Shelf {
    fn append(&mut self, bytes: &[u8]) -> io::Result<u64> {
        Fails::now(&self.fails.appends)?;
        let put = &self.fails.bytes;
        put.set(put.get() + bytes.len());
        let mut all = self.bytes.borrow_mut();
        let at = all.len() as u64;
        all.extend_from_slice(bytes);
        Ok(at)
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        Fails::now(&self.fails.reads)?;
        let at = usize::try_from(at).unwrap();
        bytes.copy_from_slice(&self.bytes.borrow()[at..at + bytes.len()]);
        Ok(())
    }

    fn another(&self) -> io::Result<Box<dyn Place>> {
        Ok(Box::new(Self {
            bytes: RefCell::default(),
            fails: self.fails.clone(),
        }))
    }
}

/// A way to a shelf, with blocks so short that every test needs several, and what makes it fail.
pub(in crate::billing) fn short() -> (Spill, Fails) {
    let shelf = Shelf::default();
    let fails = shelf.fails.clone();
    (Spill::into_place(Box::new(shelf)).in_blocks_of(3), fails)
}
