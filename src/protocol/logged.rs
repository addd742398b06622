//! The bytes that log probabilities cover, added up over a stream.

use crate::json::Value;

/// Bytes kept of one text.
const MAX_KEPT: usize = 1 << 20;

/// The bytes of all tokens of a text.
#[derive(Debug, Default)]
pub(crate) struct Logged {
    bytes: Vec<u8>,
    any: bool,
    /// A token did not tell its bytes, or there are more than are kept.
    unknown: bool,
}

impl Logged {
    /// `None`: there were none, or not all are known.
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        (self.any && !self.unknown).then_some(self.bytes.as_slice())
    }

    /// Adds a list of tokens, each with its `bytes`; whatever else is no token.
    pub(crate) fn take(&mut self, tokens: Option<&Value>) {
        let tokens = tokens.and_then(Value::as_array);
        for token in tokens.into_iter().flatten() {
            self.any = true;
            let bytes = token.get("bytes").and_then(Value::as_array);
            let fits = self.bytes.len() + bytes.map_or(0, Vec::len) <= MAX_KEPT;
            self.unknown |= bytes.is_none() || !fits;
            for byte in bytes.into_iter().flatten().filter(|_| fits) {
                match byte.as_u64().and_then(|byte| u8::try_from(byte).ok()) {
                    Some(byte) => self.bytes.push(byte),
                    None => self.unknown = true,
                }
            }
        }
    }
}
