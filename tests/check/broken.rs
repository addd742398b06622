//! Broken answers and the exact text that is said of them. `UPDATE_EXPECT=1` rewrites the texts.

use std::path::Path;

use expect_test::expect_file;

use crate::program::check;

/// Files of `broken/`, with the exit code.
const BROKEN: [(&str, i32); 8] = [
    ("control.sse", 1),
    ("cut-off.sse", 1),
    ("gateway-error.json", 2),
    ("label.sse", 1),
    ("lines.jsonl", 1),
    ("long.sse", 1),
    ("open.array", 1),
    ("tool.json", 1),
];

#[test]
fn a_broken_answer_is_told_with_its_bytes_and_its_reasons() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check/broken");
    for (name, code) in BROKEN {
        let ended = check(&folder, &[name], b"");
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (Some(code), ""),
            "{name}"
        );
        let told = format!("{name}.txt");
        expect_file![folder.join(told)].assert_eq(&ended.stdout);
    }
}

#[test]
fn a_folder_is_walked_in_the_order_of_names_and_what_lies_beside_is_not_judged() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check");
    let (code, rows) = crate::program::rows(&folder, &["broken"], b"");
    assert_eq!(code, Some(2), "one of them cannot be told");
    let paths: Vec<_> = rows
        .iter()
        .map(|row| row["path"].as_str().expect("a path"))
        .collect();
    let wanted = BROKEN.map(|(name, _)| format!("broken/{name}"));
    assert_eq!(paths, wanted);
}
