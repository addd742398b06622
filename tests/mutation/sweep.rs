//! Edits by the thousand, and what became of them.

use std::collections::{BTreeMap, BTreeSet};

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::edits::{self, Edit};
use crate::explained::{Known, known, place};
use crate::meaning::{differences, read};
use crate::samples::{self, Sample};

/// Edits that the ordinary test tries.
const MUTANTS: u64 = 12_000;

/// What became of the edits of one kind.
#[derive(Default)]
struct Outcome {
    found: u32,
    /// A client reads the same events.
    unchanged: u32,
    explained: u32,
    /// Nothing finds it, and something should (`open.txt`).
    open: u32,
    unexplained: u32,
}

#[derive(Default)]
struct Sweep {
    outcomes: BTreeMap<Edit, Outcome>,
    /// By place, as in `open.txt`: how many, and one that shows it.
    survivors: BTreeMap<String, (u32, String)>,
    /// Lines of `open.txt` that were met.
    open: BTreeSet<String>,
}

impl Sweep {
    fn take(&mut self, sample: &Sample, edit: Edit, body: &[u8], seed: u64) {
        let outcome = self.outcomes.entry(edit).or_default();
        let broken = sample.broken_by(body, 1021);
        if seed.is_multiple_of(7) {
            let piece = usize::try_from(seed % 13).expect("it is small") + 1;
            let pieces = sample.broken_by(body, piece);
            assert_eq!(broken, pieces, "{edit:?} of {}, mutant {seed}", sample.name);
        }
        if !broken.is_empty() {
            outcome.found += 1;
            return;
        }
        let before = read(sample.form, &sample.written(&sample.frames));
        let found = differences(&before, &read(sample.form, body));
        if found.is_empty() {
            outcome.unchanged += 1;
            return;
        }
        let mut is_open = false;
        let mut unexplained = Vec::new();
        for difference in &found {
            match known(sample, difference) {
                Some(Known::Explained) => {}
                Some(Known::Open) => {
                    is_open = true;
                    self.open.insert(place(sample, difference));
                }
                None => unexplained.push(place(sample, difference)),
            }
        }
        if unexplained.is_empty() {
            let counter = if is_open {
                &mut outcome.open
            } else {
                &mut outcome.explained
            };
            *counter += 1;
            return;
        }
        outcome.unexplained += 1;
        let change = change(&sample.written(&sample.frames), body);
        for line in unexplained {
            let shown = format!("{edit:?} of {}, mutant {seed}: {change}", sample.name);
            self.survivors.entry(line).or_insert((0, shown)).0 += 1;
        }
    }

    fn table(&self) -> String {
        let mut table = format!("{:<18}", "edit");
        for word in ["tried", "found", "same", "explained", "open", "new"] {
            table += &format!("{word:>10}");
        }
        for (edit, outcome) in &self.outcomes {
            let Outcome {
                found,
                unchanged,
                explained,
                open,
                unexplained,
            } = outcome;
            let tried = found + unchanged + explained + open + unexplained;
            table += &format!("\n{:<18}", format!("{edit:?}"));
            for count in [&tried, found, unchanged, explained, open, unexplained] {
                table += &format!("{count:>10}");
            }
        }
        table
    }

    fn survivors(&self) -> Vec<String> {
        let survivors = self.survivors.iter();
        let lines = survivors.map(|(line, (count, shown))| format!("{line} ({count}; {shown})"));
        lines.collect()
    }
}

/// What stood there and what stands there now, with a little of what is around it.
fn change(before: &[u8], after: &[u8]) -> String {
    const AROUND: usize = 40;
    const MOST: usize = 160;
    let head = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let (old, new) = (&before[head..], &after[head..]);
    let pairs = old.iter().rev().zip(new.iter().rev());
    let tail = pairs.take_while(|(a, b)| a == b).count();
    let [old, new] = [before, after].map(|whole| {
        let end = (whole.len() - tail + AROUND).min(whole.len());
        let start = head.saturating_sub(AROUND);
        let text = String::from_utf8_lossy(&whole[start..end.min(start + MOST)]);
        text.escape_debug().to_string()
    });
    format!("\n    - {old}\n    + {new}\n")
}

fn from_environment(name: &str, usual: u64) -> u64 {
    let told = std::env::vars().find(|(key, _)| key == name);
    told.map_or(usual, |(_, value)| value.parse().expect("a whole number"))
}

#[test]
fn every_edit_that_changes_the_meaning_is_found_or_explained() {
    let samples = samples::all();
    let mut sweep = Sweep::default();
    let first = from_environment("MUTATION_SEED", 0);
    for seed in first..first + from_environment("MUTANTS", MUTANTS) {
        let mut dice = Xoshiro256PlusPlus::seed_from_u64(seed);
        let kinds = edits::ALL.len() as u64;
        let edit = edits::ALL[usize::try_from(seed % kinds).expect("it is small")];
        let place = seed / kinds % samples.len() as u64;
        let sample = &samples[usize::try_from(place).expect("it is small")];
        if let Some(body) = edits::edited(sample, edit, &mut dice) {
            sweep.take(sample, edit, &body, seed);
        }
    }
    println!("{} samples\n{}", samples.len(), sweep.table());
    if from_environment("UPDATE_EXPECT", 0) == 1 {
        sweep.open.extend(sweep.survivors.into_keys());
        let lines: String = sweep.open.iter().map(|line| format!("{line}\n")).collect();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mutation/open.txt");
        std::fs::write(path, lines).expect("the list can be written");
        return;
    }
    let survivors = sweep.survivors();
    assert!(
        survivors.is_empty(),
        "{}\n{}",
        survivors.len(),
        survivors.join("\n")
    );
}
