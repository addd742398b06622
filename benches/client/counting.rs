//! Instructions instead of time: the same on any machine, however busy.
//!
//! valgrind counts those of a whole process. Two runs of different lengths tell what one request
//! takes; what starting and ending take is in both. Per second something is done as well (samples
//! are merged and written), and under valgrind there are many more seconds to a request.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};

use super::clients::{Client, Job};

/// Requests of the shorter run; the longer one makes three times as many.
const SHORT: u64 = 1_000;

/// Whether valgrind is there.
pub(crate) fn is_possible() -> bool {
    Client::is_installed("valgrind")
}

/// Instructions that one request of a job's workload takes.
pub(crate) fn instructions(client: &Client, job: &Job<'_>) -> Result<f64, Box<dyn Error>> {
    let of = |requests| {
        let job = Job { requests, ..*job };
        client.in_folder(|folder| counted(&client.command(&job, folder)?))
    };
    let (short, long) = (of(SHORT)?, of(3 * SHORT)?);
    Ok((long - short) / (2 * SHORT) as f64)
}

/// Those of a whole process.
fn counted(command: &Command) -> Result<f64, Box<dyn Error>> {
    let mut counting = Command::new("valgrind");
    counting
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            counting.env(name, value);
        }
    }
    let output = counting.stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| {
        let (_, count) = line.split_once("Collected : ")?;
        count.trim().parse::<f64>().ok()
    });
    let name = Path::new(command.get_program()).display();
    collected.ok_or_else(|| format!("valgrind counted nothing of {name}:\n{said}").into())
}
