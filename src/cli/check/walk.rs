//! The files of a folder that may hold traffic, in the order of their names.

use std::path::{Path, PathBuf};

/// Files of one folder that are judged, and how deep folders are followed.
const FILES: usize = 200_000;
const DEPTH: usize = 32;

/// Names that captured traffic has.
const EXTENSIONS: [&str; 7] = ["sse", "json", "jsonl", "ndjson", "array", "har", "http"];

#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) files: Vec<PathBuf>,
    /// What was passed over.
    pub(super) notes: Vec<String>,
}

/// Links to folders are not followed: they could lead in circles.
pub(super) fn files(root: &Path) -> Walked {
    let mut walked = Walked::default();
    let mut others = 0_u64;
    let mut open = vec![(root.to_path_buf(), 0)];
    while let Some((folder, depth)) = open.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(why) => {
                walked
                    .notes
                    .push(format!("{} cannot be read: {why}", folder.display()));
                continue;
            }
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_hidden {
                continue;
            } else if is_folder && depth < DEPTH {
                open.push((path, depth + 1));
            } else if is_traffic(&path) && !is_other(&path) {
                walked.files.push(path);
            } else if !is_beside(&path) {
                others += 1;
            }
        }
    }
    walked.files.sort();
    let root = root.display();
    if walked.files.len() > FILES {
        let more = walked.files.len() - FILES;
        walked.files.truncate(FILES);
        walked.notes.push(format!(
            "{root}: {more} files beyond the first {FILES} were not read"
        ));
    }
    if others > 0 {
        let noun = if others == 1 {
            "file of another kind was"
        } else {
            "files of other kinds were"
        };
        walked
            .notes
            .push(format!("{root}: {others} {noun} passed over"));
    }
    walked
}

/// Whether it is there and no file, as a folder behind a link is, or a pipe that nobody writes to.
fn is_other(path: &Path) -> bool {
    path.metadata().is_ok_and(|about| !about.is_file())
}

fn is_traffic(path: &Path) -> bool {
    let extension = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    EXTENSIONS.contains(&extension.as_str()) && !is_beside(path)
}

/// What is said of the body beside it is no body.
fn is_beside(path: &Path) -> bool {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    name.ends_with(".request.json") || name.ends_with(".headers.json") || name == "manifest.csv"
}
