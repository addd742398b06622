//! Mappings with known keys: unknown, missing and out-of-place keys, and defaults.

use super::super::definition::{Case, Choice, Field, FieldPresence, Object, Presence};
use super::super::fault::{Collected, Fault, listed, quoted};
use super::super::record::{Item, Record, RecordField, Value};
use super::super::tree::{self, Content, Entry, Node};
use super::Reader;
use crate::diagnostic::Place;

impl Reader<'_> {
    pub(super) fn read_object(
        &mut self,
        object: &'static Object,
        entries: &[Entry],
        owner: Place,
    ) -> Record {
        let mut record = Record {
            place: owner,
            fields: Vec::new(),
        };
        let case = match &object.choice {
            None => None,
            Some(choice) => self.read_choice(object, choice, entries, &mut record),
        };
        let undecided = object.choice.is_some() && case.is_none();
        let fields: Vec<&'static Field> = object.fields_of(case).collect();
        let is_choice = |key: &str| object.choice.as_ref().is_some_and(|c| c.key == key);
        for entry in entries.iter().filter(|entry| !is_choice(&entry.key)) {
            match fields.iter().find(|field| field.key == entry.key) {
                Some(field) => self.read_field(object, case, field, entry, &mut record),
                // Without a case it cannot be told whether the key fits; but a slip can.
                None if undecided && takers(object, &entry.key).next().is_some() => {}
                None => self.faults.push(unknown_key(object, case, &fields, entry)),
            }
        }
        let present = |key: &str| entries.iter().any(|entry| entry.key == key);
        for field in fields.iter().filter(|field| !present(field.key)) {
            match field.presence {
                Presence::Optional => {}
                Presence::Required => self.faults.push(missing(object, case, field, owner)),
                Presence::Default(text) => {
                    let item = self.default_item(field, text, owner);
                    record.fields.extend(item.map(|item| RecordField {
                        key: field.key,
                        place: owner,
                        written: false,
                        item,
                    }));
                }
            }
        }
        if object.presence == FieldPresence::ExactlyOne {
            self.check_exactly_one(object, entries, owner);
        }
        record
    }

    fn read_choice(
        &mut self,
        object: &'static Object,
        choice: &'static Choice,
        entries: &[Entry],
        record: &mut Record,
    ) -> Option<&'static Case> {
        let words: Vec<&str> = choice.cases.iter().map(|case| case.word).collect();
        let Some(entry) = entries.iter().find(|entry| entry.key == choice.key) else {
            let message = format!("this {} has no `{}`", object.name, choice.key);
            self.faults
                .push(Fault::new(record.place, message).help(format!(
                    "{}: `{}: {}`",
                    choice.about.to_lowercase(),
                    choice.key,
                    choice.example
                )));
            return None;
        };
        if entry.value.is_broken() {
            return None;
        }
        let text = match &entry.value.content {
            Content::Scalar(scalar) => scalar.text.as_str(),
            Content::List(_) | Content::Map(_) => "",
        };
        let Some(case) = choice.cases.iter().find(|case| case.word == text) else {
            let found = entry.value.found();
            let message = format!("unknown {} {found}", choice.key);
            let fault = Fault::new(entry.value.place, message).suggest(text, &words);
            self.faults.push(if fault.help.is_empty() {
                fault.help(format!("known: {}", listed(&words, "and")))
            } else {
                fault
            });
            return None;
        };
        record.fields.push(RecordField {
            key: choice.key,
            place: entry.key_place,
            written: true,
            item: Item {
                place: entry.value.place,
                verbatim: None,
                value: Value::Word(case.word),
            },
        });
        Some(case)
    }

    fn read_field(
        &mut self,
        object: &'static Object,
        case: Option<&'static Case>,
        field: &'static Field,
        entry: &Entry,
        record: &mut Record,
    ) {
        let before = self.faults.len();
        match self.read(field.kind, &entry.value, entry.key_place) {
            Some(item) => record.fields.push(RecordField {
                key: field.key,
                place: entry.key_place,
                written: true,
                item,
            }),
            None => {
                let others = self.takers_of_value(object, case, field, &entry.value);
                if !others.is_empty() && self.faults.len() == before + 1 {
                    let help = format!("{} takes that value", listed(&others, "or"));
                    self.faults.amend_last(help);
                }
            }
        }
    }

    /// Other cases in which this key may have this value.
    fn takers_of_value(
        &mut self,
        object: &'static Object,
        case: Option<&'static Case>,
        field: &'static Field,
        value: &Node,
    ) -> Vec<&'static str> {
        let Some(case) = case else { return Vec::new() };
        if case.field(field.key).is_none() {
            return Vec::new();
        }
        let others = object
            .cases()
            .iter()
            .filter(|other| other.word != case.word);
        let fitting = others.filter(|other| {
            other.field(field.key).is_some_and(|field| {
                let mut unheard = Collected::default();
                let mut reader = Reader {
                    faults: &mut unheard,
                    ..*self
                };
                reader.read(field.kind, value, value.place).is_some() && unheard.len() == 0
            })
        });
        fitting.map(|other| other.word).collect()
    }

    /// Reads the default as if it stood in the file.
    fn default_item(&mut self, field: &'static Field, text: &str, owner: Place) -> Option<Item> {
        let mut node = tree::parse(text, self.faults)?;
        node.place = owner;
        self.read(field.kind, &node, owner)
    }

    fn check_exactly_one(&mut self, object: &'static Object, entries: &[Entry], owner: Place) {
        let keys: Vec<&str> = object.fields.iter().map(|field| field.key).collect();
        let known: Vec<&Entry> = entries
            .iter()
            .filter(|entry| keys.contains(&entry.key.as_str()))
            .collect();
        match known.as_slice() {
            [_] => {}
            [] => {
                let message = format!("this {} has neither {}", object.name, listed(&keys, "nor"));
                self.faults.push(Fault::new(owner, message));
            }
            [_, second, ..] => {
                let message = format!("only one of {} can be given", listed(&keys, "and"));
                self.faults.push(Fault::new(second.key_place, message));
            }
        }
    }
}

