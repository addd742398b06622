//! The replica as a process: found by its one line, used like any other target, ended politely.

use std::io::{Read, Write};
use std::net::TcpStream;

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

/// The words of a command line as a shell would see them, variables filled in.
fn words(line: &str, replica: &ReplicaProcess) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for letter in line.chars().chain([' ']) {
        match (quote, letter) {
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            (None, ' ') if word.is_empty() => {}
            (None, ' ') => words.push(std::mem::take(&mut word)),
            (_, letter) => word.push(letter),
        }
    }
    let fill = |word: String| {
        word.replace("$REPLICA", &replica.base)
            .replace("$KEY", &replica.key)
    };
    words.into_iter().map(fill).collect()
}

/// Sends what `curl` would; the status.
fn sent(line: &str, replica: &ReplicaProcess) -> u16 {
    let mut words = words(line, replica).into_iter().skip(1);
    let (mut method, mut url, mut headers, mut body) = (None, String::new(), String::new(), None);
    while let Some(word) = words.next() {
        let mut value = || words.next().expect("the flag has a value");
        match word.as_str() {
            "-X" => method = Some(value()),
            "-d" => body = Some(value()),
            "-H" => headers += &format!("{}\r\n", value()),
            _ => url = word,
        }
    }
    let method = method.unwrap_or_else(|| if body.is_some() { "POST" } else { "GET" }.to_owned());
    let target = url
        .strip_prefix(&replica.base)
        .expect("it is the replica's");
    let address = replica.base.strip_prefix("http://").expect("an address");
    let body = body.unwrap_or_default();
    let mut stream = TcpStream::connect(address).expect("it listens");
    let length = body.len();
    let request = format!(
        "{method} {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let status = answer.split(' ').nth(1).expect("a status");
    status.parse().expect("a status")
}

#[test]
fn the_examples_of_the_page_do_what_the_page_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/replica.md");
    let page = std::fs::read_to_string(path).expect("the page is there");
    let yaml = page.split("```yaml\n").nth(1).expect("an example");
    let yaml = yaml.split("```").next().expect("its end");
    let place = Place::new();
    let file = place.file("replica.yaml", &yaml.replace("[stall=0.01]", "[]"));
    let replica = ReplicaProcess::new(&["--config", &file, "--set", "upstream.slots=4"]);
    let mut commands = 0;
    for block in page.split("```sh\n").skip(1) {
        let block = block.split("```").next().expect("its end");
        let mut lines = block.lines();
        while let Some(line) = lines.next() {
            let expected = lines.next().and_then(|line| line.strip_prefix("# "));
            let status = sent(line, &replica).to_string();
            assert_eq!(Some(status.as_str()), expected, "{line}");
            commands += 1;
        }
    }
    assert!(commands > 10, "{commands}");
}

/// What the replica says of its own configuration.
fn configuration(arguments: &[&str]) -> Value {
    let replica = ReplicaProcess::new(arguments);
    let address = replica.base.strip_prefix("http://").expect("an address");
    let mut stream = TcpStream::connect(address).expect("it listens");
    let request = "GET /__replica/config HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    serde_json::from_str(body).expect("JSON")
}

#[test]
fn a_flag_wins_over_a_key_and_a_key_over_the_file() {
    let place = Place::new();
    let file = place.file(
        "replica.yaml",
        "token_gap: 1ms\nfirst_token: 1ms\noutput_tokens: 5\nfaults: [stall=0.5]\n\
         contract: { C-09: 400, C-12: per-model }\naccount: { wallet: 0.1 }\n",
    );
    let told = configuration(&[
        "--config",
        &file,
        "--token-gap",
        "uniform(3ms, 4ms)",
        "--set",
        "token_gap=2ms",
        "--set",
        "first_token=2ms",
        "--set",
        "account.decimals=6",
        "--set",
        "upstream.outages=[{ from: 1s, for: 2s, kind: slow(3), model: claude }]",
        "--contract",
        "C-09=409",
        "--fault",
        "reset=0.25",
    ]);
    assert_eq!(told["token_gap"]["uniform"][1], 0.004);
    assert_eq!(told["first_token"], 0.002);
    assert_eq!(told["output_tokens"], 5);
    assert_eq!(told["contract"]["C-09"], "409");
    assert_eq!(told["contract"]["C-12"], "per-model");
    assert_eq!(told["account"]["wallet"], 100_000);
    assert_eq!(told["account"]["decimals"], 6);
    assert_eq!(told["upstream"]["outages"][0]["kind"]["slow"], 3.0);
    let faults: Vec<_> = told["faults"].as_array().expect("a list").iter().collect();
    assert_eq!((&faults[0]["fault"], faults.len()), (&"stall".into(), 2));
}

#[test]
fn a_setting_that_does_not_exist_is_answered_with_the_nearest_and_nothing_is_served() {
    let place = Place::new();
    let file = place.file("replica.yaml", "upstream: { slotz: 4 }\n");
    for (arguments, says) in [
        (["--set", "account.walet=5"], "did you mean `wallet`?"),
        (["--set", "account"], "expected a name, `=` and a value"),
        (
            ["--set", "admin=maybe"],
            "expected `true` or `false`, found `maybe`",
        ),
        (["--set", "first_token={a: [1"], "--set first_token={a: [1"),
        (["--contract", "C-12=permodel"], "did you mean `per-model`?"),
        (["--contract", "C-99=x"], "did you mean `C-09`?"),
        (
            ["--token-gap", "20"],
            "a duration has a unit: `20s` or `20ms`",
        ),
        (["--fault", "stal"], "did you mean `stall`?"),
        (["--fault", "nope"], "is called `nope`. All: "),
        (
            ["--set", "keys=[{ group: 9 }]"],
            "no routing group has the number 9",
        ),
        (["--config", file.as_str()], "did you mean `slots`?"),
        (["--config", "/no/such/file"], "cannot read `/no/such/file`"),
    ] {
        let mut command = spikeproof(&["replica"]);
        command.args(arguments);
        let ended = ended(command);
        let what = format!("{arguments:?}: {}", ended.stderr);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{what}");
        assert!(ended.stderr.contains(says), "{what}");
    }
}
