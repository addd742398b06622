use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::protocol::{Event, Facts, Head, Payload, Protocol, tasks};
use crate::scenario::request::Prompt;
use crate::wire::frame::{Frame, Lines};

fn call() -> TaskCall {
    TaskCall {
        route: TaskRoute::Video,
        model: "sora-2".to_owned(),
        prompt: Prompt::Text("a kite".to_owned()),
        duration_seconds: Some(4),
        resolution: None,
        aspect_ratio: Some("16:9".to_owned()),
        size: None,
        follow: Follow::Poll,
        poll_every: Duration::from_secs(2),
        cancel: None,
        duplicate: None,
        download: false,
    }
}

fn task(status: &str) -> Value {
    let mut task = json!({"task_id": "task_1", "status": status});
    if status == "completed" {
        task["credits_used"] = json!(0.4);
        task["output"] = json!([{"type": "video", "url": "http://127.0.0.1:1/a.mp4"}]);
    }
    task
}

fn facts_of(step: Step, body: &Value) -> Facts {
    let mut state = tasks::State::default();
    if step != Step::Watch {
        tasks::Tasks::apply_body(&mut state, &body.clone().into());
        return tasks::Tasks::facts(&state);
    }
    let frame = Frame {
        index: 0,
        offset: 0,
        raw: b"",
        name: None,
        data: b"".as_slice().into(),
        lines: Lines::default(),
    };
    let payload = Payload::Json(body.clone().into());
    let event = Event::new(&frame, payload);
    tasks::Tasks::apply(&mut state, &event);
    tasks::Tasks::facts(&state)
}

/// What is sent when the answers after the submit's are these, as `step: after path` lines.
fn talk(call: TaskCall, answers: &[(u16, Value)]) -> (Vec<String>, TaskConversation) {
    let mut conversation = TaskConversation::new(call, 7, None);
    let mut sent = conversation.first();
    let mut told = Vec::new();
    for (status, body) in answers {
        let line = format!("{} {:?} {}", sent.step.name(), sent.after, sent.draft.path);
        told.push(line);
        let head = Head {
            status: *status,
            headers: Vec::new(),
        };
        let facts = if head.is_success() {
            facts_of(sent.step, body)
        } else {
            Facts::default()
        };
        match conversation.next(&Answered {
            step: sent.step,
            head: &head,
            facts: &facts,
            body: Some(&body.clone().into()),
            said: None,
        }) {
            Some(next) => sent = next,
            None => return (told, conversation),
        }
    }
    told.push(format!("{} {:?} …", sent.step.name(), sent.after));
    (told, conversation)
}

fn lines(call: TaskCall, statuses: &[&str]) -> (Vec<String>, TaskOutcome) {
    let answers: Vec<_> = statuses.iter().map(|status| (200, task(status))).collect();
    let (lines, conversation) = talk(call, &answers);
    (lines, conversation.task().unwrap())
}

#[test]
fn a_task_is_polled_no_faster_than_asked_until_it_is_over() {
    let (lines, outcome) = lines(call(), &["queued", "running", "completed"]);
    assert_eq!(
        lines,
        [
            "submit 0ns /v1/tasks/submit",
            "query 2s /v1/tasks/query",
            "query 2s /v1/tasks/query",
        ]
    );
    assert_eq!(outcome.credits_used.as_deref(), Some("0.4"));
    assert!(!outcome.cancelled_running);
}

#[test]
fn a_finished_asset_is_downloaded_where_that_is_wanted() {
    let wanted = TaskCall {
        download: true,
        ..call()
    };
    let (lines, _) = lines(wanted.clone(), &["completed", "completed"]);
    assert_eq!(lines[1..], ["download 0ns http://127.0.0.1:1/a.mp4"]);
    let answers = [(200, task("failed")), (200, task("failed"))];
    assert_eq!(talk(wanted, &answers).0.len(), 1);
}

