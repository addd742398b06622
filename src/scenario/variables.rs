//! `${VAR}` and `${VAR:default}` in the values of a scenario.

use std::collections::HashMap;

use super::fault::{Collected, Fault, quoted};
use super::mask::is_secret_name;
use super::tree::{Content, Node};
use crate::diagnostic::Place;

/// Where variables come from. The real one is the command line's; tests use a map.
pub trait Environment {
    /// `None`: not set. Set to nothing is `Some("")`.
    fn variable(&self, name: &str) -> Option<String>;
}

impl Environment for HashMap<String, String> {
    fn variable(&self, name: &str) -> Option<String> {
        self.get(name).cloned()
    }
}

/// An environment in which these variables are set.
pub fn variables<const N: usize>(set: [(&str, &str); N]) -> HashMap<String, String> {
    set.into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// A text may not grow beyond this by what is filled in.
const MOST_TEXT: usize = 1 << 20;

/// One piece of a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'t> {
    Text(&'t str),
    Variable {
        name: &'t str,
        default: Option<&'t str>,
    },
}

/// Fills in the variables of every text below `node`. Keys are left as they are.
pub(crate) fn fill_in(node: &mut Node, environment: &dyn Environment, faults: &mut Collected) {
    match &mut node.content {
        Content::List(nodes) => {
            nodes
                .iter_mut()
                .for_each(|node| fill_in(node, environment, faults));
        }
        Content::Map(entries) => {
            entries
                .iter_mut()
                .for_each(|entry| fill_in(&mut entry.value, environment, faults));
        }
        Content::Scalar(scalar) => {
            if !scalar.text.contains("${") {
                return;
            }
            let Some(pieces) = pieces(&scalar.text) else {
                faults.push(ill_formed(node.place));
                scalar.broken = true;
                return;
            };
            let mut text = String::new();
            let mut names = Vec::new();
            for piece in pieces {
                match piece {
                    Piece::Text(piece) => text.push_str(piece),
                    Piece::Variable { name, default } => {
                        names.push(name.to_owned());
                        if is_secret_name(name) {
                            scalar.broken = true;
                            faults.push(secret(node.place, name));
                            continue;
                        }
                        match environment.variable(name).as_deref().or(default) {
                            Some(value) if text.len() + value.len() <= MOST_TEXT => {
                                text.push_str(value);
                            }
                            value => {
                                scalar.broken = true;
                                faults.push(match value {
                                    Some(_) => too_long(node.place, name),
                                    None => not_set(node.place, name),
                                });
                            }
                        }
                    }
                }
            }
            scalar.text = text;
            scalar.variables = names;
        }
    }
}

pub(crate) fn not_set(place: Place, name: &str) -> Fault {
    Fault::new(place, format!("variable {} is not set", quoted(name)))
        .help(format!("set it, or give a default: `${{{name}:default}}`"))
}

/// Anything but `key` is shown in messages, reports and recordings.
fn secret(place: Place, name: &str) -> Fault {
    let message = format!("variable {} holds a secret, by its name", quoted(name));
    Fault::new(place, message).help(
        "only `key` keeps a value out of every output; use another name for what is no secret",
    )
}

fn too_long(place: Place, name: &str) -> Fault {
    let message = format!(
        "variable {} makes the text longer than {MOST_TEXT} bytes",
        quoted(name)
    );
    Fault::new(place, message)
}

pub(crate) fn ill_formed(place: Place) -> Fault {
    Fault::new(
        place,
        "`${` begins a variable that does not end, or has no proper name",
    )
    .help("write `${NAME}` or `${NAME:default}`; `$${` stands for `${` itself")
}

/// Cuts a text at its variables; `None` when one is ill-formed. `$${` becomes `${`.
pub(crate) fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(found) = rest.find("${") {
        let (before, after) = rest.split_at(found);
        if let Some(before) = before.strip_suffix('$') {
            pieces.push(Piece::Text(before));
            pieces.push(Piece::Text("${"));
            rest = after.get(2..)?;
            continue;
        }
        pieces.push(Piece::Text(before));
        let (inner, next) = after.get(2..)?.split_once('}')?;
        let (name, default) = match inner.split_once(':') {
            Some((name, default)) => (name, Some(default)),
            None => (inner, None),
        };
        if !is_name(name) {
            return None;
        }
        pieces.push(Piece::Variable { name, default });
        rest = next;
    }
    pieces.push(Piece::Text(rest));
    pieces.retain(|piece| *piece != Piece::Text(""));
    Some(pieces)
}

fn is_name(name: &str) -> bool {
    name.len() <= 200
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Option<String> {
        let shown = |piece: Piece<'_>| match piece {
            Piece::Text(text) => format!("[{text}]"),
            Piece::Variable {
                name,
                default: None,
            } => format!("<{name}>"),
            Piece::Variable {
                name,
                default: Some(default),
            } => format!("<{name}|{default}>"),
        };
        pieces(text).map(|pieces| pieces.into_iter().map(shown).collect())
    }

    #[test]
    fn a_text_is_cut_at_its_variables() {
        for (text, expected) in [
            ("a", "[a]"),
            ("${A}", "<A>"),
            ("x${A:}y${B:1:2}", "[x]<A|>[y]<B|1:2>"),
            ("$${A}", "[${][A}]"),
            ("$$${A}", "[$][${][A}]"),
            ("${A}$", "<A>[$]"),
        ] {
            assert_eq!(cut(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["${", "${}", "${A", "${a b}", "${1}", "${A-x}", "${é}"] {
            assert_eq!(cut(text), None, "{text}");
        }
    }
}
