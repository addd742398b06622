//! Every bug of the replica's ledger, alone, one request in ten thousand, under 200 callers at once:
//! each is found, with its class and its amount, and the same run without it passes.
//!
//! Nothing is sent and nobody waits (`simulate`): what a run costs is the replica's and the audit's
//! work. Which requests are struck follows from the seed, so each case says one that strikes. Where
//! it no longer does, the next ones are tried, and the test says which to write down.

mod simulate;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use spikeproof::billing::{BillingVerdict, CheckState, Credits};
use spikeproof::scenario::{Environment, Scenario, Source, Vocabulary};
use spikeproof_mock::{
    AccountSetting, Config, Delay, Engine, Fault, FaultSetting, KeySetting, Trace,
};
use std::time::Duration;

use self::simulate::Run;

const CALLERS: usize = 200;
const RARE: f64 = 0.000_1;
/// Seeds that are tried at most until a bug strikes.
const SEEDS: u64 = 12;

/// What is driven, and how often.
struct Stage {
    name: &'static str,
    requests: &'static str,
    mix: &'static str,
    billing: &'static str,
    calls: u64,
    two_keys: bool,
    /// What goes wrong with or without the bug.
    failures: &'static [(&'static str, f64)],
    output_tokens: u64,
}

/// How the amount is held to the truth.
#[derive(Clone, Copy)]
enum Money {
    /// The sums of the verdict are what the ledger spent too much or too little.
    Spent,
    /// The check names the amount that is still held.
    Held,
    /// The first suspect's amount, in credits.
    Each(i64),
    /// No money moves, or none that the ledger would show.
    Nothing,
}

