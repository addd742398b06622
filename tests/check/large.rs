//! More than is read, and more than is wanted: each ends with a word, in bounded memory.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::program::check;

/// Kilobytes: what is read of one input at most, and half as much for all else.
const MOST: u64 = (256 + 128) << 10;

fn started(folder: &Path, arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spikeproof"));
    command.env_clear().current_dir(folder).arg("check");
    command.args(arguments).stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the binary was built")
}

/// The most memory that a process has had so far, in kilobytes. `None`: it has ended.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// What `check` says of `piece`, so many times over, through a pipe; and the most memory it had.
fn piped(piece: &[u8], times: usize) -> (Option<i32>, String, u64) {
    let folder = tempfile::tempdir().expect("the system has room");
    let mut child = started(folder.path(), &["-"]);
    let mut pipe = child.stdin.take().expect("it is piped");
    let mut most = 0;
    // It may end without reading all of it, which closes the pipe.
    for _ in 0..times {
        if pipe.write_all(piece).is_err() {
            break;
        }
        most = peak(child.id()).unwrap_or_default().max(most);
    }
    drop(pipe);
    // What it has had is told as long as it runs, and its end is near.
    let status = loop {
        most = peak(child.id()).unwrap_or_default().max(most);
        match child.try_wait().expect("it is our child") {
            Some(status) => break status,
            None => std::thread::yield_now(),
        }
    };
    let mut said = String::new();
    let output = child.stdout.as_mut().expect("it is piped");
    output.read_to_string(&mut said).expect("it is text");
    (status.code(), said, most)
}

#[test]
fn half_a_gigabyte_through_a_pipe_is_refused_in_bounded_memory() {
    let line = b"data: {\"choices\":[]}\n\n".repeat(1 << 14);
    let (code, said, most) = piped(&line, (500 << 20) / line.len());
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("is longer than 268435456 bytes"), "{said}");
    assert!(most < MOST, "{most} kB");
}

#[test]
fn a_body_of_countless_values_is_refused_before_anything_is_made_of_it() {
    // As values each of its bytes would be sixteen.
    let zeroes = b"0,".repeat(1 << 19);
    let (code, said, most) = piped(&[b"{\"choices\":[", &zeroes[..]].concat(), 100);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("is longer, or has more values, than is read"),
        "{said}"
    );
    assert!(most < MOST, "{most} kB");
}

#[test]
fn half_a_gigabyte_in_a_file_is_refused_unread() {
    let folder = tempfile::tempdir().expect("the system has room");
    // It has no blocks: only its length is told.
    let file = File::create(folder.path().join("long.sse")).expect("it is ours");
    file.set_len(500 << 20).expect("the system has such files");
    let ended = check(folder.path(), &["long.sse"], b"");
    assert_eq!(ended.code, Some(2), "{}", ended.stdout);
    assert!(
        ended.stdout.contains("is longer than 268435456 bytes"),
        "{}",
        ended.stdout
    );
}

#[test]
fn whoever_closes_the_pipe_has_seen_enough() {
    let folder = tempfile::tempdir().expect("the system has room");
    // More text than a pipe holds.
    for number in 0..2000 {
        let path = folder.path().join(format!("{number}.json"));
        std::fs::write(path, "{\"error\":{\"message\":\"\"}}").expect("it is ours");
    }
    for format in ["text", "json", "junit"] {
        let arguments = [".", "--protocol", "openai-chat", "--format", format];
        let mut child = started(folder.path(), &arguments);
        let mut output = child.stdout.take().expect("it is piped");
        let mut first = [0; 1];
        output.read_exact(&mut first).expect("it says something");
        drop(output);
        let ended = child.wait_with_output().expect("it is our child");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{format}: {said}");
        assert!(!said.contains("panic"), "{format}: {said}");
    }
}
