//! Edits of a frame's JSON: what can go wrong with a member or a value.

use rand::Rng;
use rand::seq::IndexedRandom;
use serde_json::{Map, Value, json};

use crate::edits::Dice;
use crate::samples::{Frame, Sample};
use crate::values::{other_length, other_name, other_number, other_text, other_type, others};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum MemberEdit {
    /// A member is lost.
    Lose,
    /// A member has another name.
    Rename,
    /// A value is of another type.
    Retype,
    /// A value is null.
    Null,
    /// A number is another.
    Number,
    /// A position is another.
    Reindex,
    /// A string is another.
    Word,
    /// A truth is another.
    Flip,
    /// A list is longer or shorter.
    Length,
    /// A member is in another object.
    Move,
    /// A word of the protocol is another of its words.
    Another,
    /// A member stands twice, the second time with another value.
    Twice,
    /// A number is written as a fraction, with an exponent, or as a string.
    Spell,
    /// A member comes that only another frame of the answer has.
    Graft,
    /// A picture ends too soon.
    Shorten,
}

/// Where a value stands in a document: members' names and positions.
type Path = Vec<Step>;

#[derive(Clone, PartialEq)]
enum Step {
    Member(String),
    Place(usize),
}

fn paths(value: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    collect(value, &mut Vec::new(), &mut found);
    found
}

fn collect(value: &Value, path: &mut Path, found: &mut Vec<Path>) {
    let mut enter = |step: Step, value: &Value| {
        path.push(step);
        found.push(path.clone());
        collect(value, path, found);
        path.pop();
    };
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                enter(Step::Member(name.clone()), value);
            }
        }
        Value::Array(items) => {
            for (place, value) in items.iter().enumerate() {
                enter(Step::Place(place), value);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn at<'a>(value: &'a mut Value, path: &[Step]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Member(name) => value.get_mut(name),
        Step::Place(place) => value.get_mut(place),
    })
}

/// A frame whose data is an object: half the time of a kind picked first, so that a single opening
/// is edited as often as a thousand pieces of text.
fn document(sample: &Sample, dice: &mut Dice) -> Option<(usize, Value)> {
    let read = |frame: &Frame| serde_json::from_slice::<Value>(&frame.data).ok();
    let frames: Vec<(usize, Value)> = sample
        .frames
        .iter()
        .enumerate()
        .filter_map(|(place, frame)| Some((place, read(frame).filter(Value::is_object)?)))
        .collect();
    let mut kinds: Vec<(Vec<&String>, Option<&str>)> = Vec::new();
    let mut firsts = Vec::new();
    for (place, value) in &frames {
        let kind = (value.as_object()?.keys().collect(), value["type"].as_str());
        if !kinds.contains(&kind) {
            kinds.push(kind);
            firsts.push((*place, value.clone()));
        }
    }
    let pool = if dice.random_bool(0.5) {
        &frames
    } else {
        &firsts
    };
    pool.choose(dice).cloned()
}

pub(crate) fn edited(sample: &Sample, edit: MemberEdit, dice: &mut Dice) -> Option<Vec<u8>> {
    let (place, mut value) = document(sample, dice)?;
    if edit == MemberEdit::Graft {
        graft(&mut value, &document(sample, dice)?.1, dice)?;
        let mut frames = sample.frames.clone();
        frames[place].data = value.to_string().into_bytes();
        return Some(sample.written(&frames));
    }
    let path = paths(&value)
        .into_iter()
        .filter(|path| is_fit(at(&mut value, path), path, edit))
        .collect::<Vec<_>>()
        .choose(dice)?
        .clone();
    change(&mut value, &path, edit, dice)?;
    let mut frames = sample.frames.clone();
    // A second member of a name cannot be said with a value.
    let text = value.to_string().replace(SECOND, "");
    frames[place].data = text.into_bytes();
    Some(sample.written(&frames))
}

/// Before the name of a member that takes a name which is there already.
const SECOND: &str = "second\u{fffd}";

/// A member of one document comes into the same object of another, which lacks it.
fn graft(value: &mut Value, from: &Value, dice: &mut Dice) -> Option<()> {
    let mut from = from.clone();
    let fit: Vec<Path> = paths(&from)
        .into_iter()
        .filter(|path| {
            let Some((Step::Member(name), parent)) = path.split_last() else {
                return false;
            };
            let into = at(value, parent).and_then(|into| into.as_object());
            into.is_some_and(|into| !into.contains_key(name))
        })
        .collect();
    let path = fit.choose(dice)?;
    let (Step::Member(name), parent) = path.split_last()? else {
        return None;
    };
    let grafted = at(&mut from, path)?.clone();
    let into = at(value, parent)?.as_object_mut()?;
    into.insert(name.clone(), grafted);
    Some(())
}

fn is_fit(value: Option<&mut Value>, path: &[Step], edit: MemberEdit) -> bool {
    let Some(value) = value else { return false };
    let name = match path.last() {
        Some(Step::Member(name)) => name.as_str(),
        Some(Step::Place(_)) | None => "",
    };
    match edit {
        MemberEdit::Lose | MemberEdit::Rename | MemberEdit::Move | MemberEdit::Twice => {
            !name.is_empty()
        }
        MemberEdit::Graft => false,
        MemberEdit::Shorten => {
            let names = path.iter().filter_map(|step| match step {
                Step::Member(name) => Some(name.as_str()),
                Step::Place(_) => None,
            });
            let path = names.collect::<Vec<_>>().join("/");
            is_picture(&path) && value.as_str().is_some_and(|picture| picture.len() > 64)
        }
        MemberEdit::Another => value.as_str().is_some_and(|word| others(word).count() > 0),
        MemberEdit::Number | MemberEdit::Spell => value.is_number(),
        MemberEdit::Reindex => {
            value.is_number() && (name.contains("index") || name.contains("number"))
        }
        MemberEdit::Word => value.as_str().is_some_and(|text| !text.is_empty()),
        MemberEdit::Flip => value.is_boolean(),
        MemberEdit::Length => value.is_array(),
        MemberEdit::Null => !value.is_null(),
        MemberEdit::Retype => true,
    }
}

