//! Values that fit a JSON Schema, as far as a replica needs it: types, `properties`, `required`,
//! `items`, `enum`, `const`, the alternatives, local `$ref`s, and simple bounds. Google's schema
//! subset, with type names in capitals, is understood too. Patterns are not.

use serde_json::{Map, Value, json};

use super::dice::{Dice, HEX};
use super::prose::Prose;

/// Deeper levels get the plainest value of their type, so that recursive schemas end.
const DEEPEST: usize = 6;
const MOST_ITEMS: usize = 8;

/// The arguments of one call: always an object.
pub(super) fn object(schema: &Value, dice: &mut Dice) -> Value {
    match value(schema, dice) {
        Value::Object(map) => Value::Object(map),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            json!({})
        }
    }
}

/// A value that fits the schema. A schema that says nothing gives an empty object.
pub(super) fn value(schema: &Value, dice: &mut Dice) -> Value {
    if schema.as_object().is_none_or(Map::is_empty) {
        return json!({});
    }
    Fitter { root: schema, dice }.fit(schema, 0)
}

struct Fitter<'a> {
    root: &'a Value,
    dice: &'a mut Dice,
}

impl<'a> Fitter<'a> {
    fn fit(&mut self, schema: &'a Value, depth: usize) -> Value {
        if depth > DEEPEST {
            return Value::Null;
        }
        if let Some(target) = schema["$ref"]
            .as_str()
            .and_then(|path| path.strip_prefix('#'))
        {
            return match self.root.pointer(target) {
                Some(found) => self.fit(found, depth + 1),
                None => Value::Null,
            };
        }
        if let Some(fixed) = schema.get("const") {
            return fixed.clone();
        }
        if let Some(one) = schema["enum"]
            .as_array()
            .and_then(|all| self.dice.pick(all))
        {
            return one.clone();
        }
        for key in ["anyOf", "oneOf", "any_of", "allOf"] {
            if let Some(all) = schema[key].as_array() {
                let typed: Vec<&Value> = all
                    .iter()
                    .filter(|one| kind(one).as_deref() != Some("null"))
                    .collect();
                if let Some(one) = self.dice.pick(&typed).copied() {
                    return self.fit(one, depth + 1);
                }
            }
        }
        match kind(schema).as_deref() {
            Some("object") => self.map(schema, depth),
            Some("array") => self.array(schema, depth),
            Some("integer") => self.integer(schema),
            Some("number") => self.number(schema),
            Some("boolean") => Value::Bool(self.dice.one_in(2)),
            Some("null") => Value::Null,
            Some(_) | None => self.string(schema),
        }
    }

    fn map(&mut self, schema: &'a Value, depth: usize) -> Value {
        let mut map = Map::new();
        let required = schema["required"].as_array();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let needed = required.is_none_or(|all| all.iter().any(|one| one == name.as_str()));
            if needed || (depth < 3 && self.dice.one_in(2)) {
                map.insert(name.clone(), self.fit(property, depth + 1));
            }
        }
        Value::Object(map)
    }

    fn array(&mut self, schema: &'a Value, depth: usize) -> Value {
        let least = bound(schema, "minItems", "min_items").unwrap_or(1);
        let most =
            bound(schema, "maxItems", "max_items").unwrap_or_else(|| least.saturating_add(2));
        let most = most.min(MOST_ITEMS).max(least.min(MOST_ITEMS));
        let count = least.min(most) + self.dice.below(most - least.min(most) + 1);
        Value::Array(
            (0..count)
                .map(|_| self.fit(&schema["items"], depth + 1))
                .collect(),
        )
    }

    fn integer(&mut self, schema: &Value) -> Value {
        let low = whole(&schema["minimum"])
            .or_else(|| whole(&schema["exclusiveMinimum"]).map(|edge| edge.saturating_add(1)));
        let high = whole(&schema["maximum"])
            .or_else(|| whole(&schema["exclusiveMaximum"]).map(|edge| edge.saturating_sub(1)));
        let low = low.unwrap_or_else(|| high.map_or(0, |high| high.min(0)));
        let high = high.unwrap_or_else(|| low.saturating_add(100));
        let drawn = self.dice.between(low, high);
        let step = whole(&schema["multipleOf"])
            .filter(|step| *step > 1)
            .unwrap_or(1);
        let rounded = drawn - drawn.rem_euclid(step);
        json!(if rounded < low {
            rounded.saturating_add(step)
        } else {
            rounded
        })
    }

    fn number(&mut self, schema: &Value) -> Value {
        let low = schema["minimum"]
            .as_f64()
            .or_else(|| schema["exclusiveMinimum"].as_f64());
        let high = schema["maximum"]
            .as_f64()
            .or_else(|| schema["exclusiveMaximum"].as_f64());
        let low = low.unwrap_or_else(|| high.map_or(0.0, |high| high.min(0.0)));
        let high = high.unwrap_or(low + 100.0);
        // Strictly inside, in hundredths of the width, so that exclusive edges are kept too.
        let share = f64::from(u8::try_from(1 + self.dice.below(99)).unwrap_or(50)) / 100.0;
        json!(low + (high - low) * share)
    }

    fn string(&mut self, schema: &Value) -> Value {
        match schema["format"].as_str() {
            Some("date") => return json!(format!("2026-0{}-1{}", self.digit(), self.digit())),
            Some("date-time") => {
                return json!(format!(
                    "2026-0{}-1{}T08:30:00Z",
                    self.digit(),
                    self.digit()
                ));
            }
            Some("time") => return json!("08:30:00Z"),
            Some("email") => return json!("someone@example.com"),
            Some("uri" | "url") => return json!("https://example.com/place"),
            Some("uuid") => {
                let hex = self.dice.letters(HEX, 30);
                return json!(format!(
                    "{}-{}-4{}-8{}-{}",
                    &hex[..8],
                    &hex[8..12],
                    &hex[12..15],
                    &hex[15..18],
                    &hex[18..30]
                ));
            }
            Some(_) | None => {}
        }
        let seed = u64::try_from(self.dice.below(usize::MAX)).unwrap_or(0);
        let words = 1 + self.dice.below(4);
        let mut prose = Prose::new(Dice::new(seed, "argument"), &[]);
        let mut text = prose.pieces(words).0.concat();
        let least = bound(schema, "minLength", "min_length")
            .unwrap_or(0)
            .min(10_000);
        while text.chars().count() < least {
            text.push('x');
        }
        if let Some(most) = bound(schema, "maxLength", "max_length") {
            text = text.chars().take(most).collect();
        }
        json!(text)
    }

    fn digit(&mut self) -> usize {
        1 + self.dice.below(9)
    }
}

