//! The tables and logs of all shards as one: rows and lines are copied, times moved to one clock.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::cli::run::conclusion::target_name;
use crate::cli::run::results::Folder;
use crate::cli::run::session::RECORDING;
use crate::recording;
use crate::report::{merge_logs, moved_row, utc};
use crate::scenario::Scenario;
use crate::shard::Together;

/// Writes all of them. `Err`: the first thing that could not be, the others are there.
pub(super) fn write(
    out: &Folder,
    folders: &[PathBuf],
    together: &Together,
    scenario: &Scenario,
) -> Result<(), String> {
    let requests = requests(out, folders, together);
    let latencies = latencies(out, folders, together);
    let recordings = recordings(out, folders, together, scenario);
    requests.and(latencies).and(recordings)
}

/// `requests.csv`, in the order of the audit's entries: the traffic of all, then what came after.
fn requests(out: &Folder, folders: &[PathBuf], together: &Together) -> Result<(), String> {
    out.write("requests.csv", |file| {
        let mut table = csv::Writer::from_writer(file);
        let mut has_heads = false;
        for is_traffic in [true, false] {
            let shards = folders.iter().zip(&together.shares).zip(&together.offsets);
            for ((folder, share), offset) in shards {
                let path = folder.join("requests.csv");
                let told = |why: csv::Error| format!("{}: {why}", path.display());
                let mut rows = csv::Reader::from_path(&path).map_err(told)?;
                if !has_heads {
                    table
                        .write_record(rows.headers().map_err(told)?)
                        .map_err(told)?;
                    has_heads = true;
                }
                // A task has an entry and no row of its own.
                let traffic = share.entries.iter().take(share.traffic());
                let own = traffic.filter(|entry| !entry.is_task()).count();
                if let Some(why) = share.entries.unread() {
                    return Err(why);
                }
                for (index, row) in rows.records().enumerate() {
                    if (index < own) == is_traffic {
                        let row = moved_row(&row.map_err(told)?, *offset);
                        table.write_record(&row).map_err(told)?;
                    }
                }
            }
        }
        table.flush().map_err(|why| why.to_string())
    })
}

fn latencies(out: &Folder, folders: &[PathBuf], together: &Together) -> Result<(), String> {
    let mut logs = Vec::new();
    for (folder, offset) in folders.iter().zip(&together.offsets) {
        let path = folder.join("latency.hlog");
        let text = std::fs::read_to_string(&path);
        let text = text.map_err(|why| format!("cannot read `{}`: {why}", path.display()))?;
        logs.push((*offset, text));
    }
    let started = UNIX_EPOCH + together.started;
    out.write("latency.hlog", |file| merge_logs(file, started, &logs))
}

/// The lines of all recordings, with the numbers that findings refer to.
fn recordings(
    out: &Folder,
    folders: &[PathBuf],
    together: &Together,
    scenario: &Scenario,
) -> Result<(), String> {
    let header = recording::Header {
        recording: recording::SCHEMA.to_owned(),
        spikeproof: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: scenario.name.clone(),
        seed: scenario.seed,
        target: target_name(&scenario.target),
        started: utc(UNIX_EPOCH + together.started),
        conformance: scenario.conformance.clone(),
    };
    out.write(RECORDING, |file| {
        line(file, &header)?;
        let mut left_out = recording::LeftOut::default();
        for (folder, offset) in folders.iter().zip(&together.offsets) {
            for one in exchanges(&folder.join(RECORDING))? {
                match one? {
                    recording::Line::Exchange(mut entry) => {
                        entry.shift(*offset);
                        let entry = recording::Line::Exchange(entry);
                        line(file, &entry)?;
                    }
                    recording::Line::End(end) => {
                        left_out.exchanges += end.exchanges;
                        left_out.bytes += end.bytes;
                    }
                }
            }
        }
        let end = recording::Line::End(left_out);
        line(file, &end)
    })
}

fn line(file: &mut impl Write, value: &impl serde::Serialize) -> Result<(), String> {
    let text = serde_json::to_string(value).map_err(|why| why.to_string())?;
    writeln!(file, "{text}").map_err(|why| why.to_string())
}

/// The lines of a recording after its header.
fn exchanges(path: &Path) -> Result<impl Iterator<Item = Result<recording::Line, String>>, String> {
    let shown = path.display().to_string();
    let file = File::open(path).map_err(|why| format!("cannot read `{shown}`: {why}"))?;
    let lines = BufReader::new(file).lines().skip(1);
    Ok(lines.map(move |line| {
        let line = line.map_err(|why| format!("cannot read `{shown}`: {why}"))?;
        serde_json::from_str(&line).map_err(|why| format!("`{shown}`: {why}"))
    }))
}
