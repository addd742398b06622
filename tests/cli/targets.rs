//! Targets that misbehave in mid-run, disks that are full, runs that are killed: what was gathered
//! is there, and is told.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::program::{Ended, Place, ReplicaProcess, Started, ended};
use crate::results::sum;

/// What a target does when it is asked for more than its models.
#[derive(Debug, Clone, Copy)]
enum Manner {
    /// Nothing, ever.
    Mute,
    /// Hangs up without a word.
    Close,
    /// Answers in something that is no HTTP.
    Garbage,
    /// A head, then a byte now and then.
    Drip,
}

/// Serves until the test forgets it. Its base URL.
fn target(manner: Manner) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let base = format!("http://{}", listener.local_addr().expect("it has one"));
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || answer(stream, manner));
        }
    });
    base
}

/// One connection. The client may hang up at any time: writing then fails, and it is over.
fn answer(mut stream: TcpStream, manner: Manner) -> std::io::Result<()> {
    let mut request = vec![0; 64 << 10];
    let read = stream.read(&mut request)?;
    if request[..read].starts_with(b"GET /v1/models") {
        let body = r#"{"object":"list","data":[]}"#;
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
        let length = body.len();
        return write!(stream, "{head}\r\ncontent-length: {length}\r\n\r\n{body}");
    }
    match manner {
        Manner::Close => return Ok(()),
        Manner::Garbage => return stream.write_all(b"\x00\x01 what?\r\n\r\n"),
        Manner::Mute => {}
        Manner::Drip => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
            stream.write_all(head.as_bytes())?;
            stream.set_read_timeout(Some(Duration::from_millis(50)))?;
            // A client that hangs up ends the wait with nothing read.
            while !matches!(stream.read(&mut request), Ok(0)) {
                stream.write_all(b":")?;
            }
            return Ok(());
        }
    }
    while stream.read(&mut request)? > 0 {}
    Ok(())
}

#[test]
fn targets_that_do_not_answer_are_told_by_what_they_did() {
    for (manner, outcome, told) in [
        (Manner::Mute, "timed_out", "no end after 1 s"),
        (Manner::Drip, "timed_out", "no end after 1 s"),
        (
            Manner::Close,
            "broken",
            "connection closed before message completed",
        ),
        (Manner::Garbage, "broken", "invalid HTTP version"),
    ] {
        let place = Place::new();
        let scenario = "
name: odd
requests: { chat: { call: openai.chat, model: gpt-5-4, stream: true, timeout: 1s } }
phases: [{ name: p, executor: constant-arrival-rate, rate: 50/s, duration: 100ms }]
billing: { audit: off }
";
        let mut command = place.run(scenario, &["--target", &target(manner)]);
        command.env("BYTESPIKE_API_KEY", "sk-none");
        let Ended { code, stdout, .. } = ended(command);
        assert_eq!(code, Some(1), "{manner:?}: {stdout}");
        let report = place.results().report();
        let chat = &report["requests"]["chat"];
        assert_eq!(chat["outcomes"][outcome], 5, "{manner:?}: {chat}");
        let first = chat["first_error"].as_str().expect("a text");
        assert!(first.contains(told), "{manner:?}: {first}");
        assert!(stdout.contains(told), "{manner:?}: {stdout}");
        let rows = place.results().rows("requests.csv");
        let rows = rows.iter().filter(|row| row["outcome"] == outcome);
        assert_eq!(rows.count(), 5, "{manner:?}");
    }
}

/// For as long as it takes.
const ENDLESS: &str = "
name: endless
requests: { groups: { call: groups.list } }
phases: [{ name: p, executor: constant-arrival-rate, rate: 200/s, duration: 10m }]
billing: { audit: off }
";

/// A run against the replica that has written rows of its load.
fn under_way(place: &Place, replica: &ReplicaProcess) -> Started {
    let mut command = place.run(ENDLESS, &["--target", &replica.base, "--quiet"]);
    command.env("BYTESPIKE_API_KEY", &replica.key);
    let mut started = Started::new(command);
    let table = std::path::Path::new(&place.out()).join("requests.csv");
    let lines = || std::fs::read(&table).unwrap_or_default();
    while lines().iter().filter(|byte| **byte == b'\n').count() < 20 {
        assert!(!started.has_ended(), "it ended before it was stopped");
        std::thread::yield_now();
    }
    started
}

