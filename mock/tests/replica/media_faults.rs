//! Stream faults in streams of pictures and of tasks.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::json;
use spikeproof_mock::script::Step;
use spikeproof_mock::{Fault, StreamFault};

use crate::client::*;

/// A stream of two drafts and a picture.
fn pictures(client: &Client) -> String {
    let wish = json!({
        "model": "gpt-image-2", "prompt": "a kite", "stream": true, "partial_images": 2,
    });
    let answer = client.post(IMAGES, &wish);
    String::from_utf8_lossy(&answer.body).into_owned()
}

/// The stream of a clip from its submission to its end, and the clip's own id.
pub(crate) fn states(client: &Client) -> String {
    let task = client.post(SUBMIT, &clip()).json();
    let path = format!(
        "/v1/tasks/stream/{}",
        task["task_id"].as_str().expect("an id")
    );
    let answered = client.engine.answer(&client.request("GET", &path, ""));
    let mut steps = VecDeque::from(answered.script.steps);
    let mut said = Vec::new();
    while let Some(step) = steps.pop_front() {
        match step {
            Step::Wait(wait) | Step::Work(wait) => client.advance(wait),
            Step::Frame(frame) => said.extend_from_slice(&frame.bytes),
            Step::Continue => steps.extend(client.engine.proceed(&answered.call)),
            Step::Head | Step::Settle | Step::Slot => {}
            Step::Stall | Step::Reset | Step::Close => break,
        }
    }
    client.engine.finish(&answered.call);
    client.advance(Duration::from_secs(1));
    String::from_utf8_lossy(&said).into_owned()
}

fn struck(fault: Fault) -> Client {
    Client::with_fault(fault)
}

fn named(name: &str) -> Client {
    struck(Fault::parse(name).expect("a fault of that name"))
}

#[test]
fn a_fault_of_a_stream_changes_its_bytes_and_none_of_its_money() {
    let healthy = (pictures(&Client::healthy()), states(&Client::healthy()));
    let nothing_in_pictures = ["wrong-id", "missing-stop", "wrong-role", "split-bytes"];
    let nothing_in_tasks = [
        "wrong-index",
        "wrong-usage",
        "missing-usage",
        "missing-stop",
        "wrong-role",
        "split-bytes",
    ];
    for fault in StreamFault::ALL {
        let name = fault.name();
        let client = struck(Fault::Stream(fault));
        let is_same = pictures(&client) == healthy.0;
        assert_eq!(is_same, nothing_in_pictures.contains(&name), "{name}");
        assert_eq!(client.engine.ledger().spent, 80_000, "{name}");
        let is_same = states(&client) == healthy.1;
        assert_eq!(is_same, nothing_in_tasks.contains(&name), "{name}");
        let ledger = client.engine.ledger();
        assert_eq!(
            (ledger.spent, ledger.held, ledger.in_flight),
            (580_000, 0, 0),
            "{name}"
        );
    }
}

#[test]
fn a_stream_of_states_that_fails_says_so_and_the_task_goes_on() {
    let client = named("error-mid-stream");
    let said = states(&client);
    assert_eq!(said.matches("event: task.updated\n").count(), 1, "{said}");
    assert!(
        said.ends_with("\n\n") && said.contains("event: error\n"),
        "{said}"
    );
    assert_eq!(client.engine.ledger().spent, 500_000);
    let said = pictures(&client);
    assert!(said.contains("event: error\n") && !said.contains("completed"));
    assert_eq!(client.engine.ledger().spent, 500_000);
}

#[test]
fn the_order_of_states_is_changed_as_the_fault_says() {
    let order = |name: &str| -> Vec<String> {
        let said = states(&named(name));
        let words = said.split("\"status\":\"").skip(1);
        words
            .map(|word| word.split('"').next().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(order("swap-events"), ["pending", "completed", "running"]);
    assert_eq!(
        order("event-after-end"),
        ["pending", "running", "completed", "running"]
    );
    assert_eq!(
        order("double-event"),
        ["pending", "running", "completed", "completed"]
    );
    assert_eq!(order("missing-terminator"), ["pending", "running"]);
    assert_eq!(order("early-end"), ["pending"]);
    assert_eq!(order("drop-first-event"), ["running", "completed"]);
}
