//! The folder that a run writes.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

pub(in crate::cli) use super::scratch::Scratch;
use crate::cli::output::{error, talk};
use crate::exit::Exit;

/// Bytes that wait for the disk at most. More than a second's worth, after which whole rows are
/// handed on, so that a run that is killed leaves no half row.
const BUFFER: usize = 4 << 20;

/// Requests that are too long for a line of a shell.
const BODIES: &str = "bodies";

/// A folder that exists and holds no other run's results.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Folder(PathBuf);

/// Makes the folder before anything is sent: a run that cannot be written need not be made.
pub(in crate::cli) fn folder(name: &str, out: Option<&Path>) -> Result<Folder, Exit> {
    let path = out.map_or_else(|| unused(name), Path::to_path_buf);
    if path.join("report.json").exists() {
        error(format_args!(
            "`{}` already holds the results of a run",
            path.display()
        ));
        talk("  = help: name another folder with --out, or move that one away");
        return Err(Exit::Usage);
    }
    std::fs::create_dir_all(&path).map_err(|why| {
        error(format_args!(
            "cannot make the folder `{}`: {why}",
            path.display()
        ));
        talk("  = help: name another folder with --out");
        Exit::Usage
    })?;
    Ok(Folder(path))
}

/// Room in any folder.
pub(in crate::cli) fn scratch(folder: &Path) -> io::Result<Scratch> {
    Scratch::new(folder)
}

/// `reports/NAME-TIME`, with a number where two runs start in one second.
fn unused(name: &str) -> PathBuf {
    let time = jiff::Timestamp::now()
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = name
        .chars()
        .map(|c| if is_plain(c) { c } else { '-' })
        .collect();
    let base = format!("{name}-{time}");
    let numbered = (2..).map(|number| format!("{base}-{number}"));
    let mut paths = std::iter::once(base.clone())
        .chain(numbered)
        .map(|n| Path::new("reports").join(n));
    paths
        .find(|path| !path.exists())
        .unwrap_or_else(|| Path::new("reports").join(base))
}

fn filled(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> Result<(), String>,
) -> Result<(), String> {
    let file = File::create(path).map_err(|why| why.to_string())?;
    let mut out = BufWriter::new(file);
    fill(&mut out)?;
    out.flush().map_err(|why| why.to_string())
}

impl Folder {
    pub(in crate::cli) fn shown(&self) -> String {
        self.0.display().to_string()
    }

    /// Takes the folder away again when nothing was measured; what others put there stays.
    pub(in crate::cli) fn discard(&self, files: &[&str]) {
        for name in files {
            let _ = std::fs::remove_file(self.0.join(name));
        }
        let _ = std::fs::remove_dir(&self.0);
    }

    /// Room for what is needed until the run ends. It leaves nothing behind.
    pub(in crate::cli) fn scratch(&self) -> io::Result<Scratch> {
        scratch(&self.0)
    }

    /// A file that is written a whole line at a time.
    pub(in crate::cli) fn lines(&self, name: &str) -> Result<File, Exit> {
        let path = self.0.join(name);
        File::create(&path).map_err(|why| {
            error(format_args!("cannot write `{}`: {why}", path.display()));
            Exit::Usage
        })
    }

    /// Of files that could not be written whole, and why not: cuts them to their whole lines, and
    /// says which they are. `None`: all of them are whole.
    pub(in crate::cli) fn lost<const N: usize>(
        &self,
        files: [(&str, Option<String>); N],
    ) -> Option<String> {
        let lost = files.into_iter().filter_map(|(name, why)| {
            let why = why?;
            // Half a row would be read as a whole one.
            self.cut_to_lines(name);
            Some(format!("cannot write `{name}`: {why}"))
        });
        let lost: Vec<_> = lost.collect();
        (!lost.is_empty()).then(|| lost.join("; "))
    }

    /// Takes away what follows the last line's end, in a table that could not be written whole.
    fn cut_to_lines(&self, name: &str) {
        let file = File::options()
            .read(true)
            .write(true)
            .open(self.0.join(name));
        // Nothing more can be done on such a disk; the run says that the table is not whole.
        let _ = file.and_then(|file| {
            let (mut end, mut piece) = (file.metadata()?.len(), [0; 4096]);
            while end > 0 {
                let from = end.saturating_sub(piece.len() as u64);
                let length = file.read_at(&mut piece, from)?;
                let length = length.min(usize::try_from(end - from).unwrap_or(length));
                if let Some(at) = piece[..length].iter().rposition(|byte| *byte == b'\n') {
                    return file.set_len(from + at as u64 + 1);
                }
                end = from;
            }
            file.set_len(0)
        });
    }

    /// Keeps a request's body for the line that repeats it; the path, as a shell finds it from
    /// where the run was started.
    pub(in crate::cli) fn keep_body(&self, name: &str, bytes: &[u8]) -> Result<String, String> {
        let folder = self.0.join(BODIES);
        let path = folder.join(name);
        let told = |why: io::Error| format!("cannot write `{}`: {why}", path.display());
        std::fs::create_dir_all(&folder).map_err(told)?;
        std::fs::write(&path, bytes).map_err(|why| {
            // Half a body would repeat another request.
            let _ = std::fs::remove_file(&path);
            told(why)
        })?;
        Ok(path.display().to_string())
    }

    /// A file to be written as the run goes.
    pub(in crate::cli) fn create(&self, name: &str) -> Result<BufWriter<File>, Exit> {
        let path = self.0.join(name);
        let buffered = |file| BufWriter::with_capacity(BUFFER, file);
        File::create(&path).map(buffered).map_err(|why| {
            error(format_args!("cannot write `{}`: {why}", path.display()));
            Exit::Usage
        })
    }

    /// One column of a table that has been written, row by row.
    pub(in crate::cli) fn column(
        &self,
        name: &str,
        column: &str,
    ) -> Result<impl Iterator<Item = String> + use<>, String> {
        let path = self.0.join(name);
        let told = |why: csv::Error| format!("cannot read `{}`: {why}", path.display());
        let mut table = csv::Reader::from_path(&path).map_err(told)?;
        let heads = table.headers().map_err(told)?;
        let index = heads.iter().position(|head| head == column);
        let mut row = csv::ByteRecord::new();
        Ok(std::iter::from_fn(move || {
            table.read_byte_record(&mut row).ok().filter(|more| *more)?;
            let field = index.and_then(|index| row.get(index));
            Some(String::from_utf8_lossy(field.unwrap_or_default()).into_owned())
        }))
    }

    /// Writes a file whole: under another name first, so that a reader never sees half of it.
    pub(in crate::cli) fn write(
        &self,
        name: &str,
        fill: impl FnOnce(&mut BufWriter<File>) -> Result<(), String>,
    ) -> Result<(), String> {
        let path = self.0.join(name);
        let unfinished = self.0.join(format!(".{name}.unfinished"));
        let told = |why: String| format!("cannot write `{}`: {why}", path.display());
        let written = filled(&unfinished, fill)
            .and_then(|()| std::fs::rename(&unfinished, &path).map_err(|why| why.to_string()));
        written.map_err(|why| {
            // Half a file is of no use; that it cannot be removed changes nothing.
            let _ = std::fs::remove_file(&unfinished);
            told(why)
        })
    }
}
