//! Edits over the wire: what is written out is changed, whatever the answer, and nothing else.

use serde_json::{Value, json};
use spikeproof_mock::Fault;

use crate::client::*;
use crate::media_faults::states;

fn edited(text: &str) -> Client {
    Client::with_fault(Fault::edit(text).expect(text))
}

#[test]
fn an_edit_changes_one_member_of_a_stream_and_leaves_the_rest_and_the_money_alone() {
    let (sound, struck) = (
        Client::healthy(),
        edited("edit message_start /message/role = \"user\""),
    );
    let (sound_text, struck_text) = [&sound, &struck]
        .map(|client| client.post(MESSAGES, &message(true)).text())
        .into();
    let role = "\"role\":\"assistant\"";
    assert!(sound_text.contains(role));
    assert_eq!(
        struck_text,
        sound_text.replacen(role, "\"role\":\"user\"", 1)
    );
    assert_eq!(sound.engine.ledger().spent, struck.engine.ledger().spent);
}

#[test]
fn an_edit_strikes_failures_too_also_those_of_unknown_keys_and_routes() {
    let client = edited("edit * /error/message = 7");
    let refused = client.post(CHAT, &json!({"model": "none", "messages": []}));
    assert_eq!(refused.json()["error"]["message"], 7, "{}", refused.status);
    let nowhere = client.post("/v1/nowhere", &json!({}));
    assert_eq!(
        (nowhere.status, &nowhere.json()["error"]["message"]),
        (404, &json!(7))
    );
    let mut stranger = client.request("POST", CHAT, chat(false).to_string());
    stranger.headers = vec![("authorization".to_owned(), "Bearer sk-byts-no".to_owned())];
    let stranger = client.send(&stranger);
    assert_eq!(
        (stranger.status, &stranger.json()["error"]["message"]),
        (401, &json!(7))
    );
}

#[test]
fn an_edit_of_the_head_holds_when_its_envelope_is_renewed() {
    let client = edited("edit head x-quota-remaining-credits = \"-1\"");
    let answer = client.post(CHAT, &chat(false));
    assert_eq!(answer.header("x-quota-remaining-credits"), Some("-1"));
    let client = edited("edit head x-ratelimit-limit removed");
    assert_eq!(
        client.post(CHAT, &chat(true)).header("x-ratelimit-limit"),
        None
    );
}

#[test]
fn a_request_asks_for_edits_with_commas_and_is_told_what_is_wrong_with_one() {
    let client = Client::healthy();
    let asked = |edit: &str| {
        let mut incoming = client.request("POST", CHAT, chat(false).to_string());
        let header = ("x-replica-fault".to_owned(), edit.to_owned());
        incoming.headers.push(header);
        client.send(&incoming)
    };
    let answer = asked("edit * /choices = [1, 2]").json();
    assert_eq!(answer["choices"], json!([1, 2]));
    let wrong = asked("edit * /choices = [1, ");
    let told: Value = wrong.json();
    assert_eq!(wrong.status, 400);
    let told = told["error"]["message"]
        .as_str()
        .expect("a message")
        .to_owned();
    assert!(told.contains("after `=` comes JSON"), "{told}");
}

#[test]
fn the_stream_of_a_task_is_edited_as_it_comes_about_and_once() {
    let client = edited("edit *#2 /status = \"odd\"");
    let told = states(&client);
    assert!(told.contains("\"completed\""), "{told}");
    assert_eq!(told.matches("\"status\":\"odd\"").count(), 1, "{told}");
}
