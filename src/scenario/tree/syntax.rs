//! Whether a text is YAML at all, and what to say if not.

use super::Node;
use super::build::{Stop, build, too_deep};
use crate::diagnostic::Place;
use crate::scenario::fault::{Collected, Fault};

/// Brackets may stand in texts, too, so that this is no measure of depth.
const MOST_UNCLOSED: usize = 500;

/// The tree of the file's only document, or nothing when a fault made it useless. Faults that leave
/// a tree (a key written twice) are collected and the tree is still given.
pub(crate) fn parse(text: &str, faults: &mut Collected) -> Option<Node> {
    if let Some(place) = unclosed(text) {
        faults.push(too_deep(place));
        return None;
    }
    let built = build(text, faults);
    if let Err(Stop::Fault(fault)) = built {
        faults.push(fault);
        return None;
    }
    // Its word on syntax comes first; it goes second, because it has no limit on depth.
    if let Err(error) = serde_yaml::from_str::<serde::de::IgnoredAny>(text) {
        faults.push(syntax_fault(text, &error));
        return None;
    }
    match built {
        Ok(Some(node)) => Some(node),
        Ok(None) => {
            faults.push(
                Fault::new(at(1, 1), "the scenario is empty")
                    .help("it needs at least `name`, `requests` and `phases`"),
            );
            None
        }
        Err(Stop::Fault(fault)) => {
            faults.push(fault);
            None
        }
        Err(Stop::Syntax(error)) => {
            let mark = error.marker();
            faults.push(syntax(text, at(mark.line(), mark.col() + 1), error.info()));
            None
        }
    }
}

/// Where more brackets are open than any text has. Without this look the scanner reads all of them
/// before it tells of the first, in time that grows with the square of their number.
fn unclosed(text: &str) -> Option<Place> {
    let mut open: usize = 0;
    for (line, text) in text.lines().enumerate() {
        for (column, c) in text.chars().enumerate() {
            match c {
                '[' | '{' => open += 1,
                ']' | '}' => open = open.saturating_sub(1),
                _ => {}
            }
            if open > MOST_UNCLOSED {
                return Some(at(line + 1, column + 1));
            }
        }
    }
    None
}

fn syntax_fault(text: &str, error: &serde_yaml::Error) -> Fault {
    let whole = error.to_string();
    let place = error
        .location()
        .map_or(at(1, 1), |place| at(place.line(), place.column()));
    // The place is shown on its own; the message repeats it.
    let message = whole.split(" at line ").next().unwrap_or(&whole);
    syntax(text, place, message)
}

fn syntax(text: &str, place: Place, message: &str) -> Fault {
    let fault = Fault::new(place, format!("not valid YAML: {message}"));
    let line = text.lines().nth(place.line.saturating_sub(1)).unwrap_or("");
    if line.contains('\t') && line.trim_start_matches(' ').starts_with('\t') {
        return fault.help("YAML is indented with spaces, never with tabs");
    }
    match (line.find('{'), line.find("${")) {
        (Some(brace), Some(variable)) if brace < variable => {
            fault.help("between `{` and `}` a variable stands in quotes: `\"${NAME}\"`")
        }
        _ => fault,
    }
}

fn at(line: usize, column: usize) -> Place {
    Place {
        line: line.max(1),
        column: column.max(1),
        length: 1,
    }
}