fn change(value: &mut Value, path: &[Step], edit: MemberEdit, dice: &mut Dice) -> Option<()> {
    let here = at(value, path)?;
    let new = match edit {
        MemberEdit::Lose | MemberEdit::Rename | MemberEdit::Move | MemberEdit::Graft => {
            return displaced(value, path, edit, dice);
        }
        MemberEdit::Twice => return doubled(value, path, dice),
        MemberEdit::Another => {
            let others: Vec<_> = others(here.as_str()?).collect();
            json!(others.choose(dice)?)
        }
        MemberEdit::Spell => match (dice.random_range(0..3), here.as_i64()) {
            (0, _) => json!(here.to_string()),
            (1, Some(whole)) => serde_json::from_str(&format!("{whole}.0")).ok()?,
            (_, Some(whole)) => serde_json::from_str(&format!("{whole}e0")).ok()?,
            (_, None) => json!(here.to_string()),
        },
        MemberEdit::Shorten => json!(shortened(here.as_str()?, dice)),
        MemberEdit::Length => other_length(here.as_array()?, dice),
        MemberEdit::Null => Value::Null,
        MemberEdit::Flip => json!(!here.as_bool()?),
        MemberEdit::Reindex => {
            let steps = [-1, 1, 2, 100];
            json!(here.as_i64()? + steps.choose(dice)?)
        }
        MemberEdit::Number => other_number(here, dice),
        MemberEdit::Word => json!(other_text(here.as_str()?, dice)),
        MemberEdit::Retype => other_type(here, dice)?,
    };
    if *here == new {
        return None;
    }
    *here = new;
    Some(())
}

/// Whether a picture in base64 stands at that path.
pub(crate) fn is_picture(path: &str) -> bool {
    let ends = ["b64_json", "partial_image_b64", "inlineData/data"];
    ends.iter().any(|end| path.ends_with(end))
}

/// Half of the time between whole groups of bytes, so that what is left can be decoded.
fn shortened(picture: &str, dice: &mut Dice) -> String {
    let mut length = dice.random_range(0..picture.len());
    if dice.random_bool(0.5) {
        length -= length % 4;
    }
    picture[..length].to_owned()
}

/// A member is gone, has another name, or stands elsewhere.
fn displaced(root: &mut Value, path: &[Step], edit: MemberEdit, dice: &mut Dice) -> Option<()> {
    let (Step::Member(name), parent) = path.split_last()? else {
        return None;
    };
    let within = at(root, parent)?.as_object_mut()?;
    let lost = within.shift_remove(name)?;
    if edit == MemberEdit::Rename {
        within.insert(other_name(name, dice), lost);
    } else if edit == MemberEdit::Move {
        moved(root, parent, name, lost, dice)?;
    }
    Some(())
}

/// A member stands twice in its object, and readers take the second.
fn doubled(root: &mut Value, path: &[Step], dice: &mut Dice) -> Option<()> {
    let (Step::Member(name), parent) = path.split_last()? else {
        return None;
    };
    let within = at(root, parent)?.as_object_mut()?;
    let first = within.get(name)?;
    let second = match first {
        Value::String(text) if !text.is_empty() => json!(other_text(text, dice)),
        Value::Number(_) => other_number(first, dice),
        Value::Bool(flag) => json!(!flag),
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            other_type(first, dice)?
        }
    };
    within.insert(format!("{SECOND}{name}"), second);
    Some(())
}

/// Into the object above it, or one beside it.
fn moved(root: &mut Value, from: &[Step], name: &str, lost: Value, dice: &mut Dice) -> Option<()> {
    let mut objects: Vec<Path> = paths(root);
    objects.push(Vec::new());
    objects.retain(|path| path != from && at(root, path).is_some_and(|value| value.is_object()));
    let to: &mut Map<String, Value> = at(root, objects.choose(dice)?)?.as_object_mut()?;
    if to.contains_key(name) {
        return None;
    }
    to.insert(name.to_owned(), lost);
    Some(())
}

/// Two frames of one kind have each other's value of one member.
pub(crate) fn exchanged(sample: &Sample, dice: &mut Dice) -> Option<Vec<u8>> {
    let (one, mut first) = document(sample, dice)?;
    let (two, mut second) = document(sample, dice)?;
    let shared: Vec<Path> = paths(&first)
        .into_iter()
        .filter(|path| {
            let (here, there) = (at(&mut first, path), at(&mut second, path));
            here.zip(there).is_some_and(|(here, there)| here != there)
        })
        .collect();
    let path = shared.choose(dice)?;
    std::mem::swap(at(&mut first, path)?, at(&mut second, path)?);
    let mut frames = sample.frames.clone();
    frames[one].data = first.to_string().into_bytes();
    frames[two].data = second.to_string().into_bytes();
    Some(sample.written(&frames))
}
