//! Clients that read slowly, and what the target has of it.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpListener;
use std::time::Duration;

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

/// A target that answers a chat with a stream without end, as fast as it can be written. `true`:
/// there came a moment when nothing more could be.
fn is_held_back(listener: &TcpListener) -> bool {
    const LINE: &[u8] = &[b'.'; 998];
    loop {
        let (mut stream, _) = listener.accept().expect("somebody connects");
        let mut request = vec![0; 64 << 10];
        let read = stream.read(&mut request).expect("it asks something");
        if !request[..read].starts_with(b"POST /v1/chat/completions") {
            let body = r#"{"object":"list","data":[]}"#;
            let length = body.len();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
            let answer = format!("{head}\r\ncontent-length: {length}\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).expect("it listens");
            continue;
        }
        stream
            .set_write_timeout(Some(STUCK))
            .expect("a time above zero");
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
        stream.write_all(head.as_bytes()).expect("it listens");
        let line = [b":", LINE, b"\n"].concat();
        for _ in 0..MOST_LINES {
            match stream.write_all(&line) {
                Ok(()) => {}
                Err(why) => {
                    let kinds = [ErrorKind::WouldBlock, ErrorKind::TimedOut];
                    return kinds.contains(&why.kind());
                }
            }
        }
        return false;
    }
}

/// The target writes nothing for so long: it is held back.
const STUCK: Duration = Duration::from_millis(500);
/// 64 MB: more than the system's buffers take.
const MOST_LINES: u32 = 64_000;

#[test]
fn what_is_not_read_waits_with_the_target() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let base = format!("http://{}", listener.local_addr().expect("it has one"));
    let target = std::thread::spawn(move || is_held_back(&listener));
    let place = Place::new();
    let scenario = "
name: slow
requests:
  long: { call: openai.chat, model: gpt-5-4, stream: true, timeout: 3s, read: { pause: 1h } }
phases: [{ name: p, executor: shared-iterations, vus: 1, iterations: 1 }]
billing: { audit: off }
";
    let mut command = place.run(scenario, &["--target", &base]);
    command.env("BYTESPIKE_API_KEY", "sk-none");
    let ended = ended(command);
    let outcomes = &place.results().report()["requests"]["long"]["outcomes"];
    assert_eq!(outcomes["timed_out"], 1, "{}{}", ended.stdout, ended.stderr);
    assert!(
        target.join().expect("it has not panicked"),
        "64 MB were taken from it unread"
    );
}
