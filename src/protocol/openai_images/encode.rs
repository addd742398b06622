//! Requests for pictures: JSON for generations and edits, a form for edits.
//!
//! Members are written in one fixed order and only where the template names them, since a model
//! refuses what it does not take.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::endpoint::Endpoint;
use crate::protocol::prompt::{self, IMAGE_PNG_BASE64};
use crate::protocol::{Auth, Credential, Delivery, Draft};
use crate::scenario::request::{EditForm, ImagesCall};

/// Writes the request of a call; a pure function.
pub fn encode(call: &ImagesCall, seed: u64) -> Draft {
    let fields = fields(call, seed);
    let delivery = if call.stream {
        Delivery::Sse
    } else {
        Delivery::Unary
    };
    let (endpoint, path) = match call.edit {
        Some(_) => (Endpoint::ImagesEdits, "/v1/images/edits"),
        None => (Endpoint::ImagesGenerations, "/v1/images/generations"),
    };
    let (content_type, body) = match call.edit {
        Some(EditForm::Multipart) => {
            let boundary = boundary(&fields, seed);
            let body = multipart(&fields, &boundary);
            (format!("multipart/form-data; boundary={boundary}"), body)
        }
        Some(EditForm::Json) | None => {
            let body = Value::Object(fields.clone()).to_string();
            ("application/json".to_owned(), Bytes::from(body))
        }
    };
    let accept = if call.stream {
        "text/event-stream"
    } else {
        "application/json"
    };
    Draft {
        method: "POST",
        path: path.to_owned(),
        headers: vec![
            ("content-type", content_type),
            ("accept", accept.to_owned()),
        ],
        body,
        auth: Credential::Key(Auth::Bearer),
        // A form's text fields are kept as if they were JSON: rules look at them alike.
        asked: crate::protocol::asked(endpoint, delivery, Some(Value::Object(fields).into()))
            .into(),
    }
}

fn fields(call: &ImagesCall, seed: u64) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value);
        }
    };
    let text = |value: &Option<String>| value.as_deref().map(Value::from);
    set("model", Some(json!(call.model)));
    set("prompt", Some(json!(prompt::text(&call.prompt, seed))));
    if call.edit == Some(EditForm::Json) {
        let url = format!("data:image/png;base64,{IMAGE_PNG_BASE64}");
        set("images", Some(json!([{"image_url": url}])));
    }
    set("n", call.n.map(Value::from));
    set("size", text(&call.size));
    set("quality", text(&call.quality));
    set("style", text(&call.style));
    set("background", text(&call.background));
    set("output_format", text(&call.output_format));
    set(
        "output_compression",
        call.output_compression.map(Value::from),
    );
    set("response_format", text(&call.response_format));
    set("seed", call.seed.map(Value::from));
    set("negative_prompt", text(&call.negative_prompt));
    set("aspect_ratio", text(&call.aspect_ratio));
    set("stream", call.stream.then_some(json!(true)));
    set("partial_images", call.partial_images.map(Value::from));
    fields
}

/// A boundary that no text of the form contains.
fn boundary(fields: &Map<String, Value>, seed: u64) -> String {
    let mut boundary = format!("spikeproof-{seed:016x}");
    let texts = || fields.values().filter_map(Value::as_str);
    while texts().any(|text| text.contains(&boundary)) {
        boundary.push('x');
    }
    boundary
}

