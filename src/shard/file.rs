//! `shard.jsonl`: what one process found, a JSON object a line.
//!
//! First the header, then the sums, the evidence of the audit, its entries some thousands a line,
//! and a last line that says how many there were: a file without it is half a file.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::{SCHEMA, Shard};
use crate::billing::{Entries, Entry, Part, Share};
use crate::report::{Frame, Sums};

/// Entries of one line.
const A_LINE: usize = 4_096;
/// Bytes of one line; more is another kind of file, and would fill the memory first.
const LONGEST: u64 = 1 << 30;

/// What the shards of one run have in common, and what of each is its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`SCHEMA`]. First, so that a file is known by its first bytes.
    pub schema: String,
    pub spikeproof: String,
    pub shard: Shard,
    /// The scenario's text, and the variables that it took from the environment. Those of keys are
    /// not among them.
    pub file: String,
    pub text: String,
    pub variables: BTreeMap<String, String>,
    pub overrides: Overrides,
    /// How it went there.
    pub frame: Frame,
    /// Of the machine since it was last started: clocks of the same are one clock. Empty: unknown.
    pub machine: String,
}

impl Header {
    /// When its clock began, by the machine's wall clock, as the time since 1970.
    pub fn started(&self) -> Duration {
        let since = self.frame.started.duration_since(UNIX_EPOCH);
        since.unwrap_or_default()
    }
}

/// What the command line said beside the scenario, but for the target, which every report names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Overrides {
    pub thresholds: Vec<String>,
}

/// All of one process.
#[derive(Debug)]
pub struct ShardFile {
    pub header: Header,
    pub sums: Sums,
    pub share: Share,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum LineOut<'a> {
    Sums(&'a Sums),
    Audit(&'a Part),
    Entries(&'a [Entry]),
    End { entries: usize },
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum LineIn {
    Sums(Box<Sums>),
    Audit(Box<Part>),
    Entries(Vec<Entry>),
    End { entries: usize },
}

/// Writes the file.
pub fn write(
    out: &mut impl Write,
    header: &Header,
    sums: &Sums,
    part: &Part,
    entries: &Entries,
) -> io::Result<()> {
    let mut line = |value: &dyn erased::Line| {
        value.write(out)?;
        out.write_all(b"\n")
    };
    line(header)?;
    line(&LineOut::Sums(sums))?;
    line(&LineOut::Audit(part))?;
    let mut rest = entries.iter();
    loop {
        let some: Vec<Entry> = rest.by_ref().take(A_LINE).collect();
        if some.is_empty() {
            break;
        }
        line(&LineOut::Entries(&some))?;
    }
    if let Some(why) = entries.unread() {
        return Err(io::Error::other(why));
    }
    line(&LineOut::End {
        entries: entries.len(),
    })
}

mod erased {
    use std::io::{self, Write};

    /// Any value that makes a line.
    pub(super) trait Line {
        fn write(&self, out: &mut dyn Write) -> io::Result<()>;
    }

    impl<T: serde::Serialize> Line for T {
        fn write(&self, out: &mut dyn Write) -> io::Result<()> {
            serde_json::to_writer(out, self).map_err(io::Error::from)
        }
    }
}

/// Reads the file, its entries into `entries`. `Err`: why it cannot be used, for people.
pub fn read(from: impl BufRead, entries: Entries) -> Result<ShardFile, String> {
    let mut from = from;
    let mut number = 0_u64;
    let mut text = Vec::new();
    let mut next = |text: &mut Vec<u8>| -> Result<u64, String> {
        text.clear();
        number += 1;
        let read = io::Read::take(&mut from, LONGEST).read_until(b'\n', text);
        let read = read.map_err(|why| format!("line {number}: {why}"))?;
        if read == 0 || text.last() != Some(&b'\n') {
            return Err(format!(
                "it ends in line {number}, before its end: the run was killed, or the disk was full"
            ));
        }
        Ok(number)
    };
    next(&mut text)?;
    let header = header(&text)?;
    let mut share = Share::new(Part::default(), entries);
    let (mut sums, mut has_audit) = (None, false);
    loop {
        let number = next(&mut text)?;
        let line = serde_json::from_slice(&text).map_err(|why| format!("line {number}: {why}"))?;
        match line {
            LineIn::Sums(one) => sums = Some(*one),
            LineIn::Audit(part) => (share.part, has_audit) = (*part, true),
            LineIn::Entries(more) => share.entries.extend(more),
            LineIn::End { entries } if entries == share.entries.len() && has_audit => break,
            LineIn::End { entries } => {
                return Err(format!(
                    "it has {} of {entries} entries: lines are missing",
                    share.entries.len()
                ));
            }
        }
    }
    let sums = sums.ok_or("it has no sums: lines are missing")?;
    Ok(ShardFile {
        header,
        sums,
        share,
    })
}

/// The first line. Another version may have written other members, so that one is looked at first.
fn header(text: &[u8]) -> Result<Header, String> {
    #[derive(Deserialize)]
    struct Form {
        schema: String,
        #[serde(default)]
        spikeproof: String,
    }
    let told = |why: serde_json::Error| format!("line 1 is no header of a shard: {why}");
    let form: Form = serde_json::from_slice(text).map_err(told)?;
    if form.schema != SCHEMA {
        return Err(format!(
            "it is of the form `{}` (spikeproof {}), expected `{SCHEMA}`",
            form.schema, form.spikeproof
        ));
    }
    serde_json::from_slice(text).map_err(told)
}
