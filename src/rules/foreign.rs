//! Events that belong to another protocol.

use crate::endpoint::ProtocolId;

/// Whose event such a type is, where one protocol alone has it.
pub(crate) fn owner(kind: &str) -> Option<ProtocolId> {
    let is_block = kind.starts_with("content_block_");
    if is_block || matches!(kind, "message_start" | "message_delta" | "message_stop") {
        return Some(ProtocolId::AnthropicMessages);
    }
    let (family, _) = kind.split_once('.')?;
    match family {
        "response" => Some(ProtocolId::OpenaiResponses),
        "image_generation" | "image_edit" => Some(ProtocolId::OpenaiImages),
        "task" => Some(ProtocolId::Tasks),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_nobody_is_known_by_has_no_owner() {
        assert_eq!(owner("ping"), None);
        assert_eq!(owner("error"), None);
        assert_eq!(owner("message_hint"), None);
        assert_eq!(owner("response.created"), Some(ProtocolId::OpenaiResponses));
        assert_eq!(owner("task.updated"), Some(ProtocolId::Tasks));
    }
}
