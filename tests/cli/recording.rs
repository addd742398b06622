//! What a run keeps of its exchanges, and that it can be looked at, repeated and judged again.

use serde_json::Value;

use crate::program::{Place, ReplicaProcess, ended, spikeproof};

const SCENARIO: &str = "
name: kept
requests:
  claude: { call: anthropic.messages, model: claude-sonnet-4-6, stream: true, max_tokens: 64 }
  long: { call: openai.chat, model: gpt-5-4, stream: true, prompt: { tokens: 400 } }
  tools: { call: openai.responses, model: gpt-5-4, tools: [weather] }
  gemini: { call: gemini.generate, model: gemini-3-flash, stream: true, auth: query }
  picture: { call: openai.images, model: seedream-v4, download: true }
  clip: { call: tasks.video, model: sora-2, duration_seconds: 4, follow: stream }
  bad-json: { call: openai.chat, model: gpt-5-4, mistake: malformed-json }
  wrong-key: { call: anthropic.messages, model: claude-sonnet-4-6, mistake: wrong-key }
  keys: { call: keys.cycle }
phases: [{ name: all-of-it, executor: shared-iterations, vus: 3, iterations: 45 }]
replica: { first_token: 1ms, token_gap: 1ms }
billing: { probes: 0 }
";

fn rules(exchange: &Value) -> Vec<&str> {
    let rules = exchange["rules"].as_array().expect("an array");
    rules.iter().map(|id| id.as_str().expect("an id")).collect()
}

/// What `check` says of the run's recording: rules broken, by line.
fn judged_again(place: &Place) -> (Option<i32>, Vec<(u64, Vec<String>)>) {
    let file = place.path().join("results/recording.jsonl");
    let file = file.to_str().expect("the path is text");
    let ended = ended(spikeproof(&["check", "--format", "json", file]));
    let told: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let rows = told["files"]
        .as_array()
        .expect("an array")
        .iter()
        .map(|row| {
            let mut rules: Vec<String> = Vec::new();
            for finding in row["findings"].as_array().expect("an array") {
                let id = finding["rule"].as_str().expect("an id").to_owned();
                if !rules.contains(&id) {
                    rules.push(id);
                }
            }
            (row["entry"].as_u64().expect("a line"), rules)
        });
    (ended.code, rows.collect())
}

#[test]
fn a_recording_judged_again_breaks_the_same_rules_in_the_same_order() {
    for fault in [
        "drop-event",
        "bad-json",
        "header-missing",
        "wrong-error-envelope",
        "reset",
    ] {
        let place = Place::new();
        let ended = ended(place.run(SCENARIO, &["--fault", &format!("{fault}=0.6")]));
        assert_eq!(
            ended.code,
            Some(1),
            "{fault}: {}{}",
            ended.stdout,
            ended.stderr
        );
        let recorded = place.results().recorded();
        let (_, again) = judged_again(&place);
        assert!(again.len() > 20, "{fault}: {} were judged", again.len());
        for (line, rules_again) in again {
            assert_eq!(rules(&recorded[&line]), rules_again, "{fault}, line {line}");
        }
    }
}

#[test]
fn each_finding_of_the_report_leads_to_its_exchange_and_to_a_line_that_repeats_it() {
    let replica = ReplicaProcess::new(&["--fault", "bad-json"]);
    let place = Place::new();
    let mut command = place.run(SCENARIO, &["--target", &replica.base]);
    command.env("BYTESPIKE_API_KEY", &replica.key);
    let ended = ended(command);
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    let (report, recorded) = (place.results().report(), place.results().recorded());
    let findings = report["findings"].as_array().expect("an array");
    assert!(findings.len() > 3, "{findings:?}");
    let mut by_file = 0;
    for finding in findings {
        let first = &finding["first"];
        let line = first["recorded"].as_u64().expect("it was recorded");
        let exchange = &recorded[&line];
        assert!(rules(exchange).contains(&finding["rule"].as_str().expect("an id")));
        assert_eq!(exchange["request"], finding["request"]);
        assert_eq!(exchange["request_id"], first["request_id"]);
        let curl = first["curl"].as_str().expect("it can be repeated");
        assert_eq!(exchange["curl"].as_str(), Some(curl));
        assert!(curl.contains(&replica.base), "{curl}");
        assert!(ended.stdout.contains(curl) || findings.len() > 12, "{curl}");
        if let Some((_, file)) = curl.split_once("--data-binary @") {
            by_file += 1;
            let body = std::fs::read_to_string(file.trim()).expect("the body lies there");
            assert_eq!(exchange["sent"]["body"]["text"], body.as_str());
        }
    }
    assert!(by_file > 0, "the long prompt goes by a file");
    let counts = &report["recording"];
    assert_eq!(counts["exchanges"].as_u64(), Some(recorded.len() as u64));
    let reasons = |word: &str| recorded.values().filter(|e| e["reason"] == word).count() as u64;
    assert_eq!(counts["with_findings"].as_u64(), Some(reasons("finding")));
    assert!(reasons("sample") > 0);
}

#[test]
fn the_sample_is_as_large_as_asked_and_times_and_pieces_are_there() {
    for (sample, most) in [("0", 0), ("1", 1)] {
        let place = Place::new();
        let ended = ended(place.run(SCENARIO, &["--record-sample", sample]));
        assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
        let recorded = place.results().recorded();
        let claude = recorded
            .values()
            .filter(|e| e["request"] == "claude")
            .collect::<Vec<_>>();
        assert_eq!(claude.len(), most);
        for exchange in claude {
            let answered = &exchange["answered"];
            let pieces = answered["pieces"].as_array().expect("an array");
            let bytes: u64 = pieces.iter().filter_map(|piece| piece[1].as_u64()).sum();
            let body = answered["body"]["text"].as_str().expect("a stream is text");
            assert_eq!(bytes, body.len() as u64);
            assert!(pieces.len() > 5, "it came in pieces: {}", pieces.len());
            assert!(pieces.is_sorted_by_key(|piece| piece[0].as_u64()));
            let (sent, closed) = (&exchange["times"]["sent"], &exchange["times"]["closed"]);
            assert!(sent.as_u64() <= pieces[0][0].as_u64() && closed.is_u64());
        }
    }
}