#[test]
fn a_target_that_is_killed_in_mid_run_takes_nothing_with_it() {
    let (replica, place) = (ReplicaProcess::new(&[]), Place::new());
    let started = under_way(&place, &replica);
    replica.process.signal(Signal::KILL);
    // Rows of failed calls are written as those of good ones.
    let table = std::path::Path::new(&place.out()).join("requests.csv");
    while !std::fs::read_to_string(&table).is_ok_and(|text| text.contains("connect_failed")) {
        std::thread::yield_now();
    }
    started.signal(Signal::INT);
    let Ended {
        code,
        stdout,
        stderr,
    } = started.end();
    assert_eq!(code, Some(130), "{stdout}{stderr}");
    let report = place.results().report();
    let groups = &report["requests"]["groups"];
    assert!(groups["outcomes"]["ok"].as_u64() >= Some(15), "{groups}");
    assert!(
        groups["outcomes"]["connect_failed"].as_u64() >= Some(1),
        "{groups}"
    );
    let rows = place.results().rows("requests.csv");
    let rows = rows.iter().filter(|row| row["request"] == "groups").count();
    assert_eq!(rows as u64, sum(&groups["outcomes"]));
    assert!(
        stdout.contains("cannot connect: Connection refused"),
        "{stdout}"
    );
}

#[test]
fn a_run_that_is_killed_leaves_whole_rows_and_lines() {
    let (replica, place) = (ReplicaProcess::new(&[]), Place::new());
    let started = under_way(&place, &replica);
    started.signal(Signal::KILL);
    assert_eq!(started.end().code, None);
    let results = place.results();
    assert!(results.rows("requests.csv").len() >= 19);
    assert!(results.bytes("requests.csv").ends_with(b"\n"));
    assert!(!results.recorded().is_empty());
    assert!(!results.has("report.json"));
}

/// The command with files of so many bytes at most; `is_kind`: the signal is ignored, so that
/// writing fails as on a full disk.
fn with_little_room(bytes: u32, is_kind: bool, command: &Command) -> Command {
    let trap = if is_kind { "trap '' XFSZ;" } else { "" };
    let blocks = bytes / 512;
    let mut shell = Command::new("/bin/sh");
    shell
        .args([
            "-c",
            &format!("{trap} ulimit -f {blocks} && exec \"$0\" \"$@\""),
        ])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .env("CI", "1");
    shell
}

#[test]
fn on_a_full_disk_the_run_goes_on_and_says_what_is_missing() {
    let scenario = "
name: full
requests: { groups: { call: groups.list } }
phases: [{ name: p, executor: shared-iterations, vus: 4, iterations: 1500 }]
billing: { audit: off }
";
    for is_kind in [true, false] {
        let place = Place::new();
        let command = place.run(scenario, &["--quiet"]);
        let Ended {
            code,
            stdout,
            stderr,
        } = ended(with_little_room(128 << 10, is_kind, &command));
        assert_eq!(code, Some(4), "{stdout}{stderr}");
        let report = place.results().report();
        assert_eq!(report["requests"]["groups"]["outcomes"]["ok"], 1500);
        let doubts = report["doubts"].as_array().expect("a list");
        let lost = doubts.iter().find(|doubt| doubt["doubt"] == "not_recorded");
        let lost = lost.and_then(|doubt| doubt["message"].as_str());
        let why = "cannot write `requests.csv`: File too large";
        assert!(lost.is_some_and(|lost| lost.contains(why)), "{doubts:?}");
        assert!(stdout.contains(why), "{stdout}");
        let table = place.results().bytes("requests.csv");
        assert!(
            table.ends_with(b"\n") && table.len() > 100_000,
            "{}",
            table.len()
        );
        let rows = place.results().rows("requests.csv");
        assert!((500..1500).contains(&rows.len()), "{}", rows.len());
    }
}

fn doubts(report: &Value) -> Vec<&str> {
    let doubts = report["doubts"].as_array().expect("a list").iter();
    doubts
        .map(|doubt| doubt["doubt"].as_str().expect("a word"))
        .collect()
}

#[test]
fn a_load_that_was_not_made_is_told() {
    for (executor, expected) in [
        (
            "constant-arrival-rate, rate: 100/s, duration: 200ms, max_in_flight: 1",
            "dropped",
        ),
        (
            "shared-iterations, vus: 1, iterations: 100000, max_duration: 100ms",
            "iterations_missed",
        ),
        (
            "per-vu-iterations, vus: 2, iterations: 100000, max_duration: 100ms",
            "iterations_missed",
        ),
    ] {
        let place = Place::new();
        let scenario = format!(
            "name: less\nrequests: {{ chat: {{ call: openai.chat, model: gpt-5-4 }} }}\n\
             phases: [{{ name: p, executor: {executor} }}]\n\
             replica: {{ first_token: 100ms, output_tokens: 2 }}\nbilling: {{ audit: off }}\n"
        );
        let Ended { code, stdout, .. } = ended(place.run(&scenario, &[]));
        assert_eq!(code, Some(4), "{executor}: {stdout}");
        let report = place.results().report();
        assert_eq!(doubts(&report), [expected], "{executor}");
    }
}
