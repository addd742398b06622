//! Values that hold to the tables of `definition`, with their places; the input of `meaning`.
//!
//! What had a fault is absent here, and the fault already told: readers skip it in silence, so that
//! one mistake is told once and the rest of the file is still looked at.

use std::time::Duration;

use super::{KeySource, Spread};
use crate::diagnostic::Place;
use crate::units::Rate;

#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) place: Place,
    /// The text stands in the file just so, from this column on: parts of it have places, too.
    pub(crate) verbatim: Option<usize>,
    pub(crate) value: Value,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    Integer(u64),
    Number(f64),
    Truth(bool),
    Duration(Duration),
    Rate(Rate),
    /// A rate that may be zero, in a second.
    Level(f64),
    Spread(Spread),
    Word(&'static str),
    Key(KeySource),
    List(Vec<Item>),
    Named(Vec<Named>),
    Record(Record),
}

/// An entry of a mapping whose names the author picked.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) place: Place,
    /// `None`: it had a fault. The name counts all the same.
    pub(crate) item: Option<Item>,
}

#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) place: Place,
    pub(crate) fields: Vec<RecordField>,
}

#[derive(Debug, Clone)]
pub(crate) struct RecordField {
    pub(crate) key: &'static str,
    /// Of the key; of the record where the value is the default.
    pub(crate) place: Place,
    /// Written in the file, not a default.
    pub(crate) written: bool,
    pub(crate) item: Item,
}

impl Record {
    pub(crate) fn field(&self, key: &str) -> Option<&RecordField> {
        self.fields.iter().find(|field| field.key == key)
    }

    /// The field if it stands in the file.
    pub(crate) fn written(&self, key: &str) -> Option<&RecordField> {
        self.field(key).filter(|field| field.written)
    }

    pub(crate) fn value(&self, key: &str) -> Option<&Value> {
        self.field(key).map(|field| &field.item.value)
    }

    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.value(key)?.as_text().map(str::to_owned)
    }

    pub(crate) fn word(&self, key: &str) -> Option<&'static str> {
        self.value(key)?.as_word()
    }

    pub(crate) fn integer(&self, key: &str) -> Option<u64> {
        self.value(key)?.as_integer()
    }

    /// An integer whose range in the tables is within `u32`.
    pub(crate) fn small(&self, key: &str) -> Option<u32> {
        self.integer(key)
            .and_then(|integer| u32::try_from(integer).ok())
    }

    pub(crate) fn number(&self, key: &str) -> Option<f64> {
        let Value::Number(number) = self.value(key)? else {
            return None;
        };
        Some(*number)
    }

    pub(crate) fn truth(&self, key: &str) -> Option<bool> {
        let Value::Truth(truth) = self.value(key)? else {
            return None;
        };
        Some(*truth)
    }

    pub(crate) fn duration(&self, key: &str) -> Option<Duration> {
        let Value::Duration(duration) = self.value(key)? else {
            return None;
        };
        Some(*duration)
    }

    pub(crate) fn rate(&self, key: &str) -> Option<Rate> {
        let Value::Rate(rate) = self.value(key)? else {
            return None;
        };
        Some(*rate)
    }

    /// A rate that may be zero.
    pub(crate) fn level(&self, key: &str) -> Option<f64> {
        let Value::Level(level) = self.value(key)? else {
            return None;
        };
        Some(*level)
    }

    pub(crate) fn spread(&self, key: &str) -> Option<Spread> {
        self.value(key)?.as_spread()
    }

    pub(crate) fn record(&self, key: &str) -> Option<&Record> {
        self.value(key)?.as_record()
    }

    pub(crate) fn list(&self, key: &str) -> Option<&[Item]> {
        self.value(key)?.as_list()
    }

    pub(crate) fn named(&self, key: &str) -> Option<&[Named]> {
        let Value::Named(named) = self.value(key)? else {
            return None;
        };
        Some(named)
    }
}

impl Value {
    pub(crate) fn as_text(&self) -> Option<&str> {
        let Self::Text(text) = self else { return None };
        Some(text)
    }

    pub(crate) fn as_word(&self) -> Option<&'static str> {
        let Self::Word(word) = self else { return None };
        Some(word)
    }

    pub(crate) fn as_integer(&self) -> Option<u64> {
        let Self::Integer(integer) = self else {
            return None;
        };
        Some(*integer)
    }

    pub(crate) fn as_spread(&self) -> Option<Spread> {
        let Self::Spread(spread) = self else {
            return None;
        };
        Some(*spread)
    }

    pub(crate) fn as_list(&self) -> Option<&[Item]> {
        let Self::List(items) = self else { return None };
        Some(items)
    }

    pub(crate) fn as_record(&self) -> Option<&Record> {
        let Self::Record(record) = self else {
            return None;
        };
        Some(record)
    }
}
