//! JSON as answers carry it: read fast, kept exactly.
//!
//! Answers are read once and looked into hundreds of times, once or more by each rule. So objects
//! are lists in the order of the wire (most have a handful of members, and a list that short is
//! searched faster than anything can be hashed), short strings lie inside their value, and a number
//! stays the text it was, since money is decided by digits that a double would lose. Requests are
//! written with `serde_json`; whatever comes back is read with this.

mod form;
mod number;
mod object;
mod parse;
mod place;
mod print;

use std::ops::Index;

use compact_str::CompactString;

use crate::reads;

pub use form::{form, is_free, skeleton};
pub use number::Number;
pub use object::{Object, tag};
pub use parse::{Error, parse};
pub use place::{Place, ascii, place, scalar_places, scalars, text};

/// One JSON value.
#[derive(Debug, Default)]
pub enum Value {
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    String(CompactString),
    Array(Vec<Value>),
    Object(Object),
}

static NULL: Value = Value::Null;

/// What a value can be looked into with: a member's name or a position.
pub trait Key {
    fn of(self, value: &Value) -> Option<&Value>;
}

impl Key for &str {
    #[inline(always)]
    fn of(self, value: &Value) -> Option<&Value> {
        value.as_object()?.get(self)
    }
}

impl Key for &String {
    #[inline(always)]
    fn of(self, value: &Value) -> Option<&Value> {
        value.as_object()?.get(self)
    }
}

impl<K: Key + Copy> Key for &K {
    fn of(self, value: &Value) -> Option<&Value> {
        (*self).of(value)
    }
}

impl Key for usize {
    fn of(self, value: &Value) -> Option<&Value> {
        value.as_array()?.get(self)
    }
}

impl Value {
    /// A member of an object, or an element of an array.
    #[inline(always)]
    pub fn get(&self, key: impl Key) -> Option<&Self> {
        key.of(self)
    }

    /// By a JSON pointer (RFC 6901) whose names have neither `/` nor `~`.
    pub fn pointer(&self, path: &str) -> Option<&Self> {
        let mut value = self;
        let mut rest = path;
        // Byte by byte: names are short, and this is asked for often.
        while let Some(start) = rest.bytes().position(|byte| byte == b'/') {
            rest = &rest[start + 1..];
            let end = rest.bytes().position(|byte| byte == b'/');
            let name = &rest[..end.unwrap_or(rest.len())];
            value = match value {
                Self::Object(object) => object.get(name)?,
                Self::Array(items) => items.get(name.parse::<usize>().ok()?)?,
                Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => return None,
            };
        }
        Some(value)
    }

    #[inline]
    pub fn as_str(&self) -> Option<&str> {
        reads::note_value(self);
        if let Self::String(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// Of a string, whether there is anything in it.
    pub fn says(&self) -> Option<bool> {
        reads::note_noise(self);
        if let Self::String(text) = self {
            Some(!text.is_empty())
        } else {
            None
        }
    }

    /// The text of a string, or a number without an exponent, with every digit it was written with.
    pub fn plain(&self) -> Option<CompactString> {
        let text = self.as_str().map(CompactString::from);
        text.or_else(|| self.as_number()?.plain())
    }

    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    pub fn as_number(&self) -> Option<&Number> {
        reads::note_value(self);
        if let Self::Number(number) = self {
            Some(number)
        } else {
            None
        }
    }

    pub fn as_u64(&self) -> Option<u64> {
        self.as_number()?.as_u64()
    }

    pub fn as_i64(&self) -> Option<i64> {
        self.as_number()?.as_i64()
    }

    pub fn as_f64(&self) -> Option<f64> {
        self.as_number().map(Number::as_f64)
    }

    pub fn as_array(&self) -> Option<&Vec<Self>> {
        if let Self::Array(items) = self {
            Some(items)
        } else {
            None
        }
    }

    #[inline]
    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(object) = self {
            Some(object)
        } else {
            None
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub fn is_boolean(&self) -> bool {
        matches!(self, Self::Bool(_))
    }

    pub fn is_number(&self) -> bool {
        matches!(self, Self::Number(_))
    }

    pub fn is_u64(&self) -> bool {
        matches!(self, Self::Number(number) if number.as_u64().is_some())
    }

    pub fn is_i64(&self) -> bool {
        self.as_i64().is_some()
    }

    pub fn is_string(&self) -> bool {
        matches!(self, Self::String(_))
    }

    pub fn is_array(&self) -> bool {
        matches!(self, Self::Array(_))
    }

    pub fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }
}

// By hand, so that it is seen who reads a value in this way.
impl Clone for Value {
    fn clone(&self) -> Self {
        reads::note_value(self);
        match self {
            Self::Null => Self::Null,
            Self::Bool(value) => Self::Bool(*value),
            Self::Number(number) => Self::Number(number.clone()),
            Self::String(text) => Self::String(text.clone()),
            Self::Array(items) => Self::Array(items.clone()),
            Self::Object(object) => Self::Object(object.clone()),
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        reads::note_value(self);
        reads::note_value(other);
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::Number(one), Self::Number(other)) => one == other,
            (Self::String(one), Self::String(other)) => one == other,
            (Self::Array(one), Self::Array(other)) => one == other,
            (Self::Object(one), Self::Object(other)) => one == other,
            (
                Self::Null
                | Self::Bool(_)
                | Self::Number(_)
                | Self::String(_)
                | Self::Array(_)
                | Self::Object(_),
                _,
            ) => false,
        }
    }
}

/// `null` where there is nothing, as in `value["error"]["type"]`.
impl<K: Key> Index<K> for Value {
    type Output = Self;

    fn index(&self, key: K) -> &Self {
        self.get(key).unwrap_or(&NULL)
    }
}

impl PartialEq<str> for Value {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<&str> for Value {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == Some(*other)
    }
}

impl PartialEq<bool> for Value {
    fn eq(&self, other: &bool) -> bool {
        self.as_bool() == Some(*other)
    }
}

impl PartialEq<i64> for Value {
    fn eq(&self, other: &i64) -> bool {
        self.as_i64() == Some(*other)
    }
}

impl PartialEq<i32> for Value {
    fn eq(&self, other: &i32) -> bool {
        self.as_i64() == Some(i64::from(*other))
    }
}

impl PartialEq<u64> for Value {
    fn eq(&self, other: &u64) -> bool {
        self.as_u64() == Some(*other)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(value),
            serde_json::Value::Number(number) => Self::Number(Number::new(&number.to_string())),
            serde_json::Value::String(text) => Self::String(text.into()),
            serde_json::Value::Array(items) => {
                Self::Array(items.into_iter().map(Self::from).collect())
            }
            serde_json::Value::Object(members) => {
                let members = members.into_iter();
                let members = members.map(|(name, value)| (name.into(), Self::from(value)));
                Self::Object(Object::new(members.collect()))
            }
        }
    }
}

/// For what is written again: a request that a mistake is put into.
impl From<&Value> for serde_json::Value {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => number.as_i64().map_or_else(
                || {
                    number
                        .as_u64()
                        .map_or_else(|| number.as_f64().into(), Self::from)
                },
                Self::from,
            ),
            Value::String(text) => Self::String(text.to_string()),
            Value::Array(items) => Self::Array(items.iter().map(Self::from).collect()),
            Value::Object(object) => {
                let members = object.iter();
                let members = members.map(|(name, value)| (name.to_owned(), Self::from(value)));
                Self::Object(members.collect())
            }
        }
    }
}

#[cfg(test)]
mod tests;
