use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use spikeproof_mock::contract::ParameterLimits;
use spikeproof_mock::{Config, Contract};

use crate::client::*;

pub(crate) fn gpt(fields: Value) -> Value {
    let mut body = json!({"model": "gpt-image-2", "prompt": "a kite"});
    if let (Some(body), Value::Object(fields)) = (body.as_object_mut(), fields) {
        body.extend(fields);
    }
    body
}

/// Width and height that a decoder independent of ours finds, having read every row.
fn decoded(bytes: &[u8]) -> (u32, u32) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes))
        .read_info()
        .expect("a readable header");
    let mut rows = 0;
    while reader.next_row().expect("readable rows").is_some() {
        rows += 1;
    }
    assert_eq!(rows, reader.info().height);
    (reader.info().width, rows)
}

pub(crate) fn bytes_of(answer: &Answer, index: usize) -> Vec<u8> {
    let body = answer.json();
    let text = body["data"][index]["b64_json"].as_str().expect("base64");
    STANDARD.decode(text).expect("standard base64")
}

#[test]
fn each_of_n_pictures_is_there_is_billed_and_differs() {
    let client = Client::healthy();
    let mut body = image();
    body["n"] = 3.into();
    body["response_format"] = "b64_json".into();
    let answer = client.post(IMAGES, &body);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["data"].as_array().map(Vec::len), Some(3));
    assert_eq!(client.engine.ledger().spent, 75_000);
    assert_eq!(client.engine.ledger().rows[0].images, 3);
    let pictures: Vec<_> = (0..3).map(|index| bytes_of(&answer, index)).collect();
    assert!(pictures[0] != pictures[1] && pictures[1] != pictures[2]);
    assert!(pictures.iter().all(|bytes| decoded(bytes) == (1024, 1024)));
}

#[test]
fn a_url_leads_to_a_picture_of_the_size_asked_for() {
    let client = Client::healthy();
    let mut body = image();
    body["size"] = "1024x1536".into();
    let answer = client.post(IMAGES, &body).json();
    let url = answer["data"][0]["url"].as_str().unwrap();
    assert!(answer["data"][0]["revised_prompt"].is_string() && answer.get("usage").is_none());
    let asset = client.get(&url[url.find("/assets").unwrap()..]);
    assert_eq!(asset.header("content-type"), Some("image/png"));
    assert_eq!(decoded(&asset.body), (1024, 1536));
}

#[test]
fn the_largest_picture_stays_small() {
    let client = Client::healthy();
    let answer = client.post(IMAGES, &gpt(json!({"size": "4096x4096"})));
    assert_eq!(decoded(&bytes_of(&answer, 0)), (4096, 4096));
    assert!(answer.body.len() < 100_000, "{}", answer.body.len());
}

#[test]
fn gpt_image_tells_what_it_used_and_its_sums_hold() {
    let client = Client::healthy();
    let body = client
        .post(IMAGES, &gpt(json!({"quality": "low", "n": 2})))
        .json();
    assert_eq!(
        (&body["quality"], &body["size"]),
        (&json!("low"), &json!("1024x1024"))
    );
    assert_eq!(
        (&body["background"], &body["output_format"]),
        (&json!("opaque"), &json!("png"))
    );
    let usage = &body["usage"];
    let number = |value: &Value| value.as_u64().unwrap();
    let (input, output) = (
        number(&usage["input_tokens"]),
        number(&usage["output_tokens"]),
    );
    assert_eq!(number(&usage["total_tokens"]), input + output);
    let parts = &usage["input_tokens_details"];
    assert_eq!(
        number(&parts["text_tokens"]) + number(&parts["image_tokens"]),
        input
    );
    assert_eq!(client.engine.ledger().spent, 160_000);
    let auto = client
        .post(IMAGES, &gpt(json!({"quality": "auto", "size": "auto"})))
        .json();
    assert_eq!(
        (&auto["quality"], &auto["size"]),
        (&json!("medium"), &json!("1024x1024"))
    );
}

#[test]
fn the_bytes_have_the_format_that_was_asked_for() {
    let client = Client::healthy();
    for (format, magic) in [
        ("png", &b"\x89PNG"[..]),
        ("jpeg", b"\xff\xd8\xff"),
        ("webp", b"RIFF"),
    ] {
        let answer = client.post(IMAGES, &gpt(json!({"output_format": format})));
        assert!(bytes_of(&answer, 0).starts_with(magic), "{format}");
    }
}

