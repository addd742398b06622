//! What may be written in a scenario, key by key.
//!
//! These tables are the one source of the checks (`shape`), of the defaults, of the JSON Schema
//! (`schema`) and of `docs/scenario.md` (`markdown`). A key is added by adding a [`Field`] here and
//! reading it in `meaning`. What one value says about another (a mix names requests) is not here
//! but in `meaning`.

mod account;
mod billing;
mod conformance;
mod images;
mod phase;
mod replica;
mod request;
mod root;
mod setting;
mod task;
mod text;
mod utility;

use std::time::Duration;

pub(crate) use billing::POLICY;
#[cfg(test)]
pub(crate) use replica::paths as replica_paths;
pub(crate) use replica::{MOST_SLOW, REPLICA};
pub(crate) use root::SCENARIO;

/// A mapping with known keys.
#[derive(Debug)]
pub(crate) struct Object {
    /// What it is called in messages, in the schema and in the documentation: `request`.
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) fields: &'static [Field],
    pub(crate) presence: FieldPresence,
    /// A key whose word decides which other keys there are.
    pub(crate) choice: Option<Choice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldPresence {
    /// Each field says for itself whether it is required.
    Each,
    /// Exactly one of the fields is given.
    ExactlyOne,
}

#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) key: &'static str,
    pub(crate) about: &'static str,
    pub(crate) example: &'static str,
    pub(crate) cases: &'static [Case],
}

#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) word: &'static str,
    pub(crate) about: &'static str,
    /// Groups of fields, so that cases can share them.
    pub(crate) fields: &'static [&'static [Field]],
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) key: &'static str,
    pub(crate) kind: Kind,
    pub(crate) presence: Presence,
    pub(crate) about: &'static str,
    /// Beyond what the kind shows by itself; may be empty.
    pub(crate) example: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Required,
    Optional,
    /// In YAML; an absent key is read as this.
    Default(&'static str),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Any text; `least` characters at least.
    Text {
        least: usize,
    },
    /// Text of a certain form.
    Formed(&'static Form),
    Integer {
        min: u64,
        max: u64,
    },
    /// A decimal number with at most `decimals` digits after the point.
    Number {
        min: f64,
        max: f64,
        decimals: u32,
    },
    Truth,
    Duration {
        min: Duration,
        max: Duration,
    },
    Rate,
    /// A rate that may be zero.
    Level,
    Spread,
    Word(&'static [Word]),
    List {
        item: &'static Kind,
        of: &'static str,
        min: usize,
        max: usize,
    },
    /// A mapping from names that the author picks.
    Named {
        item: &'static Kind,
        of: &'static str,
        min: usize,
        max: usize,
    },
    Object(&'static Object),
    /// One of several kinds, told apart by YAML's own types.
    Either(&'static [Kind]),
    /// A `${VAR}` that holds a key.
    SecretReference,
}

#[derive(Debug)]
pub(crate) struct Word {
    pub(crate) word: &'static str,
    pub(crate) about: &'static str,
}

#[derive(Debug)]
pub(crate) struct Form {
    /// With an example: "a size such as `1024x1024`".
    pub(crate) what: &'static str,
    /// For the JSON Schema; the same as `holds`, or wider.
    pub(crate) pattern: &'static str,
    /// Says what is wrong with it.
    pub(crate) check: fn(&str) -> Result<(), String>,
}

impl Object {
    /// Fields that are there whatever the choice is, and those of the case with this word.
    pub(crate) fn fields_of<'a>(
        &'a self,
        case: Option<&'a Case>,
    ) -> impl Iterator<Item = &'static Field> + use<> {
        let own = self.fields.iter();
        let groups = case.map_or::<&'static [&'static [Field]], _>(&[], |case| case.fields);
        own.chain(groups.iter().flat_map(|group| group.iter()))
    }

    pub(crate) fn cases(&self) -> &'static [Case] {
        self.choice.as_ref().map_or(&[], |choice| choice.cases)
    }
}

impl Case {
    pub(crate) fn field(&self, key: &str) -> Option<&'static Field> {
        self.fields
            .iter()
            .flat_map(|group| group.iter())
            .find(|field| field.key == key)
    }
}

