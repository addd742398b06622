//! The house rules that no compiler knows: how long, how wide, what is never written, and which
//! way dependencies point. `CONTRIBUTING.md` gives the reasons.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A text file of the repository.
struct File {
    /// From the repository's root, with `/`.
    path: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Text files below a folder of the repository, sorted; what is built or fetched is left out.
fn files(below: &str) -> Vec<File> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(below)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder is readable") {
            let path = entry.expect("it is readable").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                let is_made = matches!(&*name, ".git" | "target" | "node_modules" | "results");
                if !is_made && !name.starts_with("target-") {
                    folders.push(path);
                }
            } else if name == ".git" {
                // A work tree's pointer to its repository.
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let path = path.strip_prefix(root()).expect("it is below").to_owned();
                found.push(File {
                    path: path.to_string_lossy().replace('\\', "/"),
                    text,
                });
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(!found.is_empty(), "{below} has files");
    found
}

fn rust(folders: &[&str]) -> Vec<File> {
    let files = folders.iter().flat_map(|folder| files(folder));
    files.filter(|file| file.path.ends_with(".rs")).collect()
}

fn all_rust() -> Vec<File> {
    rust(&["src", "mock", "tests"])
}

fn none(offenders: &[String]) {
    assert!(offenders.is_empty(), "\n{}\n", offenders.join("\n"));
}

/// Files that a `#[cfg(test)] mod NAME;` of their parent keeps out of the product.
fn is_test_only(path: &str, sources: &[File]) -> bool {
    let is_declared = |folder: &str, name: &str| {
        let declaration = format!("#[cfg(test)]\nmod {name};");
        let parents = [
            format!("{folder}/mod.rs"),
            format!("{folder}.rs"),
            format!("{folder}/lib.rs"),
        ];
        let mut parents = sources.iter().filter(|file| parents.contains(&file.path));
        parents.any(|file| file.text.replace(" pub(crate)", "").contains(&declaration))
    };
    let mut path = path.trim_end_matches(".rs").trim_end_matches("/mod");
    while let Some((folder, name)) = path.rsplit_once('/') {
        if is_declared(folder, name) {
            return true;
        }
        path = folder;
    }
    false
}

/// The part of a file that is the product: up to its tests.
fn product(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod tests")
        .map_or(text, |at| &text[..at])
}

#[test]
fn what_is_banned_is_nowhere() {
    // Put together here, or this file would find itself.
    let banned = [
        ["#[al", "low("],
        ["#![al", "low("],
        ["db", "g!("],
        ["to", "do!("],
        ["unimpl", "emented!("],
        ["std::process", "::exit"],
        ["#[ig", "nore"],
        ["#[should", "_panic"],
    ];
    let banned = banned.map(|halves| halves.concat());
    let mut offenders = Vec::new();
    for file in all_rust() {
        for (line, number) in file.text.lines().zip(1..) {
            for word in banned.iter().filter(|word| line.contains(word.as_str())) {
                offenders.push(format!("{}:{number}: {word}", file.path));
            }
        }
    }
    none(&offenders);
}

/// Lines of code, without comments, with their numbers; tests left out.
fn code(file: &File) -> impl Iterator<Item = (usize, &str)> {
    let lines = product(&file.text).lines().enumerate();
    lines
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn mentions(file: &File, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in code(file) {
        let line = line.replace("reqwest::Url", "Url");
        for word in words.iter().filter(|word| line.contains(*word)) {
            found.push(format!("{}:{number}: {word}", file.path));
        }
    }
    found
}

fn is_of(path: &str, module: &str) -> bool {
    let folder = format!("src/{module}");
    path == format!("{folder}.rs") || path.starts_with(&format!("{folder}/"))
}

#[test]
fn what_is_pure_knows_no_clock_no_socket_and_no_disk() {
    let pure = [
        "scenario",
        "plan",
        "protocol",
        "rules",
        "billing",
        "measure",
        "judge",
        "check",
        "cross",
        "recording",
        "threshold",
    ];
    let impure = [
        "tokio",
        "reqwest::",
        "std::net",
        "std::fs",
        "Instant::now",
        "SystemTime::now",
        "crate::drive",
        "crate::cli",
    ];
    let sources = rust(&["src"]);
    let pure = sources
        .iter()
        .filter(|file| pure.iter().any(|module| is_of(&file.path, module)))
        .filter(|file| !is_test_only(&file.path, &sources));
    let offenders: Vec<_> = pure.flat_map(|file| mentions(file, &impure)).collect();
    none(&offenders);
}

#[test]
fn the_wire_has_no_opinion() {
    let sources = rust(&["src/wire"]);
    let meaning = ["crate::rules", "crate::drive", "crate::judge", "crate::cli"];
    let offenders: Vec<_> = sources
        .iter()
        .flat_map(|file| mentions(file, &meaning))
        .collect();
    none(&offenders);
}

#[test]
fn only_the_driver_the_wire_and_the_command_line_know_the_runtime() {
    let sources = rust(&["src"]);
    let allowed = ["drive", "wire", "cli"];
    let others = sources
        .iter()
        .filter(|file| !allowed.iter().any(|module| is_of(&file.path, module)));
    let offenders: Vec<_> = others
        .flat_map(|file| mentions(file, &["tokio::"]))
        .collect();
    none(&offenders);
}

/// Two readings of the documents: one mistake must not be made on both sides.
#[test]
fn the_replica_knows_nothing_of_the_harness() {
    let mut offenders = Vec::new();
    for file in rust(&["mock"]) {
        for (number, line) in code(&file) {
            let line = line
                .replace("spikeproof_mock", "")
                .replace("spikeproof-mock", "");
            if line.contains("spikeproof::") || line.contains("extern crate spikeproof") {
                offenders.push(format!("{}:{number}", file.path));
            }
        }
    }
    let manifest = std::fs::read_to_string(root().join("mock/Cargo.toml"));
    for line in manifest.expect("the replica has a manifest").lines() {
        if line.starts_with("spikeproof ") || line.starts_with("spikeproof=") {
            offenders.push(format!("mock/Cargo.toml: {line}"));
        }
    }
    none(&offenders);
}

/// Names that a file declares as modules of their own files.
fn declared(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let rest = line.trim().strip_suffix(';')?;
        let (before, name) = rest.rsplit_once("mod ")?;
        (before.is_empty() || before.starts_with("pub")).then_some(name)
    })
}

