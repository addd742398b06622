//! Starting the command on files of a folder.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// A command that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs `check` in a folder, with something on stdin.
pub(crate) fn check(folder: &Path, arguments: &[&str], stdin: &[u8]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spikeproof"));
    command
        .env_clear()
        .current_dir(folder)
        .arg("check")
        .args(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary was built");
    let mut pipe = child.stdin.take().expect("it is piped");
    let bytes = stdin.to_vec();
    // It may end without reading, which closes the pipe.
    let writer = std::thread::spawn(move || pipe.write_all(&bytes).is_ok());
    let output = child.wait_with_output().expect("it is our child");
    writer.join().expect("writing does not panic");
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("stdout is text"),
        stderr: String::from_utf8(output.stderr).expect("stderr is text"),
    }
}

/// The rows of its JSON.
pub(crate) fn rows(folder: &Path, arguments: &[&str], stdin: &[u8]) -> (Option<i32>, Vec<Value>) {
    let mut all = vec!["--format", "json"];
    all.extend(arguments);
    let ended = check(folder, &all, stdin);
    let told: Value = serde_json::from_str(&ended.stdout)
        .unwrap_or_else(|why| panic!("{why}: {}{}", ended.stdout, ended.stderr));
    (
        ended.code,
        told["files"].as_array().expect("an array").clone(),
    )
}

/// Ids of the rules that a row names, each once.
pub(crate) fn broken(row: &Value) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for finding in row["findings"].as_array().expect("an array") {
        let id = finding["rule"].as_str().expect("an id").to_owned();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}
