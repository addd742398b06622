//! Prompt caching: the places of a prompt up to which it can be kept, and what a cache that holds
//! some of them means for a request. Pure: whether a prefix is held is asked, never known.
//!
//! Whose model it is decides how. Claude's keep what Messages marks with `cache_control`, and
//! nothing from a protocol that cannot. Others keep by themselves what is long enough, in steps.
//! The least lengths and steps are the vendors' usual ones; Google's step is the replica's choice.

use std::time::Duration;

use serde_json::{Map, Value};

use super::count::{A_MESSAGE, A_TOOL, AN_IMAGE, SILENT, instructs, is_image, tool_text};
use super::{CacheUse, Dialect, Maker, Prompt};
use crate::seed;

/// A marked prefix is looked for at so many places before its mark, too.
const LOOKBACK: usize = 20;
/// Tokens. What is shorter is not kept.
const LEAST: u64 = 1024;
const STEP: u64 = 128;
const DEEPSEEK_STEP: u64 = 64;
const FIVE_MINUTES: Duration = Duration::from_secs(300);
const AN_HOUR: Duration = Duration::from_secs(3600);

/// A place in a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    /// Of all that stands before it.
    hash: u64,
    tokens: u64,
    /// How long it is to be kept; none where it is only a place to look at.
    keep: Option<Duration>,
}

/// Something to keep, or to keep longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keep {
    pub(crate) hash: u64,
    pub(crate) life: Duration,
}

/// What the cache has to do with the request, and what is to be kept once it is let in. `start` is
/// the hash that prefixes begin with, so that two callers or models never share an entry, and the
/// tokens of what the request continues.
pub(crate) fn consult(
    prompt: &Prompt,
    start: (u64, u64),
    holds: impl Fn(u64) -> bool,
) -> (CacheUse, Vec<Keep>) {
    let marked = prompt.maker == Maker::Anthropic;
    if marked && prompt.dialect != Dialect::AnthropicMessages {
        return (CacheUse::default(), Vec::new());
    }
    let step = match prompt.maker {
        Maker::Anthropic => None,
        Maker::Openai | Maker::Google => Some((LEAST, STEP)),
        Maker::Deepseek => Some((DEEPSEEK_STEP, DEEPSEEK_STEP)),
    };
    let mut walk = Walk {
        hash: start.0,
        bytes: 0,
        fixed: 0,
        step,
        places: Vec::new(),
    };
    walk.cost(start.1);
    walk.prompt(prompt);
    if marked {
        marked_use(&walk.places, holds)
    } else {
        stepped_use(&walk.places, holds)
    }
}

fn marked_use(places: &[Place], holds: impl Fn(u64) -> bool) -> (CacheUse, Vec<Keep>) {
    let marks = places.iter().enumerate();
    let marks = marks.filter(|(_, place)| place.keep.is_some() && place.tokens >= LEAST);
    let near = |at: usize| {
        marks
            .clone()
            .any(|(mark, _)| at <= mark && mark - at < LOOKBACK)
    };
    let found = places.iter().enumerate().rev();
    let found = found
        .filter(|(at, place)| place.tokens >= LEAST && near(*at))
        .find(|(_, place)| holds(place.hash))
        .map(|(_, place)| place);
    let read = found.map_or(0, |place| place.tokens);
    let mut keeps: Vec<Keep> = Vec::new();
    let (mut last, mut last_1h) = (read, read);
    for (_, place) in marks.clone() {
        let life = place.keep.unwrap_or(FIVE_MINUTES);
        last = last.max(place.tokens);
        if life == AN_HOUR {
            last_1h = last_1h.max(place.tokens);
        }
        keeps.push(Keep {
            hash: place.hash,
            life,
        });
    }
    // Reading keeps an entry alive, even where no mark stands any more.
    let life = keeps.first().map_or(FIVE_MINUTES, |keep| keep.life);
    keeps.extend(found.map(|place| Keep {
        hash: place.hash,
        life,
    }));
    let uses = CacheUse {
        read,
        write_1h: last_1h - read,
        write_5m: last.max(last_1h) - last_1h,
    };
    (uses, keeps)
}

fn stepped_use(places: &[Place], holds: impl Fn(u64) -> bool) -> (CacheUse, Vec<Keep>) {
    let found = places.iter().rev().find(|place| holds(place.hash));
    let uses = CacheUse {
        read: found.map_or(0, |place| place.tokens),
        ..CacheUse::default()
    };
    let keep = |place: &Place| Keep {
        hash: place.hash,
        life: FIVE_MINUTES,
    };
    (uses, places.iter().map(keep).collect())
}

