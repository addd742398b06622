//! The four text protocols: where the text half of the replica meets money, pacing and faults.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use super::problem::Problem;
use super::reply::{Bill, Reply};
use super::spoken::Spoken;
use super::{Asked, Engine};
use crate::catalog::{self, Kind, Model, TextModel};
use crate::contract::{Contract, GeminiEnd};
use crate::fault::Fault;
use crate::prices::{Price, Tokens};
use crate::script::{Frame, FrameKind, Step};
use crate::text::{self, Delivery, Dialect, Frames, Maker, Prompt, Refusal, Stamp, StreamFailure};

/// A request that can be answered: by whom, and where it is priced.
pub(super) struct Answerable {
    pub(super) prompt: Prompt,
    pub(super) model: &'static Model,
    limits: &'static TextModel,
}

impl Engine {
    pub(super) fn text(
        &self,
        asked: &Asked<'_>,
        dialect: Dialect,
        path_model: Option<&str>,
        delivery: Option<Delivery>,
    ) -> Result<Reply, Problem> {
        let contract = self.config.contract;
        let mut answerable = self.answerable(asked, dialect, path_model, delivery)?;
        let marks = answerable.prompt.marks;
        if marks.block && dialect != Dialect::Gemini {
            return Err(Problem::refused(contract));
        }
        let stamp = Stamp {
            seed: asked.hash,
            created: asked.now.unix_seconds(),
        };
        let mut memory = self.recall(asked, &mut answerable)?;
        let Answerable { prompt, limits, .. } = &answerable;
        let needed = prompt.max_tokens.unwrap_or(0);
        let needed = prompt.input_tokens.saturating_add(needed);
        if needed > limits.window {
            return Err(Problem::context(limits.window, needed));
        }
        let spoken = self.spoken(asked, prompt, &stamp);
        let output = spoken.output_tokens();
        memory.add_response(asked, &answerable, &spoken.answers, &stamp);
        let mut frames = spoken.frames.clone();
        if dialect == Dialect::Gemini
            && prompt.delivery == Delivery::Sse
            && contract.gemini_end == GeminiEnd::Done
        {
            end_with_done(&mut frames);
        }
        let frames = spoiled(asked, prompt, frames);
        let steps = self.paced(asked, answerable.model, prompt.delivery, frames, output);
        let mut reply = Reply::sse(steps);
        reply.headers = text::success_headers(dialect, prompt.delivery);
        reply.broken = asked.has(Fault::ErrorMidStream) && prompt.delivery != Delivery::Unary;
        if marks.block {
            return Ok(reply);
        }
        reply.memory = memory;
        let price = self.prices.of(answerable.model.slug);
        Ok(reply.billed(bill(asked, &answerable, (output, price), contract)))
    }

    /// The request read, for a text model that the key reaches.
    fn answerable(
        &self,
        asked: &Asked<'_>,
        dialect: Dialect,
        path_model: Option<&str>,
        delivery: Option<Delivery>,
    ) -> Result<Answerable, Problem> {
        let contract = self.config.contract;
        let body: Value =
            serde_json::from_slice(&asked.incoming.body).map_err(Problem::malformed)?;
        let mut prompt = text::read(dialect, path_model, delivery, &body)
            .map_err(|one| refusal(dialect, one))?;
        let model = catalog::find(&prompt.model, contract)
            .ok_or_else(|| Problem::unknown_model(&prompt.model, contract))
            .map_err(|problem| problem.of_a_model_on(asked.surface))?;
        let Kind::Text(limits) = &model.kind else {
            let message = format!("`{}` is not a text model", prompt.model);
            return Err(Problem::invalid("model", message));
        };
        self.check_group(asked, model)?;
        prompt.maker = maker(model);
        Ok(Answerable {
            prompt,
            model,
            limits,
        })
    }

    /// What the model says to the prompt, made now or remembered.
    fn spoken(&self, asked: &Asked<'_>, prompt: &Prompt, stamp: &Stamp) -> Arc<Spoken> {
        let created = stamp.created;
        let known = self.spoken.find(asked.hash);
        let known = known.filter(|known| known.prompt == *prompt);
        let answers = match known {
            Some(known) if known.created == created => return known,
            Some(known) => known.answers.clone(),
            None if prompt.marks.block => Vec::new(),
            None => {
                let words = text::said(prompt, self.config.seed);
                text::compose(prompt, words, self.config.output_tokens)
            }
        };
        let spoken = Spoken {
            prompt: prompt.clone(),
            created,
            frames: text::encode(prompt, &answers, stamp),
            answers,
        };
        let request = asked.incoming.body.len();
        self.spoken.keep(asked.hash, spoken, request)
    }