#[test]
fn a_run_that_is_killed_leaves_whole_lines() {
    let place = Place::new();
    let scenario = SCENARIO.replace("iterations: 45", "iterations: 100000");
    let mut command = place.run(&scenario, &["--fault", "bad-json"]);
    command.stdout(std::process::Stdio::null());
    let mut child = command.spawn().expect("the binary was built");
    let file = place.path().join("results/recording.jsonl");
    let has_some = || std::fs::metadata(&file).is_ok_and(|file| file.len() > 100_000);
    while !has_some() {
        assert!(
            child.try_wait().expect("it is ours").is_none(),
            "it has ended by itself"
        );
        std::thread::yield_now();
    }
    child.kill().expect("it is ours");
    child.wait().expect("it is ours");
    let text = std::fs::read_to_string(&file).expect("it is text");
    assert!(text.ends_with('\n'));
    assert!(place.results().recorded().len() > 3);
    let (code, again) = judged_again(&place);
    assert_eq!(code, Some(1));
    assert!(!again.is_empty());
}

#[test]
fn the_report_says_which_rules_met_nothing() {
    let place = Place::new();
    let only_chat = "
name: one
requests: { chat: { call: openai.chat, model: gpt-5-4, stream: true } }
phases: [{ name: p, executor: shared-iterations, vus: 1, iterations: 2 }]
billing: { audit: off }
";
    let ended = ended(place.run(only_chat, &[]));
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let report = place.results().report();
    let rules = &report["rules"];
    let count = |key: &str| rules[key].as_array().expect("an array").len() as u64;
    assert_eq!(
        rules["known"].as_u64(),
        Some(count("exercised") + count("not_exercised"))
    );
    let families = rules["families"].as_array().expect("an array");
    let sum = |key: &str| {
        families
            .iter()
            .filter_map(|row| row[key].as_u64())
            .sum::<u64>()
    };
    assert_eq!(sum("exercised"), count("exercised"));
    assert_eq!(sum("not_exercised"), count("not_exercised"));
    let family = |name: &str| {
        let row = families.iter().find(|row| row["family"] == name);
        row.and_then(|row| row["exercised"].as_u64())
            .expect("a family")
    };
    assert_eq!(
        (family("GEM"), family("ANT")),
        (0, 0),
        "nobody spoke Gemini or Messages"
    );
    assert!(family("OAC") > 20);
    let all = spikeproof::rules::anthropic_messages::RULES.len();
    assert!(
        (ended.stdout).contains(&format!("not exercised: ANT {all} of {all}")),
        "{}",
        ended.stdout
    );
}

/// Three keys that come from three places, and a replica that breaks rules for all of them.
#[test]
fn each_request_tells_the_name_of_its_key_and_where_a_shell_finds_it() {
    const SECRETS: [&str; 2] = ["second-secret-for-tests", "third-secret-for-tests"];
    let place = Place::new();
    let third = place.file("third.key", &format!("{}\n", SECRETS[1]));
    let keys = format!(
        "keys:\n  - {{ name: second, quota: 60, secret: {} }}\n  \
         - {{ name: third, quota: 70, secret: {} }}\n",
        SECRETS[0], SECRETS[1]
    );
    let config = place.file("replica.yaml", &keys);
    let replica = ReplicaProcess::new(&["--config", &config, "--fault", "bad-json"]);
    let of =
        |key: &str| format!("{{ call: openai.chat, model: gpt-5-4, stream: true, keys: {key} }}");
    let scenario = format!(
        "name: keys\nkeys: {{ second: \"${{SECOND_KEY}}\", third: {{ file: \"{third}\" }} }}\n\
         requests: {{ a: {}, b: {}, c: {} }}\n\
         phases: [{{ name: all, executor: shared-iterations, vus: 1, iterations: 3 }}]\n\
         billing: {{ audit: headers }}\n",
        of("main"),
        of("second"),
        of("third")
    );
    let arguments = ["--target", &replica.base, "--key-env", "FIRST_KEY"];
    let mut command = place.run(&scenario, &arguments);
    command.env("FIRST_KEY", &replica.key);
    command.env("SECOND_KEY", SECRETS[0]);
    let ended = ended(command);
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    let results = place.results();
    let third = format!("\"$(head -n 1 {third})\"");
    for (request, key, word) in [
        ("a", "main", "\"$FIRST_KEY\""),
        ("b", "second", "\"$SECOND_KEY\""),
        ("c", "third", third.as_str()),
    ] {
        for file in ["requests.csv", "ledger.csv"] {
            let rows = results.rows(file);
            let row = rows.iter().find(|row| row["request"] == request);
            assert_eq!(row.expect("it was sent")["key"], key, "{file}");
        }
        let recorded = results.recorded();
        let mut lines = recorded.values().filter(|one| one["request"] == request);
        let curl = lines.next().expect("it broke a rule")["curl"].as_str();
        let curl = curl.expect("it can be repeated");
        assert!(
            curl.contains(&format!("'authorization: Bearer '{word}")),
            "{curl}"
        );
    }
    for (name, bytes) in results.files() {
        let text = String::from_utf8_lossy(&bytes);
        for secret in SECRETS.iter().copied().chain([replica.key.as_str()]) {
            assert!(!text.contains(secret), "{name} tells a key");
        }
    }
}
