//! What the vendor documents of the objects in a completion, as tables; and what servers of other
//! models add.

use crate::rules::members::{Kind, Member, Members, optional, required, usual};

const COUNT: Kind = Kind::Count;

/// Counts and what breaks them down. The three that everybody has are added up elsewhere.
const USAGE: Members = &[
    optional("prompt_tokens", Kind::Any),
    optional("completion_tokens", Kind::Any),
    optional("total_tokens", Kind::Any),
    optional(
        "prompt_tokens_details",
        Kind::Object(&[
            count("cached_tokens"),
            count("audio_tokens"),
            count("text_tokens"),
            count("image_tokens"),
            count("cache_write_tokens"),
        ]),
    )
    .or_unseen_null(),
    optional(
        "completion_tokens_details",
        Kind::Object(&[
            count("reasoning_tokens"),
            count("audio_tokens"),
            count("text_tokens"),
            count("accepted_prediction_tokens"),
            count("rejected_prediction_tokens"),
        ]),
    )
    .or_unseen_null(),
    count("prompt_cache_hit_tokens"),
    count("prompt_cache_miss_tokens"),
];

const fn count(name: &'static str) -> Member {
    optional(name, COUNT).or_unseen_null()
}

/// A call of a tool in a whole message.
const CALL: Members = &[
    optional("index", Kind::Any),
    required("id", Kind::Filled),
    required("type", Kind::Filled),
    optional(
        "function",
        Kind::Object(&[
            required("name", Kind::Filled),
            optional("arguments", Kind::Any),
        ]),
    )
    .or_null(),
    optional(
        "custom",
        Kind::Object(&[required("name", Kind::Filled), optional("input", Kind::Any)]),
    )
    .or_null(),
];

const ANNOTATION: Kind = Kind::Typed(&[(
    "url_citation",
    &[
        required("type", Kind::Filled),
        required(
            "url_citation",
            Kind::Object(&[
                required("start_index", COUNT),
                required("end_index", COUNT),
                required("url", Kind::Text),
                required("title", Kind::Text),
            ]),
        ),
    ],
)]);

const FUNCTION_CALL: Members = &[
    optional("name", Kind::Text),
    optional("arguments", Kind::Text),
];

const SPEECH: Members = &[
    required("id", Kind::Filled),
    required("expires_at", COUNT),
    required("data", Kind::Text),
    required("transcript", Kind::Text),
];

const MESSAGE: Members = &[
    optional("role", Kind::Any),
    optional("content", Kind::Any),
    optional("refusal", Kind::Any),
    optional("annotations", Kind::List(&ANNOTATION)).or_unseen_null(),
    optional("tool_calls", Kind::List(&Kind::Object(CALL))).or_null(),
    optional("function_call", Kind::Object(FUNCTION_CALL)).or_null(),
    optional("audio", Kind::Object(SPEECH)).or_null(),
    optional("reasoning_content", Kind::Text).or_null(),
];

/// A fragment of a call in a delta.
const FRAGMENT: Members = &[
    optional("index", Kind::Any),
    optional("id", Kind::Text).or_null(),
    optional("type", Kind::Text).or_null(),
    optional(
        "function",
        Kind::Object(&[
            optional("name", Kind::Text).or_null(),
            optional("arguments", Kind::Any),
        ]),
    )
    .or_null(),
    optional(
        "custom",
        Kind::Object(&[
            optional("name", Kind::Text).or_null(),
            optional("input", Kind::Any),
        ]),
    )
    .or_null(),
];

const DELTA: Members = &[
    optional("role", Kind::Any),
    optional("content", Kind::Any),
    optional("refusal", Kind::Any),
    optional("tool_calls", Kind::List(&Kind::Object(FRAGMENT))).or_null(),
    optional("function_call", Kind::Object(FUNCTION_CALL)).or_null(),
    optional("audio", Kind::Any),
    optional("annotations", Kind::Any),
    optional("reasoning_content", Kind::Text).or_null(),
    optional("reasoning", Kind::Any),
];

const LOGPROBS: Members = &[
    optional("content", Kind::Any),
    optional("refusal", Kind::Any),
];

const CHUNK_CHOICE: Members = &[
    optional("index", Kind::Any),
    optional("delta", Kind::Object(DELTA)).or_null(),
    optional("logprobs", Kind::Object(LOGPROBS)).or_null(),
    optional("finish_reason", Kind::Any),
];

const WHOLE_CHOICE: Members = &[
    optional("index", Kind::Any),
    optional("message", Kind::Object(MESSAGE)).or_null(),
    optional("logprobs", Kind::Object(LOGPROBS)).or_null(),
    optional("finish_reason", Kind::Any),
];

pub(super) const CHUNK: Members = &[
    ID,
    OBJECT,
    CREATED,
    MODEL,
    optional("choices", Kind::List(&Kind::Object(CHUNK_CHOICE))),
    USED,
    FINGERPRINT,
    TIER,
    optional("obfuscation", Kind::Any),
    optional("moderation", Kind::Any),
];

pub(super) const COMPLETION: Members = &[
    ID,
    OBJECT,
    CREATED,
    MODEL,
    optional("choices", Kind::List(&Kind::Object(WHOLE_CHOICE))),
    USED,
    FINGERPRINT,
    TIER,
    optional("moderation", Kind::Any),
    optional("metadata", Kind::Any),
];

/// Of a refusal.
pub(super) const ERROR: Members = &[
    optional("message", Kind::Any),
    usual(
        "type",
        Kind::Word(&[
            "invalid_request_error",
            "requests",
            "tokens",
            "rate_limit_error",
            "insufficient_quota",
            "server_error",
            "service_unavailable_error",
            "authentication_error",
            "permission_error",
            "not_found_error",
            "api_error",
        ]),
    )
    .or_unseen_null(),
    usual("param", Kind::Text).or_null(),
    usual(
        "code",
        Kind::Word(&[
            "invalid_value",
            "invalid_type",
            "missing_required_parameter",
            "unknown_parameter",
            "unsupported_parameter",
            "unsupported_value",
            "array_above_max_length",
            "string_above_max_length",
            "context_length_exceeded",
            "invalid_image_url",
            "unsupported_file",
            "invalid_api_key",
            "model_not_found",
            "rate_limit_exceeded",
            "slow_down",
            "insufficient_quota",
            "credit_balance_exhausted",
            "organization_spend_limit_exceeded",
            "project_spend_limit_exceeded",
            "organization_usage_limit_exceeded",
            "server_is_overloaded",
        ]),
    )
    .or_null(),
];

const ID: Member = optional("id", Kind::Any);
const OBJECT: Member = optional("object", Kind::Any);
const CREATED: Member = optional("created", Kind::Any);
const MODEL: Member = optional("model", Kind::Any);
const USED: Member = optional("usage", Kind::Object(USAGE)).or_null();
const FINGERPRINT: Member = optional("system_fingerprint", Kind::Text).or_null();
const TIER: Member = optional("service_tier", Kind::Any);
