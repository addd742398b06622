//! The formats for programs, as their readers read them.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::{check, rows};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check/broken")
}

#[test]
fn the_json_has_a_row_a_file_with_its_findings() {
    let (code, rows) = rows(&folder(), &["tool.json", "cut-off.sse"], b"");
    assert_eq!(code, Some(1));
    let [tool, cut] = &rows[..] else {
        panic!("{rows:?}");
    };
    assert_eq!(tool["path"], "tool.json");
    assert_eq!(tool["protocol"], "openai-chat");
    assert_eq!(tool["verdict"], "fail");
    let finding = &tool["findings"][0];
    let is = |key: &str, value: Value| assert_eq!(finding[key], value, "{key}");
    is("rule", "OAC-091".into());
    is("severity", "MUST".into());
    is("event", Value::Null);
    let byte = finding["byte"].as_u64().expect("a place");
    let body = std::fs::read_to_string(folder().join("tool.json")).expect("it is there");
    let at = usize::try_from(byte).expect("it is small");
    assert!(body[at..].starts_with("[\"weather\"]"), "{byte}");
    assert!(
        finding["message"]
            .as_str()
            .is_some_and(|text| text.contains("`[\"weather\"]`"))
    );
    let cut: Vec<_> = cut["findings"]
        .as_array()
        .expect("an array")
        .iter()
        .collect();
    let places: Vec<_> = cut
        .iter()
        .map(|row| (row["event"].as_u64(), row["follows"].as_bool()))
        .collect();
    assert_eq!(places, [(Some(2), Some(false)), (None, Some(true))]);
}

#[test]
fn an_answer_without_a_finding_passes_and_a_should_fails_only_when_strict() {
    let healthy =
        b"data: {\"id\":\"chatcmpl-c\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,\
        \"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\
        \"content\":\"\"},\"finish_reason\":null}]}\n\ndata: {\"id\":\"chatcmpl-c\",\
        \"object\":\"chat.completion.chunk\",\"created\":1790000000,\"model\":\"m\",\
        \"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":null}]}\n\n\
        data: {\"id\":\"chatcmpl-c\",\
        \"object\":\"chat.completion.chunk\",\"created\":1790000000,\"model\":\"m\",\
        \"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    let lax = String::from_utf8_lossy(healthy).replace('\n', "\r\n");
    let here = folder();
    for (body, arguments, code, verdict, findings) in [
        (&healthy[..], &["-"][..], 0, "pass", 0),
        (lax.as_bytes(), &["-"], 0, "pass", 1),
        (lax.as_bytes(), &["-", "--strict"], 1, "fail", 1),
        (
            lax.as_bytes(),
            &["-", "--strict", "--rule", "ANT"],
            0,
            "pass",
            0,
        ),
        (
            lax.as_bytes(),
            &["-", "--strict", "--rule", "oac-006"],
            1,
            "fail",
            1,
        ),
    ] {
        let (ended, rows) = rows(&here, arguments, body);
        assert_eq!(ended, Some(code), "{arguments:?} {rows:?}");
        assert_eq!(rows[0]["verdict"], verdict);
        let rules = crate::program::broken(&rows[0]);
        assert_eq!(rules.len(), findings, "{arguments:?} {rules:?}");
    }
}

#[test]
fn the_junit_has_a_suite_a_file_and_a_case_a_rule_that_spoke() {
    let files = ["cut-off.sse", "control.sse", "gateway-error.json"];
    let mut arguments = vec!["--format", "junit"];
    arguments.extend(files);
    let ended = check(&folder(), &arguments, b"");
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.contains("gateway-error.json"),
        "{}",
        ended.stderr
    );
    let document = roxmltree::Document::parse(&ended.stdout).expect("well-formed XML");
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "testsuites");
    let suites: Vec<_> = root
        .children()
        .filter(roxmltree::Node::is_element)
        .collect();
    let names: Vec<_> = suites
        .iter()
        .filter_map(|suite| suite.attribute("name"))
        .collect();
    assert_eq!(names, files);
    let (mut tests, mut failures, mut errors) = (0, 0, 0);
    for suite in &suites {
        let count = |name: &str| suite.attribute(name).and_then(|n| n.parse::<usize>().ok());
        let cases: Vec<_> = suite
            .children()
            .filter(|node| node.has_tag_name("testcase"))
            .collect();
        let with = |tag: &str| {
            let has =
                |case: &&roxmltree::Node<'_, '_>| case.children().any(|c| c.has_tag_name(tag));
            cases.iter().filter(has).count()
        };
        assert_eq!(count("tests"), Some(cases.len()));
        assert_eq!(count("failures"), Some(with("failure")));
        assert_eq!(count("errors"), Some(with("error")));
        tests += cases.len();
        failures += with("failure");
        errors += with("error");
    }
    let total = |name: &str| root.attribute(name).and_then(|n| n.parse::<usize>().ok());
    assert_eq!(
        (total("tests"), total("failures")),
        (Some(tests), Some(failures))
    );
    assert_eq!((failures, errors, total("errors")), (3, 1, Some(1)));
    let mut told = document
        .descendants()
        .filter(|node| node.has_tag_name("failure"));
    let first = told.next().expect("a failure");
    assert_eq!(first.attribute("type"), Some("MUST"));
    assert!(
        first
            .attribute("message")
            .is_some_and(|text| text.contains("index"))
    );
}

#[test]
fn text_for_a_pipe_has_no_colours() {
    let ended = check(&folder(), &["cut-off.sse", "-q"], b"");
    assert!(!ended.stdout.contains('\u{1b}'), "{}", ended.stdout);
}
