//! Bugs of the ledger against the audit: each is found by a check, and nothing is without it.

use spikeproof_mock::{Fault, Trace};

use crate::faults::{CHAT, CLAUDE, GEMINI, PICTURE, REFUSED, RESPONSES, run};
use crate::program::{Place, ended};
use crate::results::check;

const DEAR: &str = "{ call: openai.images, model: seedream-v4 }";
const CANCELLED: &str = "{ call: tasks.video, model: sora-2, duration_seconds: 4, \
                         cancel: pending, poll_every: 20ms }";
const TWICE: &str = "{ call: tasks.video, model: sora-2, duration_seconds: 4, \
                     duplicate: same, poll_every: 20ms }";
const DOOMED: &str = "{ call: tasks.video, model: sora-2, duration_seconds: 4, \
                      poll_every: 20ms, prompt: { text: \"[[fail]]\" } }";
const STOPPED: &str = "{ call: tasks.video, model: sora-2, duration_seconds: 4, \
                       cancel: running, poll_every: 10ms }";
const THREE: &str = "{ call: openai.images, model: seedream-v4, n: 3 }";
const CLIP: &str = "{ call: tasks.video, model: sora-2, duration_seconds: 4, poll_every: 20ms }";

/// The check of that id fails, and the summary names it.
fn is_found_by_the_audit(request: &str, fault: &str, id: &str) {
    let (ended, report) = run(request, fault, "full");
    let what = format!("{fault} on {request}: {}", ended.stdout);
    assert_eq!(check(&report, id), "failed", "{what}");
    assert_eq!(report["billing"]["verdict"], "failed", "{what}");
    assert!(ended.stdout.contains(&format!("{id}  failed")), "{what}");
}

#[test]
fn headers_that_cannot_be_read_are_found() {
    for request in [CLAUDE, CHAT, RESPONSES, GEMINI, REFUSED, PICTURE, CLIP] {
        is_found_by_the_audit(request, "header-missing", "BIL-001");
    }
    is_found_by_the_audit(CLAUDE, "header-not-decimal", "BIL-001");
}

#[test]
fn failures_that_cost_something_are_found() {
    for fault in [
        "bill-failed-call",
        "count-failed-call",
        "refund-after-failure",
    ] {
        is_found_by_the_audit(REFUSED, fault, "BIL-002");
    }
}

#[test]
fn money_that_does_not_add_up_is_found() {
    is_found_by_the_audit(CHAT, "bill-twice", "BIL-007");
    is_found_by_the_audit(DEAR, "lose-charge", "BIL-005");
    is_found_by_the_audit("{ call: models.list }", "bill-free-endpoint", "BIL-011");
    is_found_by_the_audit(CANCELLED, "bill-cancelled-task", "BIL-005");
}

const BROKEN: &str = "{ call: anthropic.messages, model: claude-sonnet-4-6, stream: true, \
                      max_tokens: 8000, disconnect: { after_tokens: 2 } }";
const EARLY: &str = "{ call: anthropic.messages, model: claude-sonnet-4-6, stream: true, \
                     disconnect: { after: 40ms }, prompt: { tokens: 500 } }";

/// What shows a fault: a request, and what is to be added to the usual scenario and command.
struct Stage {
    request: &'static str,
    replica: &'static str,
    billing: &'static str,
    faults: &'static [&'static str],
}

const USUAL: Stage = Stage {
    request: DEAR,
    replica: "",
    billing: "",
    faults: &[],
};

