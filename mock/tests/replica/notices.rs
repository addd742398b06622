//! Callbacks and webhooks: who is told, in which words, how often, and who never is.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use spikeproof_mock::{AccountSetting, Config, Notice, Posted, Replica};

use crate::client::*;

const HOOKS: &str = "/api/v1/me/webhooks";
const HERE: &str = "http://127.0.0.1:9/hook?x=1";

fn header<'a>(notice: &'a Notice, name: &str) -> &'a str {
    let mut found = notice.headers.iter().filter(|(known, _)| known == name);
    let (_, value) = found.next().unwrap_or_else(|| panic!("no {name}"));
    value
}

fn said(notice: &Notice) -> Value {
    serde_json::from_slice(&notice.body).expect("a JSON body")
}

/// As a receiver would check it.
fn is_signed(secret: &str, body: &[u8], signature: &str) -> bool {
    let hex = signature.strip_prefix("sha256=").expect("the scheme");
    let digits: Vec<u8> = (0..hex.len() / 2)
        .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hex"))
        .collect();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    mac.update(body);
    mac.verify_slice(&digits).is_ok()
}

fn calling(prompt: &str, url: &str) -> Value {
    json!({
        "model": "sora-2", "callback_url": url,
        "params": {"prompt": prompt, "duration_seconds": 5},
    })
}

#[test]
fn a_callback_tells_of_each_end_once_with_the_task_as_a_query_shows_it() {
    for (prompt, cancels, status) in [
        ("a kite", false, "completed"),
        ("a kite [[fail]]", false, "failed"),
        ("a kite", true, "cancelled"),
    ] {
        let client = Client::healthy();
        let answer = client.post(SUBMIT, &calling(prompt, HERE));
        assert_eq!(answer.header("x-replica-note"), None);
        let id = answer.json()["task_id"].as_str().unwrap().to_owned();
        assert_eq!(client.engine.due_notices(9), [], "before its end");
        let wait = client.engine.next_notice().expect("its end is in sight");
        assert!(wait <= Duration::from_secs(1), "{wait:?}");
        if cancels {
            client.send(&client.request("POST", &format!("/v1/tasks/cancel/{id}"), ""));
        }
        client.advance(Duration::from_secs(1));
        let notices = client.engine.due_notices(9);
        let [notice] = notices.as_slice() else {
            panic!("{notices:?}")
        };
        let query = client
            .post("/v1/tasks/query", &json!({"task_id": id}))
            .json();
        assert_eq!(said(notice), query);
        assert_eq!(query["status"], status);
        assert_eq!(header(notice, "x-webhook-event"), format!("task.{status}"));
        assert_eq!(
            (notice.address.port(), notice.path.as_str()),
            (9, "/hook?x=1")
        );
        let secret = client.engine.callback_secret();
        let signature = header(notice, "x-webhook-signature");
        assert!(is_signed(&secret, &notice.body, signature), "{signature}");
        assert!(!is_signed(client.engine.key(), &notice.body, signature));
        client.engine.posted(notice.id, &Posted::Answered(200));
        client.advance(Duration::from_secs(3600));
        assert_eq!(client.engine.due_notices(9), []);
        assert_eq!(client.engine.next_notice(), None);
        assert_eq!(client.engine.notices()[0].state, "delivered");
    }
}

#[test]
fn a_resubmission_makes_no_second_callback() {
    let client = Client::healthy();
    let mut body = calling("a kite", HERE);
    body["out_task_id"] = "mine".into();
    let ids = [(); 2].map(|()| client.post(SUBMIT, &body).json()["task_id"].clone());
    assert_eq!(ids[0], ids[1]);
    client.advance(Duration::from_secs(1));
    assert_eq!(client.engine.due_notices(9).len(), 1);
}

#[test]
fn an_unheard_notice_comes_again_with_the_same_body_until_it_is_given_up() {
    let client = Client::healthy();
    client.post(SUBMIT, &calling("a kite", HERE));
    client.advance(Duration::from_secs(1));
    let first = client.engine.due_notices(9).remove(0);
    client.engine.posted(first.id, &Posted::Answered(302));
    for (pause, attempt) in [(1, "2"), (4, "3"), (16, "4")] {
        assert_eq!(client.engine.due_notices(9), []);
        client.advance(Duration::from_secs(pause));
        let again = client.engine.due_notices(9).remove(0);
        assert_eq!(again.body, first.body);
        assert_eq!(
            header(&again, "x-webhook-id"),
            header(&first, "x-webhook-id")
        );
        assert_eq!(header(&again, "x-webhook-attempt"), attempt);
        client
            .engine
            .posted(again.id, &Posted::Failed("nobody".to_owned()));
    }
    client.advance(Duration::from_secs(1_000));
    assert_eq!(client.engine.due_notices(9), []);
    let record = client.engine.notices().remove(0);
    assert_eq!((record.state, record.attempts), ("failed", 4));
    assert_eq!(record.error.as_deref(), Some("nobody"));
}

