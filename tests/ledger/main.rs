//! Every bug of the replica's ledger, alone, one request in ten thousand, under 200 callers at
//! once: each is found, with its class and its amount, and the same run without it passes.
//!
//! Nothing is sent and nobody waits (`simulate`): what a run costs is the replica's and the audit's
//! work. Which requests are struck follows from the seed, so each case says one that strikes. Where
//! it no longer does, the next ones are tried, and the test says which to write down.

mod flight;
#[path = "../faults/incoming.rs"]
mod incoming;
mod simulate;
mod stages;

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use spikeproof::billing::{BillingVerdict, CheckState, Credits};
use spikeproof::scenario::{Environment, Scenario, Source, Vocabulary};
use spikeproof_mock::{
    AccountSetting, Config, Delay, Engine, Fault, FaultSetting, KeySetting, Trace,
};
use std::time::Duration;

use self::simulate::Run;
use self::stages::*;

const CALLERS: usize = 200;
const RARE: f64 = 0.000_1;
/// Seeds that are tried at most until a bug strikes.
const SEEDS: u64 = 12;

struct Nothing;

impl Environment for Nothing {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }
}

impl Stage {
    fn scenario(&self, seed: u64) -> Scenario {
        let keys = if self.two_keys {
            "keys: { second: \"${NONE:}\" }\n"
        } else {
            ""
        };
        let text = format!(
            "name: rare\nseed: {seed}\n{keys}requests: {}\nphases: [{{ name: all, executor: \
             shared-iterations, vus: {CALLERS}, iterations: {}, mix: {} }}]\nbilling: {{ {} }}\n",
            self.requests, self.calls, self.mix, self.billing
        );
        let source = Source::new("rare.yaml", text);
        Scenario::parse(&source, &Nothing, &Vocabulary::default())
            .unwrap_or_else(|faults| panic!("{faults}"))
    }

    fn run(&self, seed: u64, bug: Option<Fault>) -> Run {
        let scenario = self.scenario(seed);
        let failures = self
            .failures
            .iter()
            .map(|(name, probability)| FaultSetting {
                fault: Fault::parse(name).expect("it has this name"),
                probability: *probability,
            });
        let bug = bug.map(|fault| FaultSetting {
            fault,
            probability: RARE,
        });
        let wait = |millis| Delay::Constant(Duration::from_millis(millis));
        let account = AccountSetting {
            org: self.two_keys,
            account_reads: None,
            ..AccountSetting::default()
        };
        let second = KeySetting {
            name: "second".to_owned(),
            quota: account.quota,
            bucket_5h: account.bucket_5h,
            org: true,
            ..KeySetting::default()
        };
        let mut retention = Config::default().retention;
        (retention.rows, retention.tasks) = (100_000, 100_000);
        let engine = Engine::new(Config {
            seed,
            first_token: wait(60),
            token_gap: wait(1),
            image_time: wait(100),
            output_tokens: Some(self.output_tokens),
            task_queue: wait(150),
            task_run: wait(200),
            faults: failures.chain(bug).collect(),
            keys: self.two_keys.then_some(second).into_iter().collect(),
            account,
            retention,
            ..Config::default()
        });
        simulate::run(&scenario, &engine, CALLERS, self.calls)
    }

