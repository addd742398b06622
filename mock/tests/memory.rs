//! What the replica keeps of calls that are over. A process of its own, so that nothing else
//! allocates meanwhile.

use std::fs;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use spikeproof_mock::script::Step;
use spikeproof_mock::{Config, Engine, Incoming};

/// Resident memory of this process in bytes; none where there is no such file.
fn resident() -> Option<usize> {
    let pages = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = pages.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

/// A call of every family, the `number`-th time: another text each time, so that nothing is found
/// again.
fn calls(number: u64) -> Vec<(&'static str, Value)> {
    let text = format!("{number}: {}", "kites and more kites ".repeat(20));
    let message = json!([{"role": "user", "content": text}]);
    vec![
        (
            "/v1/messages",
            json!({"model": "claude-sonnet-4-6", "max_tokens": 16, "stream": true,
                "messages": message}),
        ),
        (
            "/v1/chat/completions",
            json!({"model": "gpt-5-4", "messages": message, "max_tokens": 16}),
        ),
        (
            "/v1/responses",
            json!({"model": "gpt-5-5", "input": text, "stream": true, "max_output_tokens": 16}),
        ),
        (
            "/v1/images/generations",
            json!({"model": "seedream-v4", "prompt": text}),
        ),
        (
            "/v1/tasks/submit",
            json!({"model": "sora-2", "out_task_id": number.to_string(),
                "params": {"prompt": text, "duration_seconds": 4}}),
        ),
        (
            "/v1/messages",
            json!({"model": "no-such-model", "messages": message}),
        ),
        ("/nowhere", json!({"text": text})),
    ]
}

/// Plays an answer to its end, or leaves in its middle.
fn play(engine: &Engine, path: &str, body: &Value, leaves: bool) {
    let answered = engine.answer(&Incoming {
        method: "POST".to_owned(),
        path: path.to_owned(),
        query: None,
        headers: vec![("x-api-key".to_owned(), engine.key().to_owned())],
        body: Bytes::from(body.to_string()),
    });
    let mut headers = answered.script.headers;
    engine.head(&answered.call, &mut headers);
    if leaves {
        engine.abandon(&answered.call, spikeproof_mock::Delivered::default());
        return;
    }
    if answered.script.steps.contains(&Step::Settle) {
        engine.settle(&answered.call);
    }
    engine.finish(&answered.call);
}

#[test]
fn a_call_that_is_over_leaves_behind_its_row_and_little_more() {
    let engine = Engine::new(Config::default());
    engine.set_clock(Duration::from_secs(1_779_717_600));
    let rounds = |range: std::ops::Range<u64>| {
        for number in range {
            for (path, body) in calls(number) {
                play(&engine, path, &body, number % 7 == 0);
            }
            engine.advance(Duration::from_millis(100));
        }
    };
    // What is made once (tables, buffers, arenas of the allocator) is made here.
    rounds(0..300);
    let Some(before) = resident() else { return };
    let more = 1_500;
    rounds(300..300 + more);
    // The last tasks come to their end.
    engine.advance(Duration::from_secs(60));
    assert_eq!(engine.ledger().in_flight, 0);
    let after = resident().expect("it was there before");
    let ledger = engine.ledger();
    assert_eq!((ledger.in_flight, ledger.held), (0, 0), "tasks end as well");
    let calls = more * calls(0).len() as u64;
    let each = after.saturating_sub(before) as u64 / calls;
    // Rows and tasks, the tasks being more than half a KiB each; bodies alone would be 400 bytes
    // for a request and several KiB for an answer.
    assert!(
        each < 400,
        "{each} bytes a call, {before} before, {after} after"
    );
}
