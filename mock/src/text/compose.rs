//! What the model "says": from a prompt and a seed to blocks of pieces, before any protocol.
//!
//! One piece is one token, so that a count of the pieces is the bill. A text is as long as asked
//! for; a tool call is as long as its arguments.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::arguments;
use super::dice::{ALPHANUMERIC, Dice, LOWER};
use super::prose::Prose;
use super::turn::answers_calls;
use super::{Answer, Block, Dialect, Prompt, Stop, Tool, ToolChoice, refusal, search};

/// No answer is longer, whatever is asked for: the replica holds each one in memory.
const LONGEST: usize = 100_000;

/// One answer a choice. The same arguments give the same answers.
///
/// `wanted_tokens` is the length of a text with its thinking; without it 40 to 120 tokens. The
/// request's own limit cuts it, and then exactly that many tokens are there.
pub fn compose(prompt: &Prompt, seed: u64, wanted_tokens: Option<u64>) -> Vec<Answer> {
    (0..u64::from(prompt.choices.max(1)))
        .map(|choice| {
            let seed = seed.wrapping_add(choice.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            Speaker::new(prompt, seed, wanted_tokens).answer()
        })
        .collect()
}

pub(super) struct Speaker<'a> {
    pub(super) prompt: &'a Prompt,
    pub(super) seed: u64,
    pub(super) dice: Dice,
    pub(super) length: usize,
    pub(super) limit: usize,
}

impl<'a> Speaker<'a> {
    fn new(prompt: &'a Prompt, seed: u64, wanted_tokens: Option<u64>) -> Self {
        let mut dice = Dice::new(seed, "compose");
        let usual = 40 + dice.below(81);
        let bounded = |tokens: u64| usize::try_from(tokens).unwrap_or(LONGEST).min(LONGEST);
        Self {
            prompt,
            seed,
            dice,
            length: wanted_tokens.map_or(usual, bounded).max(1),
            limit: prompt.max_tokens.map_or(LONGEST, bounded),
        }
    }

    fn answer(mut self) -> Answer {
        if self.limit == 0 {
            return finished(Vec::new(), Stop::MaxTokens);
        }
        if self.prompt.marks.refuse {
            return refusal::answer(&mut self);
        }
        if let Some(blocks) = search::blocks(&mut self) {
            return finished(blocks, Stop::End);
        }
        let wanted = self.calls_wanted();
        for count in (1..=wanted).rev() {
            let calls = self.calls(count);
            if tokens_of(&calls) <= self.limit {
                return self.with_calls(calls);
            }
        }
        if wanted > 0 {
            // Not even one call fits: whatever is said instead has to run into the limit.
            self.length = self.limit.saturating_add(1);
            if self.prompt.dialect == Dialect::Gemini && self.is_forced() {
                return finished(self.thinking(self.limit), Stop::MaxTokens);
            }
        }
        self.text()
    }

    fn is_forced(&self) -> bool {
        match self.prompt.tool_choice {
            ToolChoice::Required | ToolChoice::Named(_) => true,
            ToolChoice::Auto | ToolChoice::None => false,
        }
    }

    fn calls_wanted(&self) -> usize {
        let offered = self.prompt.tools.len();
        match self.prompt.tool_choice {
            ToolChoice::None => 0,
            ToolChoice::Auto if answers_calls(self.prompt) => 0,
            ToolChoice::Auto if may_call_in_parallel(self.prompt) => offered.min(2),
            ToolChoice::Auto | ToolChoice::Required | ToolChoice::Named(_) => offered.min(1),
        }
    }

    /// Calls of `count` different tools, next to each other in the request's list.
    fn calls(&self, count: usize) -> Vec<Block> {
        let tools = &self.prompt.tools;
        let mut dice = Dice::new(self.seed, "calls");
        let first = match &self.prompt.tool_choice {
            ToolChoice::Named(name) => tools
                .iter()
                .position(|tool| tool.name == *name)
                .unwrap_or(0),
            ToolChoice::Auto | ToolChoice::Required | ToolChoice::None => dice.below(tools.len()),
        };
        tools
            .iter()
            .cycle()
            .skip(first)
            .take(count)
            .map(|tool| self.call(tool, &mut dice))
            .collect()
    }

    fn call(&self, tool: &Tool, dice: &mut Dice) -> Block {
        let text = arguments::object(&tool.parameters, dice).to_string();
        // Before the id, whose length is the protocol's own: a call has as many tokens in all.
        let pieces = arguments::pieces(&text, dice);
        let id = match self.prompt.dialect {
            Dialect::AnthropicMessages => format!("toolu_01{}", dice.letters(ALPHANUMERIC, 22)),
            Dialect::OpenaiChat | Dialect::OpenaiResponses => {
                format!("call_{}", dice.letters(ALPHANUMERIC, 24))
            }
            Dialect::Gemini => dice.letters(LOWER, 8),
        };
        Block::ToolCall {
            id,
            name: tool.name.clone(),
            pieces,
        }
    }