    /// The run without any bug, made once.
    fn clean(&'static self, seed: u64) -> Arc<Run> {
        type Known = Mutex<BTreeMap<(&'static str, u64), Arc<Run>>>;
        static KNOWN: OnceLock<Known> = OnceLock::new();
        let known = KNOWN.get_or_init(Mutex::default);
        if let Some(run) = known.lock().expect("no panic").get(&(self.name, seed)) {
            return Arc::clone(run);
        }
        let run = Arc::new(self.run(seed, None));
        let told = said(&run.verdict);
        assert_eq!(
            run.verdict.worst(),
            Some(CheckState::Passed),
            "{}: {told}",
            self.name
        );
        let mut known = known.lock().expect("no panic");
        known.insert((self.name, seed), Arc::clone(&run));
        run
    }
}

fn said(verdict: &BillingVerdict) -> String {
    let mut text = String::new();
    for check in &verdict.checks {
        text += &format!(
            "\n{} {} {}",
            check.rule.id,
            check.state.name(),
            check.message
        );
        for suspect in check.suspects.iter().take(2) {
            text += &format!("\n    {} {}", suspect.class, suspect.amount);
        }
    }
    let (over, under) = (verdict.overcharged, verdict.undercharged);
    text + &format!("\nover {over}, under {under}")
}

/// The first run on which the bug strikes, with its seed and what it would be without it.
fn struck(stage: &'static Stage, bug: &Bug) -> Result<(u64, Run, Arc<Run>), String> {
    let fault = Fault::parse(bug.0).expect("it has this name");
    for seed in bug.4..bug.4 + SEEDS {
        let run = stage.run(seed, Some(fault));
        let clean = stage.clean(seed);
        if run.truth() != clean.truth() {
            return Ok((seed, run, clean));
        }
    }
    let (name, first) = (bug.0, bug.4);
    Err(format!(
        "{name} strikes in none of {SEEDS} runs from seed {first} on"
    ))
}

fn is_found(stage: &'static Stage, bug: &Bug) -> Result<(), String> {
    let Bug(name, id, class, money, wanted) = bug;
    let (seed, run, clean) = struck(stage, bug)?;
    if seed != *wanted {
        noted(&format!(
            "{name}: the first seed that strikes is {seed}, write it down in its line"
        ));
    }
    let verdict = &run.verdict;
    let told = said(verdict);
    let check = verdict.checks.iter().find(|check| check.rule.id == *id);
    let check = check.expect("every check is told");
    if check.state != CheckState::Failed {
        return Err(format!("{name} (seed {seed}): {id} did not find it{told}"));
    }
    let suspect = check.suspects.first();
    // Where no request can be told from others of its class, the message names the class.
    let named = suspect.map_or(&check.message, |one| &one.class);
    if !named.contains(class) {
        return Err(format!("{name} (seed {seed}): {id} names no {class}{told}"));
    }
    let spent = Credits(run.ledger.spent - clean.ledger.spent);
    let is_right = match money {
        Money::Spent => {
            verdict.overcharged - verdict.undercharged == spent && spent != Credits::ZERO
        }
        Money::Held => {
            let held = Credits(run.ledger.held - clean.ledger.held);
            held > Credits::ZERO && check.message.contains(&held.to_string())
        }
        Money::Each(amount) => suspect.is_some_and(|one| one.amount == Credits(*amount)),
        Money::Nothing => true,
    };
    if is_right {
        return Ok(());
    }
    Err(format!(
        "{name} (seed {seed}): the amount is not told, {spent} were spent{told}"
    ))
}

/// For whoever looks on; a run of all takes a while.
fn noted(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn all_are_found(stage: &'static Stage, bugs: &[Bug]) {
    let found = bugs.iter().map(|bug| is_found(stage, bug));
    let missed: Vec<_> = found
        .filter_map(Result::err)
        .inspect(|why| noted(why))
        .collect();
    assert!(missed.is_empty(), "{}", missed.join("\n\n"));
}

#[test]
fn rare_bugs_of_money_are_found_with_class_and_amount() {
    all_are_found(&MONEY, MONEY_BUGS);
}

#[test]
fn rare_bugs_of_headers_and_free_endpoints_are_found() {
    all_are_found(&HEADERS, HEADER_BUGS);
    all_are_found(&FREE, FREE_BUGS);
    all_are_found(&WORDS, WORD_BUGS);
    all_are_found(&PICTURES, PICTURE_BUGS);
}

#[test]
fn rare_charges_for_answers_that_broke_off_are_found() {
    all_are_found(&STREAMS, STREAM_BUGS);
    all_are_found(&BROKEN, BROKEN_BUGS);
}

#[test]
fn rare_charges_for_tasks_are_found() {
    for (stage, bugs) in &ALL[7..] {
        all_are_found(stage, bugs);
    }
}

/// No bug of the ledger is left out.
#[test]
fn every_bug_of_the_ledger_is_tried() {
    // A task that fails is an outcome, and no bug.
    let otherwise = ["task-fails"];
    let tried = |name: &str| {
        ALL.iter()
            .any(|(_, bugs)| bugs.iter().any(|bug| bug.0 == name))
    };
    for fault in Fault::all().filter(|fault| fault.trace() == Trace::Money) {
        let name = fault.name();
        assert_ne!(tried(name), otherwise.contains(&name), "{name}");
    }
}
