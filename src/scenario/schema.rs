//! The JSON Schema of a scenario (draft 2020-12), made from the tables of `definition`.
//!
//! For editors: it knows shapes, not meanings, so what it accepts can still have faults.

use serde_json::{Map, Value, json};

use super::definition::{Case, Field, FieldPresence, Kind, Object, Presence, SCENARIO};

/// A variable somewhere in a text.
const REFERENCE: &str = r"\$\{[A-Za-z_][A-Za-z0-9_]*(:[^}]*)?\}";

const DURATION: &str = r"^([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h))+$";
const RATE: &str = r"^[0-9]*\.?[0-9]+ */ *[smh]$";
const SPREAD: &str =
    r"^ *([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h))+ *$|^ *(uniform|lognormal|exponential) *\(.*\)$";

/// The schema of the whole file, with a definition for every part of it.
pub fn json_schema() -> Value {
    let mut definitions = Map::new();
    definitions.insert(
        "variable".to_owned(),
        json!({
            "description": "A text with `${VAR}` or `${VAR:default}` in it",
            "type": "string",
            "pattern": REFERENCE,
        }),
    );
    define(&SCENARIO, &mut definitions);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "spikeproof scenario",
        "$ref": reference(SCENARIO.name),
        "$defs": definitions,
    })
}

fn reference(name: &str) -> String {
    format!("#/$defs/{}", name.replace(' ', "-"))
}

/// Adds the definition of an object, and those of all below it.
fn define(object: &'static Object, definitions: &mut Map<String, Value>) {
    let key = object.name.replace(' ', "-");
    if definitions.contains_key(&key) {
        return;
    }
    // Holds the place, so that definitions stand in the order of the file.
    definitions.insert(key.clone(), Value::Null);
    let schema = match &object.choice {
        None => closed(object, None, definitions),
        Some(choice) => {
            let words: Vec<&str> = choice.cases.iter().map(|case| case.word).collect();
            let mut branches = Vec::new();
            for case in choice.cases {
                let name = format!("{key}.{}", case.word);
                let schema = closed(object, Some(case), definitions);
                definitions.insert(name.clone(), schema);
                branches.push(json!({
                    "if": { "properties": { choice.key: { "const": case.word } } },
                    "then": { "$ref": reference(&name) },
                }));
            }
            json!({
                "description": object.about,
                "type": "object",
                "required": [choice.key],
                "properties": {
                    choice.key: { "description": choice.about, "enum": words },
                },
                "allOf": branches,
            })
        }
    };
    definitions.insert(key, schema);
}

/// An object with just these keys.
fn closed(
    object: &'static Object,
    case: Option<&'static Case>,
    definitions: &mut Map<String, Value>,
) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    if let (Some(choice), Some(case)) = (&object.choice, case) {
        properties.insert(
            choice.key.to_owned(),
            json!({ "description": case.about, "const": case.word }),
        );
        required.push(choice.key);
    }
    for field in object.fields_of(case) {
        if field.presence == Presence::Required {
            required.push(field.key);
        }
        properties.insert(field.key.to_owned(), property(field, definitions));
    }
    let mut schema = json!({
        "description": case.map_or(object.about, |case| case.about),
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if object.presence == FieldPresence::ExactlyOne {
        schema["minProperties"] = json!(1);
        schema["maxProperties"] = json!(1);
    }
    schema
}

fn property(field: &Field, definitions: &mut Map<String, Value>) -> Value {
    let mut schema = json!({ "description": field.about });
    let of_kind = kind(field.kind, definitions);
    if let (Value::Object(schema), Value::Object(of_kind)) = (&mut schema, of_kind) {
        schema.extend(of_kind);
    }
    if let Presence::Default(text) = field.presence
        && let Ok(default) = serde_yaml::from_str::<Value>(text)
    {
        schema["default"] = default;
    }
    schema
}

fn kind(of: Kind, definitions: &mut Map<String, Value>) -> Value {
    match of {
        Kind::Text { least } => json!({ "type": "string", "minLength": least }),
        Kind::Formed(form) => or_variable(&json!({ "type": "string", "pattern": form.pattern })),
        Kind::Integer { min, max } => {
            or_variable(&json!({ "type": "integer", "minimum": min, "maximum": max }))
        }
        Kind::Number { min, max, .. } => {
            or_variable(&json!({ "type": "number", "minimum": min, "maximum": max }))
        }
        Kind::Truth => or_variable(&json!({ "type": "boolean" })),
        Kind::Duration { .. } => or_variable(&json!({ "type": "string", "pattern": DURATION })),
        Kind::Rate | Kind::Level => or_variable(&json!({ "type": "string", "pattern": RATE })),
        Kind::Spread => or_variable(&json!({ "type": "string", "pattern": SPREAD })),
        Kind::Word(words) => {
            let words: Vec<&str> = words.iter().map(|word| word.word).collect();
            or_variable(&json!({ "enum": words }))
        }
        Kind::List { item, min, max, .. } => json!({
            "type": "array",
            "items": kind(*item, definitions),
            "minItems": min,
            "maxItems": max,
        }),
        Kind::Named { item, min, max, .. } => json!({
            "type": "object",
            "propertyNames": { "pattern": super::definition::NAME.pattern },
            "additionalProperties": kind(*item, definitions),
            "minProperties": min,
            "maxProperties": max,
        }),
        Kind::Object(object) => {
            define(object, definitions);
            json!({ "$ref": reference(object.name) })
        }
        Kind::Either(kinds) => {
            let kinds: Vec<Value> = kinds.iter().map(|one| kind(*one, definitions)).collect();
            json!({ "anyOf": kinds })
        }
        Kind::SecretReference => json!({
            "type": "string",
            "pattern": r"^\$\{[A-Za-z_][A-Za-z0-9_]*:?\}$",
        }),
    }
}

fn or_variable(schema: &Value) -> Value {
    json!({ "anyOf": [schema, { "$ref": reference("variable") }] })
}
