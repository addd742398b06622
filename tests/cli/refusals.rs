//! What is refused: wrong words before anything is sent, and targets that cannot be used.

use std::net::TcpListener;

use crate::program::{Ended, Place, ReplicaProcess, ended, spikeproof};

const SCENARIO: &str = "
name: small
requests: { chat: { call: openai.chat, model: gpt-5-4, stream: true } }
phases: [{ name: all, executor: shared-iterations, vus: 1, iterations: 2 }]
replica: { first_token: 2ms, token_gap: 1ms, output_tokens: 4 }
";

/// An address that nobody listens on: it was free a moment ago.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    format!("http://{address}")
}

fn is_refused(ended: &Ended, words: &[&str]) {
    assert_eq!(ended.code, Some(2), "{}{}", ended.stdout, ended.stderr);
    assert_eq!(ended.stdout, "");
    for word in words {
        assert!(ended.stderr.contains(word), "{word}: {}", ended.stderr);
    }
}

fn is_unusable(ended: &Ended, place: &Place) {
    assert_eq!(ended.code, Some(3), "{}{}", ended.stdout, ended.stderr);
    assert_eq!(ended.stdout, "");
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    assert!(!place.results().has("report.json"));
}

#[test]
fn a_target_that_is_down_is_told_in_one_line() {
    let place = Place::new();
    let base = nobody();
    let mut command = place.run(SCENARIO, &["--target", &base]);
    command.env("BYTESPIKE_API_KEY", "sk-byts-0123456789");
    let ended = ended(command);
    is_unusable(&ended, &place);
    assert!(ended.stderr.contains(&base), "{}", ended.stderr);
}

#[test]
fn a_key_that_the_target_refuses_is_told_in_one_line_without_the_key() {
    let replica = ReplicaProcess::new(&[]);
    let place = Place::new();
    let key = "sk-byts-Wr0ngWr0ngWr0ngWr0ngWr0ngWr0ngWr0ngWr0ng";
    let mut command = place.run(SCENARIO, &["--target", &replica.base]);
    command.env("BYTESPIKE_API_KEY", key);
    let ended = ended(command);
    is_unusable(&ended, &place);
    assert!(ended.stderr.contains("key"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("Wr0ng"), "{}", ended.stderr);
}

#[test]
fn a_broken_scenario_is_told_with_its_place() {
    let place = Place::new();
    let broken = "name: x\nrequests:\n  chat: { call: openai.chat, modle: gpt-5-4 }\n\
                  phases: [{ name: a, executor: constant-vus, vus: 1, duration: 1s }]\n";
    let place_of_it = "scenario.yaml:3:30";
    for command in [place.run(broken, &[]), {
        spikeproof(&["validate", &place.file("scenario.yaml", broken)])
    }] {
        is_refused(
            &ended(command),
            &[place_of_it, "`modle`", "did you mean `model`?"],
        );
    }
    assert!(!place.results().has("requests.csv"), "nothing was begun");
}

#[test]
fn a_scenario_that_is_not_there_or_no_text_is_refused() {
    let place = Place::new();
    let nowhere = place.path().join("nowhere.yaml");
    let nowhere = nowhere.to_str().expect("the path is text");
    is_refused(&ended(spikeproof(&["run", nowhere])), &["nowhere.yaml"]);
    let binary = place.file("binary.yaml", "");
    std::fs::write(&binary, [0xff, 0xfe, 0x00]).expect("the folder is ours");
    is_refused(&ended(spikeproof(&["validate", &binary])), &["not UTF-8"]);
}

#[test]
fn another_machine_is_not_loaded_without_a_budget() {
    let place = Place::new();
    // An address that is reserved for examples: nothing would answer there.
    let mut command = place.run(SCENARIO, &["--target", "http://192.0.2.1:9"]);
    command.env("BYTESPIKE_API_KEY", "sk-byts-0123456789");
    is_refused(&ended(command), &["budget", "--max-requests"]);
    assert!(!place.results().has("requests.csv"));
}

#[test]
fn a_target_without_a_key_is_refused() {
    let place = Place::new();
    let base = nobody();
    let command = place.run(SCENARIO, &["--target", &base]);
    is_refused(&ended(command), &["no key", "BYTESPIKE_API_KEY"]);
    let mut blank = place.run(SCENARIO, &["--target", &base]);
    blank.env("BYTESPIKE_API_KEY", " ");
    is_refused(&ended(blank), &["no key"]);
    let mut named = place.run(SCENARIO, &["--target", &base]);
    named.args(["--key-env", "OTHER"]);
    is_refused(&ended(named), &["`OTHER`"]);
    let mut file = place.run(SCENARIO, &["--target", &base]);
    file.args(["--key-file", &place.file("key", "\nsk-byts-second-line\n")]);
    is_refused(&ended(file), &["empty"]);
}

#[test]
fn results_of_another_run_are_not_written_over() {
    let place = Place::new();
    let results = place.path().join("results");
    std::fs::create_dir(&results).expect("the folder is ours");
    std::fs::write(results.join("report.json"), "{}").expect("the folder is ours");
    let ended = ended(place.run(SCENARIO, &[]));
    is_refused(&ended, &["already holds the results of a run", "--out"]);
    assert_eq!(place.results().bytes("report.json"), b"{}");
    assert_eq!(place.results().files().len(), 1);
}

#[test]
fn results_that_cannot_be_written_are_refused_before_anything_is_sent() {
    let place = Place::new();
    // Below a file there can be no folder, whoever asks.
    place.file("results", "in the way");
    is_refused(
        &ended(place.run(SCENARIO, &[])),
        &["cannot make the folder", "--out"],
    );
}

#[test]
fn names_that_do_not_exist_are_refused_with_the_nearest_that_does() {
    let place = Place::new();
    let fault = ended(place.run(SCENARIO, &["--fault", "drop-evnt"]));
    is_refused(&fault, &["`drop-evnt`", "`drop-event`"]);
    let replica = ended(spikeproof(&["replica", "--fault", "bill-twise"]));
    is_refused(&replica, &["`bill-twice`"]);
    let rule = ended(spikeproof(&["explain", "failure-bild"]));
    is_refused(&rule, &["`failure-billed`"]);
}

#[test]
fn wrong_usage_is_refused() {
    for arguments in [
        vec!["run", "--no-such-flag"],
        vec!["run", "--seed", "minus"],
        vec!["run", "--workers", "0"],
        vec!["run", "--target", "ftp://127.0.0.1"],
        vec!["run", "--target", "http://127.0.0.1:1/path"],
        vec!["run", "--fault", "stall=2"],
        vec!["fly"],
        vec![],
    ] {
        is_refused(&ended(spikeproof(&arguments)), &[]);
    }
}

#[test]
fn a_threshold_of_no_known_name_is_refused_with_the_nearest_that_exists() {
    let place = Place::new();
    for (threshold, near) in [
        ("tftt.p99 < 1s", "`ttft.p99`"),
        ("errors.unexpectd == 0", "`errors.unexpected`"),
        ("ttft.p99 < 1s {request=chta}", "`chat`"),
    ] {
        is_refused(
            &ended(place.run(SCENARIO, &["--threshold", threshold])),
            &[near],
        );
    }
}
