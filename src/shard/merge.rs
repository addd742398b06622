//! Which shards are of one run, and what they come to together.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Header, Shard, ShardFile};
use crate::billing::Share;
use crate::recording::Summary;
use crate::report::Sums;
use crate::wire::http::ConnectionCounts;

/// Why folders are not the shards of one run, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    pub message: String,
    pub help: String,
}

/// The shards of one run, in their order, on one clock.
#[derive(Debug)]
pub struct Together {
    pub headers: Vec<Header>,
    /// The wall clock at the clock's beginning, as the time since 1970.
    pub started: Duration,
    pub sums: Vec<Sums>,
    pub shares: Vec<Share>,
    /// From the clock's beginning to that of each shard.
    pub offsets: Vec<Duration>,
    /// Shards that there should be and are not.
    pub missing: Vec<u32>,
    /// Between the first start of a first phase and the last.
    pub apart: Duration,
    /// From the first clock's beginning to the last one's end.
    pub duration: Duration,
    /// How well their clocks are known to agree.
    pub error: Duration,
}

/// How the folders are to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Whether some may be missing.
    pub incomplete: bool,
    /// How far the clocks of different machines may be apart.
    pub clock_error: Duration,
}

/// Puts shards together. `named`: each with the folder that it is from.
pub fn put_together(
    mut named: Vec<(String, ShardFile)>,
    order: Order,
) -> Result<Together, Complaint> {
    named.sort_by_key(|(_, file)| file.header.shard);
    let Some((first_name, first)) = named.first() else {
        return Err(complaint(
            "there is nothing to merge",
            "name the folders of the shards",
        ));
    };
    for (name, file) in &named {
        if let Some(what) = differs(&first.header, &file.header) {
            return Err(complaint(
                &format!("`{first_name}` and `{name}` are not shards of one run: {what}"),
                "shards are made by one version from one scenario, with one seed and target",
            ));
        }
    }
    let twice = named
        .windows(2)
        .find(|pair| pair[0].1.header.shard == pair[1].1.header.shard);
    if let Some([(one, file), (other, _)]) = twice {
        let shard = file.header.shard;
        return Err(complaint(
            &format!("`{one}` and `{other}` are both shard {shard}"),
            "name each folder once; of a shard that was run again, the last",
        ));
    }
    let of = first.header.shard.of;
    let has = |index: u32| {
        named
            .iter()
            .any(|(_, file)| file.header.shard == Shard { index, of })
    };
    let missing: Vec<_> = (0..of).filter(|index| !has(*index)).collect();
    if !missing.is_empty() && !order.incomplete {
        let shown: Vec<_> = missing.iter().take(10).map(u32::to_string).collect();
        let more = if missing.len() > 10 { ", …" } else { "" };
        return Err(complaint(
            &format!(
                "{} of {of} shards are missing: {}{more}",
                missing.len(),
                shown.join(", ")
            ),
            "--incomplete merges those that there are, and the verdict says so",
        ));
    }
    Ok(aligned(named, missing, order))
}

