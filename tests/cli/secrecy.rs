//! The key is in no file and on no stream, whatever happens.

use std::path::Path;

use crate::program::{Ended, Place, ReplicaProcess, ended};

/// The key goes wherever a request can carry it, and every kind of answer comes back.
const SCENARIO: &str = "
name: secret
requests:
  bearer: { call: openai.chat, model: gpt-5-4, stream: true }
  x-api-key: { call: anthropic.messages, model: claude-sonnet-4-6, stream: true }
  goog: { call: gemini.generate, model: gemini-3-flash, auth: x-goog-api-key }
  query: { call: gemini.generate, model: gemini-3-flash, stream: true, auth: query }
  picture: { call: openai.images, model: seedream-v4, download: true }
  bad-json: { call: gemini.generate, model: gemini-3-flash, auth: query, mistake: malformed-json }
  no-route: { call: openai.chat, model: gpt-5-4, mistake: unknown-route }
  keys: { call: keys.cycle }
phases: [{ name: all, executor: shared-iterations, vus: 4, iterations: 24 }]
";

/// Looks for the key, and for any good part of it, in everything that a user may pass on.
fn is_secret(key: &str, ended: &Ended, place: &Place) {
    let part = &key.as_bytes()[key.len() / 3..key.len() * 2 / 3];
    let mut files = match Path::new(&place.out()).exists() {
        true => place.results().files(),
        false => std::collections::BTreeMap::new(),
    };
    files.insert("stdout".to_owned(), ended.stdout.clone().into_bytes());
    files.insert("stderr".to_owned(), ended.stderr.clone().into_bytes());
    for (name, bytes) in files {
        let holds = bytes.windows(part.len()).any(|window| window == part);
        assert!(
            !holds,
            "the key is in {name}: {}",
            String::from_utf8_lossy(&bytes)
        );
    }
}

fn against(replica: &ReplicaProcess, audit: &str) -> (Place, Ended) {
    let place = Place::new();
    let scenario = format!("{SCENARIO}billing: {{ audit: {audit}, probes: 1 }}\n");
    let mut command = place.run(&scenario, &["--target", &replica.base]);
    command.env("BYTESPIKE_API_KEY", &replica.key);
    let ended = ended(command);
    (place, ended)
}

#[test]
fn a_run_that_goes_well_does_not_tell_the_key() {
    let replica = ReplicaProcess::new(&[]);
    let (place, ended) = against(&replica, "full");
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    is_secret(&replica.key, &ended, &place);
}

#[test]
fn a_run_full_of_faults_does_not_tell_the_key() {
    for fault in [
        "bad-json",
        "reset",
        "wrong-error-envelope",
        "header-not-decimal",
    ] {
        let replica = ReplicaProcess::new(&["--fault", fault]);
        let (place, ended) = against(&replica, "headers");
        assert_eq!(
            ended.code,
            Some(1),
            "{fault}: {}{}",
            ended.stdout,
            ended.stderr
        );
        is_secret(&replica.key, &ended, &place);
    }
}

#[test]
fn a_target_that_goes_away_does_not_draw_the_key_out() {
    let replica = ReplicaProcess::new(&[]);
    let (base, key) = (replica.base.clone(), replica.key.clone());
    drop(replica);
    let place = Place::new();
    let mut command = place.run(SCENARIO, &["--target", &base]);
    command.env("BYTESPIKE_API_KEY", &key);
    let ended = ended(command);
    assert_eq!(ended.code, Some(3), "{}{}", ended.stdout, ended.stderr);
    assert!(
        !Path::new(&place.out()).exists(),
        "nothing was measured, so nothing is left"
    );
    is_secret(&key, &ended, &place);
}

#[test]
fn a_key_of_several_words_is_refused_without_an_echo() {
    let replica = ReplicaProcess::new(&[]);
    let place = Place::new();
    let key = "export KEY_OF_MINE sk-byts-0123456789";
    let mut command = place.run(SCENARIO, &["--target", &replica.base]);
    command.env("BYTESPIKE_API_KEY", key);
    let ended = ended(command);
    assert!(
        matches!(ended.code, Some(2 | 3)),
        "{:?} {}",
        ended.code,
        ended.stdout
    );
    assert!(ended.stderr.contains("key"), "{}", ended.stderr);
    assert!(
        !ended.stderr.contains("MINE") && !ended.stderr.contains("0123"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_key_written_into_the_scenario_is_refused_without_an_echo() {
    let place = Place::new();
    let key = "sk-byts-L1teralL1teralL1teralL1teralL1teralL1ter";
    let scenario = format!("{SCENARIO}\nkey: {key}\n");
    let ended = ended(place.run(&scenario, &[]));
    assert_eq!(ended.code, Some(2), "{}{}", ended.stdout, ended.stderr);
    assert!(!ended.stderr.contains("L1teral"), "{}", ended.stderr);
}

/// What people paste instead of a key: an error that says so, and no echo.
#[test]
fn a_key_that_no_request_can_carry_is_refused_without_an_echo() {
    let replica = ReplicaProcess::new(&[]);
    for key in [
        "sk-byts-schlüsselschlüssel",
        "sk-byts-\u{7}bell\u{7}bellbell",
    ] {
        let place = Place::new();
        let file = place.file("key", key);
        let mut by_file = place.run(SCENARIO, &["--target", &replica.base]);
        by_file.args(["--key-file", &file]);
        let mut by_variable = place.run(SCENARIO, &["--target", &replica.base]);
        by_variable.env("BYTESPIKE_API_KEY", key);
        for command in [by_file, by_variable] {
            let ended = ended(command);
            assert!(
                matches!(ended.code, Some(2 | 3)),
                "{key}: {:?} {}",
                ended.code,
                ended.stdout
            );
            assert!(ended.stderr.contains("key"), "{key}: {}", ended.stderr);
            for part in ["schl", "bell"] {
                assert!(!ended.stderr.contains(part), "{}", ended.stderr);
            }
            assert!(!place.results().has("report.json"), "{key}");
        }
    }
}
