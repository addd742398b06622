//! Which shards are of one run, and what they come to together.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Header, Shard, ShardFile};
use crate::billing::Share;
use crate::doubt::APART_LIMIT;
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
    let apart = apart(&files);
    let error = clock_error(&files, apart, order);
    let started = files.iter().map(|file| file.header.started());
    // So much earlier that no time falls before the beginning.
    let epoch = started.min().unwrap_or_default().saturating_sub(error);
    let mut together = Together {
        headers: Vec::new(),
        started: epoch,
        sums: Vec::new(),
        shares: Vec::new(),
        offsets: Vec::new(),
        missing,
        apart,
        duration: Duration::ZERO,
        error,
    };
    let mut lines = 0;
    let exchanges = |header: &Header| {
        header
            .frame
            .recording
            .as_ref()
            .map_or(0, |one| one.exchanges)
    };
    for mut file in files {
        let offset = file.header.started().saturating_sub(epoch);
        file.sums.shift(offset, lines);
        lines += exchanges(&file.header);
        file.share.shift(offset, error);
        together.duration = together.duration.max(offset + file.header.frame.duration);
        together.headers.push(file.header);
        together.offsets.push(offset);
        together.sums.push(file.sums);
        together.shares.push(file.share);
    }
    together
}

/// Between the first start of a first phase and the last, as the machines' clocks tell it.
fn apart(files: &[ShardFile]) -> Duration {
    let begun = files.iter().filter_map(|file| {
        let after = Duration::from_nanos(file.sums.begun()?.0);
        Some(file.header.started() + after)
    });
    let (first, last) = (begun.clone().min(), begun.max());
    last.unwrap_or_default()
        .saturating_sub(first.unwrap_or_default())
}

/// How well the clocks are known to agree. Shards of several machines that began too far apart may
/// have done so, or their clocks are as far apart: who would tell the two from one another?
fn clock_error(files: &[ShardFile], apart: Duration, order: Order) -> Duration {
    let machine = files.first().map_or("", |file| &file.header.machine);
    let is_one_clock =
        !machine.is_empty() && files.iter().all(|file| file.header.machine == machine);
    if is_one_clock || files.len() == 1 {
        Duration::ZERO
    } else if apart > APART_LIMIT {
        order.clock_error.max(apart)
    } else {
        order.clock_error
    }
}

