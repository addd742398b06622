//! Starting the command: nothing of the test's own environment reaches it.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::results::Results;

/// A command that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A command under way; it is killed when the test forgets it.
pub(crate) struct Started {
    child: Child,
    out: BufReader<ChildStdout>,
    err: BufReader<ChildStderr>,
}

/// A folder for a scenario, a key and results, gone with the test.
pub(crate) struct Place(TempDir);

/// The command as a CI job runs it.
pub(crate) fn spikeproof(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spikeproof"));
    command.env_clear().env("CI", "1").args(arguments);
    command
}

/// Runs it to its end.
pub(crate) fn ended(mut command: Command) -> Ended {
    let output = command.output().expect("the binary was built");
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("stdout is text"),
        stderr: String::from_utf8(output.stderr).expect("stderr is text"),
    }
}

impl Started {
    pub(crate) fn new(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary was built");
        let out = BufReader::new(child.stdout.take().expect("it is piped"));
        let err = BufReader::new(child.stderr.take().expect("it is piped"));
        Self { child, out, err }
    }

    /// The next line of stdout, waited for.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("stdout is text");
        line
    }

    /// The next line of stderr, waited for.
    pub(crate) fn said(&mut self) -> String {
        let mut line = String::new();
        self.err.read_line(&mut line).expect("stderr is text");
        line
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("it is our child").is_some()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it is our child");
    }

    /// Waits for the end; the streams hold what has not been read before.
    pub(crate) fn end(mut self) -> Ended {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.out.read_to_string(&mut stdout).expect("it is text");
        self.err.read_to_string(&mut stderr).expect("it is text");
        let code = self.child.wait().expect("it is our child").code();
        Ended {
            code,
            stdout,
            stderr,
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // Gone already where the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("the system has room for a folder"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// A file of that name and content; its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        // In one step: another process may be reading the file of that name.
        let new = self.0.path().join(format!("{name}.new"));
        std::fs::write(&new, text).expect("the folder is ours");
        std::fs::rename(&new, &path).expect("the folder is ours");
        path.to_str().expect("the path is text").to_owned()
    }

    /// Where the results are asked to go.
    pub(crate) fn out(&self) -> String {
        let path = self.0.path().join("results");
        path.to_str().expect("the path is text").to_owned()
    }

    pub(crate) fn results(&self) -> Results {
        Results::new(self.0.path().join("results"))
    }

    /// `run` of this scenario, with the results to be found here.
    pub(crate) fn run(&self, scenario: &str, arguments: &[&str]) -> Command {
        let scenario = self.file("scenario.yaml", scenario);
        let mut command = spikeproof(&["run", &scenario, "--out", &self.out()]);
        command.args(arguments);
        command
    }
}

/// A replica in a process of its own.
pub(crate) struct ReplicaProcess {
    pub(crate) process: Started,
    pub(crate) base: String,
    pub(crate) key: String,
}

impl ReplicaProcess {
    pub(crate) fn new(arguments: &[&str]) -> Self {
        let mut command = spikeproof(&["replica"]);
        command.args(arguments);
        let mut process = Started::new(command);
        let line: Value = serde_json::from_str(&process.line()).expect("a line of JSON");
        let text = |key: &str| line[key].as_str().expect("a string").to_owned();
        Self {
            base: text("base_url"),
            key: text("key"),
            process,
        }
    }
}
