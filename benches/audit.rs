//! What auditing costs: a million requests, time and memory.
//!
//! `cargo bench --bench audit [-- REQUESTS]` prints what is kept of each request, how long the
//! sweep of BIL-004 takes (CPU time of this thread, the best of five), and the most memory that
//! the process has had before and after it, as Linux tells it.

use std::hint::black_box;
use std::io::Write;

use rustix::time::{ClockId, clock_gettime};
use spikeproof::billing::{Bounds, Class, Credits, Entry, fingerprint, sweep};
use spikeproof::exchange::Nanos;

/// A run of 200 callers, each with a request of 100 ms after the other.
fn history(requests: u64) -> (Vec<Entry>, Bounds) {
    let mut entries = Vec::with_capacity(usize::try_from(requests).expect("it fits"));
    let mut spent = 0;
    for number in 0..requests {
        let random = fingerprint(&number.to_string());
        let sent = Nanos(number / 200 * 100_000_000 + random % 50_000_000);
        let price = i64::try_from(50 + random % 900).expect("it is small");
        let charge = if number % 10 == 0 { 0 } else { price };
        let quota = (1_000_000_000_000_i64 - spent).div_euclid(10_000) * 10_000;
        spent += charge;
        let mut entry = Entry::new(Class::Success, sent)
            .seen(Nanos(sent.0 + 60_000_000), Some(Credits(quota)))
            .ended(Nanos(sent.0 + 100_000_000))
            .charged(Credits(charge));
        entry.id = random;
        entries.push(entry);
    }
    let bounds = Bounds {
        start: Credits(1_000_000_000_000),
        quantum: Credits(10_000),
        lambda: Nanos(100_000_000),
        seen_by: None,
        charged_to: None,
    };
    (entries, bounds)
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

fn main() {
    let wanted = std::env::args().find_map(|word| word.parse().ok());
    let requests: u64 = wanted.unwrap_or(1_000_000);
    let (entries, bounds) = history(requests);
    let before = peak();
    let mut best = f64::MAX;
    for _ in 0..5 {
        let begun = cpu();
        let swept = sweep(black_box(&entries), bounds);
        best = best.min(cpu() - begun);
        assert_eq!(swept.observations, requests);
        assert_eq!((swept.too_much, swept.too_little), (None, None));
    }
    let each = size_of::<Entry>();
    let mut out = std::io::stdout().lock();
    let written = writeln!(
        out,
        "{requests} requests, {each} bytes of each\nBIL-004: {best:.3} s\n\
         memory at most: {before} MB with the requests, {} MB with the sweep",
        peak()
    );
    written.expect("stdout takes a few lines");
}
