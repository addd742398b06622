//! A number for the form of a document: all of it but what a model says.

use super::Value;

/// What hides the length of an event.
const NOISE: &str = "obfuscation";

/// Whether the text of members of this name is no part of the form: a model, or chance, makes it,
/// each event has another, and no table of members or words looks at more of it than whether it is
/// there.
pub fn is_free(name: &str) -> bool {
    matches!(
        name,
        "arguments"
            | "b64_json"
            | "content"
            | "data"
            | "delta"
            | "encrypted_content"
            | "input"
            | "output"
            | "partial_json"
            | "reasoning"
            | "reasoning_content"
            | "refusal"
            | "signature"
            | "text"
            | "thinking"
            | "thoughtSignature"
            | "token"
    )
}

/// Documents of the same number have the same names in the same order and depths, values of the
/// same kinds, and the same texts but for noise, and for those under names that are free, of which
/// it only matters whether they are empty. Of numbers it matters whether they are whole, fractions
/// or negative. How many like elements in a row a list has does not matter.
pub fn form(value: &Value) -> u64 {
    fold(value, "", 0x9e37_79b9_7f4a_7c15)
}

/// Documents of the same number have the same names in the same order and depths, values of the
/// same kinds in lists of the same lengths, and the same words under `type`. Of other texts it
/// matters whether they are empty, of numbers what kind they are (as of [`form`]).
pub fn skeleton(value: &Value) -> u64 {
    bones(value, "", 0x2545_f491_4f6c_dd1d)
}

fn bones(value: &Value, name: &str, sum: u64) -> u64 {
    match value {
        Value::Object(object) => {
            let mut sum = mixed(sum, 1);
            for (name, member) in object.iter() {
                sum = bones(member, name, mixed(sum, super::tag(name)));
                if name.len() > 7 {
                    sum = text(name, sum);
                }
            }
            mixed(sum, 2)
        }
        Value::Array(items) => {
            let sum = mixed(sum, 3);
            let fold = |sum, item| bones(item, name, sum);
            mixed(items.iter().fold(sum, fold), 4)
        }
        Value::Null => mixed(sum, 5),
        Value::Bool(value) => mixed(sum, 6 + u64::from(*value)),
        Value::Number(number) => mixed(sum, 8 + class(number.text())),
        Value::String(value) if name == "type" => text(value, mixed(sum, 18)),
        Value::String(value) => mixed(sum, 16 + u64::from(value.is_empty())),
    }
}

/// `name`: that the value stands under, through lists.
fn fold(value: &Value, name: &str, mut sum: u64) -> u64 {
    match value {
        Value::Object(object) => {
            sum = mixed(sum, 1);
            for (name, member) in object.iter() {
                sum = fold(member, name, text(name, sum));
            }
            mixed(sum, 2)
        }
        Value::Array(items) => {
            sum = mixed(sum, 3);
            let mut last = 0;
            for item in items {
                let own = fold(item, name, 0);
                if own != last {
                    sum = mixed(sum, own);
                    last = own;
                }
            }
            mixed(sum, 4)
        }
        Value::Null => mixed(sum, 5),
        Value::Bool(value) => mixed(sum, 6 + u64::from(*value)),
        Value::Number(number) => mixed(sum, 8 + class(number.text())),
        // Noise is as long as what is said is not, so that it may be empty.
        Value::String(_) if name == NOISE => mixed(sum, 16),
        Value::String(value) if is_free(name) => mixed(sum, 16 + u64::from(value.is_empty())),
        Value::String(value) => text(value, mixed(sum, 18)),
    }
}

/// Of a number: whole and small enough, negative, written as a fraction or a power, or huge.
fn class(number: &str) -> u64 {
    let bytes = number.as_bytes();
    if bytes.len() == 1 {
        // Zero is not always as good as more.
        return u64::from(bytes != b"0") * 4;
    }
    match bytes {
        [b'-', ..] => 1,
        _ if bytes.iter().any(|byte| !byte.is_ascii_digit()) => 2,
        _ if bytes.len() > 18 => 3,
        _ => 4,
    }
}

