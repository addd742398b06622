//! Odd values in every field of requests for pictures, clips and webhooks.

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::client::*;

const FIELDS: [&str; 30] = [
    "model",
    "prompt",
    "n",
    "size",
    "quality",
    "style",
    "background",
    "moderation",
    "output_format",
    "output_compression",
    "response_format",
    "stream",
    "partial_images",
    "input_fidelity",
    "images",
    "image",
    "source_image",
    "mask",
    "aspect_ratio",
    "seed",
    "params",
    "duration_seconds",
    "resolution",
    "image_init",
    "audio",
    "out_task_id",
    "callback_url",
    "url",
    "event_types",
    "secret",
];

fn values() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(0),
        json!(1),
        json!(3),
        json!(18_446_744_073_709_551_615_u64),
        json!(1.5),
        json!(""),
        json!(" "),
        json!("auto"),
        json!("png"),
        json!("jpeg"),
        json!("transparent"),
        json!("1024x1024"),
        json!("99999999999x1"),
        json!("gpt-image-2"),
        json!("seedream-v4"),
        json!("sora-2"),
        json!("claude-sonnet-4-6"),
        json!("data:image/png;base64,"),
        json!("data:,"),
        json!("http://127.0.0.1/assets/img/x"),
        json!("http://127.0.0.1/assets/img/1x1-0000000000000001.png?expires=&signature"),
        json!("http://[::1"),
        json!("\u{0}é\u{10ffff}"),
        json!([]),
        json!([null]),
        json!(["*"]),
        json!([{"image_url": 1}, {"file_id": null}]),
        json!({}),
        json!({"prompt": "a", "duration_seconds": 4}),
        json!({"image_url": "x"}),
    ]
}

const TARGETS: [&str; 6] = [
    IMAGES,
    "/v1/images/edits",
    SUBMIT,
    "/v1/videos/generations",
    "/v1/tasks/query",
    "/api/v1/me/webhooks",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn odd_fields_are_refused_for_nothing_or_taken(
        target in prop::sample::select(&TARGETS[..]),
        model in prop::sample::select(vec!["gpt-image-2", "nano-banana", "sora-2", "veo3.1"]),
        odd in prop::collection::vec(
            (prop::sample::select(&FIELDS[..]), prop::sample::select(values())), 0..4,
        ),
    ) {
        let mut body = json!({"model": model, "prompt": "a", "duration_seconds": 4});
        for (field, value) in odd {
            body[field] = value;
        }
        let client = Client::healthy();
        let answer = client.post(target, &body);
        let known = [200, 400, 404, 413, 451];
        prop_assert!(known.contains(&answer.status), "{} {body}", answer.status);
        let ledger = client.engine.ledger();
        if answer.status != 200 {
            prop_assert_eq!((ledger.spent, ledger.held, ledger.call_count), (0, 0, 0));
            prop_assert!(answer.json()["error"]["message"].is_string(), "{}", answer.text());
        }
        prop_assert_eq!(ledger.in_flight, 0);
    }

    #[test]
    fn odd_bytes_of_a_form_are_refused_for_nothing_or_taken(
        pieces in prop::collection::vec(prop::sample::select(vec![
            &b"--b"[..], b"\r\n", b"--", b"Content-Disposition: form-data; name=\"image\"",
            b"; filename=\"a\"", b"\x89PNG\r\n\x1a\n", b"\r\n\r\n", b"\xff\xd8\xff", b"x",
            b"Content-Disposition: form-data; name=\"mask\"; filename=\"a\"",
        ]), 0..24),
    ) {
        let client = Client::healthy();
        let body = Bytes::from(pieces.concat());
        let mut incoming = client.request("POST", "/v1/images/edits", body);
        let kind = "multipart/form-data; boundary=b".to_owned();
        incoming.headers.push(("content-type".to_owned(), kind));
        let answer = client.send(&incoming);
        prop_assert_eq!(answer.status, 400);
    }
}