/// Goes through a prompt in the order in which a model reads it, and counts as `count` does.
struct Walk {
    hash: u64,
    bytes: u64,
    fixed: u64,
    /// The least length and the step; none: places are the ends of blocks.
    step: Option<(u64, u64)>,
    places: Vec<Place>,
}

impl Walk {
    fn prompt(&mut self, prompt: &Prompt) {
        let body = &prompt.body;
        for tool in list(&body["tools"]) {
            let declared = ["functionDeclarations", "function_declarations"];
            let declared = declared.iter().find_map(|key| tool[*key].as_array());
            for function in declared.map_or(std::slice::from_ref(tool), Vec::as_slice) {
                self.cost(A_TOOL);
                self.see(&unmarked(function).to_string());
                self.text(&tool_text(function));
                self.end(function.get("cache_control"));
            }
        }
        let (system, rest) = match prompt.dialect {
            Dialect::AnthropicMessages => ("system", "messages"),
            Dialect::OpenaiChat => ("", "messages"),
            Dialect::OpenaiResponses => ("instructions", "input"),
            Dialect::Gemini if body.get("system_instruction").is_some() => {
                ("system_instruction", "contents")
            }
            Dialect::Gemini => ("systemInstruction", "contents"),
        };
        for block in list(&body[system]) {
            self.block(block);
        }
        for message in list(&body[rest]) {
            if !instructs(message) {
                self.cost(A_MESSAGE);
            }
            match message.get("content").filter(|content| content.is_array()) {
                Some(content) => {
                    self.member("role", &message["role"]);
                    list(content).iter().for_each(|block| self.block(block));
                }
                None => self.block(message),
            }
        }
        if !body["cache_control"].is_null()
            && let Some(last) = self.places.last_mut()
            && last.keep.is_none()
        {
            last.keep = life(body.get("cache_control"));
        }
    }

    fn block(&mut self, block: &Value) {
        self.value(block);
        self.end(block.get("cache_control"));
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter().for_each(|item| self.value(item)),
            Value::Object(map) => {
                if is_image(value) {
                    self.see(&unmarked(value).to_string());
                    self.cost(AN_IMAGE);
                    return;
                }
                for (key, member) in map.iter().filter(|(key, _)| *key != "cache_control") {
                    self.member(key, member);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => self.see(&value.to_string()),
        }
    }

    fn member(&mut self, key: &str, member: &Value) {
        self.see(key);
        if SILENT.contains(&key) {
            self.see(&member.to_string());
        } else {
            self.value(member);
        }
    }

    /// What makes a prefix another one and costs nothing.
    fn see(&mut self, text: &str) {
        self.hash = seed::hash(self.hash, &[text.as_bytes()]);
    }

    fn cost(&mut self, tokens: u64) {
        self.fixed = self.fixed.saturating_add(tokens);
        self.stepped();
    }

    /// Cut at the steps, so that what follows a step does not change the hash before it.
    fn text(&mut self, text: &str) {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let room = usize::try_from(self.room()).unwrap_or(usize::MAX);
            let (piece, after) = rest.split_at(room.min(rest.len()));
            self.hash = seed::hash(self.hash, &[piece]);
            self.bytes += u64::try_from(piece.len()).unwrap_or(0);
            self.stepped();
            rest = after;
        }
    }

    fn tokens(&self) -> u64 {
        (self.bytes / 4).saturating_add(self.fixed)
    }

    /// The next step after what was counted so far.
    fn next(&self) -> Option<u64> {
        let (least, step) = self.step?;
        Some(least.max((self.tokens() / step + 1) * step))
    }

    /// Bytes up to the next step, at least 1.
    fn room(&self) -> u64 {
        let Some(next) = self.next() else {
            return u64::MAX;
        };
        ((next - self.fixed.min(next)) * 4)
            .saturating_sub(self.bytes)
            .max(1)
    }

    fn stepped(&mut self) {
        let Some((least, step)) = self.step else {
            return;
        };
        let tokens = self.tokens() / step * step;
        if tokens < least || self.places.last().is_some_and(|last| last.tokens >= tokens) {
            return;
        }
        self.places.push(Place {
            hash: self.hash,
            tokens,
            keep: None,
        });
    }

    /// The end of a block.
    fn end(&mut self, mark: Option<&Value>) {
        if self.step.is_none() {
            self.places.push(Place {
                hash: self.hash,
                tokens: self.tokens(),
                keep: life(mark),
            });
        }
    }
}

