//! The edits that change a value inside an event: indexes, ids, types, counts and roles.

use serde_json::{Value, json};

use super::Dialect;
use super::spoil_edits::{Edit, Part};
use super::spoil_order::{finishes, has_candidates, opens, remove};
use crate::script::FrameKind;

impl Edit {
    pub(super) fn wrong_index(&mut self) -> Option<()> {
        let beyond = self.choices();
        match self.dialect {
            Dialect::AnthropicMessages => {
                let at = self
                    .one(|part| part.is("content_block_delta"))
                    .or_else(|| self.one(|part| part.is("content_block_start")))?;
                self.rewrite(at, |event| raise(&mut event["index"]));
            }
            Dialect::OpenaiChat => {
                let at = self
                    .one(|part| part.kind == FrameKind::Token)
                    .or_else(|| self.one(finishes))?;
                self.rewrite(at, |event| event["choices"][0]["index"] = json!(beyond));
            }
            Dialect::OpenaiResponses => {
                let at = self.one(|part| part.event["output_index"].is_u64())?;
                self.rewrite(at, |event| raise(&mut event["output_index"]));
            }
            Dialect::Gemini => {
                let last = self.last();
                let at = self.dice.below(last);
                self.parts.get(at).filter(|part| has_candidates(part))?;
                self.rewrite(at, |event| event["candidates"][0]["index"] = json!(beyond));
            }
        }
        Some(())
    }

    /// How many choices or candidates there are.
    fn choices(&self) -> u64 {
        let of = |part: &Part| {
            let key = if self.dialect == Dialect::Gemini {
                "candidates"
            } else {
                "choices"
            };
            part.event[key]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|one| one["index"].as_u64())
                .max()
        };
        self.parts
            .iter()
            .filter_map(of)
            .max()
            .map_or(0, |most| most + 1)
    }

    pub(super) fn wrong_id(&mut self) -> Option<()> {
        let change = |id: &mut Value| {
            *id = json!(format!("{}x", id.as_str().unwrap_or_default()));
        };
        match self.dialect {
            Dialect::AnthropicMessages => {
                let tool = self.one(|part| part.event["content_block"]["id"].is_string());
                match tool {
                    Some(at) => self.rewrite(at, |event| event["content_block"]["id"] = json!("")),
                    None => self.rewrite(0, |event| event["message"]["id"] = json!("")),
                }
            }
            Dialect::OpenaiChat => {
                let first = self.parts.first()?.bytes.clone();
                let at = self.one(|part| part.event.is_object() && part.bytes != first)?;
                self.rewrite(at, |event| change(&mut event["id"]));
            }
            Dialect::OpenaiResponses => {
                self.rewrite(self.last(), |event| change(&mut event["response"]["id"]));
            }
            Dialect::Gemini => {
                if self.parts.len() < 2 {
                    return None;
                }
                let at = 1 + self.dice.below(self.last());
                self.rewrite(at, |event| change(&mut event["responseId"]));
            }
        }
        Some(())
    }

    /// Messages and Responses: the event's name and its `type` differ. Chat: the wrong `object`.
    /// Gemini: a count that is a string.
    pub(super) fn wrong_type(&mut self) -> Option<()> {
        match self.dialect {
            Dialect::AnthropicMessages => {
                let at =
                    self.one(|part| part.is("content_block_delta") || part.is("message_delta"))?;
                self.rewrite(at, |event| event["type"] = json!("content_block_stop"));
            }
            Dialect::OpenaiChat => {
                let at = self.one(|part| part.event.is_object())?;
                self.rewrite(at, |event| event["object"] = json!("chat.completion"));
            }
            Dialect::OpenaiResponses => {
                let at = self.one(|part| part.event["output_index"].is_u64())?;
                self.rewrite(at, |event| event["type"] = json!("response.in_progress"));
            }
            Dialect::Gemini => {
                let at = self.dice.below(self.parts.len());
                self.rewrite(at, |event| {
                    let count = &mut event["usageMetadata"]["totalTokenCount"];
                    *count = json!(count.to_string());
                });
            }
        }
        Some(())
    }

    pub(super) fn wrong_usage(&mut self) -> Option<()> {
        match self.dialect {
            Dialect::AnthropicMessages => {
                let started =
                    self.parts.first()?.event["message"]["usage"]["output_tokens"].as_u64()?;
                let less = started.checked_sub(1)?;
                let at = self.one(|part| part.is("message_delta"))?;
                self.rewrite(at, |event| event["usage"]["output_tokens"] = json!(less));
            }
            Dialect::OpenaiChat => {
                let at = self.one(|part| part.event["usage"].is_object())?;
                self.rewrite(at, |event| raise(&mut event["usage"]["total_tokens"]));
            }
            Dialect::OpenaiResponses => self.rewrite(self.last(), |event| {
                raise(&mut event["response"]["usage"]["total_tokens"]);
            }),
            Dialect::Gemini => self.rewrite(self.last(), |event| {
                raise(&mut event["usageMetadata"]["totalTokenCount"]);
            }),
        }
        Some(())
    }

    pub(super) fn missing_usage(&mut self) -> Option<()> {
        match self.dialect {
            Dialect::AnthropicMessages => {
                let at = self.one(|part| part.is("message_delta"))?;
                self.rewrite(at, |event| remove(event, "usage"));
            }
            Dialect::OpenaiChat => {
                let at = self.one(|part| part.event["usage"].is_object())?;
                self.parts.remove(at);
            }
            Dialect::OpenaiResponses => {
                self.rewrite(self.last(), |event| {
                    event["response"]["usage"] = Value::Null;
                });
            }
            Dialect::Gemini => {
                self.rewrite(self.last(), |event| remove(event, "usageMetadata"));
            }
        }
        Some(())
    }

    pub(super) fn wrong_role(&mut self) -> Option<()> {
        match self.dialect {
            Dialect::AnthropicMessages => {
                self.rewrite(0, |event| event["message"]["role"] = json!("user"));
            }
            Dialect::OpenaiChat => {
                let at = self.one(opens)?;
                self.rewrite(at, |event| {
                    event["choices"][0]["delta"]["role"] = json!("user");
                });
            }
            Dialect::OpenaiResponses => {
                let at = self.one(|part| {
                    part.is("response.output_item.added") && part.event["item"]["role"].is_string()
                })?;
                self.rewrite(at, |event| event["item"]["role"] = json!("user"));
            }
            Dialect::Gemini => {
                let speaks =
                    |part: &Part| part.event["candidates"][0]["content"]["role"].is_string();
                let at = self.one(speaks)?;
                self.rewrite(at, |event| {
                    event["candidates"][0]["content"]["role"] = json!("assistant");
                });
            }
        }
        Some(())
    }
}

fn raise(number: &mut Value) {
    *number = json!(number.as_u64().unwrap_or(0) + 1);
}
