//! Pictures that come along with a request for one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::client::*;
use crate::images::{bytes_of, gpt};

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
