//! What a run that goes well says and leaves.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
use serde_json::Value;
use spikeproof::endpoint::Endpoint;

use crate::program::{Ended, Place, ended};
use crate::results::{Results, Row, sum};

/// Every family, streamed and not, calls of several requests, free reads, and mistakes.
const MIXED: &str = r#"
name: mixed
seed: 11
requests:
  claude: { call: anthropic.messages, model: claude-sonnet-4-6, max_tokens: 32 }
  claude-stream: { call: anthropic.messages, model: claude-sonnet-4-6, stream: true,
    tools: [weather] }
  chat-stream: { call: openai.chat, model: gpt-5-4, stream: true, max_tokens: 32 }
  responses-stream: { call: openai.responses, model: gpt-5-5, stream: true, max_tokens: 32 }
  gemini-stream: { call: gemini.generate, model: gemini-3-flash, stream: true, auth: query }
  gemini-array: { call: gemini.generate, model: gemini-3-flash, stream: array }
  picture: { call: openai.images, model: seedream-v4, prompt: { text: "a kite" }, download: true }
  clip: { call: tasks.video, model: sora-2, duration_seconds: 4, poll_every: 20ms }
  balance: { call: balance.get }
  bad-model: { call: openai.chat, model: gpt-5-4, mistake: unknown-model }
  no-key: { call: anthropic.messages, model: claude-sonnet-4-6, mistake: no-key }
phases:
  - { name: warm-up, executor: per-vu-iterations, vus: 2, iterations: 2, record: false,
      mix: { claude: 1 } }
  - { name: all, executor: shared-iterations, vus: 4, iterations: 33 }
replica: { first_token: 3ms, token_gap: 1ms, output_tokens: 12, image_time: 5ms,
  task_queue: 20ms, task_run: 30ms }
billing: { probes: 1 }
"#;

struct Run {
    place: Place,
    ended: Ended,
}

impl Run {
    fn mixed() -> Self {
        let place = Place::new();
        let ended = ended(place.run(MIXED, &[]));
        assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
        Self { place, ended }
    }

    fn results(&self) -> Results {
        self.place.results()
    }
}

#[test]
fn a_healthy_run_passes_and_leaves_every_result() {
    let run = Run::mixed();
    assert_eq!(run.ended.stderr, "", "in CI there is nothing to say");
    for word in [
        "mixed · seed 11",
        "claude-stream",
        "/v1/messages",
        "PASS (exit 0)",
    ] {
        assert!(
            run.ended.stdout.contains(word),
            "{word}:\n{}",
            run.ended.stdout
        );
    }
    let results = run.results();
    let report = results.report();
    every_documented_key_is_there(&report);
    every_endpoint_is_named(&report);
    the_table_has_a_row_a_request(&report, &results.rows("requests.csv"));
    both_views_of_the_latencies_agree_with_the_report(&report, &results);
}

fn every_documented_key_is_there(report: &Value) {
    for key in [
        "schema",
        "verdict",
        "scenario",
        "seed",
        "target",
        "started",
        "duration_s",
        "requests",
        "metrics",
        "findings",
        "billing",
        "thresholds",
        "doubts",
        "exit_code",
        "endpoints",
        "phases",
        "rules",
        "goodput",
        "reasons",
        "notes",
    ] {
        assert!(report.get(key).is_some(), "{key} is missing");
    }
    assert_eq!(report["schema"], "spikeproof/report/1");
    assert_eq!(report["verdict"], "pass");
    assert_eq!(report["exit_code"], 0);
    assert_eq!(report["scenario"], "mixed");
    assert_eq!(report["seed"], 11);
    assert_eq!(report["target"], "replica");
    assert_eq!(report["findings"], Value::Array(Vec::new()));
    assert_eq!(report["doubts"], Value::Array(Vec::new()));
    assert_eq!(
        report["billing"]["verdict"], "passed",
        "{}",
        report["billing"]
    );
    let started = report["started"].as_str().expect("a time");
    assert!(started.len() == 20 && started.ends_with('Z'), "{started}");
}

fn every_endpoint_is_named(report: &Value) {
    let rows = report["endpoints"].as_array().expect("an array");
    let named: Vec<_> = rows
        .iter()
        .map(|row| (&row["method"], &row["path"]))
        .collect();
    for endpoint in Endpoint::ALL {
        let wanted = (
            &Value::from(endpoint.method()),
            &Value::from(endpoint.path()),
        );
        assert!(named.contains(&wanted), "{endpoint:?}");
    }
    let called: u64 = rows.iter().filter_map(|row| row["requests"].as_u64()).sum();
    assert_eq!(called, total(report), "each request went to some endpoint");
}

fn total(report: &Value) -> u64 {
    let rows = report["requests"].as_object().expect("an object");
    rows.values().map(|row| sum(&row["outcomes"])).sum()
}

