//! From text to [`Scenario`]: tree, variables, tables, meaning. All faults at once.

use super::definition::{Object, REPLICA, SCENARIO};
use super::fault::{Collected, Fault, Faults, Secrecy, Source};
use super::record::Record;
use super::replica::ReplicaSetting;
use super::shape::Reader;
use super::tree::{self, Content, Node};
use super::variables::{self, Environment};
use super::{Scenario, Vocabulary, key, meaning};
use crate::diagnostic::Place;

/// No scenario comes near it; a log or a recording given by mistake does.
const MOST_BYTES: usize = 1 << 20;

impl Scenario {
    /// Reads a scenario, or says everything that is wrong with it, in the order of the file.
    pub fn parse(
        source: &Source,
        environment: &dyn Environment,
        vocabulary: &Vocabulary<'_>,
    ) -> Result<Self, Faults> {
        let mut faults = Collected::default();
        let mut secret = Vec::new();
        let record = read(&SCENARIO, source, environment, &mut faults, &mut secret);
        let scenario = record.and_then(|record| meaning::build(&record, vocabulary, &mut faults));
        if scenario.is_none() && faults.len() == 0 {
            // Readers skip only what was already told; still, no scenario must have a reason.
            let place = Place {
                line: 1,
                column: 1,
                length: 1,
            };
            faults.push(Fault::new(place, "the scenario makes no sense as a whole"));
        }
        faults.into_result(source, &secret)?;
        Ok(scenario.expect("without a scenario there is a fault, just above"))
    }
}

impl ReplicaSetting {
    /// Reads the keys of `replica` from a text of their own, or says everything that is wrong.
    pub fn parse(
        source: &Source,
        environment: &dyn Environment,
        vocabulary: &Vocabulary<'_>,
    ) -> Result<Self, Faults> {
        let mut faults = Collected::default();
        let mut secret = Vec::new();
        let record = read(&REPLICA, source, environment, &mut faults, &mut secret);
        let setting = record.map(|record| meaning::replica(&record, vocabulary, &mut faults));
        faults.into_result(source, &secret)?;
        // Nothing to read and nothing wrong: nothing is said.
        Ok(setting.unwrap_or_default())
    }
}

/// The text by the tables of `object`.
fn read(
    object: &'static Object,
    source: &Source,
    environment: &dyn Environment,
    faults: &mut Collected,
    secret: &mut Vec<Secrecy>,
) -> Option<Record> {
    if source.text.len() > MOST_BYTES {
        let place = Place {
            line: 1,
            column: 1,
            length: 1,
        };
        let message = format!(
            "the file has {} bytes, at most {MOST_BYTES} are read",
            source.text.len()
        );
        faults.push(Fault::new(place, message));
        return None;
    }
    let mut root = tree::parse(&source.text, faults)?;
    tree::drop_doubles(&mut root, faults);
    // The key's variable is resolved apart from all others, so that its value is never just text.
    secret.extend(keys_of(&root).into_iter().map(|key| key.stretch));
    fill_in(&mut root, environment, faults);
    let text_lines: Vec<&str> = source.text.lines().collect();
    Reader {
        text_lines: &text_lines,
        environment,
        faults,
    }
    .read_root(object, &root)
}

/// The values of `key` and below `keys` that may hold a key and not only say where one is.
fn keys_of(root: &Node) -> Vec<&Node> {
    let Content::Map(entries) = &root.content else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries {
        match (entry.key.as_str(), &entry.value.content) {
            ("keys", Content::Map(named)) => found.extend(named.iter().map(|one| &one.value)),
            ("key" | "keys", _) => found.push(&entry.value),
            _ => {}
        }
    }
    found.retain(|value| !key::is_reference(value));
    found
}

fn fill_in(root: &mut Node, environment: &dyn Environment, faults: &mut Collected) {
    let Content::Map(entries) = &mut root.content else {
        return variables::fill_in(root, environment, faults);
    };
    let is_text = |node: &Node| matches!(node.content, Content::Scalar(_));
    for entry in entries {
        if entry.key == "key" && is_text(&entry.value) {
            continue;
        }
        match &mut entry.value.content {
            Content::Map(named) if entry.key == "keys" => {
                let files = named.iter_mut().filter(|one| !is_text(&one.value));
                files.for_each(|one| variables::fill_in(&mut one.value, environment, faults));
            }
            Content::Map(_) | Content::List(_) | Content::Scalar(_) => {
                variables::fill_in(&mut entry.value, environment, faults);
            }
        }
    }
}
