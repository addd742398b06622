//! Room on the disk for what a run needs until it ends.

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::billing::Place;

/// A file that has lost its name, so that it is gone with whoever holds it, however that ends.
/// Clones share the file and what is in it.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Scratch {
    folder: PathBuf,
    file: Rc<File>,
    end: Rc<Cell<u64>>,
}

impl Scratch {
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        let path = folder.join(format!(".scratch-{}", std::process::id()));
        let mut options = File::options();
        let file = options
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)?;
        std::fs::remove_file(&path)?;
        Ok(Self {
            folder: folder.to_owned(),
            file: Rc::new(file),
            end: Rc::default(),
        })
    }
}

impl Place for Scratch {
    fn append(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let at = self.end.get();
        // Half of it would be written over by the next.
        self.file.write_all_at(bytes, at)?;
        self.end.set(at + bytes.len() as u64);
        Ok(at)
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(bytes, at)
    }

    fn another(&self) -> io::Result<Box<dyn Place>> {
        Ok(Box::new(Self::new(&self.folder)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_there_and_the_folder_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let mut one = Scratch::new(folder.path()).unwrap();
        let mut other = one.another().unwrap();
        assert_eq!(one.append(b"abc").unwrap(), 0);
        assert_eq!(one.clone().append(b"defg").unwrap(), 3);
        assert_eq!(other.append(b"x").unwrap(), 0);
        let mut bytes = [0; 3];
        one.read(2, &mut bytes).unwrap();
        assert_eq!(&bytes, b"cde");
        let why = one.read(5, &mut bytes).unwrap_err();
        assert_eq!(why.kind(), io::ErrorKind::UnexpectedEof);
        other.read(0, &mut bytes[..1]).unwrap();
        assert_eq!(bytes[0], b'x');
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        drop(folder);
        assert!(one.another().is_err(), "there is no folder any more");
    }
}