fn text(text: &str, sum: u64) -> u64 {
    let mut sum = mixed(sum, text.len() as u64);
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    for word in words {
        sum = mixed(sum, u64::from_ne_bytes(*word));
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    mixed(sum, u64::from_ne_bytes(last))
}

#[inline]
fn mixed(sum: u64, word: u64) -> u64 {
    (sum ^ word)
        .wrapping_mul(0xff51_afd7_ed55_8ccd)
        .rotate_left(29)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_model_says_does_not_matter_and_all_else_does() {
        let of = |value: serde_json::Value| form(&value.into());
        let base = || json!({"type": "a", "list": [{"x": 12}, {"x": 2}], "text": "one", "n": null});
        let alike = json!({"type": "a", "list": [{"x": 3}], "text": "two", "n": null});
        assert_eq!(of(base()), of(alike));
        for other in [
            json!({"type": "b", "list": [{"x": 1}], "text": "one", "n": null}),
            json!({"type": "a", "list": [{"y": 1}], "text": "one", "n": null}),
            json!({"type": "a", "list": [{"x": 1}, {"x": 1, "y": 1}], "text": "one", "n": null}),
            json!({"type": "a", "list": [{"x": 0}], "text": "one", "n": null}),
            json!({"type": "a", "list": [{"x": -1}], "text": "one", "n": null}),
            json!({"type": "a", "list": [{"x": 1.5}], "text": "one", "n": null}),
            json!({"type": "a", "list": [{"x": "1"}], "text": "one", "n": null}),
            json!({"type": "a", "list": [{"x": 1}], "text": "", "n": null}),
            json!({"type": "a", "list": [{"x": 1}], "text": 7, "n": null}),
            json!({"type": "a", "list": [{"x": 1}], "text": "one", "n": false}),
            json!({"type": "a", "list": [{"x": 1}], "test": "one", "n": null}),
            json!({"type": "a", "list": [{"x": 1, "text": "one", "n": null}]}),
        ] {
            assert_ne!(of(base()), of(other.clone()), "{other}");
        }
    }

    #[test]
    fn a_skeleton_is_what_is_left_without_what_is_said() {
        let of = |value: serde_json::Value| skeleton(&value.into());
        let base = || json!({"type": "a", "list": [{"x": 12}, {"x": 2}], "id": "one", "n": null});
        let alike = json!({"type": "a", "list": [{"x": 3}, {"x": 4}], "id": "two", "n": null});
        assert_eq!(of(base()), of(alike));
        for other in [
            json!({"type": "b", "list": [{"x": 1}, {"x": 1}], "id": "one", "n": null}),
            json!({"type": "a", "list": [{"x": 1}], "id": "one", "n": null}),
            json!({"type": "a", "list": [{"x": 1}, {"x": 0}], "id": "one", "n": null}),
            json!({"type": "a", "list": [{"x": 1}, {"x": 1.5}], "id": "one", "n": null}),
            json!({"type": "a", "list": [{"x": 1}, {"x": -1}], "id": "one", "n": null}),
            json!({"type": "a", "list": [{"x": 1}, {"y": 1}], "id": "one", "n": null}),
            json!({"type": "a", "list": [{"x": 1}, {"x": 1}], "id": "", "n": null}),
            json!({"type": "a", "list": [{"x": 1}, {"x": 1}], "id": "one", "n": true}),
            json!({"type": "a", "list": [{"x": 1}, {"x": 1}], "idea": "one", "n": null}),
            json!({"list": [{"x": 1}, {"x": 1}], "type": "a", "id": "one", "n": null}),
        ] {
            assert_ne!(of(base()), of(other.clone()), "{other}");
        }
    }

    #[test]
    fn names_that_a_table_has_words_for_are_not_free() {
        for name in [
            "type",
            "status",
            "role",
            "finish_reason",
            "object",
            "modality",
            "code",
        ] {
            assert!(!is_free(name), "{name}");
        }
    }
}