fn life(mark: Option<&Value>) -> Option<Duration> {
    let mark = mark.filter(|mark| !mark.is_null())?;
    Some(if mark["ttl"] == "1h" {
        AN_HOUR
    } else {
        FIVE_MINUTES
    })
}

/// The entries of a list, or the only one of what is none.
fn list(value: &Value) -> &[Value] {
    match value {
        Value::Null => &[],
        Value::Array(items) => items,
        one @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            std::slice::from_ref(one)
        }
    }
}

fn unmarked(value: &Value) -> Value {
    match value {
        Value::Object(map) if map.contains_key("cache_control") => {
            let rest = map.iter().filter(|(key, _)| *key != "cache_control");
            let rest = rest.map(|(key, member)| (key.clone(), member.clone()));
            Value::Object(rest.collect::<Map<_, _>>())
        }
        Value::Object(_)
        | Value::Array(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::text::{Delivery, read};

    fn prompt(dialect: Dialect, body: &Value) -> Prompt {
        read(dialect, Some("m"), Some(Delivery::Unary), body).expect("a healthy request")
    }

    /// What is read the second time, and what there is.
    fn again(prompt: &Prompt) -> (u64, u64) {
        let (first, keeps) = consult(prompt, (7, 0), |_| false);
        assert_eq!(first.read, 0);
        let held: HashSet<u64> = keeps.iter().map(|keep| keep.hash).collect();
        let (second, _) = consult(prompt, (7, 0), |hash| held.contains(&hash));
        assert_eq!(second.read, first.written().max(second.read));
        (second.read, prompt.input_tokens)
    }

    proptest! {
        #[test]
        fn no_more_is_read_or_written_than_there_is(
            words in 0..9000_usize, functions in 0..4_usize, name in "[a-z]{1,40}",
        ) {
            let text = "x".repeat(words);
            let schema = json!({"type": "object"});
            let tools = |wrap: &dyn Fn(String) -> Value| -> Value {
                (0..functions).map(|at| wrap(format!("{name}{at}"))).collect()
            };
            let mark = json!({"type": "ephemeral"});
            let claude = json!({"model": "m", "max_tokens": 1, "system": [{"type": "text",
                "text": format!("{text}."), "cache_control": mark}],
                "tools": tools(&|name| json!({"name": name, "input_schema": schema,
                    "cache_control": if functions == 1 { mark.clone() } else { Value::Null }})),
                "messages": [{"role": "user", "content": [{"type": "text", "text": "y",
                    "cache_control": mark}]}]});
            let chat = json!({"model": "m", "messages": [{"role": "user", "content": text}],
                "tools": tools(&|name| json!({"type": "function", "function": {"name": name}}))});
            let gemini = json!({"contents": [{"parts": [{"text": text}]}],
                "tools": [{"functionDeclarations": tools(&|name| json!({"name": name}))}]});
            for (dialect, body) in [
                (Dialect::AnthropicMessages, claude),
                (Dialect::OpenaiChat, chat),
                (Dialect::Gemini, gemini),
            ] {
                let (read, all) = again(&prompt(dialect, &body));
                prop_assert!(read <= all, "{dialect:?}: {read} of {all}");
                prop_assert!(all < LEAST + STEP || all - read < STEP + 16, "{read} of {all}");
            }
        }
    }

    #[test]
    fn a_mark_is_found_by_the_twenty_places_before_the_next_one_and_not_further() {
        let block =
            |at: usize| json!({"type": "text", "text": format!("{at} {}", "x".repeat(400))});
        let body = |count: usize, marks: &[usize]| {
            let mut blocks: Vec<Value> = (0..count).map(block).collect();
            for at in marks {
                blocks[*at]["cache_control"] = json!({"type": "ephemeral"});
            }
            json!({"model": "m", "max_tokens": 1,
                "messages": [{"role": "user", "content": blocks}]})
        };
        let held = |count, marks: &[usize]| {
            let first = prompt(Dialect::AnthropicMessages, &body(20, &[19]));
            let (_, keeps) = consult(&first, (7, 0), |_| false);
            let later = prompt(Dialect::AnthropicMessages, &body(count, marks));
            consult(&later, (7, 0), |hash| {
                keeps.iter().any(|keep| keep.hash == hash)
            })
            .0
            .read
        };
        assert!(held(39, &[38]) > 0);
        assert_eq!(held(40, &[39]), 0);
        assert!(held(40, &[39, 25]) > 0);
        assert_eq!(held(19, &[18]), 0, "it ends before what is held");
    }
}