#[test]
fn a_stream_gives_drafts_and_then_the_picture_of_the_plain_body() {
    let client = Client::healthy();
    let answer = client.post(IMAGES, &gpt(json!({"stream": true, "partial_images": 2})));
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let text = answer.text();
    let events: Vec<(&str, Value)> = text
        .split_terminator("\n\n")
        .map(|event| {
            let (name, payload) = event.split_once('\n').unwrap();
            let payload = payload.strip_prefix("data: ").unwrap();
            (
                name.strip_prefix("event: ").unwrap(),
                serde_json::from_str(payload).unwrap(),
            )
        })
        .collect();
    let names: Vec<_> = events.iter().map(|(name, _)| *name).collect();
    let partial = "image_generation.partial_image";
    assert_eq!(names, [partial, partial, "image_generation.completed"]);
    assert_eq!(events[1].1["partial_image_index"], 1);
    assert!(
        events
            .iter()
            .all(|(name, payload)| payload["type"] == **name)
    );
    assert!(events[2].1["usage"]["total_tokens"].is_u64());
    assert_eq!(client.engine.ledger().call_count, 1);
}

#[test]
fn what_a_model_does_not_take_is_400_free_and_names_the_field() {
    let client = Client::healthy();
    for (field, value) in [
        ("size", json!("512x512")),
        ("quality", json!("superb")),
        ("n", json!(0)),
        ("n", json!(11)),
        ("n", json!("2")),
        ("output_format", json!("bmp")),
        ("output_compression", json!(101)),
        ("partial_images", json!(4)),
        ("response_format", json!("file")),
        ("prompt", json!("")),
        ("stream", json!("yes")),
        ("background", json!("green")),
        ("moderation", json!("high")),
        ("style", json!("oil")),
        ("input_fidelity", json!("medium")),
        ("user", json!(1)),
        ("output_compression", json!(50)),
    ] {
        let mut fields = serde_json::Map::new();
        fields.insert(field.to_owned(), value);
        let answer = client.post(IMAGES, &gpt(Value::Object(fields)));
        assert_eq!(
            (answer.status, &answer.json()["error"]["param"]),
            (400, &json!(field))
        );
    }
    let jpeg = gpt(json!({"background": "transparent", "output_format": "jpeg"}));
    assert_eq!(client.post(IMAGES, &jpeg).status, 400);
    let mut body = image();
    body["prompt"] = "[[refuse]]".into();
    assert_eq!(client.post(IMAGES, &body).status, 451);
    body["prompt"] = "x".repeat(32_001).into();
    assert_eq!(client.post(IMAGES, &body).status, 413);
    let ledger = client.engine.ledger();
    assert_eq!((ledger.spent, ledger.held, ledger.call_count), (0, 0, 0));
}

#[test]
fn limits_are_as_wide_as_either_page_unless_the_contract_narrows_them() {
    let mut body = image();
    body["n"] = 8.into();
    body["size"] = "1024x1792".into();
    assert_eq!(Client::healthy().post(IMAGES, &body).status, 200);
    let contract = Contract {
        parameter_limits: ParameterLimits::Reference,
        ..Contract::default()
    };
    let client = Client::new(Config {
        contract,
        ..Config::default()
    });
    assert_eq!(client.post(IMAGES, &body).status, 400);
    assert_eq!(client.post(IMAGES, &image()).status, 200);
    for (model, field, value) in [
        ("seedream-v4", "quality", json!("hd")),
        ("seedream-v4", "background", json!("opaque")),
        (
            "nano-banana",
            "source_image",
            json!("https://a.example/1.png"),
        ),
        ("nano-banana", "negative_prompt", json!("rain")),
        ("gpt-image-2", "seed", json!(1)),
        ("gpt-image-2", "aspect_ratio", json!("1:1")),
    ] {
        let body = json!({"model": model, "prompt": "a kite", field: value});
        assert_eq!(Client::healthy().post(IMAGES, &body).status, 200, "{body}");
        let answer = client.post(IMAGES, &body);
        let told = answer.json()["error"].clone();
        assert_eq!((answer.status, &told["param"]), (400, &json!(field)));
        assert_eq!(told["code"], "unknown_parameter");
    }
}
