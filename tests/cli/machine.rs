//! What this machine gives a run: descriptors, addresses, connections.

use std::process::Command;

use crate::program::{Ended, Place, ReplicaProcess, ended};

/// A hundred streams that are all open at the same time.
const WIDE: &str = "
name: wide
requests: { chat: { call: openai.chat, model: gpt-5-4, stream: true, timeout: 120s } }
phases: [{ name: all, executor: per-vu-iterations, vus: 100, iterations: 1 }]
replica: { first_token: 300ms, token_gap: 0ms, upstream: { slots: 1000 } }
billing: { audit: off }
";

/// The same command with a limit on open files, set by a shell before it becomes the command.
fn limited(limit: &str, command: &Command) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", &format!("ulimit {limit} && exec \"$0\" \"$@\"")])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .env("CI", "1");
    shell
}

#[test]
fn the_limit_of_open_files_is_raised_where_it_may_be() {
    let place = Place::new();
    let ended = ended(limited("-Sn 64", &place.run(WIDE, &[])));
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let report = place.results().report();
    let connections = &report["connections"];
    // The preflight's own is one more.
    assert_eq!(connections["opened"], 101, "{connections}");
    assert_eq!(connections["moved"], 0);
    assert!(
        connections["most_open"].as_u64() >= Some(100),
        "{connections}"
    );
    assert!(report["generator"]["cpu_s"].as_f64() > Some(0.0));
}

#[test]
fn a_limit_of_open_files_that_may_not_be_raised_is_told_before_anything_is_sent() {
    let narrow = WIDE
        .replace("vus: 100", "vus: 2")
        .replace("billing:", "budget: { requests: 50 }\nbilling:");
    let wide = narrow.replace("vus: 2", "vus: 5000").replace(
        "executor: per-vu-iterations, vus: 5000, iterations: 1",
        "executor: constant-arrival-rate, rate: 5/s, duration: 1s, max_in_flight: 5000",
    );
    for (scenario, is_told) in [(narrow, false), (wide, true)] {
        let place = Place::new();
        let ended = ended(limited("-n 400", &place.run(&scenario, &[])));
        assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
        let told = ended
            .stderr
            .contains("this process may have 400: raise the hard limit");
        assert_eq!(told, is_told, "{}", ended.stderr);
        assert_eq!(ended.stdout.contains("raise the hard limit"), is_told);
    }
}

#[test]
fn connections_come_from_the_addresses_that_are_given() {
    let place = Place::new();
    let addresses = [
        "--source-address",
        "127.0.0.2",
        "--source-address",
        "127.0.0.3",
    ];
    let went = ended(place.run(WIDE, &addresses));
    assert_eq!(went.code, Some(0), "{}{}", went.stdout, went.stderr);
    let place = Place::new();
    // No machine has this address: it is kept for documents.
    let failed = ended(place.run(WIDE, &["--source-address", "192.0.2.1"]));
    assert_eq!(failed.code, Some(2), "{}{}", failed.stdout, failed.stderr);
    let why = "192.0.2.1 is no address of this machine";
    assert!(failed.stderr.contains(why), "{}", failed.stderr);
}

#[test]
fn requests_that_this_machine_could_not_send_are_not_held_against_the_target() {
    let (replica, place) = (
        ReplicaProcess::new(&["--first-token", "300ms"]),
        Place::new(),
    );
    let mut command = limited("-n 60", &place.run(WIDE, &["--target", &replica.base]));
    command.env("BYTESPIKE_API_KEY", &replica.key);
    let Ended { code, stdout, .. } = ended(command);
    assert_eq!(code, Some(4), "{stdout}");
    let report = place.results().report();
    let outcomes = &report["requests"]["chat"]["outcomes"];
    let count = |name: &str| outcomes[name].as_u64().unwrap_or_default();
    assert!(count("ok") > 0 && count("dropped") > 0, "{outcomes}");
    assert_eq!(count("ok") + count("dropped"), 100, "{outcomes}");
    let doubts = report["doubts"].as_array().expect("a list");
    let doubt = doubts.iter().find(|doubt| doubt["doubt"] == "exhausted");
    let told = doubt.and_then(|doubt| doubt["message"].as_str());
    let why = "Too many open files";
    assert!(told.is_some_and(|told| told.contains(why)), "{doubts:?}");
}
