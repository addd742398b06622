//! The replica as a process: found by its one line, used like any other target, ended politely.

use rustix::process::Signal;
use serde_json::Value;

use crate::program::{Place, ReplicaProcess, Started, ended, spikeproof};
use crate::results::check;

const SCENARIO: &str = "
name: elsewhere
requests:
  claude: { call: anthropic.messages, model: claude-sonnet-4-6, stream: true }
  gemini: { call: gemini.generate, model: gemini-3-flash, stream: true, auth: query }
  bad-model: { call: openai.chat, model: gpt-5-4, mistake: unknown-model }
phases: [{ name: all, executor: shared-iterations, vus: 2, iterations: 6 }]
replica: { first_token: 5ms, token_gap: 1ms, output_tokens: 8 }
";
const AUDITED: &str = "billing: { probes: 1 }\n";
const NOT_AUDITED: &str = "billing: { audit: off }\n";

#[test]
fn one_line_of_json_says_where_it_is_and_how_to_get_in() {
    let mut process = Started::new(spikeproof(&["replica", "--seed", "5"]));
    let line = process.line();
    let told: Value = serde_json::from_str(&line).expect("a line of JSON");
    let keys: Vec<_> = told.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["base_url", "key", "callback_secret"]);
    let base = told["base_url"].as_str().expect("an address");
    assert!(base.starts_with("http://127.0.0.1:"), "{base}");
}

#[test]
fn a_run_against_the_process_ends_as_one_against_the_bundled_replica() {
    let bundled = Place::new();
    let scenario = format!("{SCENARIO}{AUDITED}");
    let here = ended(bundled.run(&scenario, &[]));
    let replica = ReplicaProcess::new(&[]);
    let apart = Place::new();
    let mut command = apart.run(&scenario, &["--target", &replica.base]);
    command.env("BYTESPIKE_API_KEY", &replica.key);
    let there = ended(command);
    assert_eq!(here.code, Some(0), "{}{}", here.stdout, here.stderr);
    assert_eq!(there.code, Some(0), "{}{}", there.stdout, there.stderr);
    let (here, there) = (bundled.results().report(), apart.results().report());
    assert_eq!(here["verdict"], there["verdict"]);
    assert_eq!(there["target"], replica.base.as_str());
    for id in [
        "BIL-001", "BIL-002", "BIL-003", "BIL-005", "BIL-007", "BIL-011",
    ] {
        assert_eq!(check(&here, id), check(&there, id), "{id}");
    }
    for request in ["claude", "gemini", "bad-model"] {
        let counts = |report: &Value| report["requests"][request]["outcomes"].clone();
        assert_eq!(counts(&here), counts(&there), "{request}");
    }
    replica.process.signal(Signal::TERM);
    assert_eq!(replica.process.end().code, Some(0));
}

#[test]
fn a_key_in_a_file_or_another_variable_works_as_well() {
    let replica = ReplicaProcess::new(&[]);
    let target = ["--target", replica.base.as_str()];
    let scenario = format!("{SCENARIO}{NOT_AUDITED}");
    let place = Place::new();
    let file = place.file("key", &format!("{}\nnot the key\n", replica.key));
    let mut by_file = place.run(&scenario, &target);
    by_file.args(["--key-file", &file]);
    let by_file = ended(by_file);
    assert_eq!(
        by_file.code,
        Some(0),
        "{}{}",
        by_file.stdout,
        by_file.stderr
    );
    let place = Place::new();
    let mut by_name = place.run(&scenario, &target);
    by_name
        .args(["--key-env", "OTHER"])
        .env("OTHER", &replica.key);
    let by_name = ended(by_name);
    assert_eq!(
        by_name.code,
        Some(0),
        "{}{}",
        by_name.stdout,
        by_name.stderr
    );
}

#[test]
fn the_address_of_another_machine_is_refused() {
    let ended = ended(spikeproof(&["replica", "--listen", "0.0.0.0:0"]));
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    assert!(ended.stderr.contains("loopback"), "{}", ended.stderr);
}

#[test]
fn either_signal_ends_it_with_success() {
    for signal in [Signal::INT, Signal::TERM] {
        let replica = ReplicaProcess::new(&[]);
        replica.process.signal(signal);
        let ended = replica.process.end();
        assert_eq!(ended.code, Some(0), "{signal:?}: {}", ended.stderr);
    }
}
