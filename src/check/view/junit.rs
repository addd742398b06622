//! For CI: JUnit's XML, a suite a file, a case a rule that had something to say.

use std::fmt::Write as _;

use crate::check::{FileRow, FindingRow, Verdict};

/// The document, with a line break at its end.
pub fn render(files: &[FileRow]) -> String {
    let mut suites = String::new();
    let (mut tests, mut failures, mut errors) = (0, 0, 0);
    for file in files {
        let counts = suite(file, &mut suites);
        tests += counts[0];
        failures += counts[1];
        errors += counts[2];
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"spikeproof check\" \
         tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">\n{suites}</testsuites>\n"
    )
}

/// Adds a file; cases, failures and errors in it.
fn suite(file: &FileRow, out: &mut String) -> [usize; 3] {
    let mut cases = String::new();
    let name = escaped(&file.shown());
    let mut failures = 0;
    for rule in &file.spoke {
        let about: Vec<_> = file
            .findings
            .iter()
            .filter(|row| row.rule == rule.id)
            .collect();
        failures += usize::from(about.iter().any(|row| row.fails));
        case(
            &name,
            &format!("{} {}", rule.id, rule.name),
            &about,
            &mut cases,
        );
    }
    let errors = usize::from(file.verdict == Verdict::Error);
    if let Some(error) = &file.error {
        let error = escaped(error);
        let _ = writeln!(
            cases,
            "    <testcase classname=\"{name}\" name=\"readable\" time=\"0\">\n      \
             <error message=\"{error}\" type=\"unjudged\"/>\n    </testcase>"
        );
    }
    let tests = file.spoke.len() + errors;
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" \
         errors=\"{errors}\" skipped=\"0\" time=\"0\">\n{cases}  </testsuite>"
    );
    [tests, failures, errors]
}

fn case(file: &str, name: &str, about: &[&FindingRow], out: &mut String) {
    let name = escaped(name);
    let _ = write!(
        out,
        "    <testcase classname=\"{file}\" name=\"{name}\" time=\"0\""
    );
    if about.is_empty() {
        let _ = writeln!(out, "/>");
        return;
    }
    let _ = writeln!(out, ">");
    let told: Vec<_> = about.iter().map(|row| told(row)).collect();
    let told = escaped(&told.join("\n"));
    match about.iter().find(|row| row.fails) {
        Some(first) => {
            let (message, kind) = (escaped(&first.message), first.severity);
            let _ = writeln!(
                out,
                "      <failure message=\"{message}\" type=\"{kind}\">{told}</failure>"
            );
        }
        None => {
            let _ = writeln!(out, "      <system-out>{told}</system-out>");
        }
    }
    let _ = writeln!(out, "    </testcase>");
}

fn told(row: &FindingRow) -> String {
    let mut text = format!("{}: {}", row.severity, row.message);
    if let (Some(line), Some(column)) = (row.line, row.column) {
        let _ = write!(text, "\n  at line {line}, column {column}");
    }
    if let Some(byte) = row.byte {
        let _ = write!(text, ", byte {byte}");
    }
    if let Some(event) = row.event {
        let _ = write!(text, ", event {event}");
    }
    if !row.excerpt.is_empty() {
        let _ = write!(text, "\n  {}", row.excerpt.trim());
    }
    text
}

/// Text for an element or an attribute in double quotes. What XML 1.0 cannot hold is replaced.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
