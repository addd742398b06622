//! Why some edits of answers of OpenAI Responses need not be found.

use spikeproof::endpoint::ProtocolId;

use crate::explained::{ARGUMENTS, Explained, OPAQUE, SAID};

const RESPONSES: &[ProtocolId] = &[ProtocolId::OpenaiResponses];

pub(crate) static EXPLAINED: &[Explained] = &[
    Explained {
        protocols: &[
            ProtocolId::OpenaiResponses,
            ProtocolId::OpenaiImages,
            ProtocolId::Tasks,
        ],
        differences: &[
            "string error /error/type",
            "string error /error/code",
            "null error /error/code",
            "retyped error /error/param",
        ],
        reason: "a failure may be of a kind that nobody has named yet, and may name what it is \
            about; codes that the gateway promises are asked for",
    },
    Explained {
        protocols: RESPONSES,
        differences: &[
            "string response.created /response/status",
            "string response.output_item.added(message) /item/status",
            "string response.output_item.added(tool_search_call) /item/status=completed",
            "null *(tool_search_call) /item/call_id",
        ],
        reason: "a response may wait before it begins, empty messages were recorded that were \
            complete when they were added, and a search of the service's own has no id and may be \
            over when it is told of",
    },
    Explained {
        protocols: RESPONSES,
        differences: &["string response /output/*/status"],
        reason: "a call that a program made was recorded as in progress in a completed answer",
    },
    Explained {
        protocols: RESPONSES,
        differences: &[
            "string response /output/*/content/*/text",
            "string response /output/*/content/*/refusal",
            "string response /output/*/summary/*/text",
            "length response /output",
            "length response /output/*/summary",
        ],
        reason: SAID,
    },
    Explained {
        protocols: RESPONSES,
        differences: &["string response /output/*/arguments"],
        reason: ARGUMENTS,
    },
    Explained {
        protocols: RESPONSES,
        differences: &[
            "string response /id",
            "string response /output/*/id",
            "string response /output/*/call_id",
            "string response /output/*/encrypted_content",
            "string * /item/encrypted_content",
            "string * /response/output/*/encrypted_content",
            "string *(tool_search_call) /item/call_id",
        ],
        reason: OPAQUE,
    },
    Explained {
        protocols: RESPONSES,
        differences: &[
            "length response /output/*/content/*/logprobs/*/top_logprobs",
            "number response /output/*/content/*/logprobs/*/logprob",
            "number response /output/*/content/*/logprobs/*/top_logprobs/*/logprob",
        ],
        reason: "how likely a token was nothing else tells, and fewer alternatives than were \
            asked for may come",
    },
    Explained {
        protocols: RESPONSES,
        differences: &["bool response /store", "retyped response /prompt_cache_key"],
        reason: "where the request says nothing the account decides what is kept, and the server \
            may make a key of its own",
    },
    Explained {
        protocols: RESPONSES,
        differences: &["null response /reasoning"],
        reason: "a model that does not reason may have no settings for it",
    },
    Explained {
        protocols: RESPONSES,
        differences: &[
            "removed * /usage/input_tokens_details/cache_write_tokens",
            "removed * /response/usage/input_tokens_details/cache_write_tokens",
        ],
        reason: "a count that older servers do not tell",
    },
    Explained {
        protocols: RESPONSES,
        differences: &[
            "number * /usage/input_tokens",
            "number * /usage/output_tokens",
            "number * /response/usage/input_tokens",
            "number * /response/usage/output_tokens",
        ],
        reason: "two counts that have changed places still add up; one alone is noticed",
    },
    Explained {
        protocols: RESPONSES,
        differences: &["string response /output/*/name"],
        reason: "a model may call any of the tools that it was offered",
    },
    Explained {
        protocols: RESPONSES,
        differences: &[
            "null error /error/code",
            "string error /error/code",
            "null error /error/param",
            "retyped error /error/param",
        ],
        reason: "an error may have a code, and may name what it is about",
    },
    Explained {
        protocols: RESPONSES,
        differences: &["* /response/moderation*", "* /response/tool_usage*"],
        reason: "of features that the gateway does not sell; recordings alone have them",
    },
];
