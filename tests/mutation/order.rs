//! What is no change of the meaning, though every parser's output looks otherwise: objects have no
//! order.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use serde_json::{Map, Value};

use crate::edits::Dice;
use crate::samples::{self, Frame};

fn shuffled(value: Value, dice: &mut Dice) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().collect();
            members.shuffle(dice);
            let members = members.into_iter();
            let members = members.map(|(name, value)| (name, shuffled(value, dice)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        Value::Array(items) => {
            let items = items.into_iter().map(|item| shuffled(item, dice));
            Value::Array(items.collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// With its members in another order. `None`: not without other changes, such as of white space.
fn reordered(frame: &Frame, dice: &mut Dice) -> Option<Frame> {
    let value: Value = serde_json::from_slice(&frame.data).ok()?;
    let is_plain = value.to_string().as_bytes() == frame.data;
    is_plain.then(|| Frame {
        data: shuffled(value, dice).to_string().into_bytes(),
        ..frame.clone()
    })
}

#[test]
fn no_rule_speaks_against_members_in_another_order() {
    let (mut frames, mut wrong) = (0, Vec::new());
    for (sample, seed) in samples::all().iter().zip(0..) {
        let mut dice = Dice::seed_from_u64(seed);
        let reordered: Vec<_> = sample
            .frames
            .iter()
            .map(|frame| {
                let reordered = reordered(frame, &mut dice);
                frames += u32::from(reordered.is_some());
                reordered.unwrap_or_else(|| frame.clone())
            })
            .collect();
        let broken = sample.broken_by(&sample.written(&reordered), 1021);
        if !broken.is_empty() {
            wrong.push(format!("{}: {broken:?}", sample.name));
        }
    }
    assert!(frames > 2000, "only {frames} frames were reordered");
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}