fn the_table_has_a_row_a_request(report: &Value, rows: &[Row]) {
    assert_eq!(rows.len() as u64, total(report));
    let mut counted: BTreeMap<(String, String), u64> = BTreeMap::new();
    for row in rows {
        let key = (row["request"].clone(), row["outcome"].clone());
        *counted.entry(key).or_default() += 1;
    }
    for ((request, outcome), count) in &counted {
        let told = &report["requests"][request]["outcomes"][outcome];
        assert_eq!(told, *count, "{request} {outcome}");
    }
    let ids: BTreeSet<_> = rows.iter().map(|row| row["request_id"].as_str()).collect();
    assert_eq!(
        ids.len(),
        rows.len(),
        "the replica gives each request an id"
    );
    let streamed = rows.iter().filter(|row| row["request"] == "claude-stream");
    for row in streamed {
        assert_eq!(
            (row["status"].as_str(), row["outcome"].as_str()),
            ("200", "ok")
        );
        for figure in ["head_ms", "ttft_ms", "e2e_ms"] {
            let value: f64 = row[figure].parse().expect("a number");
            assert!(value > 0.0, "{figure} of {row:?}");
        }
        assert!(row["token_events"].parse::<u64>().expect("a count") > 0);
    }
}

fn both_views_of_the_latencies_agree_with_the_report(report: &Value, results: &Results) {
    let mut told = BTreeMap::new();
    for (request, metrics) in report["metrics"].as_object().expect("an object") {
        for (metric, row) in metrics.as_object().expect("an object") {
            let count = row["count"].as_u64().expect("a count");
            told.insert(format!("{request}.{metric}"), count);
        }
    }
    assert!(told.contains_key("claude-stream.ttft") && told.contains_key("claude-stream.gap"));
    let rows = results.rows("latency.csv");
    let of_row = |row: &Row| {
        let count: u64 = row["count"].parse().expect("a count");
        (format!("{}.{}", row["request"], row["metric"]), count)
    };
    assert_eq!(rows.iter().map(of_row).collect::<BTreeMap<_, _>>(), told);
    assert_eq!(rows.len(), told.len());
    assert_eq!(logged(&results.bytes("latency.hlog")), told);
}

/// Samples of each series in an interval log.
fn logged(log: &[u8]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for entry in IntervalLogIterator::new(log) {
        let LogEntry::Interval(interval) = entry.expect("a line of the format") else {
            continue;
        };
        let bytes = STANDARD.decode(interval.encoded_histogram());
        let bytes = bytes.expect("histograms are in Base64");
        let histogram: Histogram<u64> = Deserializer::new()
            .deserialize(&mut bytes.as_slice())
            .expect("a histogram in the V2 form, deflated");
        let tag = interval.tag().expect("each line has its tag");
        *counts.entry(tag.as_str().to_owned()).or_default() += histogram.len();
    }
    counts
}

#[test]
fn thresholds_of_the_command_line_count_like_those_of_the_scenario() {
    let scenario = "
name: limits
requests: { chat: { call: openai.chat, model: gpt-5-4, stream: true } }
phases: [{ name: all, executor: shared-iterations, vus: 2, iterations: 4 }]
replica: { first_token: 2ms, token_gap: 1ms, output_tokens: 4 }
billing: { audit: off }
thresholds: ['requests.total >= 4']
";
    let place = Place::new();
    let threshold = "ttft.max < 1ms {request=chat}";
    let ended = ended(place.run(scenario, &["--threshold", threshold]));
    assert_eq!(ended.code, Some(1), "{}", ended.stdout);
    assert!(
        ended.stdout.contains(&format!("broken  {threshold}")),
        "{}",
        ended.stdout
    );
    let report = place.results().report();
    assert_eq!(report["verdict"], "fail");
    let rows = report["thresholds"].as_array().expect("an array");
    let states: Vec<_> = rows.iter().map(|row| row["state"].as_str()).collect();
    assert_eq!(states, [Some("held"), Some("broken"), Some("held")]);
}

#[test]
fn a_percentile_without_enough_samples_makes_the_verdict_inconclusive() {
    let scenario = "
name: few
requests: { chat: { call: openai.chat, model: gpt-5-4, stream: true } }
phases: [{ name: all, executor: shared-iterations, vus: 2, iterations: 4 }]
replica: { first_token: 2ms, token_gap: 1ms, output_tokens: 4 }
billing: { audit: off }
thresholds: ['ttft.p99 < 1h']
";
    let place = Place::new();
    let ended = ended(place.run(scenario, &[]));
    assert_eq!(ended.code, Some(4), "{}", ended.stdout);
    let report = place.results().report();
    assert_eq!(report["verdict"], "inconclusive");
    assert_eq!(report["doubts"][0]["doubt"], "too_few_samples");
}