    fn with_calls(&mut self, calls: Vec<Block>) -> Answer {
        let mut room = self.limit - tokens_of(&calls);
        let mut blocks = Vec::new();
        let thought = 8 + self.dice.below(24);
        if self.prompt.thinking && thought <= room {
            room -= thought;
            blocks.extend(self.thinking(thought));
        }
        // Only Messages puts words before a call it was free to make.
        let preamble = 3 + self.dice.below(8);
        let talks = self.prompt.dialect == Dialect::AnthropicMessages
            && !self.is_forced()
            && self.prompt.stop_sequences.is_empty()
            && self.dice.one_in(2);
        if talks && preamble <= room {
            room -= preamble;
            blocks.push(text_block(self.prose("preamble", preamble, &[]).0));
            if self.thinks_between() && thought <= room {
                blocks.push(self.thought("second thinking", thought));
            }
        }
        blocks.extend(calls);
        finished(blocks, Stop::ToolCalls)
    }

    fn text(mut self) -> Answer {
        let (mut blocks, room, wanted) = self.opening();
        let (mut pieces, mut stop) = if let Some(one) = self.one_of() {
            (arguments::pieces(&one, &mut self.dice), Stop::End)
        } else if self.prompt.json {
            self.document(wanted)
        } else {
            self.words(wanted)
        };
        if pieces.len() > room {
            pieces.truncate(room);
            stop = Stop::MaxTokens;
        }
        blocks.push(text_block(pieces));
        finished(blocks, stop)
    }

    /// The thinking that a text begins with, the room left after it, and how much is still wanted.
    pub(super) fn opening(&self) -> (Vec<Block>, usize, usize) {
        let (room, wanted) = (self.limit, self.length);
        if !self.prompt.thinking || wanted < 2 || room < 4 {
            return (Vec::new(), room, wanted);
        }
        let thought = (wanted / 3).clamp(1, room / 2);
        (self.thinking(thought), room - thought, wanted - thought)
    }

    /// Gemini's `text/x.enum`: the answer is one of the schema's words.
    fn one_of(&mut self) -> Option<String> {
        let config = ["generationConfig", "generation_config"];
        let config = config.iter().find_map(|key| self.prompt.body.get(*key))?;
        let kind = ["responseMimeType", "response_mime_type"];
        kind.iter().find(|key| config[**key] == "text/x.enum")?;
        let words = json_schema(self.prompt)?["enum"].as_array()?;
        self.dice.pick(words)?.as_str().map(str::to_owned)
    }

    fn words(&mut self, wanted: usize) -> (Vec<String>, Stop) {
        let avoid = self.prompt.stop_sequences.as_slice();
        let matched = avoid.first().filter(|_| self.dice.one_in(2));
        let count = if matched.is_some() && self.limit > wanted {
            1 + self.dice.below(wanted)
        } else {
            wanted
        };
        let (pieces, stuck) = self.prose("text", count, avoid);
        let stop = stuck
            .or_else(|| matched.cloned())
            .map_or(Stop::End, Stop::Sequence);
        (pieces, stop)
    }

    /// A JSON document, fitting the schema if the request has one. One that cannot do without a
    /// stop sequence ends where it would occur, as a model's does.
    fn document(&mut self, wanted: usize) -> (Vec<String>, Stop) {
        let sequences = &self.prompt.stop_sequences;
        let mut text = String::new();
        for attempt in 0..8 {
            text = self.document_text(attempt, wanted);
            if !sequences.iter().any(|one| text.contains(one.as_str())) {
                break;
            }
        }
        let found = sequences
            .iter()
            .filter_map(|one| Some((text.find(one.as_str())?, one)))
            .min();
        if let Some((at, sequence)) = found {
            text.truncate(at);
            let pieces = if at == 0 {
                Vec::new()
            } else {
                arguments::even_pieces(&text, wanted)
            };
            return (pieces, Stop::Sequence(sequence.clone()));
        }
        let matched = sequences.first().filter(|_| self.dice.one_in(2));
        let stop = matched.cloned().map_or(Stop::End, Stop::Sequence);
        (arguments::even_pieces(&text, wanted), stop)
    }