#[test]
fn only_loopback_is_called_and_the_caller_is_told() {
    let client = Client::healthy();
    let answer = client.post(SUBMIT, &calling("a kite", "https://example.com/hook"));
    assert_eq!(answer.status, 200);
    let note = answer.header("x-replica-note").expect("a note");
    assert!(note.contains("loopback"), "{note}");
    client.advance(Duration::from_secs(1));
    assert_eq!(client.engine.due_notices(9), []);
    assert_eq!(client.engine.notices()[0].state, "refused");
    for url in [
        json!("ftp://127.0.0.1/"),
        json!(""),
        json!(7),
        json!("x".repeat(3000)),
    ] {
        let mut body = calling("a kite", "");
        body["callback_url"] = url.clone();
        let answer = client.post(SUBMIT, &body);
        assert_eq!(answer.status, 400, "{url}");
        assert_eq!(answer.json()["error"]["param"], "callback_url");
    }
}

/// An account whose balance becomes low with the first clip.
fn poor() -> Client {
    let account = AccountSetting {
        wallet: 5_400_000,
        ..AccountSetting::default()
    };
    Client::new(Config {
        account,
        ..Config::default()
    })
}

fn hook(client: &Client, url: &str, events: &[&str]) -> Value {
    let answer = client.post(HOOKS, &json!({"url": url, "event_types": events}));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn buy(client: &Client, seed: u64) {
    let mut body = clip();
    body["params"]["seed"] = seed.into();
    assert_eq!(client.post(SUBMIT, &body).status, 200);
    client.advance(Duration::from_secs(1));
}

#[test]
fn a_balance_that_becomes_low_is_told_once_to_those_who_asked_signed_with_their_secret() {
    let client = poor();
    let told = hook(&client, HERE, &["system.balance.notify.dispatched"]);
    hook(&client, HERE, &["system.payment.received"]);
    buy(&client, 1);
    buy(&client, 2);
    let notices = client.engine.due_notices(9);
    let [notice] = notices.as_slice() else {
        panic!("{notices:?}")
    };
    let body = said(notice);
    assert_eq!(body["type"], "system.balance.notify.dispatched");
    assert_eq!(body["data"]["low_balance_threshold_usd"], 5.0);
    let secret = told["secret"].as_str().unwrap();
    assert_eq!(secret.len(), 32);
    let signature = header(notice, "x-webhook-signature");
    assert!(is_signed(secret, &notice.body, signature));
    client.engine.posted(notice.id, &Posted::Answered(200));
    let list = client
        .get(&format!("{HOOKS}/{}/deliveries", told["id"]))
        .json();
    assert_eq!(list["total"], 1);
    let item = &list["items"][0];
    assert_eq!(item["status"], "delivered");
    assert_eq!(
        (&item["attempts"], &item["response_status"]),
        (&json!(1), &json!(200))
    );
    let other = client.get(&format!("{HOOKS}/2/deliveries")).json();
    assert_eq!(other["total"], 0);
}

#[test]
fn a_webhook_that_fails_five_times_is_disabled_until_it_is_switched_on_again() {
    // Each clip crosses the threshold anew: its hold comes and goes.
    let client = poor();
    let id = hook(&client, HERE, &["*"])["id"].clone();
    let mut body = clip();
    for round in 0..5 {
        body["params"]["seed"] = round.into();
        let task = client.post(SUBMIT, &body).json()["task_id"].clone();
        let cancel = json!({"task_id": task});
        assert_eq!(client.post("/v1/tasks/cancel", &cancel).status, 200);
        for _ in 0..4 {
            let notices = client.engine.due_notices(9);
            assert_eq!(notices.len(), 1, "round {round}");
            client.engine.posted(notices[0].id, &Posted::Answered(500));
            client.advance(Duration::from_secs(16));
        }
    }
    let list = client.get(HOOKS).json();
    let told = &list["items"][0];
    assert_eq!(
        (&told["status"], &told["fail_count"]),
        (&json!("disabled"), &json!(5))
    );
    assert!(told.get("secret").is_none());
    buy(&client, 9);
    assert_eq!(client.engine.due_notices(9), [], "nobody listens");
    let path = format!("{HOOKS}/{id}");
    let on = client.request("PUT", &path, r#"{"status":"active"}"#);
    let told = client.send(&on).json();
    assert_eq!(
        (&told["status"], &told["fail_count"]),
        (&json!("active"), &json!(0))
    );
    let pages = client
        .get(&format!("{path}/deliveries?page=2&page_size=2"))
        .json();
    assert_eq!((&pages["total"], &pages["page"]), (&json!(5), &json!(2)));
    assert_eq!(pages["items"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_webhook_elsewhere_is_kept_and_its_deliveries_are_refused() {
    let client = poor();
    let told = hook(&client, "https://example.com/hook", &["*"]);
    buy(&client, 1);
    assert_eq!(client.engine.due_notices(9), []);
    let list = client
        .get(&format!("{HOOKS}/{}/deliveries", told["id"]))
        .json();
    assert_eq!(list["items"][0]["status"], "refused");
    assert!(
        list["items"][0]["error"]
            .as_str()
            .unwrap()
            .contains("loopback")
    );
    for url in ["http://example.com/", "http://127.0.0.1.example/", "", "x"] {
        let body = json!({"url": url, "event_types": ["*"]});
        assert_eq!(client.post(HOOKS, &body).status, 400, "{url}");
    }
    for events in [json!([]), json!("x"), json!([1]), Value::Null] {
        let body = json!({"url": HERE, "event_types": events});
        assert_eq!(client.post(HOOKS, &body).status, 400, "{body}");
    }
}

/// One request as it came over a socket.
struct Came {
    head: String,
    body: Vec<u8>,
}

/// Answers so many requests, one a connection, with these statuses.
fn receiver(statuses: &'static [&'static str]) -> (String, mpsc::Receiver<Came>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback works");
    let url = format!(
        "http://{}/hook",
        listener.local_addr().expect("loopback works")
    );
    let (sender, came) = mpsc::channel();
    std::thread::spawn(move || {
        for status in statuses {
            let (mut stream, _) = listener.accept().expect("loopback works");
            let mut reader = BufReader::new(stream.try_clone().expect("loopback works"));
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                reader.read_line(&mut head).expect("loopback works");
            }
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().expect("loopback works"));
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("loopback works");
            sender.send(Came { head, body }).expect("loopback works");
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).expect("loopback works");
        }
    });
    (url, came)
}

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn the_listener_calls_as_soon_as_the_task_is_over_and_again_where_nobody_took_it() {
    let replica = Replica::builder().start().expect("a free port");
    let (url, came) = receiver(&["503 Busy", "204 Taken"]);
    let client = Client {
        engine: std::sync::Arc::clone(replica.engine()),
    };
    let task = client.post(SUBMIT, &calling("a kite", &url)).json();
    let first = came.recv_timeout(PATIENCE).expect("a callback");
    let body: Value = serde_json::from_slice(&first.body).expect("JSON");
    assert_eq!(
        (&body["task_id"], &body["status"]),
        (&task["task_id"], &json!("completed"))
    );
    assert!(
        first.head.starts_with("POST /hook HTTP/1.1\r\n"),
        "{}",
        first.head
    );
    let signature = first
        .head
        .lines()
        .find_map(|line| line.strip_prefix("x-webhook-signature: "));
    let secret = replica.engine().callback_secret();
    assert!(is_signed(
        &secret,
        &first.body,
        signature.expect("it is signed")
    ));
    // The pause before the second attempt is the engine's: its clock is moved on.
    while replica.engine().notices()[0].status != Some(503) {
        std::thread::yield_now();
    }
    replica.engine().advance(Duration::from_secs(1));
    let second = came.recv_timeout(PATIENCE).expect("a second attempt");
    assert_eq!(second.body, first.body);
    while replica.engine().notices()[0].state != "delivered" {
        std::thread::yield_now();
    }
    replica.stop();
}

#[test]
fn a_receiver_that_is_not_there_keeps_no_replica_from_stopping() {
    let replica = Replica::builder().start().expect("a free port");
    let client = Client {
        engine: std::sync::Arc::clone(replica.engine()),
    };
    // Nobody accepts here, and nobody answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    client.post(SUBMIT, &calling("a kite", &url));
    let (_stream, _) = silent.accept().expect("it is called");
    drop(replica);
}
