//! `confirm: true`: suspects of a wrong charge are sent again alone, and the report says what came.

use serde_json::{Value, json};

use crate::audit_doubts::said;
use crate::program::{Place, ReplicaProcess, ended};

fn scenario(request: &str, billing: &str) -> String {
    format!(
        "name: confirm\nseed: 5\nrequests: {{ it: {request} }}\n\
         phases: [{{ name: all, executor: shared-iterations, vus: 2, iterations: 6 }}]\n\
         replica: {{ first_token: 3ms, token_gap: 1ms, image_time: 5ms, task_queue: 20ms,\n  \
           task_run: 30ms }}\n\
         billing: {{ confirm: true, settle_timeout: 1s, {billing} }}\n"
    )
}

fn message(report: &Value, id: &str) -> String {
    let checks = report["billing"]["checks"].as_array().expect("an array");
    let check = checks.iter().find(|check| check["id"] == id);
    let check = check.expect("every check is told");
    assert_eq!(check["state"], "failed", "{id}: {}", check["message"]);
    check["message"].as_str().expect("text").to_owned()
}

const REFUSED: &str = "{ call: openai.chat, model: gpt-5-4, mistake: unknown-model }";
const PICTURE: &str = "{ call: openai.images, model: seedream-v4 }";
const DOOMED: &str = "{ call: tasks.video, model: sora-2, duration_seconds: 4, poll_every: 20ms, \
                      prompt: { text: \"[[fail]]\" } }";

#[test]
fn suspects_that_do_it_again_are_confirmed_with_probes_and_without() {
    let cases = [
        (REFUSED, "bill-failed-call", "BIL-005", "3 × unknown-model"),
        (
            REFUSED,
            "bucket-counts-failures",
            "BIL-016",
            "3 × unknown-model",
        ),
        (PICTURE, "lose-charge", "BIL-005", "3 × success"),
        (PICTURE, "row-missing", "BIL-006", "3 × success"),
        (PICTURE, "bill-twice", "BIL-007", "3 × success"),
        (DOOMED, "bill-failed-task", "BIL-005", "1 × task failed"),
    ];
    for (request, fault, id, what) in cases {
        for probes in ["probes: { each: 3 }", "probes: { each: 3, free: 0 }"] {
            let place = Place::new();
            let ended = ended(place.run(&scenario(request, probes), &["--fault", fault]));
            let said = format!("{fault}: {}{}", ended.stdout, ended.stderr);
            assert_eq!(ended.code, Some(1), "{said}");
            let message = message(&place.results().report(), id);
            let wanted = format!("{what}, sent again alone, did it again");
            assert!(message.contains(&wanted), "{message}\n{said}");
        }
    }
}

#[test]
fn suspects_that_do_not_do_it_again_are_said_not_to_have() {
    let replica = ReplicaProcess::new(&["--image-time", "5ms"]);
    let body = json!({"fault": "bill-failed-call", "count": 2}).to_string();
    let told = said(
        &replica.base,
        &format!(
            "POST /__replica/faults HTTP/1.1\r\nhost: replica\r\nconnection: close\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        ),
    );
    assert!(told.starts_with("HTTP/1.1 200"), "{told}");
    let place = Place::new();
    let text = scenario(REFUSED, "probes: 0");
    let mut command = place.run(&text, &["--target", &replica.base]);
    command.env("BYTESPIKE_API_KEY", &replica.key);
    let ended = ended(command);
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    let message = message(&place.results().report(), "BIL-005");
    let wanted = "1 × unknown-model, sent again alone, did not do it again";
    assert!(message.contains(wanted), "{message}");
}
