//! Bugs of the ledger that strike one request in ten thousand, under 200 callers at once.

use serde_json::Value;

use crate::program::{Place, ended};
use crate::results::check;

const DEAR: &str = "{ call: openai.images, model: seedream-v4 }";
const REFUSED: &str = "{ call: openai.chat, model: claude-sonnet-4-6, mistake: unknown-model }";

/// Which requests are struck follows from the seed, so that each fault strikes in each run.
fn run(request: &str, seed: u32, faults: &[&str]) -> (Value, String) {
    let place = Place::new();
    let scenario = format!(
        "name: rare\nseed: {seed}\nrequests: {{ it: {request} }}\n\
         phases: [{{ name: all, executor: shared-iterations, vus: 200, iterations: 12000 }}]\n\
         replica: {{ image_time: 0ms }}\n\
         billing: {{ audit: full, probes: 1, lambda: 5s, settle_timeout: 10s }}\n"
    );
    let faults: Vec<_> = faults.iter().map(|name| format!("{name}=0.0001")).collect();
    let faults = faults.iter().flat_map(|fault| ["--fault", fault.as_str()]);
    let faults: Vec<_> = faults.collect();
    let ended = ended(place.run(&scenario, &faults));
    let said = format!("{}{}", ended.stdout, ended.stderr);
    (place.results().report(), said)
}

/// The failed check's first suspect: its class, and what it is charged too much.
fn suspect(report: &Value, id: &str) -> (String, i64) {
    let checks = report["billing"]["checks"].as_array().expect("an array");
    let check = checks.iter().find(|check| check["id"] == id);
    let suspect = &check.expect("every check is told")["suspects"][0];
    let class = suspect["class"].as_str().unwrap_or_default().to_owned();
    assert!(
        suspect["request_id"]
            .as_str()
            .is_some_and(|id| id.starts_with("req_")),
        "{suspect}"
    );
    (
        class,
        suspect["amount_credits"].as_i64().unwrap_or_default(),
    )
}

#[test]
fn one_success_in_ten_thousand_that_is_booked_wrongly_is_found_with_class_and_amount() {
    let faults = ["row-duplicated", "overcharge-micro", "lose-charge"];
    let (report, said) = run(DEAR, 6, &faults);
    for id in ["BIL-006", "BIL-008", "BIL-005"] {
        assert_eq!(check(&report, id), "failed", "{id}: {said}");
    }
    assert_eq!(
        suspect(&report, "BIL-006"),
        ("success".to_owned(), 25_000),
        "{said}"
    );
    assert_eq!(
        suspect(&report, "BIL-008"),
        ("success".to_owned(), 1),
        "{said}"
    );
    assert_eq!(suspect(&report, "BIL-005").0, "success", "{said}");
    let (report, said) = run(DEAR, 6, &[]);
    assert_eq!(report["billing"]["verdict"], "passed", "{said}");
}

#[test]
fn one_failure_in_ten_thousand_that_is_billed_is_found_with_class_and_amount() {
    let (report, said) = run(REFUSED, 4, &["bill-failed-call", "count-failed-call"]);
    for id in ["BIL-005", "BIL-007"] {
        assert_eq!(check(&report, id), "failed", "{id}: {said}");
    }
    let (class, amount) = suspect(&report, "BIL-005");
    assert_eq!(class, "unknown-model", "{said}");
    assert!(amount > 0 && amount % 10_000 == 0, "{amount}: {said}");
    let (report, said) = run(REFUSED, 4, &[]);
    assert_eq!(report["billing"]["verdict"], "passed", "{said}");
}
