//! A token with its log probability, which two protocols write alike.

use crate::json::Value;

/// A probability of one is told as a logarithm a little above 0 at times: it is computed with few
/// bits.
const ROUNDING: f64 = 0.001;

/// It has a text, a logarithm of a probability, and bytes that are bytes or unknown.
pub(crate) fn is_measured(token: &Value) -> bool {
    let is_byte = |byte: &Value| byte.as_u64().is_some_and(|byte| byte <= 255);
    let is_bytes = match token.get("bytes") {
        None | Some(Value::Null) => true,
        Some(Value::Array(bytes)) => bytes.iter().all(is_byte),
        Some(_) => false,
    };
    let logprob = token.get("logprob").and_then(Value::as_f64);
    token.get("token").is_some_and(Value::is_string)
        && logprob.is_some_and(|logprob| logprob <= ROUNDING)
        && is_bytes
}
