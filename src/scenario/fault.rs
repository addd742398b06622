//! The scenario's text and what is wrong with it: collecting faults, showing them in order.

use std::fmt;

use super::mask;
use crate::diagnostic::{Diagnostic, Excerpt, Place};

/// More faults than anyone mends before the next attempt.
const MOST_FAULTS: usize = 200;

/// A scenario's text, and the name its user knows it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// As shown in messages; nothing is opened by it.
    pub name: String,
    pub text: String,
}

impl Source {
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
        }
    }

    /// An error at a place of the text, its line shown with any key hidden. For later stages: a
    /// threshold that did not hold points at the line that asked for it.
    pub fn diagnostic(&self, place: Place, message: impl Into<String>) -> Diagnostic {
        let lines = mask::masked_lines(&self.text, &[]);
        diagnose(self, &lines, &Fault::new(place, message))
    }

    /// The whole of a line (from 1), without the space around it.
    pub fn line(&self, line: usize) -> Option<Place> {
        let text = self.text.lines().nth(line.checked_sub(1)?)?;
        let indent = text.chars().take_while(|c| c.is_whitespace()).count();
        let length = text.trim().chars().count();
        Some(Place {
            line,
            column: indent + 1,
            length,
        })
    }
}

/// Everything that is wrong with a scenario, in the order of the file; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(Vec<Diagnostic>);

impl Faults {
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.0
    }

    /// All of them as text, with an empty line between.
    pub fn render(&self, colour: bool) -> String {
        let texts: Vec<String> = self.0.iter().map(|fault| fault.render(colour)).collect();
        texts.join("\n")
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Faults {}

/// One thing that is wrong, before it is tied to the file's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) place: Place,
    pub(crate) message: String,
    pub(crate) notes: Vec<String>,
    pub(crate) help: Vec<String>,
}

impl Fault {
    pub(crate) fn new(place: Place, message: impl Into<String>) -> Self {
        Self {
            place,
            message: message.into(),
            notes: Vec::new(),
            help: Vec::new(),
        }
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// "did you mean", if there is something near; otherwise what there is, if that is short.
    pub(crate) fn suggest(self, wrong: &str, known: &[&str]) -> Self {
        match crate::suggest::nearest(wrong, known.iter().copied()) {
            Some(name) => self.help(format!("did you mean `{name}`?")),
            None if (1..=12).contains(&known.len()) => {
                self.help(format!("known: {}", listed(known, "and")))
            }
            None => self,
        }
    }
}

/// Faults found so far.
#[derive(Debug, Default)]
pub(crate) struct Collected(Vec<Fault>);

impl Collected {
    pub(crate) fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds help to the fault found last.
    pub(crate) fn amend_last(&mut self, help: String) {
        if let Some(fault) = self.0.last_mut() {
            fault.help.push(help);
        }
    }

    /// `Ok` if there is none. `secret`: places that hold a key, besides those the text tells.
    pub(crate) fn into_result(self, source: &Source, secret: &[Secrecy]) -> Result<(), Faults> {
        let Self(mut faults) = self;
        if faults.is_empty() {
            return Ok(());
        }
        faults.sort_by_key(|fault| fault.place);
        faults.dedup();
        let more = faults.len().saturating_sub(MOST_FAULTS);
        faults.truncate(MOST_FAULTS);
        let lines = mask::masked_lines(&source.text, &secret_stretches(secret));
        let mut found: Vec<Diagnostic> = faults
            .iter()
            .map(|fault| diagnose(source, &lines, fault))
            .collect();
        if more > 0 {
            found.push(Diagnostic::error(
                &source.name,
                format!("and {more} more faults"),
            ));
        }
        Err(Faults(found))
    }
}

/// A stretch of the text that must not be shown: lines and columns from 1, the end exclusive.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Secrecy {
    pub(crate) start: (usize, usize),
    pub(crate) end: (usize, usize),
}

fn secret_stretches(secret: &[Secrecy]) -> Vec<(usize, std::ops::Range<usize>)> {
    let mut stretches = Vec::new();
    for Secrecy { start, end } in secret {
        for line in start.0..=end.0 {
            let from = if line == start.0 {
                start.1.saturating_sub(1)
            } else {
                0
            };
            let to = if line == end.0 {
                end.1.saturating_sub(1)
            } else {
                usize::MAX
            };
            stretches.push((line, from..to.max(from)));
        }
    }
    stretches.sort_by_key(|(line, range)| (*line, range.start));
    stretches
}

fn diagnose(source: &Source, lines: &[mask::MaskedLine], fault: &Fault) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(&source.name, mask::concealed(&fault.message));
    diagnostic.place = Some(fault.place);
    diagnostic.excerpt = lines.get(fault.place.line.saturating_sub(1)).map(|line| {
        let column = line.column(fault.place.column);
        let end = line.column(fault.place.column.saturating_add(fault.place.length));
        let length = end.saturating_sub(column).max(1);
        Excerpt {
            text: line.text.clone(),
            column,
            length,
        }
    });
    diagnostic.notes = fault
        .notes
        .iter()
        .map(|note| mask::concealed(note))
        .collect();
    diagnostic.help = fault
        .help
        .iter()
        .map(|help| mask::concealed(help))
        .collect();
    diagnostic
}

/// `a`, `b` and `c`, each in backticks. `last` joins the last two.
pub(crate) fn listed(words: &[&str], last: &str) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((only, [])) => only.clone(),
        Some((end, start)) => format!("{} {last} {end}", start.join(", ")),
        None => String::new(),
    }
}

/// A found value for a message: in backticks, on one line, cut when long.
pub(crate) fn quoted(text: &str) -> String {
    const MOST: usize = 60;
    // Concealed before it is cut, or a cut key would no longer look like one.
    let text = mask::concealed(text);
    let mut shown: String = text.chars().take(MOST).collect();
    if text.chars().count() > MOST {
        shown.push_str("...");
    }
    format!("`{}`", shown.replace('\n', "\\n").replace('`', "'"))
}
