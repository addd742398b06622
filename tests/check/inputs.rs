//! Where answers come from: stdin, folders with lists, archives; and what is said when it is not
//! known what they are.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{broken, check, rows};

const STREAM: &str = "event: message_start\n\
    data: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_01\",\"type\":\"message\",\
    \"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,\
    \"stop_sequence\":null,\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\n";
const ERROR: &str = concat!(
    r#"{"error":{"message":"no","type":"invalid_request_error","#,
    r#""param":null,"code":null}}"#
);

fn place(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("the system has room");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it is within")).expect("it is ours");
        std::fs::write(path, text).expect("it is ours");
    }
    folder
}

fn entry(url: &str, request: &Value, headers: &Value, text: &str, encoding: Option<&str>) -> Value {
    let mut content = json!({"size": text.len(), "mimeType": "", "text": text});
    if let Some(encoding) = encoding {
        content["encoding"] = encoding.into();
    }
    json!({
        "startedDateTime": "2026-01-01T00:00:00.000Z", "time": 1, "cache": {}, "timings": {},
        "request": {"method": "POST", "url": url, "httpVersion": "h2", "headers": [],
            "postData": {"mimeType": "application/json", "text": request.to_string()}},
        "response": {"status": 200, "statusText": "", "headers": headers, "content": content},
    })
}

#[test]
fn an_archive_is_judged_entry_by_entry_and_the_address_decides() {
    use base64::Engine as _;
    let label = |value: &str| json!([{"name": "Content-Type", "value": value}]);
    let events = label("text/event-stream; charset=utf-8");
    let encoded = base64::engine::general_purpose::STANDARD.encode(STREAM);
    let asked = json!({"model": "m", "stream": true, "messages": []});
    let archive = json!({"log": {"version": "1.2", "creator": {"name": "x"}, "entries": [
        entry("https://h/v1/messages?beta=true", &asked, &events, STREAM, None),
        entry("https://h/static/app.js", &json!({}), &label("text/javascript"), "x", None),
        entry("https://h/v1/messages", &asked, &events, &encoded, Some("base64")),
        entry("https://h/v1/messages", &asked, &label("text/plain"), STREAM, None),
    ]}});
    let place = place(&[("trace.har", &archive.to_string())]);
    let (code, rows) = rows(place.path(), &["trace.har"], b"");
    assert_eq!(code, Some(1));
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row["entry"].as_u64(), broken(row)))
        .collect();
    let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        told,
        [
            (Some(1), ids(&["ANT-042"])),
            (Some(3), ids(&["ANT-042"])),
            (Some(4), ids(&["ANT-001", "ANT-042"])),
        ]
    );
    assert!(rows.iter().all(|row| row["guessed"].is_null()));
    let text = check(place.path(), &["trace.har"], b"").stdout;
    assert!(text.contains("trace.har#4  POST /v1/messages"), "{text}");
    assert!(text.contains("1 entries are of other addresses"), "{text}");
    // The gateway's own promises are asked for by name, and these heads keep none.
    let (_, as_gateway) =
        crate::program::rows(place.path(), &["trace.har", "--profile", "gateway"], b"");
    assert!(
        broken(&as_gateway[0]).contains(&"GW-018".to_owned()),
        "{as_gateway:?}"
    );
}

#[test]
fn a_list_in_the_folder_says_what_its_bodies_are() {
    let place = place(&[
        (
            "manifest.csv",
            "path,protocol,status,url_path,byte_exact,more\n\
            sub/a.json,other/openai-images,429,/v1/images/generations,true,x\n\
            sub/b.sse,anthropic-messages,200,,false,y\n",
        ),
        ("sub/a.json", ERROR),
        ("sub/b.sse", &STREAM.replace("event: message_start\n", "")),
    ]);
    let (code, rows) = rows(place.path(), &["sub"], b"");
    assert_eq!(code, Some(1));
    assert_eq!(
        (&rows[0]["protocol"], &rows[0]["status"]),
        (&json!("openai-images"), &json!(429))
    );
    assert_eq!(rows[0]["verdict"], "pass");
    assert_eq!(
        broken(&rows[1]),
        ["ANT-042"],
        "nothing about names: the framing was not kept"
    );
    let exact = check(
        place.path(),
        &["-", "--protocol", "anthropic-messages"],
        STREAM.replace("event: message_start\n", "").as_bytes(),
    );
    assert!(exact.stdout.contains("ANT-006"), "{}", exact.stdout);
}

