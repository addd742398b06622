//! What leaves the audit open: it says so and why, and accuses nobody.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::JoinHandle;

use serde_json::Value;

use crate::program::{Place, ReplicaProcess, ended};
use crate::results::check;

/// Says what a client without this harness would, and reads all of the answer.
pub(crate) fn said(base: &str, request: &str) -> String {
    let address = base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("the replica listens");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .expect("it answers in text");
    answer
}

/// Waits until the load has been charged for a first call, then makes some of its own.
fn foreigner(base: &str, key: &str) -> JoinHandle<()> {
    let (base, key) = (base.to_owned(), key.to_owned());
    std::thread::spawn(move || {
        let head = format!("host: replica\r\nauthorization: Bearer {key}\r\nconnection: close\r\n");
        let look = format!("GET /api/v1/me/usage HTTP/1.1\r\n{head}\r\n");
        while said(&base, &look).contains("\"call_count\":0") {
            std::thread::yield_now();
        }
        let body = r#"{"model":"gpt-5-4","messages":[{"role":"user","content":"Mine."}]}"#;
        let call = format!(
            "POST /v1/chat/completions HTTP/1.1\r\n{head}content-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        for _ in 0..3 {
            assert!(said(&base, &call).starts_with("HTTP/1.1 200"));
        }
    })
}

const LOAD: &str = "name: shared\n\
     requests:\n  it: { call: openai.images, model: seedream-v4 }\n\
     phases: [{ name: all, executor: shared-iterations, vus: 4, iterations: 40 }]\n\
     billing: { audit: full, probes: 1, settle_timeout: 3s }\n";

/// The report of a run on a replica that somebody else uses while the load runs.
fn disturbed(arguments: &[&str]) -> (Option<i32>, Value, String) {
    let mut arguments = arguments.to_vec();
    arguments.extend(["--set", "image_time=300ms"]);
    let replica = ReplicaProcess::new(&arguments);
    let others = foreigner(&replica.base, &replica.key);
    let place = Place::new();
    let mut command = place.run(LOAD, &["--target", &replica.base]);
    command.env("BYTESPIKE_API_KEY", &replica.key);
    let ended = ended(command);
    others.join().expect("the other client was served");
    (ended.code, place.results().report(), ended.stdout)
}

fn accuses_nobody(report: &Value, said: &str) {
    let checks = report["billing"]["checks"].as_array().expect("an array");
    for check in checks {
        assert_ne!(check["state"], "failed", "{said}");
    }
    assert_eq!(report["billing"]["verdict"], "inconclusive", "{said}");
}

#[test]
fn others_on_the_key_during_the_load_leave_the_audit_open() {
    let (code, report, said) = disturbed(&[]);
    assert_eq!(code, Some(4), "{said}");
    accuses_nobody(&report, &said);
    assert_eq!(check(&report, "BIL-006"), "inconclusive", "{said}");
    assert!(said.contains("others use this key"), "{said}");
}

#[test]
fn others_on_the_key_leave_the_audit_open_without_rows_as_well() {
    let (code, report, said) = disturbed(&["--contract", "C-01=nowhere"]);
    assert_eq!(code, Some(4), "{said}");
    accuses_nobody(&report, &said);
    assert_eq!(check(&report, "BIL-007"), "inconclusive", "{said}");
}

/// Six calls that succeed on a replica that is set so.
fn on(replica: &str) -> (Value, String) {
    let place = Place::new();
    let scenario = format!(
        "name: open\nrequests: {{ it: {{ call: openai.images, model: seedream-v4 }} }}\n\
         phases: [{{ name: all, executor: shared-iterations, vus: 2, iterations: 6 }}]\n\
         replica: {{ image_time: 5ms, {replica} }}\n\
         billing: {{ audit: full, probes: 1, settle_timeout: 1s }}\n"
    );
    let ended = ended(place.run(&scenario, &[]));
    (place.results().report(), ended.stdout)
}

#[test]
fn a_key_without_a_balance_leaves_the_audit_open() {
    for told in ["zero", "absent"] {
        let account = format!("account: {{ quota: 0, rate_limit_5h: 0, unlimited: {told} }}");
        let (report, said) = on(&account);
        accuses_nobody(&report, &said);
    }
}