/// Words of the cases that have this key.
fn takers(object: &'static Object, key: &str) -> impl Iterator<Item = &'static str> {
    let cases = object.cases().iter();
    cases
        .filter(move |case| case.field(key).is_some())
        .map(|case| case.word)
}

fn unknown_key(
    object: &'static Object,
    case: Option<&'static Case>,
    fields: &[&'static Field],
    entry: &Entry,
) -> Fault {
    let key = quoted(&entry.key);
    if let Some(case) = case {
        let takers: Vec<&str> = takers(object, &entry.key).collect();
        if !takers.is_empty() {
            let message = format!("key {key} does not apply to `{}`", case.word);
            let takes = if takers.len() == 1 { "takes" } else { "take" };
            let help = format!("{} {takes} it", listed(&takers, "and"));
            return Fault::new(entry.key_place, message).help(help);
        }
    }
    let mut known: Vec<&str> = fields.iter().map(|field| field.key).collect();
    known.extend(object.choice.as_ref().map(|choice| choice.key));
    if case.is_none() {
        let cases = object.cases().iter().flat_map(|case| case.fields.iter());
        known.extend(cases.flat_map(|group| group.iter()).map(|field| field.key));
    }
    Fault::new(entry.key_place, format!("unknown key {key}")).suggest(&entry.key, &known)
}

fn missing(
    object: &'static Object,
    case: Option<&'static Case>,
    field: &'static Field,
    owner: Place,
) -> Fault {
    let what = match case {
        Some(case) if case.field(field.key).is_some() => format!("`{}`", case.word),
        Some(_) | None => format!("this {}", object.name),
    };
    let fault = Fault::new(owner, format!("{what} needs the key `{}`", field.key));
    let about = lowered(field.about);
    if field.example.is_empty() {
        fault.help(about)
    } else {
        fault.help(format!("{about}: `{}: {}`", field.key, field.example))
    }
}

/// The first letter small, unless the word is a name in capitals.
fn lowered(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), text.chars().nth(1)) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}
