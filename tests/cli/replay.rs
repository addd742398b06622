//! Traces replayed by a run.

use serde_json::Value;

use crate::program::{Place, ended, spikeproof};

const AZURE: &str = "TIMESTAMP,ContextTokens,GeneratedTokens\n\
    2023-11-16 18:17:03.0000000,60,10\n2023-11-16 18:17:03.2000000,200,8\n\
    2023-11-16 18:17:03.2000000,20,1\n2023-11-16 18:17:03.5000000,30,0\n\
    2023-11-16 18:17:09.0000000,30,5\n";

fn scenario(trace: &str, keys: &str) -> String {
    format!(
        "name: replay\nrequests:\n  chat: {{ call: openai.chat, model: gpt-5-4, stream: true }}\n\
         phases:\n  - {{ name: real, executor: replay, trace: \"{trace}\"{keys} }}\n\
         replica: {{ first_token: 2ms, token_gap: 1ms }}\nbilling: {{ probes: 0 }}\n"
    )
}

/// Bodies of the requests, by the numbers of their calls and turns.
fn bodies(place: &Place) -> Vec<((u64, u64), Value)> {
    let recorded = place.results().recorded();
    let sent = recorded
        .values()
        .filter(|exchange| exchange["phase"] == "real");
    let mut bodies: Vec<_> = sent
        .map(|exchange| {
            let text = exchange["sent"]["body"]["text"].as_str().expect("text");
            let number = |key: &str| exchange[key].as_u64().expect("a number");
            let body = serde_json::from_str(text).expect("JSON");
            ((number("call"), number("ordinal")), body)
        })
        .collect();
    bodies.sort_by_key(|(number, _)| *number);
    bodies
}

fn words(body: &Value) -> usize {
    let messages = body["messages"].as_array().expect("an array");
    let last = messages.last().expect("a prompt")["content"].as_str();
    last.expect("text").split(' ').count()
}

#[test]
fn a_trace_is_replayed_in_its_own_time_with_its_own_lengths() {
    let place = Place::new();
    let trace = place.file("azure.csv", AZURE);
    let text = scenario(&trace, ", speed: 2, duration: 1s");
    let ended = ended(place.run(&text, &["--record-sample", "50"]));
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let results = place.results();
    let mut due: Vec<(u64, f64)> = results
        .rows("requests.csv")
        .iter()
        .filter(|row| row["phase"] == "real")
        .map(|row| (row["call"].parse().unwrap(), row["due_s"].parse().unwrap()))
        .collect();
    due.sort_by_key(|(number, _)| *number);
    let offsets: Vec<_> = due.iter().map(|(_, at)| at - due[0].1).collect();
    let wanted = [0.0, 0.1, 0.1, 0.25];
    assert_eq!(offsets.len(), wanted.len());
    let differs = |(one, other): (&f64, f64)| (one - other).abs() > 2.5e-6;
    assert!(!offsets.iter().zip(wanted).any(differs), "{offsets:?}");
    let bodies = bodies(&place);
    let limits: Vec<_> = bodies.iter().map(|(_, body)| &body["max_tokens"]).collect();
    assert_eq!(limits, [10, 8, 1, 1], "{bodies:?}");
    // A prompt of n tokens has its opening of twelve tokens in five words.
    let lengths: Vec<_> = bodies.iter().map(|(_, body)| words(body) + 7).collect();
    assert_eq!(lengths, [60, 200, 20, 30]);
    let report = results.report();
    assert_eq!(report["phases"][0]["asked_calls_per_s"], 8.0);
}

const SESSIONS: &str = r#"
{"timestamp": 10, "input_tokens": 40, "output_tokens": 6, "session": "a"}
{"timestamp": 10.05, "input_tokens": 90, "output_tokens": 3, "session": "b"}
{"timestamp": 10.3, "input_tokens": 100, "output_tokens": 4, "session": "a"}
{"timestamp": 10.3, "input_tokens": 20, "output_tokens": 5, "session": "b"}
"#;

#[test]
fn rows_of_a_session_are_turns_that_carry_its_history() {
    let place = Place::new();
    let trace = place.file("sessions.jsonl", SESSIONS);
    let ended = ended(place.run(&scenario(&trace, ""), &["--record-sample", "50"]));
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let bodies = bodies(&place);
    let numbers: Vec<_> = bodies.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [(0, 0), (0, 1), (1, 0), (1, 1)]);
    let messages = |index: usize| {
        bodies[index].1["messages"]
            .as_array()
            .expect("an array")
            .len()
    };
    assert_eq!([0, 1, 2, 3].map(messages), [1, 3, 1, 3]);
    let limits: Vec<_> = bodies.iter().map(|(_, body)| &body["max_tokens"]).collect();
    assert_eq!(limits, [6, 4, 3, 5]);
    // 100 tokens of input less the 46 of the first turn; less than the history leaves the least.
    assert_eq!(
        [0, 1, 2].map(|index| words(&bodies[index].1) + 7),
        [40, 54, 90]
    );
    assert_eq!(words(&bodies[3].1), 5);
    let results = place.results();
    let rows = results.rows("requests.csv");
    let due = |call: &str, ordinal: &str| -> f64 {
        let mut rows = rows.iter().filter(|row| row["phase"] == "real");
        let row = rows.find(|row| row["call"] == call && row["ordinal"] == ordinal);
        row.expect("it was made")["due_s"].parse().expect("seconds")
    };
    // No turn before the trace says; later only where the answer before it was.
    assert!(due("0", "1") - due("0", "0") > 0.3 - 2.5e-6);
    assert!(due("1", "1") - due("1", "0") > 0.25 - 2.5e-6);
    let sessions = serde_json::json!({"begun": 2, "whole": 2, "turns": 4});
    assert_eq!(results.report()["requests"]["chat"]["sessions"], sessions);
}

#[test]
fn a_trace_that_cannot_be_replayed_is_told_before_anything_is_sent() {
    let place = Place::new();
    let absent = place.path().join("absent.csv");
    let absent = absent.to_str().expect("text");
    let bad = place.file(
        "bad.csv",
        "timestamp,input_tokens,output_tokens\n0,1,1\n0,many,1\n",
    );
    let sessions = place.file("sessions.jsonl", SESSIONS);
    let tools = scenario(&sessions, "").replace("stream: true", "tools: [weather]");
    for (text, words) in [
        (scenario(absent, ""), "cannot read the trace"),
        (
            scenario(&bad, ""),
            "bad.csv:3:3: error: expected a whole number of tokens",
        ),
        (scenario(&bad, ", from: 1h"), "bad.csv:3:3"),
        (tools, "calls of `tools` would have to be answered"),
    ] {
        let file = place.file("scenario.yaml", &text);
        for command in ["validate", "plan", "run"] {
            let ended = ended(spikeproof(&[command, &file]));
            assert_eq!(ended.code, Some(2), "{command}: {}", ended.stderr);
            assert!(ended.stderr.contains(words), "{command}: {}", ended.stderr);
        }
    }
}