/// The type in lower case; of several the first that is not null. Without a type, what the other
/// keywords imply.
fn kind(schema: &Value) -> Option<String> {
    match &schema["type"] {
        Value::String(name) => Some(name.to_ascii_lowercase()),
        Value::Array(names) => names
            .iter()
            .filter_map(Value::as_str)
            .find(|name| *name != "null")
            .map(str::to_ascii_lowercase),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            if schema["properties"].is_object() {
                Some("object".to_owned())
            } else {
                schema["items"].is_object().then(|| "array".to_owned())
            }
        }
    }
}

/// A size bound; Google writes these numbers as strings.
fn bound(schema: &Value, camel: &str, snake: &str) -> Option<usize> {
    let found = schema.get(camel).or_else(|| schema.get(snake))?;
    let number = found.as_u64().or_else(|| found.as_str()?.parse().ok())?;
    usize::try_from(number).ok()
}

fn whole(value: &Value) -> Option<i64> {
    value
        .as_i64()
        .or_else(|| format!("{:.0}", value.as_f64()?.ceil()).parse().ok())
}

/// Cuts a text into short pieces, each a whole string of its own.
pub(super) fn pieces(text: &str, dice: &mut Dice) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut pieces = Vec::new();
    let mut rest = letters.as_slice();
    while !rest.is_empty() {
        let (piece, after) = rest.split_at((3 + dice.below(5)).min(rest.len()));
        pieces.push(piece.iter().collect());
        rest = after;
    }
    pieces
}

/// Cuts a text into `count` pieces of about the same length, fewer where it has fewer characters.
pub(super) fn even_pieces(text: &str, count: usize) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let count = count.clamp(1, letters.len().max(1));
    (0..count)
        .map(|at| &letters[at * letters.len() / count..(at + 1) * letters.len() / count])
        .map(|piece| piece.iter().collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(schema: &Value) -> Vec<Value> {
        (0..200)
            .map(|seed| value(schema, &mut Dice::new(seed, "t")))
            .collect()
    }

    #[test]
    fn bounds_enums_and_required_fields_are_kept() {
        let schema = json!({"type": "object", "required": ["n", "unit", "tags"], "properties": {
            "n": {"type": "integer", "minimum": 3, "maximum": 9, "multipleOf": 3},
            "x": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
            "unit": {"type": "string", "enum": ["C", "F"]},
            "tags": {"type": "array", "items": {"type": "string", "maxLength": 4},
                     "minItems": 2, "maxItems": 3},
            "on": {"type": ["null", "boolean"]}}});
        for value in drawn(&schema) {
            let n = value["n"].as_i64().unwrap();
            assert!((3..=9).contains(&n) && n % 3 == 0, "{value}");
            assert!(["C", "F"].contains(&value["unit"].as_str().unwrap()));
            let tags = value["tags"].as_array().unwrap();
            assert!((2..=3).contains(&tags.len()));
            assert!(
                tags.iter()
                    .all(|tag| tag.as_str().unwrap().chars().count() <= 4)
            );
            let x = value.get("x").and_then(Value::as_f64).unwrap_or(0.5);
            assert!(x > 0.0 && x <= 1.0);
        }
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let schema = json!({"$ref": "#/$defs/node", "$defs": {"node": {"type": "object",
            "properties": {"next": {"$ref": "#/$defs/node"}}, "required": ["next"]}}});
        assert!(drawn(&schema).iter().all(Value::is_object));
    }

    #[test]
    fn absurd_bounds_do_no_harm() {
        for schema in [
            json!({"type": "integer", "minimum": i64::MAX}),
            json!({"type": "integer", "minimum": 1e300, "maximum": -1e300}),
            json!({"type": "array", "minItems": u64::MAX, "items": {"type": "string"}}),
            json!({"type": "string", "minLength": u64::MAX}),
            json!({"type": "ARRAY", "maxItems": "0", "items": true}),
            json!({"anyOf": []}),
            json!({"enum": []}),
            json!([]),
        ] {
            drawn(&schema);
        }
    }

    #[test]
    fn pieces_join_to_the_text() {
        let text = "{\"a\":\"🌊 été\"}";
        assert_eq!(pieces(text, &mut Dice::new(1, "t")).concat(), text);
        for count in 0..30 {
            let cut = even_pieces(text, count);
            assert_eq!(cut.concat(), text);
            assert!(cut.iter().all(|piece| !piece.is_empty()));
        }
    }
}
