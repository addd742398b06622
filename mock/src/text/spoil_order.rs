//! The edits that change which events come, and in which order, such that the stream itself proves
//! it.

use serde_json::{Value, json};

use super::spoil_edits::{Edit, Part};
use super::{Delivery, Dialect};
use crate::script::FrameKind;

impl Edit {
    /// Loses an argument piece without which the arguments are no object; else an event that holds
    /// the rest together; in Responses any delta, since the finished text follows it.
    pub(super) fn drop_one(&mut self) -> Option<()> {
        let pieces = self.vital_pieces();
        let at = match (self.dice.pick(&pieces).copied(), self.dialect) {
            (_, Dialect::Gemini) => (self.parts.len() > 1).then(|| self.last()),
            (_, Dialect::OpenaiResponses) => self
                .one(|part| part.kind == FrameKind::Token)
                .or_else(|| self.one(|part| part.is("response.output_item.done"))),
            (Some(at), Dialect::AnthropicMessages | Dialect::OpenaiChat) => Some(at),
            (None, Dialect::AnthropicMessages) => self
                .one(|part| part.is("content_block_start"))
                .or_else(|| self.one(|part| part.is("message_delta"))),
            (None, Dialect::OpenaiChat) => self.one(|part| opens(part) || finishes(part)),
        }?;
        self.parts.remove(at);
        Some(())
    }

    /// Places of tool argument pieces whose loss leaves something that is not an object.
    fn vital_pieces(&self) -> Vec<usize> {
        let pieces: Vec<(usize, Vec<u64>, &str)> = (0..self.parts.len())
            .filter_map(|at| {
                let (call, piece) = argument_piece(&self.parts[at])?;
                Some((at, call, piece))
            })
            .collect();
        let is_vital = |lost: usize, call: &Vec<u64>| {
            let rest: String = pieces
                .iter()
                .filter(|(at, own, _)| *at != lost && own == call)
                .map(|(_, _, piece)| *piece)
                .collect();
            // Messages reads no arguments at all as an empty object.
            let is_nothing = rest.is_empty() && self.dialect == Dialect::AnthropicMessages;
            !is_nothing
                && !serde_json::from_str::<Value>(&rest).is_ok_and(|value| value.is_object())
        };
        pieces
            .iter()
            .filter(|(at, call, _)| is_vital(*at, call))
            .map(|(at, _, _)| *at)
            .collect()
    }

    pub(super) fn double(&mut self) -> Option<()> {
        let at = match self.dialect {
            Dialect::AnthropicMessages => self.one(|part| {
                ["message_start", "content_block_start", "content_block_stop"]
                    .iter()
                    .any(|kind| part.is(kind))
            })?,
            Dialect::OpenaiChat => self.one(|part| opens(part) || finishes(part))?,
            Dialect::OpenaiResponses => self.dice.below(self.parts.len()),
            Dialect::Gemini => self.last(),
        };
        self.parts.insert(at, self.parts[at].clone());
        Some(())
    }

    pub(super) fn swap(&mut self) -> Option<()> {
        let places: Vec<usize> = (0..self.last())
            .filter(|at| self.must_precede(*at))
            .collect();
        let at = self.dice.pick(&places).copied()?;
        self.parts.swap(at, at + 1);
        Some(())
    }

    /// Whether the order of this part and the next one is a rule.
    fn must_precede(&self, at: usize) -> bool {
        let (part, next) = (&self.parts[at], &self.parts[at + 1]);
        match self.dialect {
            Dialect::AnthropicMessages => [
                ("message_start", "content_block_start"),
                ("content_block_delta", "content_block_stop"),
                ("content_block_stop", "content_block_start"),
                ("content_block_stop", "message_delta"),
                ("message_delta", "message_stop"),
            ]
            .iter()
            .any(|(first, second)| part.is(first) && next.is(second)),
            Dialect::OpenaiChat => {
                let choice = |part: &Part| part.event["choices"][0]["index"].clone();
                (opens(part) && choice(part) == choice(next))
                    || (finishes(part) && next.event["choices"][0].is_null())
            }
            Dialect::OpenaiResponses => true,
            Dialect::Gemini => at + 1 == self.last(),
        }
    }

