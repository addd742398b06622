//! `check` on recorded traffic: the same alarms as the list of known breaks has, and no others.

use std::collections::BTreeSet;
use std::path::Path;

use crate::program::{broken, rows};

/// Native traffic; what other hosts send in these protocols may rightly be complained about.
const NATIVE: [&str; 5] = [
    "anthropic-messages",
    "gemini",
    "openai-chat",
    "openai-images",
    "openai-responses",
];

#[test]
fn recorded_answers_break_the_rules_that_they_are_known_to_break_and_no_others() {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(1);
    let mut places = above.map(|place| place.join("shared/corpus"));
    let Some(corpus) = places.find(|place| place.join("manifest.csv").exists()) else {
        println!("no recordings here: nothing was judged");
        return;
    };
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/known.csv");
    let mut reader = csv::Reader::from_path(list).expect("the list is part of the repository");
    let known: BTreeSet<(String, String)> = reader
        .records()
        .map(|row| row.expect("the list is well formed"))
        .map(|row| (row[0].to_owned(), row[1].to_owned()))
        .collect();
    let (code, rows) = rows(&corpus, &NATIVE, b"");
    assert_eq!(
        code,
        Some(1),
        "some are known to be broken, and all can be judged"
    );
    assert!(rows.len() > 1800, "only {} were judged", rows.len());
    assert!(
        rows.iter().all(|row| row["guessed"].is_null()),
        "the list names the protocols"
    );
    let mut found = BTreeSet::new();
    for row in &rows {
        let path = Path::new(row["path"].as_str().expect("a path"));
        let id = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        found.extend(broken(row).into_iter().map(|rule| (id.clone(), rule)));
    }
    assert_eq!(found, known);
}