impl Field {
    pub(crate) const fn required(key: &'static str, kind: Kind, about: &'static str) -> Self {
        Self {
            key,
            kind,
            presence: Presence::Required,
            about,
            example: "",
        }
    }

    pub(crate) const fn optional(key: &'static str, kind: Kind, about: &'static str) -> Self {
        Self {
            key,
            kind,
            presence: Presence::Optional,
            about,
            example: "",
        }
    }

    pub(crate) const fn default(
        key: &'static str,
        kind: Kind,
        default: &'static str,
        about: &'static str,
    ) -> Self {
        Self {
            key,
            kind,
            presence: Presence::Default(default),
            about,
            example: "",
        }
    }

    pub(crate) const fn example(self, example: &'static str) -> Self {
        Self { example, ..self }
    }
}

pub(crate) const fn word(word: &'static str, about: &'static str) -> Word {
    Word { word, about }
}

/// Text that is not empty.
pub(crate) const TEXT: Kind = Kind::Text { least: 1 };

/// Names end up in thresholds, tags and file names.
pub(crate) static NAME: Form = Form {
    what: "a name of letters, digits, `-`, `_` and `.`",
    pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
    check: |text| {
        let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if text.len() > 64 {
            return Err("a name has at most 64 characters".to_owned());
        }
        if text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(inner) {
            return Ok(());
        }
        Err(
            "a name is made of letters, digits, `-`, `_` and `.`, a letter or digit first"
                .to_owned(),
        )
    },
};

/// `1024x1024` or `auto`.
pub(crate) static SIZE: Form = Form {
    what: "a size such as `1024x1024`, or `auto`",
    pattern: "^([0-9]{1,5}x[0-9]{1,5}|auto)$",
    check: |text| {
        pair(text, 'x', 5)
            .then_some(())
            .or((text == "auto").then_some(()))
            .ok_or_else(String::new)
    },
};

/// `16:9`.
pub(crate) static RATIO: Form = Form {
    what: "a ratio such as `16:9` (in quotes, or YAML may read a number)",
    pattern: "^[0-9]{1,3}:[0-9]{1,3}$",
    check: |text| pair(text, ':', 3).then_some(()).ok_or_else(String::new),
};

fn pair(text: &str, between: char, digits: usize) -> bool {
    let number =
        |part: &str| (1..=digits).contains(&part.len()) && part.chars().all(|c| c.is_ascii_digit());
    text.split_once(between)
        .is_some_and(|(left, right)| number(left) && number(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every object below `kind`, itself included.
    fn objects(kind: Kind, found: &mut Vec<&'static Object>) {
        match kind {
            Kind::Object(object) => {
                found.push(object);
                let cases = object.cases().iter().flat_map(|case| case.fields.iter());
                let fields = object
                    .fields
                    .iter()
                    .chain(cases.flat_map(|group| group.iter()));
                fields.for_each(|field| objects(field.kind, found));
            }
            Kind::List { item, .. } | Kind::Named { item, .. } => objects(*item, found),
            Kind::Either(kinds) => kinds.iter().for_each(|kind| objects(*kind, found)),
            Kind::Text { .. }
            | Kind::Formed(_)
            | Kind::Integer { .. }
            | Kind::Number { .. }
            | Kind::Truth
            | Kind::Duration { .. }
            | Kind::Rate
            | Kind::Level
            | Kind::Spread
            | Kind::Word(_)
            | Kind::SecretReference => {}
        }
    }

    #[test]
    fn no_case_has_a_key_twice_and_every_key_is_explained() {
        let mut found = Vec::new();
        objects(Kind::Object(&SCENARIO), &mut found);
        for object in found {
            let none = [None];
            let cases: Vec<Option<&Case>> = match object.cases() {
                [] => none.to_vec(),
                cases => cases.iter().map(Some).collect(),
            };
            for case in cases {
                let fields: Vec<&Field> = object.fields_of(case).collect();
                for (index, field) in fields.iter().enumerate() {
                    let twice = fields[index + 1..]
                        .iter()
                        .any(|other| other.key == field.key);
                    assert!(!twice, "{}: `{}` twice", object.name, field.key);
                    assert!(!field.about.is_empty(), "{}: `{}`", object.name, field.key);
                    assert!(
                        !field.about.ends_with('.'),
                        "{}: `{}`",
                        object.name,
                        field.key
                    );
                }
            }
        }
    }
}
