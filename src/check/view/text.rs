//! For people: each file in a line, each broken rule with its bytes, and a sum at the end.

use std::fmt::Write as _;

use crate::check::frame::harmless;
use crate::check::{FileRow, FindingRow, Verdict};

/// Columns of a paragraph.
const WIDTH: usize = 96;
/// Further places of a rule that are listed by number.
const LISTED: usize = 8;

/// How the text is dressed.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub colour: bool,
    /// Files without findings are not listed.
    pub quiet: bool,
}

impl Style {
    fn paint(self, code: &'static str) -> &'static str {
        if self.colour { code } else { "" }
    }
}

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const GREEN: &str = "\x1b[32m";
const BLUE: &str = "\x1b[1;34m";
const RESET: &str = "\x1b[0m";

/// All that is said of one file.
pub fn row(file: &FileRow, style: Style) -> String {
    let mut out = String::new();
    if style.quiet && file.verdict == Verdict::Pass && file.findings.is_empty() {
        return out;
    }
    // Writing to a string cannot fail.
    let _ = head(file, style, &mut out);
    let mut told: Vec<&str> = Vec::new();
    for row in &file.findings {
        if told.contains(&row.rule) {
            continue;
        }
        told.push(row.rule);
        let _ = finding(row, file, style, &mut out);
    }
    if !told.is_empty() {
        out.push('\n');
    }
    let [musts, others] = file.unlisted;
    if musts + others > 0 {
        let _ = writeln!(
            out,
            "  and {musts} further MUST and {others} other findings\n"
        );
    }
    out
}

fn head(file: &FileRow, style: Style, out: &mut String) -> std::fmt::Result {
    let (word, colour) = match file.verdict {
        Verdict::Pass => ("ok   ", GREEN),
        Verdict::Fail => ("FAIL ", RED),
        Verdict::Error => ("ERROR", RED),
    };
    let (colour, reset) = (style.paint(colour), style.paint(RESET));
    write!(out, "{colour}{word}{reset} {}", harmless(&file.shown()))?;
    if let Some(request) = &file.request {
        write!(out, "  {}", harmless(request))?;
    }
    if let Some(error) = &file.error {
        writeln!(out, ": {}", harmless(error))?;
        if let Some(help) = file.help {
            writeln!(out, "      = help: {help}")?;
        }
        return Ok(());
    }
    let protocol = file.protocol.unwrap_or_default();
    write!(out, "  {protocol}")?;
    if let Some(mark) = &file.guessed {
        write!(out, " (guessed from {})", harmless(mark))?;
    }
    let form = file.form.unwrap_or_default();
    let events = match file.events {
        0 => String::new(),
        1 => ", 1 event".to_owned(),
        events => format!(", {events} events"),
    };
    writeln!(
        out,
        ", {form}{events}, {} rules spoke",
        file.exercised.len()
    )?;
    for note in &file.notes {
        writeln!(out, "      note: {}", harmless(note))?;
    }
    if let Some(told) = unknown(file) {
        writeln!(out, "      unknown, which is no fault: {}", harmless(&told))?;
    }
    Ok(())
}

/// What no known shape names, the first of it by place.
fn unknown(file: &FileRow) -> Option<String> {
    let shown = file.unknown.iter().take(LISTED);
    let shown = shown.map(|one| match one.kind {
        "event" => format!("event `{}`", one.place),
        _ => format!("`{}`", one.place),
    });
    let mut told: Vec<_> = shown.collect();
    let more = file.unknown.len().saturating_sub(LISTED) as u64 + file.unknown_others;
    if more > 0 {
        told.push(format!("{more} more"));
    }
    (!told.is_empty()).then(|| told.join(", "))
}

fn finding(row: &FindingRow, file: &FileRow, style: Style, out: &mut String) -> std::fmt::Result {
    let colour = style.paint(if row.fails { RED } else { YELLOW });
    let (bold, blue, reset) = (style.paint(BOLD), style.paint(BLUE), style.paint(RESET));
    let place = match (row.line, row.column) {
        (Some(line), Some(column)) => format!(":{line}:{column}"),
        _ => String::new(),
    };
    writeln!(
        out,
        "\n{bold}{}{place}:{reset} {colour}{} {} {}{reset}{}",
        harmless(&file.shown()),
        row.severity,
        row.rule,
        row.name,
        if row.follows {
            " (may follow from an earlier one)"
        } else {
            ""
        },
    )?;
    writeln!(out, "  {bold}{}{reset}", harmless(&row.message))?;
    let lines = &row.picture.lines;
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let gutter = lines
        .iter()
        .map(|line| number(line.number).len())
        .max()
        .unwrap_or(0);
    for line in lines {
        let number = number(line.number);
        writeln!(out, "  {blue}{number:>gutter$} |{reset} {}", line.text)?;
        if let Some((pad, covered)) = line.caret {
            let (pad, carets) = (" ".repeat(pad), "^".repeat(covered));
            writeln!(
                out,
                "  {blue}{:gutter$} |{reset} {pad}{colour}{carets}{reset}",
                ""
            )?;
        }
    }
    let at = match (row.event, row.byte) {
        (Some(event), Some(byte)) => format!("event {event}, byte {byte}"),
        (None, Some(byte)) if byte == file.bytes && byte > 0 => format!("the end, byte {byte}"),
        (None, Some(byte)) => format!("byte {byte}"),
        (_, None) => "the head of the answer".to_owned(),
    };
    writeln!(
        out,
        "  {blue}{:gutter$} ={reset} at: {at}{}",
        "",
        elsewhere(row, file)
    )?;
    let lead = |word: &str| format!("  {blue}{:gutter$} ={reset} {word}: ", "");
    let margin = gutter + 5;
    paragraph(&lead("why"), margin + 5, row.said_of.explanation, out)?;
    paragraph(&lead("source"), margin + 8, row.said_of.source, out)
}

/// Where else the same rule was broken.
fn elsewhere(row: &FindingRow, file: &FileRow) -> String {
    let same = file.findings.iter().filter(|other| other.rule == row.rule);
    let others: Vec<_> = same.skip(1).collect();
    if others.is_empty() {
        return String::new();
    }
    let places = others.iter().filter_map(|other| other.event).take(LISTED);
    let mut places: Vec<_> = places.map(|event| event.to_string()).collect();
    if others.len() > LISTED {
        places.push("…".to_owned());
    }
    let times = if others.len() == 1 {
        "once".to_owned()
    } else {
        format!("{} times", others.len())
    };
    if places.is_empty() {
        return format!("; {times} more");
    }
    format!("; {times} more, in events {}", places.join(", "))
}

/// Words between margins, the first line led in.
fn paragraph(lead: &str, margin: usize, text: &str, out: &mut String) -> std::fmt::Result {
    let mut line = String::new();
    let mut lead = lead.to_owned();
    for word in text.split_whitespace() {
        let width = line.chars().count() + word.chars().count() + 1;
        if !line.is_empty() && width > WIDTH - margin {
            writeln!(out, "{lead}{line}")?;
            lead = " ".repeat(margin);
            line.clear();
        } else if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    writeln!(out, "{lead}{line}")
}

/// The last line, with the remarks on the whole before it.
pub fn summary(files: &[FileRow], notes: &[String], style: Style) -> String {
    let mut out = String::new();
    for note in notes {
        let _ = writeln!(out, "note: {}", harmless(note));
    }
    let count = |verdict: Verdict| files.iter().filter(|file| file.verdict == verdict).count();
    let of = |severity: &str| {
        let rows = files.iter().flat_map(|file| &file.findings);
        rows.filter(|row| row.severity == severity).count() as u64
    };
    let unlisted = |index: usize| -> u64 {
        files
            .iter()
            .map(|file| u64::from(file.unlisted[index]))
            .sum()
    };
    let musts = of("MUST") + unlisted(0);
    let others = of("SHOULD") + of("NOTE") + unlisted(1);
    let (failed, errors) = (count(Verdict::Fail), count(Verdict::Error));
    let colour = if failed + errors == 0 { GREEN } else { RED };
    let guessed = files.iter().filter(|file| file.guessed.is_some()).count();
    let guessed = match guessed {
        0 => String::new(),
        guessed => format!("; protocol guessed of {guessed}"),
    };
    let noun = if files.len() == 1 {
        "answer"
    } else {
        "answers"
    };
    let unjudged = match errors {
        0 => String::new(),
        errors => format!(", {errors} not judged"),
    };
    let _ = writeln!(
        out,
        "{}{} {noun}: {} ok, {failed} failed{unjudged}{} — {musts} MUST, {others} other findings\
         {guessed}",
        style.paint(colour),
        files.len(),
        count(Verdict::Pass),
        style.paint(RESET),
    );
    out
}
