//! The shipped scenarios: each is sound, and each passes against the replica in the binary.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn scenarios() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let entries = std::fs::read_dir(&folder).expect("the folder is shipped");
    let paths = entries.map(|entry| entry.expect("it is readable").path());
    let mut paths: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|ext| ext == "yaml"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

fn spikeproof(arguments: &[&Path]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spikeproof"));
    let command = command.env_clear().env("CI", "1").args(arguments);
    command.output().expect("the binary was built")
}

#[test]
fn every_scenario_is_valid() {
    for path in scenarios() {
        let output = spikeproof(&[Path::new("validate"), &path]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
    }
}

/// Whether a reason not to pass is one that a machine too busy for the rate can give.
fn is_about_time(report: &Value) -> bool {
    let rows = |key: &str| report[key].as_array().cloned().unwrap_or_default();
    let is_doubt_of_time = |doubt: &Value| {
        let doubt = doubt["doubt"].as_str().unwrap_or_default();
        matches!(
            doubt,
            "behind" | "saturated" | "rate_missed" | "callers_idle" | "dropped" | "clock_jump"
        )
    };
    let is_limit_of_time = |row: &Value| row["state"] == "held" || row["unit"] == "ms";
    assert!(
        rows("thresholds")
            .iter()
            .all(|row| row["state"] != "broken")
    );
    rows("doubts").iter().all(is_doubt_of_time) && rows("thresholds").iter().all(is_limit_of_time)
}

fn no_rule_or_book_is_broken(path: &Path, report: &Value, said: &str) {
    let name = path.display();
    assert_eq!(
        report["findings"],
        Value::Array(Vec::new()),
        "{name}: {said}"
    );
    assert_eq!(report["billing"]["verdict"], "passed", "{name}: {said}");
    // What it is about: answers that the gateway breaks off.
    let breaks_off = path.ends_with("billing-breaks.yaml");
    for (request, row) in report["requests"].as_object().expect("an object") {
        let outcomes = row["outcomes"].as_object().expect("an object");
        for outcome in outcomes.keys() {
            let is_right = matches!(outcome.as_str(), "ok" | "refused" | "left" | "dropped")
                || breaks_off
                    && matches!(outcome.as_str(), "broken" | "stream_error" | "timed_out");
            assert!(is_right, "{name}: `{request}` {outcome}\n{said}");
        }
    }
}

/// It passes; or, on a machine too busy for its rate, it says just that and blames nothing else.
fn passes(path: &Path) {
    let place = tempfile::tempdir().expect("the system has room for a folder");
    let out = place.path().join("results");
    let output = spikeproof(&[Path::new("run"), path, Path::new("--out"), &out]);
    let said = String::from_utf8_lossy(&output.stdout);
    let report = std::fs::read(out.join("report.json")).expect("a run leaves its report");
    let report: Value = serde_json::from_slice(&report).expect("it is JSON");
    no_rule_or_book_is_broken(path, &report, &said);
    let is_right = match output.status.code() {
        Some(0) => report["verdict"] == "pass",
        Some(4) => report["verdict"] == "inconclusive" && is_about_time(&report),
        _ => false,
    };
    assert!(is_right, "{}: {said}", path.display());
}

/// One after the other: they share the processors, and each brings its own load.
#[test]
fn every_scenario_passes_against_the_replica() {
    for path in scenarios() {
        passes(&path);
    }
}
