//! The tools that the service runs itself: their calls, and the results of these.

use crate::json::Value;

/// Calls of one answer that are kept.
const MOST: usize = 256;

/// Calls of `server_tool_use` and `mcp_tool_use`, in order.
#[derive(Debug, Default)]
pub(crate) struct ServerTools {
    pub(crate) calls: Vec<ServerCall>,
    /// What the results refer to.
    pub(crate) results: Vec<String>,
    /// The last block is such a call.
    pub(crate) ends_with_call: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerCall {
    pub(crate) id: String,
    pub(crate) name: String,
}

impl ServerTools {
    pub(super) fn note(&mut self, block: &Value, type_name: &str) {
        let text = |key: &str| block.get(key).and_then(Value::as_str).unwrap_or_default();
        self.ends_with_call = is_call(type_name);
        if self.ends_with_call && self.calls.len() < MOST {
            self.calls.push(ServerCall {
                id: text("id").to_owned(),
                name: text("name").to_owned(),
            });
        }
        if type_name.ends_with("_tool_result") && self.results.len() < MOST {
            self.results.push(text("tool_use_id").to_owned());
        }
    }

    /// A call without a result, where there are fewer results than calls: recordings were seen
    /// whose ids were made unreadable on one side only.
    pub(crate) fn unanswered(&self) -> Option<&ServerCall> {
        if self.results.len() >= self.calls.len() {
            return None;
        }
        let mut calls = self.calls.iter();
        calls.find(|call| !self.results.contains(&call.id))
    }

    pub(crate) fn knows(&self, id: &str) -> bool {
        self.calls.iter().any(|call| call.id == id)
    }
}

fn is_call(type_name: &str) -> bool {
    matches!(type_name, "server_tool_use" | "mcp_tool_use")
}
