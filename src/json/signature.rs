//! A number for how a document is built: which names stand where, whatever their values.

use super::Value;

/// Documents of the same numbers are built alike: the same names in the same order, at the same
/// depths, with the same texts under `type`. How many like elements a list has does not matter.
pub fn signature(value: &Value) -> u64 {
    fold(value, 0x9e37_79b9_7f4a_7c15)
}

fn fold(value: &Value, mut sum: u64) -> u64 {
    match value {
        Value::Object(object) => {
            sum = mixed(sum, 1);
            for (name, member) in object.iter() {
                sum = text(name, sum);
                sum = match member.as_str().filter(|_| name == "type") {
                    Some(kind) => text(kind, sum),
                    None => fold(member, sum),
                };
            }
            mixed(sum, 2)
        }
        Value::Array(items) => {
            sum = mixed(sum, 3);
            let mut last = 0;
            for item in items {
                let own = fold(item, 0);
                if own != last {
                    sum = mixed(sum, own);
                    last = own;
                }
            }
            mixed(sum, 4)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => sum,
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
    fn values_do_not_matter_and_names_kinds_and_depths_do() {
        let of = |value: serde_json::Value| signature(&value.into());
        let base = || json!({"type": "a", "list": [{"x": 1}, {"x": 2}], "text": "one"});
        let alike = json!({"type": "a", "list": [{"x": null}], "text": {}});
        let plain = json!({"type": "a", "list": [{"x": "7"}], "text": 2.5});
        assert_eq!(of(base()), of(plain));
        for other in [
            alike,
            json!({"type": "b", "list": [{"x": 1}], "text": "one"}),
            json!({"type": "a", "list": [{"y": 1}], "text": "one"}),
            json!({"type": "a", "list": [{"x": 1}, {"x": 1, "y": 1}], "text": "one"}),
            json!({"type": "a", "list": [{"x": 1}], "test": "one"}),
            json!({"type": "a", "list": [{"x": 1, "text": "one"}]}),
        ] {
            assert_ne!(of(base()), of(other.clone()), "{other}");
        }
    }
}