/// Files that are compiled, followed from the roots of a package.
fn reachable(roots: &[&str]) -> BTreeSet<PathBuf> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<_> = roots.iter().map(|path| root().join(path)).collect();
    while let Some(path) = open.pop() {
        let text = std::fs::read_to_string(&path).expect("a module is readable");
        let folder = path.parent().expect("it is in a folder");
        let stem = path.file_stem().expect("it has a name");
        let is_top = ["lib", "main", "mod"].iter().any(|top| stem == *top);
        let folder = if is_top {
            folder.to_owned()
        } else {
            folder.join(stem)
        };
        for name in declared(&text) {
            let files = [
                folder.join(format!("{name}.rs")),
                folder.join(name).join("mod.rs"),
            ];
            open.extend(files.into_iter().filter(|file| file.exists()));
        }
        reached.insert(path);
    }
    reached
}

#[test]
fn every_source_file_is_a_module_of_its_package() {
    let mut offenders = Vec::new();
    for (folder, roots) in [
        ("src", vec!["src/lib.rs", "src/main.rs"]),
        ("mock/src", vec!["mock/src/lib.rs"]),
    ] {
        let reached = reachable(&roots);
        for file in rust(&[folder]) {
            if !reached.contains(&root().join(&file.path)) {
                offenders.push(format!("{} is in no module", file.path));
            }
        }
    }
    none(&offenders);
}

#[test]
fn no_file_names_a_place_on_one_machine() {
    let places = [
        ["/wo", "rk/"],
        ["/ro", "ot/"],
        ["/ho", "me/"],
        ["/Us", "ers/"],
    ];
    let places = places.map(|halves| halves.concat());
    let mut offenders = Vec::new();
    for file in files("") {
        for (line, number) in file.text.lines().zip(1..) {
            for place in places.iter().filter(|place| line.contains(place.as_str())) {
                offenders.push(format!("{}:{number}: {place}", file.path));
            }
        }
    }
    none(&offenders);
}

#[test]
fn files_are_at_most_400_lines_before_their_tests_and_lines_at_most_100_columns() {
    let mut offenders = Vec::new();
    for file in all_rust() {
        let lines = product(&file.text).lines().count();
        if lines > 400 {
            offenders.push(format!("{}: {lines} lines before its tests", file.path));
        }
        for (line, number) in file.text.lines().zip(1..) {
            let columns = line.chars().count();
            if columns > 100 {
                offenders.push(format!("{}:{number}: {columns} columns", file.path));
            }
        }
    }
    none(&offenders);
}

#[test]
fn whoever_reads_a_value_or_a_header_in_a_rule_can_be_watched() {
    let mut offenders = Vec::new();
    for file in rust(&["src/rules", "src/protocol", "src/billing"]) {
        // Requests are written with another kind of values.
        if !file.text.contains("crate::json") {
            continue;
        }
        let is_rule = file.path.starts_with("src/rules");
        for (number, line) in (1..).zip(file.text.lines()) {
            let takes_apart = ["Value::String(", "Value::Number("].iter().any(|start| {
                let after = line.split(start).nth(1);
                after.is_some_and(|after| !after.starts_with('_') && line.contains("=>"))
            });
            if takes_apart || is_rule && line.contains("head.headers") {
                offenders.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    none(&offenders);
}