/// Writes `multipart/form-data` (RFC 7578): the fields as text parts, then the source image as the
/// file part `image`.
pub fn multipart(fields: &Map<String, Value>, boundary: &str) -> Bytes {
    let mut form = Vec::new();
    for (name, value) in fields {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let head = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n"
        );
        form.extend_from_slice(head.as_bytes());
    }
    let head = format!(
        "--{boundary}\r\ncontent-disposition: form-data; name=\"image\"; filename=\"source.png\"\
         \r\ncontent-type: image/png\r\n\r\n"
    );
    form.extend_from_slice(head.as_bytes());
    let png = STANDARD.decode(IMAGE_PNG_BASE64);
    form.extend_from_slice(&png.expect("the constant is base64"));
    form.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    Bytes::from(form)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::request::Prompt;

    fn call() -> ImagesCall {
        ImagesCall {
            edit: None,
            model: "gpt-image-2".to_owned(),
            prompt: Prompt::Text("a kite".to_owned()),
            stream: false,
            partial_images: None,
            n: None,
            size: None,
            quality: None,
            style: None,
            background: None,
            output_format: None,
            output_compression: None,
            response_format: None,
            seed: None,
            negative_prompt: None,
            aspect_ratio: None,
            download: false,
        }
    }

    fn text(draft: &Draft) -> String {
        String::from_utf8_lossy(&draft.body).into_owned()
    }

    #[test]
    fn only_what_the_template_names_is_written() {
        let draft = encode(&call(), 1);
        assert_eq!(text(&draft), r#"{"model":"gpt-image-2","prompt":"a kite"}"#);
        assert_eq!(draft.path, "/v1/images/generations");
        assert_eq!(draft.asked.n, Some(1));
    }

    #[test]
    fn every_parameter_is_written_in_one_order() {
        let draft = encode(
            &ImagesCall {
                stream: true,
                partial_images: Some(2),
                n: Some(1),
                size: Some("auto".to_owned()),
                quality: Some("low".to_owned()),
                style: Some("vivid".to_owned()),
                background: Some("opaque".to_owned()),
                output_format: Some("webp".to_owned()),
                output_compression: Some(50),
                response_format: Some("b64_json".to_owned()),
                seed: Some(3),
                negative_prompt: Some("rain".to_owned()),
                aspect_ratio: Some("1:1".to_owned()),
                ..call()
            },
            1,
        );
        assert_eq!(
            text(&draft),
            "{\"model\":\"gpt-image-2\",\"prompt\":\"a kite\",\"n\":1,\"size\":\"auto\",\
             \"quality\":\"low\",\"style\":\"vivid\",\"background\":\"opaque\",\
             \"output_format\":\"webp\",\"output_compression\":50,\
             \"response_format\":\"b64_json\",\"seed\":3,\"negative_prompt\":\"rain\",\
             \"aspect_ratio\":\"1:1\",\"stream\":true,\"partial_images\":2}"
        );
        assert_eq!(draft.asked.delivery, Delivery::Sse);
        assert_eq!(draft.headers[1].1, "text/event-stream");
    }

    #[test]
    fn a_form_holds_the_same_fields_and_the_image() {
        let edit = |form| ImagesCall {
            edit: Some(form),
            n: Some(2),
            ..call()
        };
        let form = encode(&edit(EditForm::Multipart), 7);
        let written = text(&form);
        assert!(written.starts_with(
            "--spikeproof-0000000000000007\r\ncontent-disposition: form-data; name=\"model\"\r\n\
             \r\ngpt-image-2\r\n--spikeproof-0000000000000007\r\n"
        ));
        assert!(written.contains("name=\"n\"\r\n\r\n2\r\n"));
        assert!(written.contains("content-type: image/png\r\n\r\n\u{fffd}PNG\r\n"));
        assert!(written.ends_with("\r\n--spikeproof-0000000000000007--\r\n"));
        assert_eq!(form.asked.n, Some(2));

        let json = encode(&edit(EditForm::Json), 7);
        assert!(text(&json).contains("\"images\":[{\"image_url\":\"data:image/png;base64,iVBOR"));
        assert_eq!(json.asked.endpoint, Endpoint::ImagesEdits);
    }

    #[test]
    fn a_boundary_never_occurs_in_a_text() {
        let prompt = Prompt::Text("--spikeproof-0000000000000007--".to_owned());
        let call = ImagesCall {
            edit: Some(EditForm::Multipart),
            prompt,
            ..call()
        };
        let boundary = encode(&call, 7).headers[0].1.clone();
        assert!(
            boundary.ends_with("spikeproof-0000000000000007x"),
            "{boundary}"
        );
    }
}
