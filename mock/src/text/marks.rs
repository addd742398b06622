//! Which of the replica's markers a prompt has.

use serde_json::Value;

use super::Dialect;
use crate::marker::{BLOCK, REDACT, REFUSE};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    pub refuse: bool,
    pub block: bool,
    pub redact: bool,
}

impl Marks {
    /// Looks at what is asked, not at instructions or tools.
    pub(super) fn of(dialect: Dialect, body: &Value) -> Self {
        let asked = match dialect {
            Dialect::AnthropicMessages | Dialect::OpenaiChat => &body["messages"],
            Dialect::OpenaiResponses => &body["input"],
            Dialect::Gemini => &body["contents"],
        };
        let mut marks = Self::default();
        marks.look(asked);
        marks
    }

    fn look(&mut self, value: &Value) {
        match value {
            Value::String(text) => {
                self.refuse |= text.contains(REFUSE);
                self.block |= text.contains(BLOCK);
                self.redact |= text.contains(REDACT);
            }
            Value::Array(items) => items.iter().for_each(|item| self.look(item)),
            Value::Object(map) => map.values().for_each(|member| self.look(member)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}
