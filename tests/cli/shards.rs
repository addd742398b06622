//! A run that several processes share, and what `merge` makes of their results.

use std::time::Duration;

use serde_json::{Value, json};

use crate::program::{Ended, Place, ReplicaProcess, Started, ended, spikeproof};
use crate::results::Results;

const SCENARIO: &str = "name: shared
target: http://127.0.0.1:1
key: ${SHARED_KEY}
requests:
  stream: { call: openai.chat, model: gpt-5-4, stream: true, prompt: { tokens: 9 }, max_tokens: 9 }
  whole: { call: anthropic.messages, model: claude-sonnet-4-6, max_tokens: 9 }
  bad: { call: openai.chat, model: no-such-model, expect: { status: [400, 403, 404] } }
phases:
  - { name: open, executor: constant-arrival-rate, rate: 40/s, duration: 1s,
      mix: { stream: 2, whole: 1, bad: 1 } }
  - { name: closed, executor: shared-iterations, vus: 5, iterations: 30, max_duration: 60s }
";

/// A run of the scenario, or of a share of it.
fn run(replica: &ReplicaProcess, place: &Place, name: &str, further: &[&str]) -> Started {
    let scenario = place.file("scenario.yaml", SCENARIO);
    let out = folder(place, name);
    let mut command = spikeproof(&["run", &scenario, "--quiet", "--out", &out]);
    command.args(["--target", &replica.base]).args(further);
    command.env("SHARED_KEY", &replica.key);
    Started::new(command)
}

fn folder(place: &Place, name: &str) -> String {
    let path = place.path().join(name);
    path.to_str().expect("the path is text").to_owned()
}

fn results(place: &Place, name: &str) -> Results {
    Results::new(place.path().join(name))
}

/// Runs `of` shards side by side, to their ends.
fn shards(replica: &ReplicaProcess, place: &Place, of: usize) -> Vec<String> {
    // Time enough for each to have read the books before any begins.
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(10);
    let soon = soon.to_string();
    let started: Vec<_> = (0..of)
        .map(|index| {
            let shard = format!("{index}/{of}");
            let further = ["--shard", &shard, "--start-at", &soon];
            run(replica, place, &format!("shard-{index}"), &further)
        })
        .collect();
    for process in started {
        let Ended { code, stderr, .. } = process.end();
        assert_eq!(code, Some(0), "{stderr}");
    }
    (0..of)
        .map(|index| folder(place, &format!("shard-{index}")))
        .collect()
}

fn merge(place: &Place, folders: &[String], further: &[&str]) -> Ended {
    let mut command = spikeproof(&["merge", "--out", &folder(place, "merged")]);
    command.args(folders).args(further);
    ended(command)
}

/// What must be the same whoever made the calls: no times, and no readings of the books, of which
/// each process makes its own.
fn comparable(report: &Value) -> Value {
    let of_the_scenario = |name: &&String| !name.starts_with('(');
    let requests = report["requests"].as_object().expect("an object");
    let names = requests.keys().filter(of_the_scenario);
    let requests: Vec<_> = names
        .map(|name| {
            let row = &requests[name];
            json!([
                name,
                row["total"],
                row["outcomes"],
                row["statuses"],
                row["output_tokens"]
            ])
        })
        .collect();
    let findings = report["findings"].as_array().expect("a list").iter();
    let findings: Vec<_> = findings
        .map(|row| json!([row["rule"], row["request"], row["count"], row["follows"]]))
        .collect();
    let phases = report["phases"].as_array().expect("a list").iter();
    let phases: Vec<_> = phases
        .map(|row| json!([row["name"], row["calls"], row["dropped"]]))
        .collect();
    let checks = report["billing"]["checks"]
        .as_array()
        .expect("a list")
        .iter();
    let checks: Vec<_> = checks.map(|row| json!([row["id"], row["state"]])).collect();
    let metrics = report["metrics"].as_object().expect("an object");
    let samples: Vec<_> = metrics
        .iter()
        .filter(|(name, _)| of_the_scenario(name))
        .map(|(name, metrics)| json!([name, metrics["e2e"]["count"], metrics["ttft"]["count"]]))
        .collect();
    json!([
        requests,
        findings,
        phases,
        checks,
        samples,
        report["billing"]["classes"],
        report["goodput"]["good_calls"],
    ])
}

