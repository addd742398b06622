//! Reading fields of a JSON object with errors that name them.

use serde_json::{Map, Value};

use super::problem::Problem;

/// The object that a body must be.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Value>, Problem> {
    match serde_json::from_slice(body).map_err(Problem::malformed)? {
        Value::Object(fields) => Ok(fields),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(Problem::malformed("it is not an object"))
        }
    }
}

/// A field that is there and not null.
fn present<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields.get(name).filter(|value| !value.is_null())
}

pub(crate) fn text<'a>(
    fields: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a str>, Problem> {
    let wrong = || Problem::invalid(name, format!("`{name}` must be a string"));
    present(fields, name)
        .map(|value| value.as_str().ok_or_else(wrong))
        .transpose()
}

/// A string that must be there and not empty.
pub(crate) fn needed<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<&'a str, Problem> {
    let missing = || Problem::invalid(name, format!("`{name}` is required"));
    text(fields, name)?
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(missing)
}

/// A whole number between the bounds, both included.
pub(crate) fn number(
    fields: &Map<String, Value>,
    name: &str,
    bounds: (u64, u64),
) -> Result<Option<u64>, Problem> {
    let wrong = || {
        let (least, most) = bounds;
        Problem::invalid(
            name,
            format!("`{name}` must be a whole number from {least} to {most}"),
        )
    };
    let inside = |number: &u64| (bounds.0..=bounds.1).contains(number);
    present(fields, name)
        .map(|value| value.as_u64().filter(inside).ok_or_else(wrong))
        .transpose()
}

pub(crate) fn flag(fields: &Map<String, Value>, name: &str) -> Result<bool, Problem> {
    let wrong = || Problem::invalid(name, format!("`{name}` must be true or false"));
    Ok(present(fields, name)
        .map(|value| value.as_bool().ok_or_else(wrong))
        .transpose()?
        == Some(true))
}

/// A string out of a list; the first of the list where there is none.
pub(crate) fn choice<'a>(
    fields: &'a Map<String, Value>,
    name: &str,
    known: &[&'a str],
) -> Result<&'a str, Problem> {
    let Some(value) = text(fields, name)? else {
        return Ok(known.first().copied().unwrap_or_default());
    };
    if known.contains(&value) {
        return Ok(value);
    }
    let message = format!("`{name}` must be one of {}", known.join(", "));
    Err(Problem::invalid(name, message))
}
