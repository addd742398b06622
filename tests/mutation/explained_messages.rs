//! Why some edits of messages and chat completions need not be found.

use spikeproof::endpoint::ProtocolId;

use crate::explained::{ARGUMENTS, Explained, OPAQUE, SAID};

const CLAUDE: &[ProtocolId] = &[ProtocolId::AnthropicMessages];
const CHAT: &[ProtocolId] = &[ProtocolId::OpenaiChat];

pub(crate) static EXPLAINED: &[Explained] = &[
    Explained {
        protocols: CLAUDE,
        differences: &[
            "string message /stop_reason=end_turn",
            "string message /stop_reason=max_tokens",
            "string message /stop_reason=refusal",
            "string message_delta /delta/stop_reason=end_turn",
            "string message_delta /delta/stop_reason=max_tokens",
            "string message_delta /delta/stop_reason=refusal",
            "string message /stop_details/type",
            "string message_delta /delta/stop_details/type",
        ],
        reason: "a model may refuse at any point, and the kinds of refusals grow; reasons that \
            content or counts contradict are found",
    },
    Explained {
        protocols: CLAUDE,
        differences: &[
            "string message /content/*/type",
            "string content_block_start(*) /content_block/type",
        ],
        reason: "a block of a type that nobody knows yet is passed over; a slip of the pen is not",
    },
    Explained {
        protocols: CHAT,
        differences: &[
            "string completion /choices/*/finish_reason=stop",
            "string completion /choices/*/finish_reason=length",
            "string completion /choices/*/finish_reason=content_filter",
            "string last /choices/*/finish_reason=stop",
            "string last /choices/*/finish_reason=length",
            "string last /choices/*/finish_reason=content_filter",
        ],
        reason: "whether an answer was cut or filtered is the server's to say where no limit was \
            asked for; reasons that calls or counts contradict are found",
    },
    Explained {
        protocols: CLAUDE,
        differences: &["length message /content"],
        reason: SAID,
    },
    Explained {
        protocols: CLAUDE,
        differences: &[
            "string message_start /message/id",
            "string content_block_start(*) /content_block/id",
            "string content_block_start(redacted_thinking) /content_block/data",
            "string message /content/*/data",
        ],
        reason: OPAQUE,
    },
    Explained {
        protocols: CLAUDE,
        differences: &[
            "removed content_block_start(thinking) /content_block/signature",
            "removed content_block_start(*) /content_block/caller",
            "removed message /stop_details",
            "null message /stop_details*",
            "retyped message /stop_details/*",
            "null message_delta /delta/stop_details*",
            "null content_block_start(*) /content_block/caller",
            "removed * /usage/output_tokens_details",
            "removed * /usage/server_tool_use*",
            "removed message_start /message/usage/cache_creation",
        ],
        reason: "a member that may be null, or missing: older answers lack it, and it then means \
            nothing, or nought",
    },
    Explained {
        protocols: CLAUDE,
        differences: &[
            "string * /stop_details/category",
            "string * /stop_details/explanation",
            "string message_delta /delta/stop_details/category",
            "retyped message_delta /delta/stop_details/category",
            "retyped message /stop_details/category",
            "string message_delta /delta/stop_details/explanation",
        ],
        reason: "what a refusal says is for people, and its kinds grow",
    },
    Explained {
        protocols: CLAUDE,
        differences: &[
            "length content_block_start(web_search_tool_result) /content_block/content",
            "length message /content/*/content",
            "* message /content/*/content/*/page_age",
            "null message /content/*/citations/*title",
            "number message /content/*/citations/*/document_index",
            "removed message /content/*/citations",
            "* message /content/*/citations/*/file_id",
            "string message /content/*/citations/*",
            "string message /content/*/content/*",
        ],
        reason: "what a source says, how many there are and how it is called is its own; spans \
            are compared",
    },
    Explained {
        protocols: CLAUDE,
        differences: &[
            "number message_start /message/usage/*put_tokens",
            "number message_delta /usage/*put_tokens",
            "number * /usage/server_tool_use/web_fetch_requests",
        ],
        reason: "a count that no other part of the answer repeats",
    },
    Explained {
        protocols: CHAT,
        differences: &[
            "lost object",
            "gained object",
            "* /choices/*/delta/reasoning_content",
            "* completion /choices/*/message/reasoning_content",
            "removed text /choices/*/delta/content",
            "* object /choices/*/delta/refusal",
        ],
        reason: SAID,
    },
    Explained {
        protocols: CHAT,
        differences: &[
            "removed call /choices/*/delta/tool_calls",
            "length completion /choices/*/message/tool_calls",
        ],
        reason: ARGUMENTS,
    },
    Explained {
        protocols: CHAT,
        differences: &[
            "number object /choices/*/index",
            "number last /choices/*/index",
            "null last /choices/*/finish_reason",
            "retyped object /choices/*/finish_reason",
            "retyped opening /choices/*/finish_reason",
        ],
        reason: "the pieces and the ends of two choices may come in any order, and an answer \
            that says nothing may end with its opening",
    },
    Explained {
        protocols: CHAT,
        differences: &[
            "null opening /choices/*/delta/content",
            "removed opening /choices/*/delta/content",
            "removed opening /choices/*/delta/refusal",
            "null opening /choices/*/delta/refusal",
            "retyped opening /choices/*/delta/refusal",
            "removed call /choices/*/delta/refusal",
            "null completion /choices/*/message/content",
            "retyped completion /choices/*/message/content",
            "null * /choices/*/logprobs",
            "retyped * /choices/*/logprobs",
            "removed * /choices/*/logprobs",
            "removed completion /choices/*/message/annotations",
        ],
        reason: "null, an empty text or list and no member at all mean the same there, and text \
            may come beside calls",
    },
    Explained {
        protocols: CHAT,
        differences: &["null usage /usage", "retyped object /usage"],
        reason: "the counts and what moderation found may come in either order",
    },
    Explained {
        protocols: CHAT,
        differences: &[
            "lost usage",
            "removed usage /usage/completion_tokens_details",
        ],
        reason: "where the request is not known nobody knows whether usage was asked for, and \
            older answers break no count down",
    },
    Explained {
        protocols: CHAT,
        differences: &[
            "null error /error/code",
            "null error /error/param",
            "retyped error /error/param",
            "string error /error/code",
            "string error /error/type",
        ],
        reason: "a failure may be of a kind that nobody has named yet, and of no member",
    },
];
