//! What a text request finds of earlier ones, and what it leaves for later ones: prefixes of
//! prompts, responses that a `previous_response_id` can name, and messages that a `thread` can
//! continue (a beta of Anthropic's API that its current clients use for loops of tools).

use std::collections::{HashMap, VecDeque};

use super::problem::Problem;
use super::text_route::{Answerable, refusal};
use super::{Asked, Engine};
use crate::seed;
use crate::text::{self, Answer, Block, Dialect, Keep, Stamp};

/// Responses; the oldest are forgotten.
const MOST_RESPONSES: usize = 10_000;

/// What a text call leaves behind, once it is let in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory {
    prefixes: Vec<Keep>,
    response: Option<(Name, Stored)>,
}

/// A key's number and the response's id: another key's responses do not exist.
type Name = (u64, String);

/// What has to be known of a response to continue it.
#[derive(Debug, Clone)]
struct Stored {
    /// Calls that wait for their outputs.
    calls: Vec<String>,
    /// All of it, input included, as the next request's model reads it.
    tokens: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Responses {
    stored: HashMap<Name, Stored>,
    order: VecDeque<Name>,
}

impl Responses {
    fn store(&mut self, name: Name, response: Stored) {
        if self.stored.insert(name.clone(), response).is_none() {
            self.order.push_back(name);
        }
        if self.order.len() > MOST_RESPONSES
            && let Some(oldest) = self.order.pop_front()
        {
            self.stored.remove(&oldest);
        }
    }
}

impl super::State {
    pub(super) fn remember(&mut self, memory: Memory, asked: &Asked<'_>) {
        self.prompt_cache.keep(&memory.prefixes, asked.now);
        if let Some((name, response)) = memory.response {
            self.responses.store(name, response);
        }
    }
}

impl Engine {
    /// Adds to the prompt what it continues and what a cache holds of it.
    ///
    /// # Errors
    /// 400 where it continues what is not known, or leaves calls without outputs.
    pub(super) fn recall(
        &self,
        asked: &Asked<'_>,
        answerable: &mut Answerable,
    ) -> Result<Memory, Problem> {
        let salt = salt(asked, answerable);
        let prompt = &mut answerable.prompt;
        let earlier = match prompt.dialect {
            Dialect::OpenaiResponses => prompt.body["previous_response_id"].as_str(),
            Dialect::AnthropicMessages => text::continues(&prompt.body["thread"]),
            Dialect::OpenaiChat | Dialect::Gemini => None,
        };
        let mut history = None;
        let state = self.state(asked.now);
        if let Some(id) = earlier {
            let name = (asked.key, id.to_owned());
            let Some(stored) = state.responses.stored.get(&name) else {
                return Err(if prompt.dialect == Dialect::AnthropicMessages {
                    Problem::unknown_thread(id)
                } else {
                    Problem::unknown_response(id)
                });
            };
            let fits = if prompt.dialect == Dialect::AnthropicMessages {
                text::check_results(&prompt.body, &stored.calls)
            } else {
                text::check_outputs(&prompt.body, &stored.calls)
            };
            fits.map_err(|one| refusal(prompt.dialect, one))?;
            prompt.input_tokens = prompt.input_tokens.saturating_add(stored.tokens);
            history = Some((continued(salt, id), stored.tokens));
        }
        if !self.config.prompt_cache {
            return Ok(Memory::default());
        }
        let start = history.unwrap_or((salt, 0));
        let holds = |hash| state.prompt_cache.holds(hash, asked.now);
        let (uses, prefixes) = text::consult(prompt, start, holds);
        prompt.cache = uses;
        Ok(Memory {
            prefixes,
            response: None,
        })
    }
}

impl Memory {
    /// Adds the response itself, where it can be continued.
    pub(super) fn add_response(
        &mut self,
        asked: &Asked<'_>,
        answerable: &Answerable,
        answers: &[Answer],
        stamp: &Stamp,
    ) {
        let prompt = &answerable.prompt;
        let id = match prompt.dialect {
            Dialect::OpenaiResponses if prompt.body["store"] != false => text::response_id(stamp),
            Dialect::AnthropicMessages if prompt.body["thread"].is_object() => {
                text::message_id(stamp)
            }
            Dialect::OpenaiResponses | Dialect::AnthropicMessages => return,
            Dialect::OpenaiChat | Dialect::Gemini => return,
        };
        let blocks = || answers.iter().flat_map(|answer| &answer.blocks);
        let calls = blocks().filter_map(|block| match block {
            Block::ToolCall { id, .. } => Some(id.clone()),
            Block::Thinking { .. }
            | Block::RedactedThinking { .. }
            | Block::Text { .. }
            | Block::Refusal { .. }
            | Block::ServerCall { .. }
            | Block::ServerResult { .. } => None,
        });
        let output: u64 = answers.iter().map(|answer| answer.output_tokens).sum();
        if let Some(prefix) = self.prefixes.last().copied() {
            let hash = continued(salt(asked, answerable), &id);
            self.prefixes.push(Keep { hash, ..prefix });
        }
        let stored = Stored {
            calls: calls.collect(),
            tokens: prompt.input_tokens.saturating_add(output),
        };
        self.response = Some(((asked.key, id), stored));
    }
}

/// No two keys, and no two models, share what is cached.
fn salt(asked: &Asked<'_>, answerable: &Answerable) -> u64 {
    seed::hash(asked.key, &[b"prefix", answerable.model.slug.as_bytes()])
}

/// Where the prefixes of a request begin that continues this response.
fn continued(salt: u64, id: &str) -> u64 {
    seed::hash(salt, &[b"response", id.as_bytes()])
}