#[test]
fn what_cannot_be_told_is_an_error_that_says_what_to_do() {
    let place = place(&[("a.json", "{\"settings\":1}"), ("empty/notes.md", "")]);
    for (arguments, stdin, said) in [
        (
            &["-"][..],
            ERROR,
            "could be of openai-chat or openai-responses",
        ),
        (&["-"], "{\"a\":1}", "speaks no protocol"),
        (&["-"], "", "is empty"),
        (&["-"], "<html>", "is no event stream"),
        (&["-"], "{\"log\":{\"entries\":[", "is no HAR"),
        (
            &["-"],
            "{\"recording\":\"spikeproof/recording/99\"}\n",
            "is no recording",
        ),
        (&["missing.sse"], "", "cannot be read"),
        (&["empty"], "", "no file of a known kind"),
        (&["a.json"], "", "speaks no protocol"),
        (&["-", "--rule", "OAC-0666"], "", "did you mean `OAC-0"),
        (
            &["-", "--protocol", "openai-cat"],
            "",
            "did you mean `openai-chat`",
        ),
        (
            &["-", "--path", "/v1/mesages"],
            "",
            "did you mean `/v1/messages`",
        ),
        (
            &["-", "--request", "nothing.json"],
            "",
            "cannot use the request",
        ),
    ] {
        let ended = check(place.path(), arguments, stdin.as_bytes());
        assert_eq!(ended.code, Some(2), "{arguments:?} {stdin}");
        let all = format!("{}{}", ended.stdout, ended.stderr);
        assert!(all.contains(said), "{arguments:?} {stdin}: {all}");
    }
    let ended = check(
        place.path(),
        &["-", "--protocol", "openai-responses"],
        ERROR.as_bytes(),
    );
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    assert!(
        ended.stdout.contains("status 400 is taken from the error"),
        "{}",
        ended.stdout
    );
}

#[test]
fn json_of_another_kind_in_a_folder_is_passed_over_and_said() {
    let place = place(&[("report.json", "{\"verdict\":\"pass\"}"), ("b.sse", STREAM)]);
    let ended = check(place.path(), &["."], b"");
    assert_eq!(ended.code, Some(1), "{}", ended.stdout);
    assert!(
        ended.stdout.contains("report.json is JSON of another kind"),
        "{}",
        ended.stdout
    );
}

/// What is no file may have no end, or none that ever comes.
#[cfg(unix)]
#[test]
fn what_is_no_file_is_passed_over_and_said() {
    let place = place(&[("b.sse", STREAM)]);
    let socket = place.path().join("a.sse");
    let _listener = std::os::unix::net::UnixListener::bind(socket).expect("it is ours");
    let ended = check(place.path(), &["."], b"");
    assert_eq!(ended.code, Some(1), "{}", ended.stdout);
    assert!(
        ended
            .stdout
            .contains("1 file of another kind was passed over"),
        "{}",
        ended.stdout
    );
}

#[test]
fn a_head_that_curl_saved_is_read() {
    let place = place(&[]);
    let saved = format!("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n{STREAM}");
    let (code, rows) = rows(place.path(), &["-"], saved.as_bytes());
    assert_eq!(
        (code, broken(&rows[0])),
        (Some(1), vec!["ANT-001".into(), "ANT-042".into()])
    );
}

#[test]
fn a_path_leads_to_the_rules_of_its_route() {
    let place = place(&[]);
    let body = br#"{"object":"list","data":[]}"#;
    let (code, rows) = rows(place.path(), &["-", "--path", "/v1/models"], body);
    assert_eq!(rows[0]["endpoint"], "/v1/models", "{rows:?}");
    assert!(matches!(code, Some(0 | 1)), "{code:?}");
    assert!(rows[0]["guessed"].is_null());
}
