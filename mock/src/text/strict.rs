//! Structured output as OpenAI wants its schemas where `strict` is set: objects say that they have
//! no other members, and all members are required.

use serde_json::Value;

use super::Refusal;
use super::fields::{Fields, invalid};

/// Deeper levels are not looked at.
const DEEPEST: usize = 32;

/// Checks the `schema` of a format that has `name`, `schema` and `strict`.
pub(super) fn format(format: &Fields<'_>) -> Result<(), Refusal> {
    format.object("schema")?;
    let is_strict = format.flag("strict")?.unwrap_or(false);
    match format.get("schema").filter(|_| is_strict) {
        Some(schema) => check(schema, &format.path("schema"), 0),
        None => Ok(()),
    }
}

fn check(schema: &Value, path: &str, depth: usize) -> Result<(), Refusal> {
    if depth > DEEPEST {
        return Ok(());
    }
    let next = |member: &Value, name: &str| check(member, &format!("{path}.{name}"), depth + 1);
    if let Some(properties) = schema["properties"].as_object() {
        if schema["additionalProperties"] != false {
            let message = "`additionalProperties` must be supplied and be false";
            return Err(invalid(path, message));
        }
        let required = schema["required"].as_array();
        let is_required =
            |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
        if let Some(name) = properties.keys().find(|name| !is_required(name)) {
            let message = format!("`required` must name every property; `{name}` is missing");
            return Err(invalid(path, message));
        }
        for (name, property) in properties {
            next(property, name)?;
        }
    }
    if schema["items"].is_object() {
        next(&schema["items"], "items")?;
    }
    for key in ["anyOf", "$defs", "definitions"] {
        let inner: Vec<&Value> = match &schema[key] {
            Value::Array(all) => all.iter().collect(),
            Value::Object(map) => map.values().collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
        };
        inner.into_iter().try_for_each(|one| next(one, key))?;
    }
    Ok(())
}
