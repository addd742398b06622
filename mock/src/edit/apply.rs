//! What an edit does to an answer.

use bytes::Bytes;
use serde_json::Value;

use super::{Change, Edit, EventChange, Kind, Selector, Which};
use crate::script::{Frame, FrameKind, Step};

/// How many events an edit has met, for answers that come piece by piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Progress(u32);

/// The frames among these steps. `is_whole` says that no other frames will follow.
pub(crate) fn steps(edit: Edit, all: &mut Vec<Step>, progress: &mut Progress, is_whole: bool) {
    match &edit.0.kind {
        Kind::Status(_) | Kind::Header(..) => {}
        Kind::Bytes(from, to) => {
            let mut frames = all.iter_mut().filter_map(frame);
            if progress.0 == 0 && frames.any(|frame| replace(frame, from, to)) {
                progress.0 += 1;
            }
        }
        Kind::Event(selector, change) => {
            let has = |document: &Document<'_>| selector.names(document) && document.is_event();
            for at in selector
                .find(all, progress, is_whole, has)
                .into_iter()
                .rev()
            {
                event(all, at, change);
            }
        }
        Kind::Member(selector, path, change) => {
            let has_it = |document: &Document<'_>| {
                selector.names(document) && is_there(&document.value, path, change)
            };
            for at in selector.find(all, progress, is_whole, has_it) {
                if let Some(frame) = frame(&mut all[at]) {
                    member(frame, path, change);
                }
            }
        }
    }
}

fn frame(step: &mut Step) -> Option<&mut Frame> {
    if let Step::Frame(frame) = step {
        Some(frame)
    } else {
        None
    }
}

fn replace(frame: &mut Frame, from: &str, to: &str) -> bool {
    let Some(at) = memchr::memmem::find(&frame.bytes, from.as_bytes()) else {
        return false;
    };
    let mut bytes = frame.bytes.to_vec();
    bytes.splice(at..at + from.len(), to.bytes());
    frame.bytes = Bytes::from(bytes);
    true
}

/// The JSON in a frame, and what stands around it.
struct Document<'a> {
    before: &'a [u8],
    value: Value,
    after: &'a [u8],
}

impl<'a> Document<'a> {
    /// None where a frame has none, as the last one of a Chat stream.
    fn of(frame: &'a Frame) -> Option<Self> {
        let bytes: &[u8] = &frame.bytes;
        let start = match memchr::memmem::find(bytes, b"data:") {
            Some(data) if frame.kind != FrameKind::Body => {
                data + bytes[data..].iter().position(|byte| *byte == b'{')?
            }
            _ if frame.kind == FrameKind::Body => 0,
            // An element of an array, behind what parts it from the one before.
            _ => bytes.iter().position(|byte| *byte == b'{')?,
        };
        let length = if frame.kind == FrameKind::Body {
            bytes.len()
        } else {
            bytes[start..].iter().rposition(|byte| *byte == b'}')? + 1
        };
        let (before, rest) = bytes.split_at(start);
        let (document, after) = rest.split_at(length);
        Some(Self {
            before,
            value: serde_json::from_slice(document).ok()?,
            after,
        })
    }

    fn is_event(&self) -> bool {
        memchr::memmem::find(self.before, b"data:").is_some()
    }

    /// As its `type` says, or its `event` line.
    fn is_called(&self, name: &str) -> bool {
        if self.value.get("type").and_then(Value::as_str) == Some(name) {
            return true;
        }
        let line = format!("event: {name}\n");
        self.before.starts_with(line.as_bytes())
    }
}

impl Selector {
    fn names(&self, document: &Document<'_>) -> bool {
        self.name
            .as_deref()
            .is_none_or(|name| document.is_called(name))
    }

