use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use spikeproof_mock::contract::ParameterLimits;
use spikeproof_mock::{Config, Contract};

use crate::client::*;

fn gpt(fields: Value) -> Value {
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

fn bytes_of(answer: &Answer, index: usize) -> Vec<u8> {
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

/// Parts of a form with the boundary `b`.
fn field(name: &str, value: &str) -> String {
    format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
}

fn file(name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    [head.as_bytes(), bytes, b"\r\n"].concat()
}

/// A picture of the replica's own.
fn picture(client: &Client, size: &str, format: &str) -> Vec<u8> {
    let wish = gpt(json!({"size": size, "output_format": format}));
    bytes_of(&client.post(IMAGES, &wish), 0)
}

fn edit(client: &Client, files: &[Vec<u8>]) -> Answer {
    let fields = [field("model", "gpt-image-2"), field("prompt", "a kite")].concat();
    let body = [files.concat(), fields.into_bytes(), b"--b--\r\n".to_vec()].concat();
    let mut incoming = client.request("POST", "/v1/images/edits", body);
    let kind = "multipart/form-data; boundary=b".to_owned();
    incoming.headers.push(("content-type".to_owned(), kind));
    client.send(&incoming)
}

#[test]
fn pictures_that_come_along_are_looked_at() {
    let client = Client::healthy();
    for format in ["png", "jpeg", "webp"] {
        let own = picture(&client, "1024x1024", format);
        assert_eq!(
            edit(&client, &[file("image", &own)]).status,
            200,
            "{format}"
        );
        let cut = edit(&client, &[file("image", &own[..9])]);
        let error = &cut.json()["error"];
        assert_eq!(
            (cut.status, &error["code"]),
            (400, &json!("invalid_image_file"))
        );
        assert_eq!(error["type"], "image_generation_user_error");
    }
    let own = picture(&client, "1024x1024", "png");
    let sixteen = vec![file("image[]", &own); 16];
    let answer = edit(&client, &sixteen).json();
    let tokens = &answer["usage"]["input_tokens_details"]["image_tokens"];
    assert_eq!(tokens, &json!(16 * 194));
    let seventeen = vec![file("image[]", &own); 17];
    assert_eq!(edit(&client, &seventeen).status, 400);
}

#[test]
fn a_mask_is_a_png_of_the_pictures_size() {
    let client = Client::healthy();
    let image = file("image", &picture(&client, "1024x1024", "webp"));
    let masked = |size: &str, format: &str| {
        let mask = file("mask", &picture(&client, size, format));
        edit(&client, &[mask, image.clone()])
    };
    assert_eq!(masked("1024x1024", "png").status, 200);
    for (size, format) in [("1024x1536", "png"), ("1024x1024", "jpeg")] {
        let answer = masked(size, format);
        let param = json!("mask");
        assert_eq!(
            (answer.status, &answer.json()["error"]["param"]),
            (400, &param)
        );
    }
    let alone = edit(
        &client,
        &[file("mask", &picture(&client, "1024x1024", "png"))],
    );
    assert_eq!(alone.status, 400);
}

#[test]
fn addresses_of_pictures_are_followed_to_the_replicas_own_assets_only() {
    let client = Client::healthy();
    let url = client.post(IMAGES, &image()).json()["data"][0]["url"].clone();
    let edits = |image: Value| client.post("/v1/images/edits", &gpt(json!({"images": [image]})));
    assert_eq!(edits(json!({"image_url": url})).status, 200);
    assert_eq!(
        edits(json!({"image_url": "https://example.com/a.png"})).status,
        200
    );
    let url = url.as_str().unwrap();
    for (image, code, param) in [
        (
            json!({"image_url": url.replace(".png", ".jpeg")}),
            "invalid_value",
            "url",
        ),
        (
            json!({"file_id": "file-1"}),
            "invalid_value",
            "images[0].file_id",
        ),
        (
            json!({"image_url": "data:image/png;base64,AAAA"}),
            "invalid_image_file",
            "images[0].image_url",
        ),
        (
            json!({"image_url": "data:image/png;base64,%"}),
            "invalid_image_file",
            "images[0].image_url",
        ),
        (
            json!({"image_url": "kite.png"}),
            "invalid_param",
            "images[0].image_url",
        ),
        (json!({"image_url": 7}), "invalid_param", "images"),
        (json!("x"), "invalid_param", "images"),
    ] {
        let answer = edits(image.clone());
        let error = &answer.json()["error"];
        let told = (
            answer.status,
            error["code"].as_str(),
            error["param"].as_str(),
        );
        assert_eq!(told, (400, Some(code), Some(param)), "{image}");
    }
    client.advance(std::time::Duration::from_secs(86_400));
    assert_eq!(edits(json!({"image_url": url})).status, 400);
}

#[test]
fn a_source_image_on_generations_is_an_edit_of_the_other_pages() {
    let client = Client::healthy();
    let url = client.post(IMAGES, &image()).json()["data"][0]["url"].clone();
    let answer = client.post(IMAGES, &gpt(json!({"source_image": url, "mask": url})));
    let tokens = &answer.json()["usage"]["input_tokens_details"]["image_tokens"];
    assert_eq!(tokens, &json!(194), "{}", answer.text());
    assert_eq!(
        client.post(IMAGES, &gpt(json!({"source_image": 1}))).status,
        400
    );
    assert_eq!(client.post(IMAGES, &gpt(json!({"mask": url}))).status, 400);
}

#[test]
fn edits_take_forms_in_any_order_and_json() {
    let client = Client::healthy();
    let path = "/v1/images/edits";
    let file = |name: &str| file(name, &picture(&client, "1024x1024", "png"));
    let field = |name: &str, value: &str| field(name, value).into_bytes();
    let form = |parts: &[Vec<u8>]| {
        let body = [parts.concat(), b"--b--\r\n".to_vec()].concat();
        let mut incoming = client.request("POST", path, body);
        let kind = "multipart/form-data; boundary=b".to_owned();
        incoming.headers.push(("content-type".to_owned(), kind));
        client.send(&incoming)
    };
    let (model, prompt) = (field("model", "gpt-image-2"), field("prompt", "a kite"));
    for image in ["image", "image[]"] {
        let answer = form(&[file(image), model.clone(), field("n", "2"), prompt.clone()]);
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json()["data"].as_array().map(Vec::len), Some(2));
        let tokens = &answer.json()["usage"]["input_tokens_details"]["image_tokens"];
        assert!(tokens.as_u64().unwrap() > 0);
    }
    let streamed = form(&[
        model.clone(),
        prompt.clone(),
        field("stream", "true"),
        file("image"),
    ]);
    assert!(
        streamed.text().starts_with("event: image_edit.completed\n"),
        "{}",
        streamed.text()
    );
    assert_eq!(form(&[model, prompt]).status, 400);
    let own = STANDARD.encode(picture(&client, "1024x1024", "png"));
    let reference = json!([{"image_url": format!("data:image/png;base64,{own}")}]);
    assert_eq!(
        client.post(path, &gpt(json!({"images": reference}))).status,
        200
    );
    let both = json!([{"image_url": "x", "file_id": "y"}]);
    assert_eq!(client.post(path, &gpt(json!({"images": both}))).status, 400);
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