    pub(super) fn after_end(&mut self) -> Option<()> {
        let last = self.last();
        let token = self
            .one(|part| part.kind == FrameKind::Token)
            .unwrap_or(match self.dialect {
                Dialect::OpenaiResponses => 1,
                Dialect::AnthropicMessages | Dialect::OpenaiChat | Dialect::Gemini => 0,
            });
        let source = if self.dialect == Dialect::Gemini {
            last
        } else {
            token
        };
        self.parts.push(self.parts.get(source)?.clone());
        let number = last + 1;
        match self.dialect {
            Dialect::OpenaiResponses => {
                self.rewrite(number, |event| event["sequence_number"] = json!(number));
            }
            Dialect::Gemini => {
                self.rewrite(number, |event| {
                    unfinish(event, usize::MAX);
                    for candidate in candidates(event) {
                        candidate["content"] =
                            json!({"parts": [{"text": " And more."}], "role": "model"});
                    }
                });
                self.parts[number].kind = FrameKind::Token;
            }
            Dialect::AnthropicMessages | Dialect::OpenaiChat => {}
        }
        Some(())
    }

    pub(super) fn unterminated(&mut self) -> Option<()> {
        match (self.dialect, self.delivery) {
            (_, Delivery::Array) => self.is_closed = false,
            (Dialect::Gemini, Delivery::Sse | Delivery::Unary) => {
                // A blocked prompt has no candidate that could lack its end.
                self.parts.last().filter(|part| has_candidates(part))?;
                self.rewrite(self.last(), |event| unfinish(event, usize::MAX));
            }
            (_, Delivery::Sse | Delivery::Unary) => {
                self.parts.pop();
            }
        }
        Some(())
    }

    pub(super) fn early_end(&mut self) -> Option<()> {
        let end = match self.dialect {
            Dialect::AnthropicMessages => self
                .parts
                .iter()
                .position(|part| part.is("message_delta"))?,
            Dialect::OpenaiChat => self.parts.iter().position(finishes)?,
            Dialect::OpenaiResponses | Dialect::Gemini => self.last(),
        };
        if end == 0 {
            return None;
        }
        let keep = 1 + self.dice.below(end);
        self.parts.truncate(keep);
        self.is_closed = false;
        Some(())
    }

    pub(super) fn missing_stop(&mut self) -> Option<()> {
        let at = match self.dialect {
            Dialect::AnthropicMessages => self.one(|part| part.is("content_block_stop")),
            Dialect::OpenaiChat => self.one(finishes),
            Dialect::OpenaiResponses => self.one(|part| part.is("response.output_item.done")),
            Dialect::Gemini => {
                // A lone candidate's end is the stream's: that is another fault.
                let count = self.parts.last()?.event["candidates"].as_array()?.len();
                if count < 2 {
                    return None;
                }
                let unfinished = self.dice.below(count);
                self.rewrite(self.last(), |event| unfinish(event, unfinished));
                return Some(());
            }
        }?;
        self.parts.remove(at);
        Some(())
    }
}

/// A chunk that opens a choice.
pub(super) fn opens(part: &Part) -> bool {
    part.event["choices"][0]["delta"]["role"].is_string()
}

/// A chunk that finishes a choice.
pub(super) fn finishes(part: &Part) -> bool {
    part.event["choices"][0]["finish_reason"].is_string()
}

/// Which call a tool argument piece belongs to, and the piece.
fn argument_piece(part: &Part) -> Option<(Vec<u64>, &str)> {
    let event = &part.event;
    if let Some(piece) = event["delta"]["partial_json"].as_str() {
        return Some((vec![event["index"].as_u64()?], piece))
            .filter(|(_, piece)| !piece.is_empty());
    }
    let choice = &event["choices"][0];
    let call = &choice["delta"]["tool_calls"][0];
    let piece = call["function"]["arguments"]
        .as_str()
        .filter(|piece| !piece.is_empty())?;
    Some((
        vec![choice["index"].as_u64()?, call["index"].as_u64()?],
        piece,
    ))
}

pub(super) fn remove(event: &mut Value, key: &str) {
    if let Some(map) = event.as_object_mut() {
        map.shift_remove(key);
    }
}

/// Gemini has none for a prompt that was blocked.
pub(super) fn has_candidates(part: &Part) -> bool {
    part.event["candidates"].is_array()
}

fn candidates(event: &mut Value) -> impl Iterator<Item = &mut Value> {
    let candidates = event.get_mut("candidates");
    candidates
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
}

/// Takes the finish from one Gemini candidate, or from all where the place is none of theirs.
fn unfinish(event: &mut Value, place: usize) {
    for (at, candidate) in candidates(event).enumerate() {
        if at == place || place == usize::MAX {
            remove(candidate, "finishReason");
            remove(candidate, "finishMessage");
        }
    }
}