#[test]
fn four_processes_come_to_what_one_does() {
    let (replica, place) = (ReplicaProcess::new(&[]), Place::new());
    let folders = shards(&replica, &place, 4);
    let part = results(&place, "shard-2").report();
    assert_eq!(part["shards"][0]["shard"], "2/4");
    assert!(
        part["reasons"][0]
            .as_str()
            .expect("a text")
            .contains("merge")
    );
    let Ended {
        code,
        stdout,
        stderr,
    } = merge(&place, &folders, &[]);
    assert!(matches!(code, Some(0 | 4)), "{stdout}{stderr}");
    let merged = results(&place, "merged");
    let alone = run(&replica, &place, "alone", &[]).end();
    assert!(matches!(alone.code, Some(0 | 4)), "{}", alone.stdout);
    let alone = results(&place, "alone");
    assert_eq!(comparable(&merged.report()), comparable(&alone.report()));
    let traffic = |results: &Results| {
        let rows = results.rows("requests.csv").into_iter();
        let mut rows: Vec<_> = rows
            .filter(|row| row["phase"] != "(audit)")
            .map(|row| {
                ["phase", "call", "request", "status", "outcome"].map(|name| row[name].clone())
            })
            .collect();
        rows.sort();
        rows
    };
    assert_eq!(traffic(&merged), traffic(&alone));
    // The ledger takes its ids from the other table by the order of rows alone.
    let calls = |name: &str| {
        let rows = merged.rows(name).into_iter();
        let rows = rows.filter(|row| row["ordinal"] != "task");
        rows.map(|row| ["phase", "call", "ordinal", "request"].map(|name| row[name].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(calls("ledger.csv"), calls("requests.csv"));
    assert!(calls("ledger.csv").len() > 70);
}

/// The header of a shard's file, changed.
fn with_header(place: &Place, name: &str, change: impl FnOnce(&mut Value)) {
    let path = place.path().join(name).join("shard.jsonl");
    let text = std::fs::read_to_string(&path).expect("the run wrote it");
    let (header, rest) = text.split_once('\n').expect("it has lines");
    let mut header: Value = serde_json::from_str(header).expect("it is JSON");
    change(&mut header);
    std::fs::write(&path, format!("{header}\n{rest}")).expect("it is ours");
}

#[test]
fn shards_whose_clocks_are_apart_are_put_on_one_clock() {
    let (replica, place) = (ReplicaProcess::new(&[]), Place::new());
    let folders = shards(&replica, &place, 2);
    let doubts = |report: &Value| {
        let doubts = report["doubts"].as_array().expect("a list").iter();
        let names = doubts.map(|doubt| doubt["doubt"].as_str().expect("a word").to_owned());
        names.collect::<Vec<_>>()
    };
    with_header(&place, "shard-1", |header| {
        header["machine"] = "another".into();
    });
    let Ended { code, stdout, .. } = merge(&place, &folders, &[]);
    assert!(matches!(code, Some(0 | 4)), "{stdout}");
    let report = results(&place, "merged").report();
    let notes = report["notes"].to_string();
    assert!(notes.contains("agree to within 1s"), "{notes}");
    assert!(!doubts(&report).contains(&"shards_apart".to_owned()));
    let mut ahead = 0.0;
    for more in [400, 29_600] {
        // Its clock is ahead of the other one's.
        with_header(&place, "shard-1", |header| {
            let started = &mut header["frame"]["started"];
            let part = |name: &str| started[name].as_u64().expect("a number");
            let millis = part("nanos_since_epoch") / 1_000_000 + more;
            started["secs_since_epoch"] = (part("secs_since_epoch") + millis / 1_000).into();
            started["nanos_since_epoch"] = (millis % 1_000 * 1_000_000).into();
        });
        ahead += Duration::from_millis(more).as_secs_f64();
        let out = place.path().join("merged");
        std::fs::remove_dir_all(out).expect("it is ours");
        let Ended { code, stdout, .. } = merge(&place, &folders, &["--clock-error", "2s"]);
        // No charge is found wrong because one clock is, and no load is believed that was apart.
        assert!(matches!(code, Some(0 | 4)), "{stdout}");
        let report = results(&place, "merged").report();
        let is_apart = doubts(&report).contains(&"shards_apart".to_owned());
        assert_eq!(is_apart, ahead > 1.0, "{stdout}");
        let rows = results(&place, "merged").rows("requests.csv");
        let own = results(&place, "shard-1").rows("requests.csv");
        let due = |rows: &[crate::results::Row], call: &str| {
            let mut rows = rows.iter();
            let row = rows.find(|row| row["phase"] == "open" && row["call"] == call);
            row.expect("it was made")["due_s"]
                .parse::<f64>()
                .expect("seconds")
        };
        // Call 1 is the other shard's, call 0 this one's: they are due 25 ms apart.
        let apart = due(&rows, "1") - due(&rows, "0");
        assert!((apart - 0.025 - ahead).abs() < 0.3, "{ahead}: {apart}");
        assert!(
            due(&rows, "1") > due(&own, "1") + 1.0,
            "the clock begins with the first shard's"
        );
    }
}

#[test]
fn what_the_whole_run_may_do_is_shared_out() {
    let place = Place::new();
    let replica = ReplicaProcess::new(&["--first-token", "1h"]);
    let scenario = "
name: shared
target: http://127.0.0.1:1
key: ${SHARED_KEY}
requests:
  whole: { call: anthropic.messages, model: claude-sonnet-4-6, max_tokens: 9 }
phases:
  - { name: open, executor: constant-arrival-rate, rate: 100/s, duration: 200ms, max_in_flight: 3,
      graceful_stop: 0s }
billing: { audit: off }
thresholds: [ errors.unexpected < 100% ]
";
    for (shard, most) in [("0/2", 2), ("1/2", 1)] {
        let out = folder(&place, &format!("in-flight-{most}"));
        let scenario = place.file("waiting.yaml", scenario);
        let mut command = spikeproof(&["run", &scenario, "--quiet", "--out", &out]);
        command.args(["--target", &replica.base, "--shard", shard]);
        command.env("SHARED_KEY", &replica.key);
        let went = ended(command);
        assert_eq!(went.code, Some(0), "{}{}", went.stdout, went.stderr);
        let report = results(&place, &format!("in-flight-{most}")).report();
        let phase = &report["phases"][0];
        assert_eq!(
            (&phase["calls"], &phase["dropped"]),
            (&json!(most), &json!(10 - most))
        );
    }
    let replica = ReplicaProcess::new(&[]);
    for (shard, most) in [("0/2", 11), ("1/2", 10)] {
        let further = ["--shard", shard, "--max-requests", "21"];
        let went = run(&replica, &place, &format!("budget-{most}"), &further).end();
        assert_eq!(went.code, Some(5), "{}{}", went.stdout, went.stderr);
        let rows = results(&place, &format!("budget-{most}")).rows("requests.csv");
        let sent = rows
            .iter()
            .filter(|row| row["outcome"] != "over_budget")
            .count();
        assert_eq!(sent, most, "{shard}");
    }
}

#[test]
fn what_only_all_shards_together_show_is_found() {
    let faults = [
        "--fault",
        "bill-failed-call=0.3",
        "--fault",
        "drop-event=0.2",
    ];
    let (replica, place) = (ReplicaProcess::new(&faults), Place::new());
    let folders = shards(&replica, &place, 2);
    let Ended { code, stdout, .. } = merge(&place, &folders, &[]);
    assert_eq!(code, Some(1), "{stdout}");
    let report = results(&place, "merged").report();
    let recorded = results(&place, "merged").recorded();
    let findings = report["findings"].as_array().expect("a list");
    assert!(!findings.is_empty());
    for finding in findings {
        let line = finding["first"]["recorded"]
            .as_u64()
            .expect("it was recorded");
        let exchange = &recorded[&line];
        let rules = exchange["rules"].as_array().expect("a list");
        assert!(rules.contains(&finding["rule"]), "{finding} {exchange}");
    }
    let folder = folder(&place, "merged");
    let again = ended(spikeproof(&[
        "check",
        "--quiet",
        &format!("{folder}/recording.jsonl"),
    ]));
    assert_eq!(again.code, Some(1), "{}", again.stdout);
    let checks = report["billing"]["checks"]
        .as_array()
        .expect("a list")
        .iter();
    let failed: Vec<_> = checks.filter(|check| check["state"] == "failed").collect();
    assert!(!failed.is_empty(), "{stdout}");
}

#[test]
fn what_is_not_one_run_is_not_merged() {
    let (replica, place) = (ReplicaProcess::new(&[]), Place::new());
    let mut folders = shards(&replica, &place, 2);
    let missing = merge(&place, &folders[..1], &[]);
    assert_eq!(missing.code, Some(2));
    assert!(
        missing.stderr.contains("1 of 2 shards are missing: 1"),
        "{}",
        missing.stderr
    );
    let twice = merge(&place, &[folders[0].clone(), folders[0].clone()], &[]);
    assert!(twice.stderr.contains("both shard 0/2"), "{}", twice.stderr);
    let other = run(
        &replica,
        &place,
        "other",
        &["--shard", "1/2", "--seed", "99"],
    )
    .end();
    assert_eq!(other.code, Some(0), "{}", other.stderr);
    let mixed = merge(&place, &[folders[0].clone(), folder(&place, "other")], &[]);
    assert_eq!(mixed.code, Some(2));
    assert!(mixed.stderr.contains("the seed is"), "{}", mixed.stderr);
    let whole = results(&place, "shard-1").bytes("shard.jsonl");
    let half = place.path().join("half");
    std::fs::create_dir(&half).expect("the folder is ours");
    std::fs::write(half.join("shard.jsonl"), &whole[..whole.len() - 9]).expect("it is ours");
    let cut = merge(&place, &[folders[0].clone(), folder(&place, "half")], &[]);
    assert_eq!(cut.code, Some(2));
    assert!(cut.stderr.contains("before its end"), "{}", cut.stderr);
    folders.truncate(1);
    let incomplete = merge(&place, &folders, &["--incomplete"]);
    assert!(
        matches!(incomplete.code, Some(1 | 4)),
        "{}",
        incomplete.stdout
    );
    let doubts = results(&place, "merged").report()["doubts"].clone();
    let doubts = doubts.as_array().expect("a list").iter();
    let names: Vec<_> = doubts.map(|doubt| doubt["doubt"].clone()).collect();
    assert!(names.contains(&json!("shards_missing")), "{names:?}");
}
