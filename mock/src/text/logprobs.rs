//! Token probabilities as OpenAI writes them, for requests that ask. The numbers are made up; the
//! tokens are the pieces of the text, so that both join to the same bytes.

use serde_json::{Value, json};

use super::Prompt;

/// How many alternatives a token a Chat Completions request wants, if it wants any of this.
pub(super) fn wanted_by_chat(prompt: &Prompt) -> Option<usize> {
    (prompt.body["logprobs"] == true && !prompt.thinking).then(|| alternatives(prompt))
}

/// The same for Responses, where `include` asks.
pub(super) fn wanted_by_responses(prompt: &Prompt) -> Option<usize> {
    let include = prompt.body["include"].as_array()?;
    include
        .iter()
        .any(|one| one == "message.output_text.logprobs")
        .then(|| alternatives(prompt))
}

fn alternatives(prompt: &Prompt) -> usize {
    let number = prompt.body["top_logprobs"].as_u64().unwrap_or(0);
    usize::try_from(number).unwrap_or(20).min(20)
}

/// One token's entry. Its probability depends on its length only, so that a stream and a body of
/// the same text agree.
pub(super) fn entry(piece: &str, alternatives: usize) -> Value {
    let own = -0.01 * f64::from(u8::try_from(piece.len()).unwrap_or(u8::MAX));
    let mut probability = own;
    let top: Vec<Value> = (0..alternatives)
        .map(|rank| {
            let token = if rank == 0 {
                piece.to_owned()
            } else {
                format!("{piece}{rank}")
            };
            let one = json!({"token": token, "logprob": probability, "bytes": token.as_bytes()});
            probability -= 0.5;
            one
        })
        .collect();
    json!({"token": piece, "logprob": own, "bytes": piece.as_bytes(), "top_logprobs": top})
}

pub(super) fn entries(pieces: &[String], alternatives: usize) -> Vec<Value> {
    pieces
        .iter()
        .map(|piece| entry(piece, alternatives))
        .collect()
}
