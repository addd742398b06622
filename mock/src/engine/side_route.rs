//! Embeddings and rerank, which exist under one reading of C-20 only.
//!
//! The blog names the paths and one model; the shapes are the ones that clients of such routes
//! expect. Scores and vectors come from a hash and mean nothing.

use serde_json::{Map, Value, json};

use super::problem::Problem;
use super::reply::{Bill, Reply};
use super::{Asked, Engine, fields};
use crate::prices::Tokens;
use crate::seed;

const MODEL: &str = "bge-large-zh-v1.5";
const DIMENSIONS: u64 = 8;

impl Engine {
    pub(super) fn embeddings(&self, asked: &Asked<'_>) -> Result<Reply, Problem> {
        let fields = fields::object(&asked.incoming.body)?;
        let model = self.side_model(&fields)?;
        let inputs = texts(&fields, "input")?;
        let tokens: u64 = inputs
            .iter()
            .map(|text| (text.len() as u64).div_ceil(4).max(1))
            .sum();
        let data: Vec<Value> = (0..)
            .zip(&inputs)
            .map(|(index, text): (u64, _)| {
                json!({"object": "embedding", "index": index, "embedding": vector(text)})
            })
            .collect();
        let cost = self.prices.of(MODEL).text(Tokens::fresh(tokens, 0));
        let mut bill = Bill::new(MODEL, asked.route.endpoint(), cost, cost);
        bill.row.input_tokens = tokens;
        let usage = json!({"prompt_tokens": tokens, "total_tokens": tokens});
        let body = json!({"object": "list", "data": data, "model": model, "usage": usage});
        Ok(Reply::json(&body).billed(bill))
    }

    pub(super) fn rerank(&self, asked: &Asked<'_>) -> Result<Reply, Problem> {
        let fields = fields::object(&asked.incoming.body)?;
        let model = self.side_model(&fields)?;
        let query = fields::needed(&fields, "query")?;
        let documents = texts(&fields, "documents")?;
        let mut results: Vec<(u64, u64)> = (0..)
            .zip(&documents)
            .map(|(index, text)| (score(query, text), index))
            .collect();
        results.sort_unstable_by(|a, b| b.cmp(a));
        let results: Vec<Value> = results
            .into_iter()
            .map(|(score, index)| json!({"index": index, "relevance_score": unit(score)}))
            .collect();
        let cost = self.prices.of(MODEL).images(documents.len() as u64);
        let bill = Bill::new(MODEL, asked.route.endpoint(), cost, cost);
        Ok(Reply::json(&json!({"model": model, "results": results})).billed(bill))
    }

    fn side_model<'a>(&self, fields: &'a Map<String, Value>) -> Result<&'a str, Problem> {
        let slug = fields::needed(fields, "model")?;
        if slug == MODEL {
            return Ok(slug);
        }
        Err(Problem::unknown_model(slug, self.config.contract))
    }
}

/// A string or a list of 1 to 2048 strings.
fn texts(fields: &Map<String, Value>, name: &str) -> Result<Vec<String>, Problem> {
    let wrong = || Problem::invalid(name, format!("`{name}` must be 1 to 2048 strings"));
    let value = fields.get(name).ok_or_else(wrong)?;
    if let Some(text) = value.as_str() {
        return Ok(vec![text.to_owned()]);
    }
    let list = value
        .as_array()
        .filter(|list| (1..=2048).contains(&list.len()));
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(wrong);
    list.ok_or_else(wrong)?.iter().map(text).collect()
}

fn vector(text: &str) -> Vec<f64> {
    (0..DIMENSIONS)
        .map(|axis| unit(seed::hash(axis, &[text.as_bytes()]) % SCALE) * 2.0 - 1.0)
        .collect()
}

const SCALE: u64 = 1_000_000;

fn score(query: &str, text: &str) -> u64 {
    seed::hash(0, &[query.as_bytes(), text.as_bytes()]) % SCALE
}

#[expect(
    clippy::cast_precision_loss,
    reason = "below a million every step is exact"
)]
fn unit(score: u64) -> f64 {
    score as f64 / SCALE as f64
}
