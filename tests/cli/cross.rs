//! `cross` as its users meet it: the replica says the same over every protocol, and what one of
//! them says wrongly is found, named and told apart from what a model may say otherwise.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::program::{Ended, ReplicaProcess, ended, spikeproof};

fn cross(arguments: &[&str]) -> Ended {
    let mut command = spikeproof(&["cross", "--quiet"]);
    command.args(arguments);
    ended(command)
}

fn document(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|why| panic!("{why}: {}", ended.stderr))
}

/// Which aspects have that outcome, over all questions.
fn aspects(document: &Value, outcome: &str) -> BTreeSet<String> {
    let models = document["models"].as_array().expect("a list");
    let questions = models
        .iter()
        .flat_map(|model| model["questions"].as_array().expect("a list"));
    let rows = questions.flat_map(|question| question["comparisons"].as_array().expect("a list"));
    rows.filter(|row| row["outcome"] == outcome)
        .map(|row| row["aspect"].as_str().expect("a name").to_owned())
        .collect()
}

/// The protocols that are named as the odd ones.
fn odd(document: &Value) -> BTreeSet<String> {
    let models = document["models"].as_array().expect("a list");
    let questions = models
        .iter()
        .flat_map(|model| model["questions"].as_array().expect("a list"));
    let rows = questions.flat_map(|question| question["comparisons"].as_array().expect("a list"));
    let differences = rows.flat_map(|row| row["differences"].as_array().expect("a list"));
    let places = differences.flat_map(|one| one["other"]["places"].as_array().expect("a list"));
    places
        .map(|place| place["protocol"].as_str().expect("a name").to_owned())
        .collect()
}

#[test]
fn the_replica_says_the_same_over_every_protocol_whole_and_streamed() {
    for seed in ["7", "8", "9"] {
        let mut arguments = vec!["--format", "json", "--seed", seed];
        for model in ["claude-sonnet-4-6", "gpt-5-4", "gemini-3-flash"] {
            arguments.extend(["--model", model]);
        }
        let ended = cross(&arguments);
        let document = document(&ended);
        assert_eq!(ended.code, Some(0), "{document:#}");
        assert_eq!(document["verdict"], "pass");
        // Each question over four protocols in nine forms, two of which cannot put one of them.
        let questions = document["models"][0]["questions"].as_array();
        let answers = questions.expect("a list").iter().flat_map(|question| {
            let answers = question["answers"].as_array().expect("a list");
            answers.iter().filter(|answer| answer["unasked"].is_null())
        });
        assert_eq!(answers.count(), 6 * 9 - 2);
    }
}

/// One wrong thing over one protocol, and the aspect that gives it away.
const WRONG: &[(&str, &str, &str, &str)] = &[
    (
        "limit",
        "edit message_delta /delta/stop_reason = \"end_turn\"",
        "stop",
        "anthropic-messages",
    ),
    (
        "plain",
        "edit *#last /choices/0/finish_reason = \"length\"",
        "stop",
        "openai-chat",
    ),
    (
        "tools",
        "edit * /content/0/input/city removed",
        "arguments",
        "anthropic-messages",
    ),
    (
        "tools",
        "edit * /candidates/0/content/parts/0/functionCall/args/days = \"3\"",
        "arguments",
        "gemini",
    ),
    (
        "tools",
        "edit * /output/0/arguments = \"{\\\"city\\\":\"",
        "arguments",
        "openai-responses",
    ),
    (
        "tools",
        "edit * /content/0/name = \"get_weathers\"",
        "tools",
        "anthropic-messages",
    ),
    (
        "plain",
        "edit * /content/0/text extended \" indeed\"",
        "text",
        "anthropic-messages",
    ),
    (
        "plain",
        "edit response.output_text.delta#2 dropped",
        "text",
        "openai-responses",
    ),
    (
        "plain",
        "edit * /usage/cache_read_input_tokens plus 3",
        "usage",
        "anthropic-messages",
    ),
    (
        "plain",
        "edit *#last /usageMetadata/candidatesTokenCount plus 1",
        "usage",
        "gemini",
    ),
    (
        "plain",
        "edit * /usage/prompt_tokens_details/cached_tokens = 999",
        "usage",
        "openai-chat",
    ),
];