fn aligned(named: Vec<(String, ShardFile)>, missing: Vec<u32>, order: Order) -> Together {
    let files: Vec<_> = named.into_iter().map(|(_, file)| file).collect();
    let machine = files.first().map_or("", |file| &file.header.machine);
    let is_one_clock =
        !machine.is_empty() && files.iter().all(|file| file.header.machine == machine);
    let error = if is_one_clock || files.len() == 1 {
        Duration::ZERO
    } else {
        order.clock_error
    };
    let started = files.iter().map(|file| file.header.started);
    // So much earlier that no time falls before the beginning.
    let epoch = started.min().unwrap_or_default().saturating_sub(error);
    let mut together = Together {
        headers: Vec::new(),
        started: epoch,
        sums: Vec::new(),
        shares: Vec::new(),
        offsets: Vec::new(),
        missing,
        apart: Duration::ZERO,
        duration: Duration::ZERO,
        error,
    };
    let mut begun = Vec::new();
    let mut lines = 0;
    let exchanges = |header: &Header| header.recording.as_ref().map_or(0, |one| one.exchanges);
    for mut file in files {
        let offset = file.header.started.saturating_sub(epoch);
        file.sums.shift(offset, lines);
        lines += exchanges(&file.header);
        begun.extend(file.sums.begun());
        file.share.shift(offset, error);
        together.duration = together.duration.max(offset + file.header.duration);
        together.headers.push(file.header);
        together.offsets.push(offset);
        together.sums.push(file.sums);
        together.shares.push(file.share);
    }
    let first = begun.iter().min().copied().unwrap_or_default();
    let last = begun.iter().max().copied().unwrap_or_default();
    together.apart = Duration::from_nanos(last.since(first).unwrap_or_default());
    together
}

impl Together {
    /// The connections of all. Of those open at once it is their sum, which is the most that there
    /// can have been.
    pub fn connections(&self) -> ConnectionCounts {
        let all = self.headers.iter().map(|header| header.connections);
        all.fold(ConnectionCounts::default(), |sum, one| ConnectionCounts {
            opened: sum.opened + one.opened,
            failed: sum.failed + one.failed,
            hung_up: sum.hung_up + one.hung_up,
            moved: sum.moved + one.moved,
            most_open: sum.most_open + one.most_open,
            longest_connect: sum.longest_connect.max(one.longest_connect),
        })
    }

    /// What the recordings come to. `None`: no shard has one.
    pub fn recording(&self) -> Option<Summary> {
        let mut all = self
            .headers
            .iter()
            .filter_map(|header| header.recording.clone());
        let first = all.next()?;
        Some(all.fold(first, |mut sum, one| {
            sum.exchanges += one.exchanges;
            sum.with_findings += one.with_findings;
            sum.bytes += one.bytes;
            sum.left_out.exchanges += one.left_out.exchanges;
            sum.left_out.bytes += one.left_out.bytes;
            sum
        }))
    }
}

/// What of two headers must be the same and is not, in words.
fn differs(one: &Header, other: &Header) -> Option<String> {
    let apart = |what: &str, one: &str, other: &str| {
        (one != other).then(|| format!("{what} is `{one}` there and `{other}` here"))
    };
    let counts = |header: &Header| header.shard.of.to_string();
    let seeds = |header: &Header| header.seed.to_string();
    apart("the version", &one.spikeproof, &other.spikeproof)
        .or_else(|| apart("the number of shards", &counts(one), &counts(other)))
        .or_else(|| apart("the seed", &seeds(one), &seeds(other)))
        .or_else(|| apart("the target", &one.overrides.target, &other.overrides.target))
        .or_else(|| {
            let texts = |header: &Header| header.overrides.thresholds.join("`, `");
            apart("what --threshold says", &texts(one), &texts(other))
        })
        .or_else(|| variables(&one.variables, &other.variables))
        .or_else(|| {
            let mut both = one.text.lines().zip(other.text.lines()).zip(1..);
            let line = both.find(|((one, other), _)| one != other);
            let line = line.map(|(_, line)| format!(", first in line {line}"));
            (one.text != other.text)
                .then(|| format!("the scenarios differ{}", line.unwrap_or_default()))
        })
}

fn variables(one: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> Option<String> {
    let mut names = one.keys().chain(other.keys());
    let name = names.find(|name| one.get(*name) != other.get(*name))?;
    let shown = |value: Option<&String>| value.map_or("not set".to_owned(), |it| format!("`{it}`"));
    Some(format!(
        "variable {name} is {} there and {} here",
        shown(one.get(name)),
        shown(other.get(name))
    ))
}

fn complaint(message: &str, help: &str) -> Complaint {
    Complaint {
        message: message.to_owned(),
        help: help.to_owned(),
    }
}