/// Where a fault shows.
fn stage(fault: &str) -> Stage {
    let of = |request| Stage { request, ..USUAL };
    match fault {
        "bill-failed-call"
        | "count-failed-call"
        | "refund-after-failure"
        | "bucket-counts-failures" => of(REFUSED),
        "bill-free-endpoint" => of("{ call: balance.get }"),
        "bill-cancelled-task" => of(CANCELLED),
        "bill-each-poll" | "task-above-told" => of(CLIP),
        "bill-duplicate-submit" => of(TWICE),
        "bill-failed-task" => of(DOOMED),
        "bill-cancel-in-full" => of(STOPPED),
        "header-stale" => of(CHAT),
        "row-wrong-tokens" | "bill-at-submit" => of(CLAUDE),
        "images-as-one" | "image-price-wrong" => of(THREE),
        "row-late" => Stage {
            billing: ", lambda: 500ms, settle_timeout: 8s",
            ..USUAL
        },
        "slow-settle" => Stage {
            billing: ", lambda: 500ms, settle_timeout: 5s",
            ..USUAL
        },
        "org-wallet-stuck" => Stage {
            replica: ", account: { org: true }",
            billing: ", lambda: 500ms, settle_timeout: 1s",
            ..USUAL
        },
        "org-header-missing" => Stage {
            replica: ", account: { org: true }",
            ..USUAL
        },
        "bill-failed-stream" => Stage {
            request: CLAUDE,
            faults: &["error-mid-stream"],
            ..USUAL
        },
        // Its answer is over long before the client would leave.
        "bill-partial-in-full" => Stage {
            request: BROKEN,
            replica: ", output_tokens: 6000, token_gap: 5ms",
            billing: ", policy: { disconnect-after-first-token: actual }",
            ..USUAL
        },
        "bill-before-first-token" => Stage {
            request: EARLY,
            replica: ", first_token: 2s",
            ..USUAL
        },
        _ => USUAL,
    }
}

fn staged(stage: &Stage) -> String {
    let waits = if stage.billing.contains("settle_timeout") {
        ""
    } else {
        ", settle_timeout: 1s"
    };
    let mut times = String::new();
    for (key, value) in [
        ("first_token", "3ms"),
        ("token_gap", "1ms"),
        ("output_tokens", "12"),
        ("image_time", "5ms"),
        ("task_queue", "60ms"),
        ("task_run", "30ms"),
    ] {
        if !stage.replica.contains(key) {
            times += &format!("{key}: {value}, ");
        }
    }
    let times = times.trim_end_matches(", ");
    let Stage {
        request,
        replica,
        billing,
        ..
    } = stage;
    format!(
        "name: faulty\nseed: 5\nrequests: {{ it: {request} }}\n\
         phases: [{{ name: all, executor: shared-iterations, vus: 2, iterations: 6 }}]\n\
         replica: {{ {times}{replica} }}\n\
         billing: {{ audit: full, probes: 1{billing}{waits} }}\n"
    )
}

/// Every check of the audit finds each fault that it says it finds, and nothing without it.
#[test]
fn the_audit_finds_what_its_checks_promise() {
    for rule in spikeproof::billing::RULES {
        for fault in rule.faults {
            let stage = stage(fault);
            let place = Place::new();
            let mut arguments = vec!["--fault", fault];
            for other in stage.faults {
                arguments.extend(["--fault", other]);
            }
            let ended = ended(place.run(&staged(&stage), &arguments));
            let what = format!("{fault} for {}: {}{}", rule.id, ended.stdout, ended.stderr);
            assert_eq!(ended.code, Some(1), "{what}");
            let report = place.results().report();
            assert_eq!(check(&report, rule.id), "failed", "{what}");
            assert_eq!(report["billing"]["verdict"], "failed", "{what}");
        }
    }
}

#[test]
fn the_same_runs_pass_without_the_fault() {
    for fault in spikeproof::billing::RULES
        .iter()
        .flat_map(|rule| rule.faults)
    {
        let stage = stage(fault);
        if stage.request == DEAR && stage.billing.is_empty() && stage.replica.is_empty() {
            continue;
        }
        let place = Place::new();
        let ended = ended(place.run(&staged(&stage), &[]));
        let what = format!("{fault}: {}{}", ended.stdout, ended.stderr);
        assert_eq!(ended.code, Some(0), "{what}");
        let report = place.results().report();
        assert_eq!(report["billing"]["verdict"], "passed", "{what}");
    }
}

/// No fault is left between the rules that find it and the outcomes that show it.
#[test]
fn every_fault_is_found_by_something() {
    // A task that fails is an outcome.
    let otherwise = ["task-fails"];
    let is_claimed = |name: &str| {
        let mut rules = spikeproof::rules::catalogue::all();
        rules.any(|rule| rule.faults.contains(&name))
    };
    // What one answer shows is held to its rules by `tests/faults`.
    for fault in Fault::all().filter(|fault| fault.trace() == Trace::Money) {
        let name = fault.name();
        let places = [is_claimed(name), otherwise.contains(&name)];
        let places = places.iter().filter(|is_there| **is_there).count();
        assert_eq!(places, 1, "{name}");
    }
}
