//! YAML text as a tree in which every key and every value knows its place.
//!
//! `serde_yaml` decides whether the text is YAML at all, and what a plain scalar is (a number, a
//! boolean, nothing or text): see [`Scalar::read`]. It keeps no places, so the tree itself is built
//! from the events of `saphyr-parser`, which does. Aliases and merge keys (`<<`) are resolved here:
//! later stages see a plain tree. Knows nothing of scenarios.

mod build;
mod syntax;

use std::collections::HashMap;

use super::fault::{Collected, Fault, Secrecy, quoted};
use crate::diagnostic::Place;

pub(crate) use syntax::parse;

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) place: Place,
    /// The whole of it, over several lines if need be.
    pub(crate) stretch: Secrecy,
    pub(crate) content: Content,
}

#[derive(Debug, Clone)]
pub(crate) enum Content {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_place: Place,
    pub(crate) value: Node,
}

#[derive(Debug, Clone)]
pub(crate) struct Scalar {
    /// Without quotes and escapes, variables filled in.
    pub(crate) text: String,
    /// Not quoted, so that it may be other than text.
    pub(crate) plain: bool,
    /// Names of the variables that were filled in.
    pub(crate) variables: Vec<String>,
    /// A variable could not be filled in; that is told, and the text means nothing.
    pub(crate) broken: bool,
}

/// What a scalar is by YAML's own rules.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Resolved {
    Nothing,
    Truth(bool),
    Integer(u64),
    /// Whole or not, also negative.
    Number(f64),
    Text,
}

impl Scalar {
    /// Reads a plain scalar as YAML does; a quoted one is text.
    pub(crate) fn read(&self) -> Resolved {
        if self.plain {
            read_plain(&self.text)
        } else {
            Resolved::Text
        }
    }

    /// Reads the text as if it had not been quoted.
    pub(crate) fn read_unquoted(&self) -> Resolved {
        read_plain(&self.text)
    }
}

fn read_plain(text: &str) -> Resolved {
    if text.is_empty() {
        return Resolved::Nothing;
    }
    // Only words can be anything else; what a variable brings in must not be read as a structure.
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_' | '~');
    if text.len() > 64 || !text.chars().all(word) || text.starts_with("---") {
        return Resolved::Text;
    }
    match serde_yaml::from_str::<serde_yaml::Value>(text) {
        Ok(serde_yaml::Value::Null) => Resolved::Nothing,
        Ok(serde_yaml::Value::Bool(truth)) => Resolved::Truth(truth),
        Ok(serde_yaml::Value::Number(number)) => number
            .as_u64()
            .map(Resolved::Integer)
            .or(number.as_f64().map(Resolved::Number))
            .unwrap_or(Resolved::Text),
        Ok(_) | Err(_) => Resolved::Text,
    }
}

impl Node {
    /// What it is, for "found ...".
    pub(crate) fn found(&self) -> String {
        match &self.content {
            Content::List(_) => "a list".to_owned(),
            Content::Map(_) => "a mapping".to_owned(),
            Content::Scalar(scalar) => match scalar.read() {
                Resolved::Nothing => "nothing".to_owned(),
                Resolved::Truth(truth) => format!("`{truth}`"),
                Resolved::Integer(_) | Resolved::Number(_) => quoted(&scalar.text),
                Resolved::Text if scalar.text.is_empty() => "an empty text".to_owned(),
                Resolved::Text if scalar.plain => quoted(&scalar.text),
                Resolved::Text => format!("the text {}", quoted(&scalar.text)),
            },
        }
    }

    pub(crate) fn is_broken(&self) -> bool {
        matches!(&self.content, Content::Scalar(scalar) if scalar.broken)
    }

    fn size(&self) -> usize {
        1 + match &self.content {
            Content::Scalar(_) => 0,
            Content::List(nodes) => nodes.iter().map(Self::size).sum(),
            Content::Map(entries) => entries.iter().map(|entry| entry.value.size()).sum(),
        }
    }
}

/// Removes keys written twice from every mapping, and says so.
pub(crate) fn drop_doubles(node: &mut Node, faults: &mut Collected) {
    match &mut node.content {
        Content::Scalar(_) => {}
        Content::List(nodes) => nodes.iter_mut().for_each(|node| drop_doubles(node, faults)),
        Content::Map(entries) => {
            let mut first: HashMap<String, usize> = HashMap::new();
            entries.retain(|entry| {
                if let Some(line) = first.get(&entry.key) {
                    let message = format!("key {} is written twice", quoted(&entry.key));
                    faults.push(
                        Fault::new(entry.key_place, message)
                            .note(format!("it is first written in line {line}")),
                    );
                    return false;
                }
                first.insert(entry.key.clone(), entry.key_place.line);
                true
            });
            entries
                .iter_mut()
                .for_each(|entry| drop_doubles(&mut entry.value, faults));
        }
    }
}