    /// Indexes of the steps that are meant.
    fn find(
        &self,
        all: &[Step],
        progress: &mut Progress,
        is_whole: bool,
        is_one: impl Fn(&Document<'_>) -> bool,
    ) -> Vec<usize> {
        let mut found = Vec::new();
        for (at, step) in all.iter().enumerate() {
            let Step::Frame(frame) = step else { continue };
            if !Document::of(frame).is_some_and(|document| is_one(&document)) {
                continue;
            }
            progress.0 += 1;
            let is_meant = match self.which {
                Which::Nth(number) => number == progress.0,
                // Of those that come piece by piece it is the one that ends the stream.
                Which::Last => is_whole || frame.kind == FrameKind::Terminal,
                Which::Every => true,
            };
            if is_meant {
                found.push(at);
            }
        }
        if self.which == Which::Last {
            found.drain(..found.len().saturating_sub(1));
        }
        found
    }
}

fn event(all: &mut Vec<Step>, at: usize, change: &EventChange) {
    let is_frame = |step: &Step| matches!(step, Step::Frame(_));
    match change {
        EventChange::Dropped => {
            all.remove(at);
        }
        EventChange::Doubled => all.insert(at, all[at].clone()),
        EventChange::First => {
            let first = all.iter().position(is_frame).unwrap_or(at);
            all[first..=at].rotate_right(1);
        }
        EventChange::Last => {
            let last = all.iter().rposition(is_frame).unwrap_or(at);
            all[at..=last].rotate_left(1);
        }
        EventChange::Later => {
            let next = all[at + 1..].iter().position(is_frame);
            if let Some(next) = next {
                all.swap(at, at + 1 + next);
            }
        }
        EventChange::Broken => {
            let rest = all.split_off(at + 1);
            all.extend(rest.into_iter().filter(|step| *step == Step::Settle));
            all.push(Step::Reset);
        }
        EventChange::Padded(blanks) => {
            if let Some(frame) = frame(&mut all[at])
                && let Some(brace) = memchr::memchr(b'{', &frame.bytes)
            {
                let mut bytes = frame.bytes.to_vec();
                bytes.splice(brace + 1..=brace, std::iter::repeat_n(b' ', *blanks));
                frame.bytes = Bytes::from(bytes);
            }
        }
        EventChange::Called(name) => {
            if let Some(frame) = frame(&mut all[at]) {
                let text = String::from_utf8_lossy(&frame.bytes).into_owned();
                let rest = match text.strip_prefix("event:") {
                    Some(named) => named.split_once('\n').map_or("", |(_, rest)| rest),
                    None => &text,
                };
                frame.bytes = Bytes::from(format!("event: {name}\n{rest}"));
            }
        }
    }
}

fn member(frame: &mut Frame, path: &[String], change: &Change) {
    let Some(mut document) = Document::of(frame) else {
        return;
    };
    changed(&mut document.value, path, change);
    let text = document.value.to_string();
    frame.bytes = [document.before, text.as_bytes(), document.after]
        .concat()
        .into();
}

/// Whether there is what `change` needs.
fn is_there(value: &Value, path: &[String], change: &Change) -> bool {
    let Some((last, above)) = path.split_last() else {
        return false;
    };
    let Some(owner) = above
        .iter()
        .try_fold(value, |value, part| step(value, part))
    else {
        return false;
    };
    let own = step(owner, last);
    match change {
        // Whoever adds a member wants an object; an element is added behind the last one.
        Change::Set(_) => own.is_some() || owner.is_object() || end_of(owner, last),
        Change::Removed | Change::Named(_) => own.is_some(),
        Change::Doubled => own.is_some() && owner.is_array(),
        Change::Plus(_) => own.is_some_and(Value::is_i64),
        Change::Extended(_) => own.is_some_and(Value::is_string),
    }
}

/// Whether `part` names the place behind the last element.
fn end_of(owner: &Value, part: &str) -> bool {
    let length = owner.as_array().map(Vec::len);
    length.is_some_and(|length| part == length.to_string())
}

/// Index of an element; `-` is the last one.
fn place(elements: &[Value], part: &str) -> Option<usize> {
    match part {
        "-" => elements.len().checked_sub(1),
        number => number.parse().ok(),
    }
}

fn step<'a>(value: &'a Value, part: &str) -> Option<&'a Value> {
    match value {
        Value::Object(members) => members.get(part),
        Value::Array(elements) => elements.get(place(elements, part)?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn at_mut<'a>(mut value: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    for part in path {
        value = match value {
            Value::Object(members) => members.get_mut(part)?,
            Value::Array(elements) => {
                let at = place(elements, part)?;
                elements.get_mut(at)?
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
        };
    }
    Some(value)
}

fn changed(value: &mut Value, path: &[String], change: &Change) {
    let Some((last, above)) = path.split_last() else {
        return;
    };
    let Some(owner) = at_mut(value, above) else {
        return;
    };
    match (change, owner) {
        (Change::Set(new), Value::Object(members)) => {
            members.insert(last.clone(), new.clone());
        }
        (Change::Removed, Value::Object(members)) => {
            members.shift_remove(last);
        }
        (Change::Named(name), Value::Object(members)) => {
            let renamed = std::mem::take(members).into_iter().map(|(known, value)| {
                let name = if known == *last { name.clone() } else { known };
                (name, value)
            });
            *members = renamed.collect();
        }
        (change, Value::Array(elements)) => of_list(elements, last, change),
        (Change::Plus(more), owner) => {
            if let Some(own) = owner.get_mut(last)
                && let Some(number) = own.as_i64()
            {
                *own = number.saturating_add(*more).into();
            }
        }
        (Change::Extended(more), owner) => {
            if let Some(Value::String(text)) = owner.get_mut(last) {
                text.push_str(more);
            }
        }
        (Change::Set(_) | Change::Removed | Change::Named(_) | Change::Doubled, _) => {}
    }
}

fn of_list(elements: &mut Vec<Value>, part: &str, change: &Change) {
    let at = place(elements, part).unwrap_or(elements.len());
    let own = elements.get(at).cloned();
    match (change, own) {
        (Change::Set(new), Some(_)) => elements[at] = new.clone(),
        (Change::Set(new), None) => elements.push(new.clone()),
        (Change::Removed, Some(_)) => {
            elements.remove(at);
        }
        (Change::Doubled, Some(own)) => elements.insert(at, own),
        (Change::Plus(more), Some(own)) => {
            let number = own.as_i64().unwrap_or_default();
            elements[at] = number.saturating_add(*more).into();
        }
        (Change::Extended(more), Some(Value::String(text))) => {
            elements[at] = Value::String(text + more);
        }
        (Change::Extended(_) | Change::Named(_), _) | (_, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: [&str; 4] = [
        "event: a\ndata: {\"type\":\"a\",\"n\":1,\"list\":[1,2]}\n\n",
        "event: b\ndata: {\"type\":\"b\",\"text\":\"x\"}\n\n",
        "event: b\ndata: {\"type\":\"b\",\"text\":\"y\",\"n\":2}\n\n",
        "data: [DONE]\n\n",
    ];

    fn edited(text: &str, frames: &[&'static str], kind: FrameKind) -> String {
        let mut all: Vec<Step> = frames
            .iter()
            .map(|text| {
                let bytes = Bytes::from_static(text.as_bytes());
                Step::Frame(Frame { bytes, kind })
            })
            .collect();
        let edit = Edit::read(text).expect(text);
        steps(edit, &mut all, &mut Progress::default(), true);
        let frames = all.iter_mut().filter_map(frame);
        let bytes: Vec<u8> = frames.flat_map(|frame| frame.bytes.to_vec()).collect();
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn a_member_is_changed_and_every_other_byte_stays() {
        let whole = STREAM.concat();
        for (text, from, to) in [
            ("edit a /n = null", "\"n\":1", "\"n\":null"),
            ("edit a /n plus -3", "\"n\":1", "\"n\":-2"),
            ("edit a /n named m", "\"n\":1", "\"m\":1"),
            ("edit a /n removed", "\"n\":1,", ""),
            ("edit a /list/- = 3", "[1,2]", "[1,3]"),
            ("edit a /list/2 = 3", "[1,2]", "[1,2,3]"),
            ("edit a /list/0 doubled", "[1,2]", "[1,1,2]"),
            ("edit a /list/0 removed", "[1,2]", "[2]"),
            ("edit * /text extended \"é\"", "\"x\"", "\"xé\""),
            ("edit b#2 /text = \"z\"", "\"y\"", "\"z\""),
            ("edit *#last /n = 3", "\"n\":2", "\"n\":3"),
            ("edit b /new = {}", "\"x\"}", "\"x\",\"new\":{}}"),
            (r#"edit bytes ":\"b\"" ":1""#, ":\"b\"", ":1"),
            ("edit b called c", "event: b", "event: c"),
        ] {
            let changed = whole.replacen(from, to, 1);
            assert_eq!(
                edited(text, &STREAM, FrameKind::Plumbing),
                changed,
                "{text}"
            );
        }
    }

    #[test]
    fn events_are_dropped_doubled_and_moved() {
        let [a, b, c, d] = STREAM;
        for (text, expected) in [
            ("edit a dropped", [b, c, d].concat()),
            ("edit b#every dropped", [a, d].concat()),
            ("edit b#2 doubled", [a, b, c, c, d].concat()),
            ("edit b#2 first", [c, a, b, d].concat()),
            ("edit a last", [b, c, d, a].concat()),
            ("edit a later", [b, a, c, d].concat()),
            ("edit c dropped", STREAM.concat()),
            ("edit a padded 2", STREAM.concat().replacen('{', "{  ", 1)),
        ] {
            assert_eq!(
                edited(text, &STREAM, FrameKind::Plumbing),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn whole_bodies_and_elements_of_arrays_are_edited_like_events() {
        let body = edited("edit * /0/a = 2", &["[{\"a\":1}]"], FrameKind::Body);
        assert_eq!(body, "[{\"a\":2}]");
        let array = ["[{\"a\":1}", ",\r\n{\"a\":2}", "]"];
        let array = edited("edit *#2 /a removed", &array, FrameKind::Token);
        assert_eq!(array, "[{\"a\":1},\r\n{}]");
    }

    #[test]
    fn an_answer_that_comes_piece_by_piece_is_edited_once() {
        let edit = Edit::read("edit * /n plus 1").expect("it is one");
        let mut progress = Progress::default();
        let told = [STREAM[0], STREAM[2]].map(|text| {
            let frame = Frame {
                bytes: Bytes::from_static(text.as_bytes()),
                kind: FrameKind::Plumbing,
            };
            let mut piece = vec![Step::Frame(frame)];
            steps(edit, &mut piece, &mut progress, false);
            let Step::Frame(frame) = &piece[0] else {
                panic!("it was one");
            };
            String::from_utf8(frame.bytes.to_vec()).expect("text")
        });
        assert_eq!(
            told,
            [
                STREAM[0].replace("\"n\":1", "\"n\":2"),
                STREAM[2].to_owned()
            ]
        );
    }

    #[test]
    fn head_and_status_are_changed() {
        let mut headers = vec![
            ("a".to_owned(), "1".to_owned()),
            ("b".to_owned(), "2".to_owned()),
        ];
        let mut status = 200;
        for text in [
            "edit status 299",
            "edit head a removed",
            "edit head b = \"3\"",
            "edit head c = \"\"",
        ] {
            let edit = Edit::read(text).expect(text);
            edit.head(&mut status, &mut headers);
        }
        let told = [
            ("b".to_owned(), "3".to_owned()),
            ("c".to_owned(), String::new()),
        ];
        assert_eq!((status, headers.as_slice()), (299, told.as_slice()));
    }
}
