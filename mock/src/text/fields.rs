//! Reading fields of a request body with their types and ranges. Null counts as absent, unknown
//! fields are left alone, and every refusal names the path of its field.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::{Refusal, Tool};

/// An object of the body, and how refusals call it.
#[derive(Clone)]
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
    path: String,
}

pub(super) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Refusal {
    Refusal::Invalid {
        field: field.into(),
        message: message.into(),
    }
}

impl<'a> Fields<'a> {
    /// `path` is empty for the body itself.
    pub(super) fn of(value: &'a Value, path: impl Into<String>) -> Result<Self, Refusal> {
        let path = path.into();
        match value.as_object() {
            Some(map) => Ok(Self { map, path }),
            None => Err(invalid(path, "expected an object")),
        }
    }

    pub(super) fn path(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// Google takes both spellings of a name.
    pub(super) fn either(&self, camel: &'static str, snake: &'static str) -> &'static str {
        if self.get(camel).is_none() && self.get(snake).is_some() {
            snake
        } else {
            camel
        }
    }

    pub(super) fn missing(&self, key: &str) -> Refusal {
        Refusal::Missing {
            field: self.path(key),
        }
    }

    pub(super) fn invalid(&self, key: &str, message: impl Into<String>) -> Refusal {
        invalid(self.path(key), message)
    }

    fn typed<T>(
        &self,
        key: &str,
        what: &str,
        convert: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        match self.get(key) {
            None => Ok(None),
            Some(value) => match convert(value) {
                Some(converted) => Ok(Some(converted)),
                None => Err(self.invalid(key, format!("expected {what}"))),
            },
        }
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>, Refusal> {
        self.typed(key, "a string", Value::as_str)
    }

    /// A string that must be there and not be empty.
    pub(super) fn required_text(&self, key: &str) -> Result<&'a str, Refusal> {
        match self.text(key)? {
            None => Err(self.missing(key)),
            Some("") => Err(self.invalid(key, "must not be empty")),
            Some(text) => Ok(text),
        }
    }

    /// A string that must be there and may be empty.
    pub(super) fn present_text(&self, key: &str) -> Result<&'a str, Refusal> {
        self.text(key)?.ok_or_else(|| self.missing(key))
    }

    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, Refusal> {
        self.typed(key, "a boolean", Value::as_bool)
    }

    pub(super) fn list(&self, key: &str) -> Result<Option<&'a [Value]>, Refusal> {
        self.typed(key, "an array", |value| value.as_array().map(Vec::as_slice))
    }

    /// A list that must be there with at least one entry.
    pub(super) fn required_list(&self, key: &str) -> Result<&'a [Value], Refusal> {
        match self.list(key)? {
            None => Err(self.missing(key)),
            Some([]) => Err(self.invalid(key, "must have at least one entry")),
            Some(list) => Ok(list),
        }
    }

    /// A list, or the only entry of one without the brackets, as Google's JSON allows.
    pub(super) fn list_or_one(&self, key: &str) -> Result<Option<&'a [Value]>, Refusal> {
        match self.get(key) {
            Some(one @ Value::Object(_)) => Ok(Some(std::slice::from_ref(one))),
            Some(_) | None => self.list(key),
        }
    }

    pub(super) fn object(&self, key: &str) -> Result<Option<Fields<'a>>, Refusal> {
        self.get(key)
            .map(|value| Fields::of(value, self.path(key)))
            .transpose()
    }

    pub(super) fn whole(
        &self,
        key: &str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<u64>, Refusal> {
        let found = self.typed(key, "an integer", |value| {
            (value.is_i64() || value.is_u64()).then(|| value.as_u64())
        })?;
        match found {
            None => Ok(None),
            Some(Some(number)) if range.contains(&number) => Ok(Some(number)),
            Some(_) => Err(self.out_of(key, range.start(), range.end())),
        }
    }

    pub(super) fn number(
        &self,
        key: &str,
        range: RangeInclusive<f64>,
    ) -> Result<Option<f64>, Refusal> {
        match self.typed(key, "a number", Value::as_f64)? {
            Some(number) if !range.contains(&number) => {
                Err(self.out_of(key, range.start(), range.end()))
            }
            found => Ok(found),
        }
    }

    fn out_of<T: std::fmt::Display>(&self, key: &str, low: T, high: T) -> Refusal {
        self.invalid(key, format!("must be between {low} and {high}"))
    }

    /// One of the listed words.
    pub(super) fn word(&self, key: &str, words: &[&str]) -> Result<Option<&'a str>, Refusal> {
        match self.text(key)? {
            Some(word) if !words.contains(&word) => {
                Err(self.invalid(key, format!("must be one of {}", words.join(", "))))
            }
            found => Ok(found),
        }
    }
}

/// The strings of a list, without the empty ones, which match nothing.
pub(super) fn strings(fields: &Fields<'_>, key: &str, most: usize) -> Result<Vec<String>, Refusal> {
    let list = fields.list(key)?.unwrap_or_default();
    if list.len() > most {
        return Err(fields.invalid(key, format!("has more than {most} entries")));
    }
    let mut strings = Vec::with_capacity(list.len());
    for (at, value) in list.iter().enumerate() {
        match value.as_str() {
            None => return Err(fields.invalid(&format!("{key}[{at}]"), "expected a string")),
            Some("") => {}
            Some(text) => strings.push(text.to_owned()),
        }
    }
    Ok(strings)
}

/// A function's name and schema, the name checked against the vendor's alphabet and length.
pub(super) fn function(
    fields: &Fields<'_>,
    schemas: &[&str],
    extra: &str,
    longest: usize,
) -> Result<Tool, Refusal> {
    let name = fields.required_text("name")?;
    let is_legal = |letter: char| letter.is_ascii_alphanumeric() || extra.contains(letter);
    if name.len() > longest || !name.chars().all(is_legal) {
        let rule = format!("must be at most {longest} letters, digits or one of `{extra}`");
        return Err(fields.invalid("name", rule));
    }
    let schema = schemas.iter().find(|key| fields.get(key).is_some());
    let mut parameters = Value::Null;
    if let Some(key) = schema {
        fields.object(key)?;
        parameters = fields.get(key).cloned().unwrap_or_default();
    }
    Ok(Tool {
        name: name.to_owned(),
        parameters,
    })
}

/// Refuses a choice of a tool that was not offered.
pub(super) fn known_tool(tools: &[Tool], name: &str, field: &str) -> Result<(), Refusal> {
    if tools.iter().any(|tool| tool.name == name) {
        Ok(())
    } else {
        Err(invalid(
            field,
            format!("names a tool that is not offered: `{name}`"),
        ))
    }
}