impl Together {
    /// The connections of all. Of those open at once it is their sum, which is the most that there
    /// can have been.
    pub fn connections(&self) -> ConnectionCounts {
        let all = self.headers.iter().map(|header| header.frame.connections);
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
            .filter_map(|header| header.frame.recording.clone());
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
    let seeds = |header: &Header| header.frame.seed.to_string();
    apart("the version", &one.spikeproof, &other.spikeproof)
        .or_else(|| apart("the number of shards", &counts(one), &counts(other)))
        .or_else(|| apart("the seed", &seeds(one), &seeds(other)))
        .or_else(|| apart("the target", &one.frame.target, &other.frame.target))
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::UNIX_EPOCH;

    use super::super::{Overrides, SCHEMA, read, write};
    use super::*;
    use crate::billing::{Entries, Entry, Part, Shelf};
    use crate::drive::Event;
    use crate::exchange::{Exchange, Nanos};
    use crate::judge::{Evidence, Finding, Judgement};
    use crate::outcome::Outcome;
    use crate::recording::{LeftOut, Reference};
    use crate::report::{Ending, Frame, Shards, Totals, build};
    use crate::rules::catalogue;
    use crate::scenario::{Scenario, Source, Vocabulary, variables};

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn at(seconds: f64) -> Nanos {
        Nanos::default().after(Duration::from_secs_f64(seconds))
    }

    const SCENARIO: &str = "name: t\nrequests: { a: { call: groups.list } }\n\
        phases: [{ name: p, executor: constant-vus, vus: 1, duration: 1s }]\n";

    fn scenario() -> Arc<Scenario> {
        let source = Source::new("t.yaml", SCENARIO);
        let scenario = Scenario::parse(&source, &variables([]), &Vocabulary::default());
        Arc::new(scenario.unwrap_or_else(|faults| panic!("{faults}")))
    }

    fn summary(exchanges: u64) -> Summary {
        Summary {
            file: "recording.jsonl".to_owned(),
            exchanges,
            with_findings: 1,
            bytes: 100,
            left_out: LeftOut::default(),
        }
    }

    /// A shard of three whose only phase began two seconds after its clock did, which was
    /// `started` after the others' earliest.
    fn shard(index: u32, started: f64) -> (String, ShardFile) {
        let mut totals = Totals::new(scenario());
        totals.take(&mut Event::PhaseStarted {
            phase: 0,
            at: at(2.0),
        });
        let frame = Frame {
            seed: 7,
            target: "http://127.0.0.1:1".to_owned(),
            started: UNIX_EPOCH + seconds(1_000.0 + started),
            duration: seconds(9.0),
            wall_duration: seconds(9.0),
            workers: 1,
            ending: Ending::Done,
            notes: Vec::new(),
            unwritten: None,
            recording: None,
            connections: ConnectionCounts::default(),
            cpu: None,
        };
        let header = Header {
            schema: SCHEMA.to_owned(),
            spikeproof: "1.2.3".to_owned(),
            shard: Shard { index, of: 3 },
            file: "t.yaml".to_owned(),
            text: SCENARIO.to_owned(),
            variables: BTreeMap::from([
                ("KIND".to_owned(), "chat".to_owned()),
                (
                    "(trace of phase p)".to_owned(),
                    "3 calls, 3 rows, 00ff".to_owned(),
                ),
            ]),
            overrides: Overrides {
                thresholds: vec!["ttft.p99 < 1s".to_owned()],
            },
            frame,
            machine: "m".to_owned(),
        };
        let call = Entry::new(crate::billing::Class::Success, at(3.0));
        let call = call.seen(at(3.5), None).ended(at(4.0));
        let share = Share::new(Part::default(), vec![call].into());
        let sums = totals.sums();
        let file = ShardFile {
            header,
            sums,
            share,
        };
        (format!("shard-{index}"), file)
    }

    const ALL: Order = Order {
        incomplete: false,
        clock_error: Duration::from_millis(250),
    };

    /// Three shards, the second of them changed.
    fn refused(change: impl Fn(&mut Header)) -> Complaint {
        let mut files = vec![shard(0, 0.0), shard(1, 0.0), shard(2, 0.0)];
        change(&mut files[1].1.header);
        put_together(files, ALL).unwrap_err()
    }

    #[test]
    fn shards_of_another_run_are_refused_for_what_differs() {
        assert!(put_together(vec![shard(0, 0.0), shard(1, 0.0), shard(2, 0.0)], ALL).is_ok());
        let told = |change: fn(&mut Header), what: &str| {
            let Complaint { message, help } = refused(change);
            let whole = format!("`shard-0` and `shard-1` are not shards of one run: {what}");
            assert_eq!(message, whole);
            assert!(help.contains("one scenario"), "{help}");
        };
        told(
            |header| header.spikeproof = "1.2.4".to_owned(),
            "the version is `1.2.3` there and `1.2.4` here",
        );
        told(
            |header| header.frame.seed = 8,
            "the seed is `7` there and `8` here",
        );
        told(
            |header| header.frame.target.push('0'),
            "the target is `http://127.0.0.1:1` there and `http://127.0.0.1:10` here",
        );
        told(
            |header| header.overrides.thresholds.clear(),
            "what --threshold says is `ttft.p99 < 1s` there and `` here",
        );
        told(
            |header| *header.variables.get_mut("KIND").unwrap() = "image".to_owned(),
            "variable KIND is `chat` there and `image` here",
        );
        told(
            |header| drop(header.variables.remove("KIND")),
            "variable KIND is `chat` there and not set here",
        );
        told(
            |header| drop(header.variables.insert("MORE".to_owned(), "1".to_owned())),
            "variable MORE is not set there and `1` here",
        );
        told(
            |header| {
                let print = header.variables.get_mut("(trace of phase p)");
                *print.unwrap() = "3 calls, 3 rows, 00fe".to_owned();
            },
            "variable (trace of phase p) is `3 calls, 3 rows, 00ff` there and \
             `3 calls, 3 rows, 00fe` here",
        );
        told(
            |header| header.text = header.text.replace("vus: 1", "vus: 2"),
            "the scenarios differ, first in line 3",
        );
        told(
            |header| header.text.push_str("seed: 2\n"),
            "the scenarios differ",
        );
    }

    #[test]
    fn shards_of_another_count_are_refused_before_any_is_called_missing() {
        let Complaint { message, .. } = refused(|header| header.shard.of = 2);
        assert!(message.contains("the number of shards is `3`"), "{message}");
    }

    #[test]
    fn shards_of_one_machine_share_its_clock() {
        let files = vec![shard(2, 0.5), shard(0, 0.0), shard(1, 0.25)];
        let together = put_together(files, ALL).unwrap();
        assert_eq!(together.error, Duration::ZERO);
        assert_eq!(together.started, seconds(1_000.0));
        assert_eq!(together.offsets, [0.0, 0.25, 0.5].map(seconds));
        assert_eq!(together.apart, seconds(0.5));
        assert_eq!(together.duration, seconds(9.5));
        let sent = together
            .shares
            .iter()
            .map(|share| share.moved(0).next().unwrap().sent);
        assert_eq!(sent.collect::<Vec<_>>(), [3.0, 3.25, 3.5].map(at));
        let end = together
            .shares
            .iter()
            .map(|share| share.moved(0).next().unwrap().end());
        assert_eq!(end.collect::<Vec<_>>(), [4.0, 4.25, 4.5].map(at));
    }

    #[test]
    fn clocks_of_several_machines_agree_only_so_far() {
        let mut files = vec![shard(0, 0.0), shard(1, 0.25), shard(2, 0.5)];
        for (machine, (_, file)) in ["a", "b", ""].into_iter().zip(&mut files) {
            file.header.machine = machine.to_owned();
        }
        let together = put_together(files, ALL).unwrap();
        // Each may be a quarter of a second off, so that much is put before the first.
        assert_eq!(together.error, seconds(0.25));
        assert_eq!(together.started, seconds(999.75));
        assert_eq!(together.offsets, [0.25, 0.5, 0.75].map(seconds));
        assert_eq!(together.apart, seconds(0.5));
        // Sent no later and over no earlier than any of the clocks can say.
        for (share, begun) in together.shares.iter().zip([3.25, 3.5, 3.75]) {
            let entry = share.moved(0).next().unwrap();
            assert_eq!(
                (entry.sent, entry.end()),
                (at(begun - 0.25), at(begun + 1.25))
            );
        }
        let mut late = vec![shard(0, 0.0), shard(1, 0.25), shard(2, 30.0)];
        late[2].1.header.machine = "b".to_owned();
        let together = put_together(late, ALL).unwrap();
        assert_eq!(
            together.error,
            seconds(30.0),
            "its clock may be as far ahead"
        );
        let mut unknown = vec![shard(0, 0.0), shard(1, 0.0), shard(2, 0.0)];
        unknown
            .iter_mut()
            .for_each(|(_, file)| file.header.machine.clear());
        let together = put_together(unknown, ALL).unwrap();
        assert_eq!(
            together.error,
            seconds(0.25),
            "nobody says that they are one"
        );
    }

    #[test]
    fn a_shard_is_written_and_read_alike_wherever_its_entries_are() {
        let (_, file) = shard(0, 0.0);
        let entries = (0..10_000).map(|number| {
            let mut entry = Entry::new(crate::billing::Class::Success, Nanos(number));
            entry.id = number;
            entry
        });
        let written = |entries: &Entries| {
            let mut out = Vec::new();
            let (header, part) = (&file.header, &file.share.part);
            write(&mut out, header, &file.sums, part, entries).unwrap();
            out
        };
        let away = || Entries::kept_in(Box::new(Shelf::default()));
        let mut all = away();
        all.extend(entries.clone());
        let bytes = written(&all);
        assert!(bytes == written(&entries.clone().collect()));
        let told = read(&bytes[..], away()).unwrap().share;
        assert!(told.entries.iter().eq(entries.clone()));
        assert!(told.moved(9_000).eq(entries.skip(9_000)));
        assert!(bytes == written(&told.entries));
    }

    /// A finding of its own rule, told by call `number`, in line 2 of its recording.
    fn found(number: u64) -> Event {
        let rule = catalogue::all()
            .nth(usize::try_from(number).unwrap())
            .unwrap();
        let mut exchange = Exchange::example(Outcome::Ok);
        exchange.call.number = number;
        exchange.recorded = Some(Reference {
            line: 2,
            curl: None,
        });
        exchange.judgement = Some(Judgement {
            findings: vec![Finding {
                rule,
                severity: rule.severity,
                message: String::new(),
                evidence: Evidence::of(None, 0, b"", None),
                follows: false,
            }],
            ..Judgement::example()
        });
        Event::Exchanged(Box::new(exchange))
    }

    #[test]
    fn findings_refer_to_their_lines_of_the_recording_of_all() {
        let mut files = vec![shard(0, 0.0), shard(1, 0.0), shard(2, 0.0)];
        for (number, (_, file)) in (0..).zip(&mut files) {
            let mut totals = Totals::new(scenario());
            totals.take(&mut found(number));
            file.sums = totals.sums();
            file.header.frame.recording = Some(summary(10 + number));
        }
        let frame = files[0].1.header.frame.clone();
        let together = put_together(files, ALL).unwrap();
        let mut totals = Totals::new(scenario());
        together.sums.into_iter().for_each(|sums| totals.add(sums));
        let billing = crate::billing::BillingVerdict::default();
        let (report, _) = build(&totals, &billing, &frame, &Shards::Whole);
        let report = serde_json::to_value(&report).unwrap();
        let findings = report["findings"].as_array().unwrap().iter();
        let mut lines: Vec<_> = findings
            .map(|row| row["first"]["recorded"].as_u64().unwrap())
            .collect();
        lines.sort_unstable();
        // Ten lines of the first, eleven of the second are before those of the next.
        assert_eq!(lines, [2, 12, 23]);
    }

    #[test]
    fn connections_and_recordings_add_up() {
        let mut files = vec![shard(0, 0.0), shard(1, 0.0), shard(2, 0.0)];
        for (count, (_, file)) in (1..).zip(&mut files) {
            let frame = &mut file.header.frame;
            frame.connections = ConnectionCounts {
                opened: count,
                failed: 2 * count,
                hung_up: 3 * count,
                moved: 4 * count,
                most_open: 5 * count,
                longest_connect: 6 * count,
            };
            frame.recording = (count > 1).then(|| summary(count));
        }
        let together = put_together(files, ALL).unwrap();
        let all = ConnectionCounts {
            opened: 6,
            failed: 12,
            hung_up: 18,
            moved: 24,
            most_open: 30,
            longest_connect: 18,
        };
        assert_eq!(together.connections(), all);
        let summary = together.recording().unwrap();
        assert_eq!(
            (summary.exchanges, summary.with_findings, summary.bytes),
            (5, 2, 200)
        );
    }
}