#[test]
fn a_pending_task_is_cancelled_right_after_submit_and_looked_at_once_more() {
    let wanted = TaskCall {
        cancel: Some(CancelWhen::Pending),
        ..call()
    };
    let (lines, outcome) = lines(wanted, &["pending", "cancelled", "cancelled"]);
    assert_eq!(
        lines,
        [
            "submit 0ns /v1/tasks/submit",
            "cancel 0ns /v1/tasks/cancel/task_1",
            "query 0ns /v1/tasks/query",
        ]
    );
    assert_eq!(outcome.status, "cancelled");
    assert!(!outcome.cancelled_running);
}

#[test]
fn a_running_task_is_cancelled_at_the_first_answer_that_says_so() {
    let wanted = TaskCall {
        cancel: Some(CancelWhen::Running),
        follow: Follow::Stream,
        ..call()
    };
    let (told, outcome) = lines(
        wanted.clone(),
        &["pending", "pending", "running", "cancelled", "cancelled"],
    );
    let steps: Vec<_> = told
        .iter()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(steps, ["submit", "query", "query", "cancel", "query"]);
    assert!(outcome.cancelled_running);

    let (told, outcome) = lines(wanted, &["pending", "completed", "completed", "completed"]);
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(!outcome.cancelled_running);
}

#[test]
fn a_stream_that_ends_early_is_followed_by_polls() {
    let wanted = TaskCall {
        follow: Follow::Stream,
        ..call()
    };
    let (told, _) = lines(wanted.clone(), &["pending", "completed"]);
    assert_eq!(told[1..], ["watch 0ns /v1/tasks/stream/task_1"]);
    let (told, _) = lines(wanted, &["pending", "running", "completed"]);
    assert_eq!(told[2..], ["query 2s /v1/tasks/query"]);
}

#[test]
fn the_same_id_is_submitted_again_with_the_same_or_other_params() {
    for (duplicate, differs, expected) in [
        (Duplicate::Same, false, vec![200]),
        (Duplicate::Different, true, vec![409, 400]),
    ] {
        let wanted = TaskCall {
            duplicate: Some(duplicate),
            follow: Follow::None,
            ..call()
        };
        let mut conversation = TaskConversation::new(wanted, 7, None);
        let submit = conversation.first();
        assert!(!submit.decides && submit.bills);
        let again = conversation
            .next(&Answered {
                step: Step::Submit,
                head: &Head {
                    status: 202,
                    headers: Vec::new(),
                },
                facts: &facts_of(Step::Submit, &task("pending")),
                body: None,
                said: None,
            })
            .unwrap();
        assert!(again.decides && !again.bills);
        assert_eq!(again.expected, expected);
        assert_eq!(again.draft.body != submit.draft.body, differs);
        let earlier = again.draft.asked.earlier.clone().unwrap();
        assert_eq!(
            (earlier.task_id.as_str(), earlier.resubmitted),
            ("task_1", !differs)
        );
    }
}

#[test]
fn a_refused_submit_ends_the_call_and_a_refused_poll_only_when_it_lasts() {
    let refused = [(402, json!({"error": {}}))];
    let (told, conversation) = talk(call(), &refused);
    assert_eq!(told.len(), 1);
    assert_eq!(conversation.task(), None);

    let answers = [(200, task("pending")), (503, json!({})), (404, json!({}))];
    let (told, conversation) = talk(call(), &answers);
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(conversation.task().unwrap().status, "pending");
}

#[test]
fn the_other_video_protocol_has_its_own_paths_and_flat_params() {
    let wanted = TaskCall {
        route: TaskRoute::Videos,
        size: Some("1280x720".to_owned()),
        aspect_ratio: None,
        ..call()
    };
    let first = TaskConversation::new(wanted.clone(), 7, None).first();
    assert_eq!(
        String::from_utf8_lossy(&first.draft.body),
        r#"{"model":"sora-2","prompt":"a kite","duration_seconds":4,"size":"1280x720"}"#
    );
    let answers = [
        (200, json!({"task_id": "v/1", "status": "queued"})),
        (
            200,
            json!({"status": "completed", "result_url": "http://a/1"}),
        ),
    ];
    let (told, conversation) = talk(wanted, &answers);
    assert_eq!(told[1], "query 2s /v1/videos/tasks/v%2F1");
    assert_eq!(conversation.task().unwrap().task_id, "v/1");
}
