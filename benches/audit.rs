//! What auditing costs: a million requests, time and memory.
//!
//! `cargo bench --bench audit [-- REQUESTS]` prints what is kept of each request, then CPU time of
//! this thread and the most memory the process has had, as Linux tells it: of the sweep of BIL-004
//! alone (the best of five), and of a whole audit once, each with the requests in a file and in
//! memory; then of an audit with rows: every exchange told, every row read and matched by its id, all
//! checks concluded. Beside them stands what sorting the same records once takes, by which times of
//! two machines can be compared. At last one refused request of them all is charged one credit, which
//! the audit must find and name.

use std::fs::File;
use std::hint::black_box;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;

use rustix::time::{ClockId, clock_gettime};
use spikeproof::billing::{
    Amount, Asked, Audit, BillingVerdict, Books, Bounds, CheckState, Class, Credits, Entries,
    Entry, KeyBooks, Place, Terms, UsageRow, fingerprint, sweep,
};
use spikeproof::exchange::Nanos;

const START: i64 = 1_000_000_000_000;
const MODEL: &str = "seedream-v4";
const PICTURE: i64 = 25_000;

/// One of 200 callers, each with a request of 100 ms after the other; one of ten is refused.
struct One {
    sent: Nanos,
    charge: i64,
    id: String,
}

fn one(number: u64) -> One {
    let id = format!("req_{number:020}");
    let random = fingerprint(&id);
    let sent = Nanos(number / 200 * 100_000_000 + random % 50_000_000);
    let charge = if number.is_multiple_of(10) {
        0
    } else {
        PICTURE
    };
    One { sent, charge, id }
}

/// A file of its own.
#[derive(Debug)]
struct Temporary(File, u64);

impl Temporary {
    fn made() -> io::Result<Box<dyn Place>> {
        Ok(Box::new(Self(tempfile::tempfile()?, 0)))
    }
}

impl Place for Temporary {
    fn append(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let at = self.1;
        self.0.write_all_at(bytes, at)?;
        self.1 += bytes.len() as u64;
        Ok(at)
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(bytes, at)
    }

    fn another(&self) -> io::Result<Box<dyn Place>> {
        Self::made()
    }
}

fn place() -> Box<dyn Place> {
    Temporary::made().expect("the folder for such files takes another")
}

/// What is kept of them.
fn entries(requests: u64) -> impl Iterator<Item = Entry> {
    let mut spent = 0;
    (0..requests).map(move |number| {
        let one = one(number);
        let quota = (START - spent).div_euclid(10_000) * 10_000;
        spent += one.charge;
        let class = if one.charge > 0 {
            Class::Success
        } else {
            Class::Refused
        };
        let mut entry = Entry::new(class, one.sent)
            .seen(Nanos(one.sent.0 + 60_000_000), Some(Credits(quota)))
            .ended(Nanos(one.sent.0 + 100_000_000))
            .charged(Credits(one.charge));
        entry.id = fingerprint(&one.id);
        entry.units = u16::from(one.charge > 0);
        entry
    })
}

fn amount(credits: i64, quantum: i64) -> Amount {
    Amount {
        credits: Credits(credits.div_euclid(quantum) * quantum),
        quantum: Credits(quantum),
    }
}

fn books(spent: i64, calls: u64) -> Books {
    let key = KeyBooks {
        quota: Some(amount(START - spent, 10_000)),
        ..KeyBooks::default()
    };
    Books {
        keys: vec![key],
        spent: Some(amount(spent, 1)),
        used: Some(amount(spent, 1)),
        calls: Some(calls),
        rows: Some(calls),
        ..Books::default()
    }
}

/// A row as a listing tells it, the newest first.
fn row(number: u64) -> Option<UsageRow> {
    let one = one(number);
    (one.charge > 0).then(|| UsageRow {
        number: Some(number.to_string()),
        request_id: one.id,
        key: Some("1".to_owned()),
        model: MODEL.to_owned(),
        at: Some(i64::try_from(one.sent.0 / 1_000_000_000).expect("it is small")),
        input: Some(0),
        output: Some(0),
        cache_read: Some(0),
        cache_write: Some(0),
        images: Some(1),
        seconds: Some(0),
        amount: amount(one.charge, 1),
    })
}

/// CPU time of this thread in seconds.
fn cpu() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    #[expect(clippy::cast_precision_loss, reason = "a few seconds")]
    let seconds = now.tv_sec as f64 + now.tv_nsec as f64 / 1e9;
    seconds
}

/// The most memory so far, in MB; 0 where the system does not tell.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or_default() / 1_000
}

/// The sweep alone, in seconds.
fn swept(entries: &Entries) -> f64 {
    let bounds = Bounds {
        start: Credits(START),
        quantum: Credits(10_000),
        lambda: Nanos(100_000_000),
        seen_by: None,
        charged_to: None,
    };
    let mut best = f64::MAX;
    for _ in 0..5 {
        let begun = cpu();
        let swept = sweep(black_box(entries), bounds);
        best = best.min(cpu() - begun);
        assert_eq!(swept.observations, entries.len() as u64);
        assert_eq!((swept.too_much, swept.too_little), (None, None));
    }
    best
}

