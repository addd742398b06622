//! What is known of a head, and what is not: a label that was sent wrong is found, one that was not
//! kept is no fault.

use serde_json::{Value, json};

use crate::program::{broken, rows};

const REFUSED: &str = concat!(
    r#"{"error":{"message":"no prompt","type":"invalid_request_error","#,
    r#""param":"prompt","code":"invalid_param"}}"#
);
const PAGE: &str = "<html><body>502 Bad Gateway</body></html>";

/// An archive with one refusal, and the ids of what it breaks.
fn of_archive(
    profile: &str,
    status: u16,
    headers: &Value,
    mime_type: &str,
    text: &str,
) -> Vec<String> {
    let archive = json!({"log": {"version": "1.2", "creator": {"name": "x"}, "entries": [{
        "request": {"method": "POST", "url": "https://h/v1/chat/completions", "headers": [],
            "postData": {"text": "{\"model\":\"m\"}"}},
        "response": {"status": status, "headers": headers,
            "content": {"size": text.len(), "mimeType": mime_type, "text": text}},
    }]}});
    let folder = tempfile::tempdir().expect("the system has room");
    std::fs::write(folder.path().join("a.har"), archive.to_string()).expect("it is ours");
    let arguments = ["a.har", "--profile", profile];
    let (_, rows) = rows(folder.path(), &arguments, b"");
    broken(&rows[0])
}

fn headers(more: &[(&str, &str)]) -> Value {
    let quota = [
        ("X-RateLimit-Limit", "50.00"),
        ("X-RateLimit-Remaining", "42.18"),
        ("X-RateLimit-Reset", "1790000000"),
        ("X-Quota-Remaining-Credits", "192.40"),
    ];
    let all = quota.iter().chain(more);
    all.map(|(name, value)| json!({"name": name, "value": value}))
        .collect()
}

#[test]
fn a_refusal_under_another_label_is_found_where_the_label_is_known() {
    let of = |label: &str| {
        let headers = headers(&[("Content-Type", label)]);
        of_archive("gateway", 400, &headers, "", REFUSED)
    };
    assert_eq!(of("application/json; charset=utf-8"), [""; 0]);
    assert_eq!(of("text/html"), ["GW-180"]);
    assert_eq!(of("text/plain"), ["GW-180"]);
    // Its other headers were kept, so that it had none.
    assert_eq!(
        of_archive("gateway", 400, &headers(&[]), "", REFUSED),
        ["GW-180"]
    );
    assert_eq!(
        of_archive("gateway", 400, &headers(&[]), "x-unknown", REFUSED),
        ["GW-180"]
    );
    // No header was kept at all.
    for profile in ["gateway", "native"] {
        assert_eq!(of_archive(profile, 400, &json!([]), "", REFUSED), [""; 0]);
        assert_eq!(of_archive(profile, 502, &json!([]), "", PAGE), [""; 0]);
    }
}

#[test]
fn a_page_that_calls_itself_json_is_found_whoever_sent_it() {
    let of = |label: &str, text: &str| {
        let headers = json!([{"name": "content-type", "value": label}]);
        of_archive("native", 502, &headers, "", text)
    };
    assert_eq!(of("text/html", PAGE), [""; 0]);
    assert_eq!(of("application/json", PAGE), ["OAC-083"]);
    let failed = r#"{"error":{"message":"no","type":"server_error","param":null,"code":null}}"#;
    assert_eq!(of("text/html", failed), ["GW-181"]);
    assert_eq!(of("application/json", failed), [""; 0]);
}

#[test]
fn what_is_known_of_a_body_alone_is_not_held_against_it() {
    let folder = tempfile::tempdir().expect("the system has room");
    let kinds = [
        "internal_error",
        "overloaded_error",
        "requests",
        "server_error",
        "service_unavailable_error",
        "timeout_error",
        "upstream_error",
    ];
    for kind in kinds {
        let body = json!({"error": {"message": "no", "type": kind, "param": null, "code": null}});
        let name = format!("{kind}.json");
        std::fs::write(folder.path().join(&name), body.to_string()).expect("it is ours");
        let arguments = [&name, "--protocol", "openai-chat"];
        let (_, rows) = rows(folder.path(), &arguments, b"");
        assert_eq!(broken(&rows[0]), [""; 0], "{kind}");
    }
}

/// Every line of a recording, as another program writes it.
#[test]
fn a_recording_that_another_program_wrote_is_known_as_one() {
    let header = json!({"seed": 1, "spikeproof": "0", "scenario": "s", "target": "http://h",
        "started": "2026-01-01T00:00:00Z", "recording": "spikeproof/recording/1"});
    let body = concat!(
        r#"{"error":{"message":"no","type":"server_error","#,
        r#""param":null,"code":"invalid_param"}}"#
    );
    let exchange = json!({"exchange": {
        "times": {"due": 0, "dispatched": 1, "sent": 2, "head": 3, "first_byte": 4,
            "first_token": null, "terminal": null, "closed": 9},
        "answered": {"status": 400, "headers": [["content-type", "application/json"]],
            "body": {"text": body}, "left_out": 0, "pieces": [],
            "end": "clean"},
        "sent": {"method": "POST", "path": "/v1/chat/completions",
            "endpoint": "/v1/chat/completions", "delivery": "json", "headers": [],
            "body": {"text": "{\"model\":\"m\"}"}, "left_out": 0},
        "request": "chat", "phase": "p", "call": 0, "ordinal": 0, "step": "main",
        "reason": "finding", "rules": [], "request_id": null, "outcome": "answered",
        "failure": null, "curl": null}});
    let blank = |value: &Value| {
        value
            .to_string()
            .replace("\":", "\" : ")
            .replace(",\"", " , \"")
    };
    let pretty = |value: &Value| serde_json::to_string_pretty(value).expect("it is JSON");
    let files = [
        format!("{header}\n{exchange}\n"),
        format!("{}\n{}\n", blank(&header), blank(&exchange)),
        format!("{}\n{}\n", pretty(&header), pretty(&exchange)),
        format!("{}\n", blank(&exchange)),
    ];
    for text in files {
        let (_, rows) = rows(std::env::temp_dir().as_path(), &["-"], text.as_bytes());
        assert_eq!(rows.len(), 1, "{text}");
        let found = broken(&rows[0]);
        assert!(found.contains(&"GW-182".to_owned()), "{found:?}: {text}");
    }
}