    /// Waits between frames: half of the first one before the stream opens, half before its first
    /// payload, then a gap before each. A whole body waits for all of that at once.
    fn paced(
        &self,
        asked: &Asked<'_>,
        model: &Model,
        delivery: Delivery,
        frames: Frames,
        output: u64,
    ) -> Vec<Step> {
        let mut dice = asked.dice();
        let timing = self.config.timing(model);
        let first = timing.first_token.sample(&mut dice);
        if delivery == Delivery::Unary {
            let gaps = (1..output.min(MOST_GAPS)).map(|_| timing.token_gap.sample(&mut dice));
            let wait = gaps.fold(first, |sum, gap| sum.saturating_add(gap));
            let frames = frames.into_iter().map(Step::Frame);
            return std::iter::once(Step::Wait(wait)).chain(frames).collect();
        }
        let mut steps = vec![Step::Wait(first / 2)];
        let mut begun = false;
        for frame in frames {
            if frame.kind == FrameKind::Token {
                let gap = if begun {
                    timing.token_gap.sample(&mut dice)
                } else {
                    first / 2
                };
                steps.push(Step::Wait(gap));
                begun = true;
            }
            steps.push(Step::Frame(frame));
        }
        steps
    }
}

/// A whole body waits for at most this many gaps.
const MOST_GAPS: u64 = 100_000;

/// Priced as the protocol's usage tells it.
fn bill(
    asked: &Asked<'_>,
    answerable: &Answerable,
    (output, price): (u64, Price),
    contract: Contract,
) -> Bill {
    let Answerable { prompt, model, .. } = answerable;
    let mut bill = Bill::new(model.slug, asked.route.endpoint(), 0, 0);
    bill.row.input_tokens = prompt.input_tokens;
    bill.row.cache_read_tokens = prompt.cache.read;
    bill.row.cache_write_tokens = prompt.cache.written();
    bill.row.output_tokens = output;
    bill.row.charge = price.text(bill.row.tokens());
    let most = prompt
        .max_tokens
        .unwrap_or_else(|| model.max_output(contract));
    let most = most
        .max(output)
        .saturating_mul(u64::from(prompt.choices.max(1)));
    let worst = price.text(Tokens {
        output: most,
        ..bill.row.tokens()
    });
    bill.worst = worst.max(bill.row.charge);
    bill.price = Some(price);
    bill
}

fn maker(model: &Model) -> Maker {
    match model.vendor {
        "anthropic" => Maker::Anthropic,
        "google" => Maker::Google,
        "deepseek" => Maker::Deepseek,
        _ => Maker::Openai,
    }
}

/// OpenAI's envelope has a place for the field; in the others the message names it.
pub(super) fn refusal(dialect: Dialect, refusal: Refusal) -> Problem {
    let names_field = match dialect {
        Dialect::AnthropicMessages | Dialect::Gemini => true,
        Dialect::OpenaiChat | Dialect::OpenaiResponses => false,
    };
    let (field, message) = match refusal {
        Refusal::Missing { field } if dialect == Dialect::AnthropicMessages => {
            (field, "Field required".to_owned())
        }
        Refusal::Missing { field } => {
            let message = format!("`{field}` is required");
            return Problem::invalid(&field, message);
        }
        Refusal::Invalid { field, message } => (field, message),
    };
    if names_field && !field.is_empty() {
        let message = format!("{field}: {message}");
        return Problem::invalid(&field, message);
    }
    Problem::invalid(&field, message)
}

/// The frames with the stream faults that strike this request. A failure in mid-stream comes last,
/// because it needs a whole healthy answer and the others give one up.
fn spoiled(asked: &Asked<'_>, prompt: &Prompt, frames: Frames) -> Frames {
    let (dialect, delivery) = (prompt.dialect, prompt.delivery);
    if asked.has(Fault::ErrorMidStream) {
        let failure = StreamFailure::for_status(dialect, 500, "the upstream failed after it began");
        let keep = frames.len() / 2;
        return text::fail_after(dialect, delivery, &frames, keep, &failure).unwrap_or(frames);
    }
    // One edit at most: the next one would need healthy frames again.
    let mut edits = asked.faults.iter().filter_map(|fault| {
        let Fault::Stream(fault) = fault else {
            return None;
        };
        text::spoil::spoil(*fault, dialect, delivery, frames.clone(), asked.turn)
    });
    edits.next().unwrap_or(frames)
}

fn end_with_done(frames: &mut Frames) {
    for frame in frames.iter_mut() {
        if frame.kind == FrameKind::Terminal {
            frame.kind = FrameKind::Plumbing;
        }
    }
    let bytes = Bytes::from_static(b"data: [DONE]\n\n");
    frames.push(Frame {
        bytes,
        kind: FrameKind::Terminal,
    });
}