/// A bug, the check that finds it, the class that is named.
struct Bug(&'static str, &'static str, &'static str, Money, u64);

const MONEY: Stage = Stage {
    name: "money",
    requests: "
  pictures: { call: openai.images, model: seedream-v4, n: 3, prompt: { text: A kite }, response_format: url, keys: [main, second] }
  words: { call: anthropic.messages, model: claude-haiku-4-5, max_tokens: 16, prompt: { text: Hello }, keys: [second, main] }
  refused: { call: openai.images, model: seedream-v4, prompt: { text: \"[[refuse]]\" }, expect: { status: 451 } }
  models: { call: models.list, keys: [main, second] }",
    mix: "{ pictures: 4, words: 3, refused: 3, models: 1 }",
    billing: "lambda: 500ms, settle_timeout: 9s",
    calls: 10_000,
    two_keys: true,
    failures: &[],
    output_tokens: 8,
};

const MONEY_BUGS: &[Bug] = &[
    Bug("bill-failed-call", "BIL-005", "refused", Money::Spent, 1),
    Bug("bill-twice", "BIL-006", "success", Money::Spent, 1),
    Bug("lose-charge", "BIL-005", "success", Money::Spent, 1),
    Bug(
        "bill-free-endpoint",
        "BIL-005",
        "free endpoint",
        Money::Spent,
        1,
    ),
    Bug("count-failed-call", "BIL-007", "refused", Money::Nothing, 1),
    Bug("row-missing", "BIL-006", "success", Money::Nothing, 1),
    Bug(
        "refund-after-failure",
        "BIL-014",
        "refused",
        Money::Nothing,
        1,
    ),
    Bug("hold-never-released", "BIL-015", "success", Money::Held, 1),
    Bug("slow-settle", "BIL-004", "success", Money::Nothing, 1),
    Bug("bill-at-submit", "BIL-014", "success", Money::Nothing, 1),
    Bug("charge-other-key", "BIL-005", "success", Money::Nothing, 1),
    Bug("bucket-stuck", "BIL-016", "success", Money::Nothing, 1),
    Bug(
        "bucket-counts-failures",
        "BIL-016",
        "refused",
        Money::Nothing,
        1,
    ),
    Bug("org-wallet-stuck", "BIL-010", "success", Money::Nothing, 1),
    Bug("overcharge-percent", "BIL-008", "success", Money::Spent, 1),
    Bug("undercharge-percent", "BIL-008", "success", Money::Spent, 1),
    Bug("overcharge-micro", "BIL-008", "success", Money::Spent, 1),
    Bug("images-as-one", "BIL-008", "success", Money::Spent, 1),
    Bug("image-price-wrong", "BIL-008", "success", Money::Spent, 1),
    Bug("row-late", "BIL-006", "success", Money::Nothing, 1),
    Bug("row-duplicated", "BIL-006", "success", Money::Nothing, 1),
    Bug("row-wrong-tokens", "BIL-009", "success", Money::Nothing, 1),
    Bug("row-wrong-charge", "BIL-008", "success", Money::Each(1), 1),
    Bug("count-missing", "BIL-007", "success", Money::Nothing, 1),
    Bug("org-header-missing", "BIL-001", "", Money::Nothing, 1),
];

/// Little is charged, so that a cent in a header is more than all that is in flight.
const HEADERS: Stage = Stage {
    name: "headers",
    requests: "
  words: { call: anthropic.messages, model: claude-haiku-4-5, max_tokens: 16, prompt: { text: Hello } }
  refused: { call: openai.chat, model: claude-haiku-4-5, mistake: unknown-model }",
    mix: "{ words: 1, refused: 19 }",
    two_keys: false,
    ..MONEY
};

const HEADER_BUGS: &[Bug] = &[
    Bug("header-stale", "BIL-003", "", Money::Nothing, 1),
    Bug("header-other-key", "BIL-003", "", Money::Nothing, 1),
    Bug("header-off-by-one", "BIL-003", "", Money::Nothing, 1),
    Bug("quota-rises", "BIL-003", "", Money::Nothing, 1),
    Bug("decimals-vary", "BIL-001", "", Money::Nothing, 1),
    Bug("reset-in-past", "BIL-001", "", Money::Nothing, 1),
];

const STREAMS: Stage = Stage {
    name: "streams",
    requests: "
  late: { call: openai.chat, model: claude-haiku-4-5, stream: true, disconnect: { after_tokens: 2 }, max_tokens: 4000, prompt: { text: Hello } }
  early: { call: anthropic.messages, model: claude-haiku-4-5, stream: true, disconnect: { after: 10ms }, prompt: { text: Hello } }
  broken: { call: anthropic.messages, model: claude-haiku-4-5, stream: true, max_tokens: 16, prompt: { text: Hello } }",
    mix: "{ late: 1, early: 1, broken: 1 }",
    billing: "lambda: 500ms, settle_timeout: 9s, policy: { disconnect-after-first-token: actual }",
    two_keys: false,
    failures: &[("error-mid-stream", 0.5)],
    output_tokens: 2_500,
    ..MONEY
};

const STREAM_BUGS: &[Bug] = &[
    Bug(
        "bill-failed-stream",
        "BIL-013",
        "error after the stream began",
        Money::Nothing,
        1,
    ),
    Bug(
        "bill-partial-in-full",
        "BIL-013",
        "left after the first token",
        Money::Nothing,
        1,
    ),
    Bug(
        "bill-before-first-token",
        "BIL-013",
        "left before the first token",
        Money::Nothing,
        1,
    ),
];

const fn tasks(name: &'static str, requests: &'static str) -> Stage {
    Stage {
        name,
        requests,
        mix: "{ clip: 1 }",
        two_keys: false,
        ..MONEY
    }
}

const DONE: Stage = tasks(
    "tasks that complete",
    "\n  clip: { call: tasks.video, model: sora-2, duration_seconds: 4, poll_every: 400ms }",
);
const DONE_BUGS: &[Bug] = &[
    Bug(
        "bill-each-poll",
        "BIL-012",
        "task completed",
        Money::Spent,
        1,
    ),
    Bug(
        "task-above-told",
        "BIL-012",
        "task completed",
        Money::Each(10_000),
        1,
    ),
];

const FAILED: Stage = tasks(
    "tasks that fail",
    "\n  clip: { call: tasks.video, model: sora-2, duration_seconds: 4, poll_every: 400ms, prompt: { text: \"[[fail]]\" } }",
);
const FAILED_BUGS: &[Bug] = &[Bug(
    "bill-failed-task",
    "BIL-012",
    "task failed",
    Money::Spent,
    1,
)];

const QUEUED: Stage = tasks(
    "tasks cancelled in the queue",
    "\n  clip: { call: tasks.video, model: sora-2, duration_seconds: 4, cancel: pending, poll_every: 20ms }",
);
const QUEUED_BUGS: &[Bug] = &[Bug(
    "bill-cancelled-task",
    "BIL-012",
    "task cancelled before it ran",
    Money::Spent,
    1,
)];

const STOPPED: Stage = tasks(
    "tasks cancelled while they run",
    "\n  clip: { call: tasks.video, model: sora-2, duration_seconds: 8, cancel: running, poll_every: 200ms }",
);
const STOPPED_BUGS: &[Bug] = &[Bug(
    "bill-cancel-in-full",
    "BIL-012",
    "task cancelled while running",
    Money::Spent,
    1,
)];

const TWICE: Stage = tasks(
    "tasks submitted twice",
    "\n  clip: { call: tasks.video, model: sora-2, duration_seconds: 4, duplicate: same, poll_every: 400ms }",
);
const TWICE_BUGS: &[Bug] = &[Bug(
    "bill-duplicate-submit",
    "BIL-012",
    "task completed",
    Money::Spent,
    1,
)];

const ALL: [(&Stage, &[Bug]); 8] = [
    (&MONEY, MONEY_BUGS),
    (&HEADERS, HEADER_BUGS),
    (&STREAMS, STREAM_BUGS),
    (&DONE, DONE_BUGS),
    (&FAILED, FAILED_BUGS),
    (&QUEUED, QUEUED_BUGS),
    (&STOPPED, STOPPED_BUGS),
    (&TWICE, TWICE_BUGS),
];

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
fn struck(stage: &'static Stage, bug: &Bug) -> (u64, Run, Arc<Run>) {
    let fault = Fault::parse(bug.0).expect("it has this name");
    for seed in bug.4..bug.4 + SEEDS {
        let run = stage.run(seed, Some(fault));
        let clean = stage.clean(seed);
        if run.truth() != clean.truth() {
            return (seed, run, clean);
        }
    }
    panic!(
        "{} strikes in none of {SEEDS} runs from seed {} on",
        bug.0, bug.4
    );
}

fn is_found(stage: &'static Stage, bug: &Bug) -> Result<(), String> {
    let Bug(name, id, class, money, wanted) = bug;
    let (seed, run, clean) = struck(stage, bug);
    if seed != *wanted {
        println!("{name}: the first seed that strikes is {seed}");
    }
    let verdict = &run.verdict;
    let told = said(verdict);
    let check = verdict.checks.iter().find(|check| check.rule.id == *id);
    let check = check.expect("every check is told");
    if check.state != CheckState::Failed {
        return Err(format!("{name} (seed {seed}): {id} did not find it{told}"));
    }
    let suspect = check.suspects.first();
    if !class.is_empty() && suspect.map(|one| one.class.as_str()) != Some(*class) {
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

fn all_are_found(stage: &'static Stage, bugs: &[Bug]) {
    let found = bugs.iter().map(|bug| is_found(stage, bug));
    let missed: Vec<_> = found.filter_map(Result::err).collect();
    assert!(missed.is_empty(), "{}", missed.join("\n\n"));
}

#[test]
fn rare_bugs_of_money_are_found_with_class_and_amount() {
    all_are_found(&MONEY, MONEY_BUGS);
}

#[test]
fn rare_bugs_of_headers_are_found() {
    all_are_found(&HEADERS, HEADER_BUGS);
}

#[test]
fn rare_charges_for_answers_that_broke_off_are_found() {
    all_are_found(&STREAMS, STREAM_BUGS);
}

#[test]
fn rare_charges_for_tasks_are_found() {
    for (stage, bugs) in &ALL[3..] {
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