    fn document_text(&self, attempt: u64, wanted: usize) -> String {
        let mut dice = Dice::new(self.seed.wrapping_add(attempt), "document");
        if let Some(schema) = json_schema(self.prompt) {
            return arguments::value(schema, &mut dice).to_string();
        }
        let mut prose = Prose::new(Dice::new(self.seed.wrapping_add(attempt), "points"), &[]);
        let title = prose.pieces(2).0.concat();
        let points: Vec<String> = (0..1 + wanted / 8)
            .map(|_| prose.pieces(6).0.concat())
            .collect();
        json!({"title": title, "count": points.len(), "points": points, "done": dice.one_in(2)})
            .to_string()
    }

    /// Adaptive thinking goes on between what is said and what is called.
    fn thinks_between(&self) -> bool {
        self.prompt.thinking && self.prompt.body["thinking"]["type"] == "adaptive"
    }

    /// One block, or two of which the first is kept back.
    fn thinking(&self, count: usize) -> Vec<Block> {
        let is_redacted =
            self.prompt.marks.redact && self.prompt.dialect == Dialect::AnthropicMessages;
        if !is_redacted {
            return vec![self.thought("thinking", count)];
        }
        let kept_back = count.div_ceil(2);
        let mut blocks = vec![Block::RedactedThinking {
            pieces: self.prose("redacted thinking", kept_back, &[]).0,
            data: STANDARD.encode(Dice::new(self.seed, "redacted").bytes(180)),
        }];
        if count > kept_back {
            blocks.push(self.thought("thinking", count - kept_back));
        }
        blocks
    }

    fn thought(&self, purpose: &str, count: usize) -> Block {
        let signature = match purpose {
            "thinking" => "signature",
            other => other,
        };
        Block::Thinking {
            pieces: self.prose(purpose, count, &[]).0,
            signature: STANDARD.encode(Dice::new(self.seed, signature).bytes(96)),
        }
    }

    pub(super) fn prose(
        &self,
        purpose: &str,
        count: usize,
        avoid: &[String],
    ) -> (Vec<String>, Option<String>) {
        Prose::new(Dice::new(self.seed, purpose), avoid).pieces(count)
    }
}

pub(super) fn text_block(pieces: Vec<String>) -> Block {
    Block::Text {
        pieces,
        citations: Vec::new(),
    }
}

pub(super) fn finished(blocks: Vec<Block>, stop: Stop) -> Answer {
    let tokens = tokens_of(&blocks);
    let thinking: usize = blocks
        .iter()
        .map(|block| match block {
            Block::Thinking { pieces, .. } | Block::RedactedThinking { pieces, .. } => pieces.len(),
            Block::Text { .. }
            | Block::Refusal { .. }
            | Block::ToolCall { .. }
            | Block::ServerCall { .. }
            | Block::ServerResult { .. } => 0,
        })
        .sum();
    // Even an answer without a word costs its end; only a limit of 0 leaves nothing.
    let least = u64::from(!blocks.is_empty() || stop == Stop::Refused);
    Answer {
        blocks,
        stop,
        output_tokens: u64::try_from(tokens).unwrap_or(u64::MAX).max(least),
        thinking_tokens: u64::try_from(thinking).unwrap_or(u64::MAX),
    }
}

pub(super) fn tokens_of(blocks: &[Block]) -> usize {
    blocks.iter().map(|block| block.pieces().len()).sum()
}

impl Block {
    /// The pieces of any kind of block, in order.
    pub fn pieces(&self) -> &[String] {
        match self {
            Self::Thinking { pieces, .. }
            | Self::RedactedThinking { pieces, .. }
            | Self::Text { pieces, .. }
            | Self::Refusal { pieces }
            | Self::ToolCall { pieces, .. }
            | Self::ServerCall { pieces, .. } => pieces,
            Self::ServerResult { .. } => &[],
        }
    }
}

fn may_call_in_parallel(prompt: &Prompt) -> bool {
    let body = &prompt.body;
    match prompt.dialect {
        Dialect::AnthropicMessages => body["tool_choice"]["disable_parallel_tool_use"] != true,
        Dialect::OpenaiChat | Dialect::OpenaiResponses => body["parallel_tool_calls"] != false,
        Dialect::Gemini => true,
    }
}

/// The schema that a JSON answer must fit, where the request has one.
fn json_schema(prompt: &Prompt) -> Option<&Value> {
    let body = &prompt.body;
    let places: &[&str] = match prompt.dialect {
        Dialect::AnthropicMessages => &["/output_config/format/schema"],
        Dialect::OpenaiChat => &["/response_format/json_schema/schema"],
        Dialect::OpenaiResponses => &["/text/format/schema", "/response_format/json_schema/schema"],
        Dialect::Gemini => &[
            "/generationConfig/responseSchema",
            "/generationConfig/responseJsonSchema",
            "/generation_config/response_schema",
            "/generation_config/response_json_schema",
        ],
    };
    places
        .iter()
        .filter_map(|place| body.pointer(place))
        .find(|schema| schema.is_object())
}