/// Sorting whole records by when they were over, in seconds.
fn sorted(entries: &[Entry]) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..5 {
        let mut copy = entries.to_vec();
        let begun = cpu();
        copy.sort_unstable_by_key(|entry| (entry.end(), entry.id));
        best = best.min(cpu() - begun);
        black_box(&copy);
    }
    best
}

fn audit() -> Audit {
    let asked = Asked {
        model: Some(MODEL.to_owned()),
        images: 1,
        ..Asked::default()
    };
    let mut audit = Audit::new(Terms {
        lambda: Some(std::time::Duration::from_millis(100)),
        prices_are_sure: true,
        asked: vec![asked],
        ..Terms::default()
    });
    audit.baseline(vec![books(0, 0), books(0, 0)]);
    audit
}

/// The whole audit, in seconds. `has_rows`: whether the target lists any. `planted`: what one refused
/// request is charged.
fn audited(mut audit: Audit, requests: u64, has_rows: bool, planted: i64) -> f64 {
    let billed: u64 = requests - requests.div_ceil(10);
    let rows = (0..requests).rev().filter(|_| has_rows);
    let rows: Vec<_> = rows.filter_map(row).collect();
    let spent = i64::try_from(billed).expect("it is small") * PICTURE;
    let mut took = 0.0;
    // Making up requests is not what is measured.
    let mut made = entries(requests);
    loop {
        let some: Vec<_> = made.by_ref().take(4_096).collect();
        let begun = cpu();
        some.iter().for_each(|entry| audit.keep(*entry));
        took += cpu() - begun;
        if some.is_empty() {
            break;
        }
    }
    let begun = cpu();
    audit.settled(books(spent + planted, billed), true);
    if has_rows {
        audit.rows(Ok(rows));
    }
    let verdict = audit.verdict();
    took += cpu() - begun;
    if planted > 0 {
        is_found(&verdict, planted);
        return took;
    }
    let mut wanted = vec!["BIL-003", "BIL-004", "BIL-005", "BIL-007"];
    if has_rows {
        wanted.extend(["BIL-006", "BIL-008"]);
    }
    for id in wanted {
        let mut checks = verdict.checks.iter();
        let check = checks.find(|check| check.rule.id == id);
        let check = check.expect("every check is told");
        assert_eq!(check.state, CheckState::Passed, "{id}: {}", check.message);
    }
    took
}

fn is_found(verdict: &BillingVerdict, planted: i64) {
    let mut checks = verdict.checks.iter();
    let check = checks.find(|check| check.rule.id == "BIL-005");
    let check = check.expect("every check is told");
    assert_eq!(check.state, CheckState::Failed, "{}", check.message);
    let suspect = check.suspects.first().expect("it names requests");
    assert_eq!(
        (suspect.class.as_str(), suspect.amount),
        ("refused", Credits(planted))
    );
    assert_eq!(verdict.overcharged, Credits(planted));
}

fn main() {
    let wanted = std::env::args().find_map(|word| word.parse().ok());
    let requests: u64 = wanted.unwrap_or(1_000_000);
    let each = size_of::<Entry>();
    // Memory never shrinks, so what needs least comes first.
    let before = peak();
    let mut put_away = Entries::kept_in(place());
    put_away.extend(entries(requests));
    let sweep_away = swept(&put_away);
    drop(put_away);
    let with_sweep = peak();
    let whole_away = audited(audit().kept_in(place()), requests, false, 0);
    let with_whole = peak();
    let whole = audited(audit(), requests, false, 0);
    let all: Vec<_> = entries(requests).collect();
    let sort = sorted(&all);
    let all = Entries::from(all);
    let sweep = swept(&all);
    drop(all);
    let in_memory = peak();
    let with_rows = audited(audit().kept_in(place()), requests, true, 0);
    let with_all = peak();
    audited(audit(), requests, true, 1);
    let mut out = io::stdout().lock();
    let times = |took: f64| format!("{took:.3} s, {:.2} of that", took / sort);
    let written = writeln!(
        out,
        "{requests} requests, {each} bytes of each\n\
         sorting them once: {sort:.3} s\n\
         BIL-004 alone: {} in memory, {} from a file\n\
         all checks concluded without rows: {} in memory, {} from a file\n\
         rows matched and all checks concluded: {}\n\
         memory at most: {before} MB before, {with_sweep} MB with the sweep and {with_whole} MB with \
         all checks from a file, {in_memory} MB in memory, {with_all} MB with the rows\n\
         one credit charged for one refused request was found and named",
        times(sweep),
        times(sweep_away),
        times(whole),
        times(whole_away),
        times(with_rows),
    );
    written.expect("stdout takes a few lines");
}
