//! A folder of bad scenarios, each with the exact text that its author sees.
//! `UPDATE_EXPECT=1` rewrites the texts; read the difference before committing it.

use std::fs;
use std::path::Path;

use crate::parse;

#[test]
fn every_bad_scenario_is_answered_with_the_text_beside_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenario/bad");
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    files.sort();
    assert!(files.len() >= 20, "only {} bad scenarios", files.len());
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&file).unwrap();
        let faults = parse(name, &text).expect_err(name);
        let shown = faults.render(false);
        assert!(!shown.contains("hunter2"), "{name} shows a key:\n{shown}");
        expect_test::expect_file![file.with_extension("txt")].assert_eq(&shown);
    }
}
