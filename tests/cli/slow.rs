//! Clients that read slowly, and what the target has of it.

use std::time::Duration;

use spikeproof_mock::{Config, Delay, Replica};

use crate::program::{Place, ended};
use crate::results::Row;

fn number(row: &Row, column: &str) -> f64 {
    row[column]
        .parse()
        .unwrap_or_else(|_| panic!("{column}: {row:?}"))
}

#[test]
fn no_more_is_read_in_a_second_than_the_scenario_says() {
    let place = Place::new();
    let scenario = "
name: slow
requests:
  stream: { call: openai.chat, model: gpt-5-4, stream: true, read: { bytes_per_second: 20000 } }
  whole: { call: anthropic.messages, model: claude-sonnet-4-6, read: { bytes_per_second: 5000 } }
  picture: { call: openai.images, model: gpt-image-2, response_format: b64_json,
    read: { pause: 150ms } }
phases: [{ name: p, executor: shared-iterations, vus: 3, iterations: 3 }]
replica: { first_token: 1ms, token_gap: 0ms, output_tokens: 40, image_time: 1ms }
billing: { audit: off }
";
    let ended = ended(place.run(scenario, &[]));
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let rows = place.results().rows("requests.csv");
    for (request, rate) in [("stream", 20_000.0), ("whole", 5_000.0)] {
        let row = rows
            .iter()
            .find(|row| row["request"] == request)
            .expect("it was sent");
        let took = number(row, "closed_ms") - number(row, "head_ms");
        let least = number(row, "response_bytes") / rate * 1000.0;
        assert!(
            took >= least - 0.1,
            "{request}: {took} ms, at least {least}"
        );
    }
    let row = rows
        .iter()
        .find(|row| row["request"] == "picture")
        .expect("it was sent");
    assert!(
        number(row, "first_byte_ms") - number(row, "head_ms") >= 149.9,
        "{row:?}"
    );
}

#[test]
fn what_is_not_read_waits_with_the_target() {
    const PAUSE: Duration = Duration::from_secs(2);
    let config = Config {
        first_token: Delay::Constant(Duration::from_millis(1)),
        token_gap: Delay::Constant(Duration::ZERO),
        output_tokens: Some(30_000),
        log_writes: true,
        ..Config::default()
    };
    let replica = Replica::builder().config(config).start();
    let replica = replica.expect("a port is free");
    let place = Place::new();
    let scenario = "
name: slow
requests:
  long: { call: openai.chat, model: gpt-5-4, stream: true, max_tokens: 30000, read: { pause: 2s } }
phases: [{ name: p, executor: shared-iterations, vus: 1, iterations: 1 }]
billing: { audit: off }
";
    let mut command = place.run(scenario, &["--target", &replica.base_url()]);
    command.env("BYTESPIKE_API_KEY", replica.key());
    let ended = ended(command);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let rows = place.results().rows("requests.csv");
    let row = rows
        .iter()
        .find(|row| row["phase"] == "p")
        .expect("it was sent");
    let writes = replica.writes();
    let ours = writes
        .iter()
        .filter(|written| written.request_id == row["request_id"]);
    let times: Vec<_> = ours.map(|written| written.at).collect();
    let (first, last) = (times.iter().min().unwrap(), times.iter().max().unwrap());
    let took = *last - *first;
    // The head is read a little after it was written, and the rest must wait for the pause's end.
    assert!(
        took >= PAUSE,
        "all of {} bytes was written within {took:?}",
        row["response_bytes"]
    );
}