#[test]
fn what_one_protocol_says_wrongly_is_found_and_the_protocol_named() {
    for (question, fault, aspect, protocol) in WRONG {
        let question = ["--question", question, "--skip", "charge"];
        let mut arguments = vec!["--format", "json", "--fault", fault];
        arguments.extend(question);
        let ended = cross(&arguments);
        let document = document(&ended);
        assert_eq!(ended.code, Some(1), "{fault}: {document:#}");
        assert_eq!(document["verdict"], "fail", "{fault}");
        let differing = aspects(&document, "differs");
        assert!(differing.contains(*aspect), "{fault}: {differing:?}");
        let odd = odd(&document);
        assert!(
            odd.contains(*protocol) && odd.len() == 1,
            "{fault}: {odd:?}"
        );
    }
}

/// A replica in a process of its own, and a fault for one of its routes.
fn replica(route: &str, fault: &str) -> ReplicaProcess {
    let times = ["--first-token", "0ms", "--token-gap", "0ms"];
    let replica = ReplicaProcess::new(&times);
    if !fault.is_empty() {
        let switch = json!({"fault": fault, "route": route}).to_string();
        let host = replica.base.trim_start_matches("http://");
        let mut socket = TcpStream::connect(host).expect("it listens");
        write!(
            socket,
            "POST /__replica/faults HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
             content-length: {}\r\n\r\n{switch}",
            switch.len()
        )
        .expect("it reads");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("it answers");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    replica
}

/// Asks a replica as if it were anybody's gateway.
fn asked(replica: &ReplicaProcess, arguments: &[&str]) -> Ended {
    let mut command = spikeproof(&["cross", "--quiet", "--format", "json"]);
    command.args(["--target", &replica.base]).args(arguments);
    command.env("BYTESPIKE_API_KEY", &replica.key);
    ended(command)
}

#[test]
fn the_same_tokens_at_another_price_over_one_protocol_are_found() {
    for fault in ["overcharge-percent", "bill-twice", "lose-charge"] {
        let replica = replica("/v1/chat/completions", fault);
        let arguments = ["--steady", "--question", "plain", "--question", "limit"];
        let ended = asked(&replica, &arguments);
        let document = document(&ended);
        let differing = aspects(&document, "differs");
        if fault == "bill-twice" {
            // Two calls are counted where one was made: it may be somebody else's.
            assert_eq!(ended.code, Some(4), "{document:#}");
            assert!(aspects(&document, "not compared").contains("charge"));
            continue;
        }
        assert_eq!(ended.code, Some(1), "{fault}: {document:#}");
        assert_eq!(differing, BTreeSet::from(["charge".to_owned()]), "{fault}");
        assert_eq!(odd(&document), BTreeSet::from(["openai-chat".to_owned()]));
    }
}

#[test]
fn a_question_that_one_protocol_refuses_is_found() {
    let replica = replica("/v1beta", "upstream-422");
    let ended = asked(&replica, &["--question", "plain", "--skip", "charge"]);
    let document = document(&ended);
    assert_eq!(ended.code, Some(1), "{document:#}");
    assert!(aspects(&document, "differs").contains("served"));
    assert_eq!(odd(&document), BTreeSet::from(["gemini".to_owned()]));
}

#[test]
fn an_answer_that_may_vary_is_no_difference_until_the_target_is_said_to_be_steady() {
    let replica = replica(
        "/v1/messages",
        "edit * /content/0/text extended \" indeed\"",
    );
    let plain = ["--question", "plain", "--skip", "charge"];
    let with = |more: &[&str]| asked(&replica, &[&plain, more].concat());
    let varying = with(&[]);
    let found = document(&varying);
    assert_eq!(varying.code, Some(4), "{found:#}");
    assert_eq!(found["verdict"], "inconclusive");
    assert_eq!(
        aspects(&found, "varies"),
        BTreeSet::from(["text".to_owned()])
    );
    assert_eq!(with(&["--skip", "text"]).code, Some(0));
    assert_eq!(with(&["--steady"]).code, Some(1));
}

#[test]
fn what_a_question_forces_must_hold_on_any_target() {
    for (question, fault, aspect) in [
        ("limit", "edit * /stop_reason = \"end_turn\"", "stop"),
        ("tools", "edit * /content/0/input/days = \"3\"", "arguments"),
    ] {
        let replica = replica("/v1/messages", fault);
        let ended = asked(&replica, &["--question", question, "--skip", "charge"]);
        let document = document(&ended);
        assert_eq!(ended.code, Some(1), "{fault}: {document:#}");
        assert!(aspects(&document, "differs").contains(aspect), "{fault}");
    }
}

#[test]
fn a_failing_protocol_or_a_model_that_is_not_there_is_inconclusive() {
    let broken = replica("/v1/responses", "upstream-503");
    let ended = asked(&broken, &["--question", "plain", "--skip", "charge"]);
    assert_eq!(ended.code, Some(4), "{}", ended.stdout);
    let sound = replica("", "");
    let ended = asked(&sound, &["--model", "no-such-model", "--skip", "charge"]);
    let document = document(&ended);
    assert_eq!(ended.code, Some(4), "{document:#}");
    assert_eq!(document["models"][0]["protocols"][0]["routed"], false);
}

#[test]
fn a_target_without_our_books_is_compared_by_its_own() {
    let replica = replica("", "");
    let ended = asked(&replica, &["--question", "plain"]);
    let document = document(&ended);
    assert_eq!(ended.code, Some(0), "{document:#}");
    let answer = &document["models"][0]["questions"][0]["answers"][0];
    assert!(
        answer["charges"][0]["credits"].as_i64() > Some(0),
        "{answer:#}"
    );
}

#[test]
fn every_exit_code_is_what_the_help_says() {
    let sound = replica("", "");
    assert_eq!(asked(&sound, &["--max-requests", "5"]).code, Some(5));
    let mut refused = spikeproof(&["cross", "--target", &sound.base]);
    refused.env("BYTESPIKE_API_KEY", "sk-byts-wrong");
    assert_eq!(ended(refused).code, Some(3));
    let mut nobody = spikeproof(&["cross", "--target", "http://127.0.0.1:1"]);
    nobody.env("BYTESPIKE_API_KEY", "sk-byts-any");
    assert_eq!(ended(nobody).code, Some(3));
    for wrong in [
        &["--model", "claude-sonet-4-6"][..],
        &["--target", "https://gateway.example"],
        &["--question", "plian"],
        &["--protocol", "gopher"],
        &["--skip", "served"],
        &["--temperature", "3"],
        &["--fault", "no-such-fault"],
    ] {
        let ended = cross(wrong);
        assert_eq!(ended.code, Some(2), "{wrong:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
}

#[test]
fn people_and_ci_are_told_who_said_what_by_which_mapping() {
    let fault = "edit *#last /choices/0/finish_reason = \"length\"";
    let arguments = ["--question", "plain", "--fault", fault];
    let text = cross(&arguments).stdout;
    for line in [
        "claude-sonnet-4-6 on replica\n",
        "  plain: stop differs\n",
        "    anthropic-messages (whole) said: `end_turn`: end\n",
        "    openai-chat said: `length`: limit\n",
        "    = by: the same end has these words in each protocol\n",
        "OpenAI, Chat Completions: finish_reason\n",
        "FAIL (exit 1): 1 differs",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let junit = cross(&[&arguments[..], &["--format", "junit"]].concat()).stdout;
    let parsed = roxmltree::Document::parse(&junit).expect("it is XML");
    let failures = parsed
        .descendants()
        .filter(|node| node.has_tag_name("failure"));
    assert_eq!(failures.count(), 1, "{junit}");
    let suites = parsed.root_element();
    assert_eq!(suites.attribute("failures"), Some("1"));
}

#[test]
fn the_key_is_in_no_output() {
    let replica = replica("/v1/messages", "edit status 404");
    for format in ["text", "json", "junit"] {
        let ended = asked(&replica, &["--question", "plain", "--format", format]);
        let said = ended.stdout + &ended.stderr;
        assert!(!said.contains(&replica.key[..20]), "{said}");
    }
}