#[test]
fn rows_that_do_not_come_leave_the_audit_open() {
    let (report, said) = on("row_delay: 60s");
    accuses_nobody(&report, &said);
    assert!(said.contains("settle_timeout"), "{said}");
}

#[test]
fn charges_that_do_not_come_leave_the_audit_open() {
    let (report, said) = on("settle_delay: 60s");
    accuses_nobody(&report, &said);
}

const SECOND: &str = "second-secret-for-tests-only";
const THEIRS: &str = "their-secret-for-tests-only";
const TWO_KEYS: &str = "name: shared\n\
     keys: { second: \"${SECOND_KEY}\" }\n\
     requests:\n  it: { call: openai.images, model: seedream-v4, keys: [main, second] }\n\
     phases: [{ name: all, executor: shared-iterations, vus: 4, iterations: 40 }]\n\
     billing: { audit: full, probes: 1, settle_timeout: 3s }\n";

/// A replica with a second key of ours and one of others.
fn with_keys(place: &Place) -> ReplicaProcess {
    let keys = format!(
        "keys:\n  - {{ name: second, quota: 60, secret: {SECOND} }}\n  \
         - {{ name: theirs, quota: 70, secret: {THEIRS} }}\nimage_time: 300ms\n"
    );
    let config = place.file("replica.yaml", &keys);
    ReplicaProcess::new(&["--config", &config])
}

/// The state of each key's part of the report, and what was said.
fn shared_with(theirs: &str) -> (Value, String) {
    let place = Place::new();
    let replica = with_keys(&place);
    let others = foreigner(&replica.base, theirs);
    let mut command = place.run(TWO_KEYS, &["--target", &replica.base]);
    command.env("BYTESPIKE_API_KEY", &replica.key);
    command.env("SECOND_KEY", SECOND);
    let ended = ended(command);
    others.join().expect("the other client was served");
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert_eq!(ended.code, Some(4), "{said}");
    for (name, bytes) in place.results().files() {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(SECOND), "{name} tells the second key");
    }
    assert!(!said.contains(SECOND), "{said}");
    (place.results().report(), said)
}

#[test]
fn others_on_another_key_leave_the_sums_open_and_our_keys_judged() {
    let (report, said) = shared_with(THEIRS);
    accuses_nobody(&report, &said);
    assert_eq!(check(&report, "BIL-006"), "inconclusive", "{said}");
    assert_eq!(check(&report, "BIL-004"), "passed", "{said}");
    let keys = &report["billing"]["keys"];
    for (key, name) in [(0, "main"), (1, "second")] {
        assert_eq!(keys[key]["key"], name, "{said}");
        assert_eq!(keys[key]["foreign"], false, "{said}");
        assert_eq!(keys[key]["charged_credits"], 500_000, "{said}");
        assert_eq!(keys[key]["header_credits"], 500_000, "{said}");
    }
}

#[test]
fn others_on_one_of_our_keys_leave_the_other_judged() {
    let (report, said) = shared_with(SECOND);
    accuses_nobody(&report, &said);
    let keys = &report["billing"]["keys"];
    assert_eq!(keys[0]["foreign"], false, "{said}");
    assert_eq!(keys[1]["foreign"], true, "{said}");
    assert!(said.contains("others may have used it"), "{said}");
}

#[test]
fn a_further_key_that_cannot_be_used_is_named() {
    let place = Place::new();
    let replica = with_keys(&place);
    let said = |second: Option<&str>| {
        let mut command = place.run(TWO_KEYS, &["--target", &replica.base]);
        command.env("BYTESPIKE_API_KEY", &replica.key);
        if let Some(second) = second {
            command.env("SECOND_KEY", second);
        }
        let ended = ended(command);
        (ended.code, ended.stderr)
    };
    let (code, refused) = said(Some("a-key-that-nobody-has-issued"));
    assert_eq!(code, Some(3), "{refused}");
    assert!(refused.contains("it refused the key `second`"), "{refused}");
    let (code, same) = said(Some(&replica.key));
    assert_eq!(code, Some(2), "{same}");
    assert!(
        same.contains("the keys `main` and `second` are one and the same"),
        "{same}"
    );
    let (code, unset) = said(None);
    assert_eq!(code, Some(2), "{unset}");
    assert!(unset.contains("SECOND_KEY"), "{unset}");
}
