//! Which members a response, its items and their parts have. After OpenAI's API description; where
//! recordings lack a member it is not asked for, and where they have null that is allowed.

use crate::rules::members::Kind::{
    Any, Between, Count, Either, Filled, Flag, List, Number, Object, Text, Typed, TypedOr, Word,
};
use crate::rules::members::{Kind, Members, optional, required};

const ANY_OBJECT: Kind = Object(&[]);
const ANY_LIST: Kind = List(&Any);

pub(super) const RESPONSE: Members = &[
    required("id", Filled),
    required("created_at", Number),
    required("model", Filled),
    optional("background", Flag).or_null(),
    optional("completed_at", Number).or_null(),
    required(
        "error",
        Object(&[required("code", Text), required("message", Text)]),
    )
    .or_null(),
    required(
        "incomplete_details",
        Object(&[required(
            "reason",
            Word(&["max_output_tokens", "content_filter"]),
        )]),
    )
    .or_null(),
    required("instructions", Either(&Text, &ANY_LIST)).or_null(),
    optional("max_output_tokens", Count).or_null(),
    optional("max_tool_calls", Count).or_null(),
    required("metadata", ANY_OBJECT).or_null(),
    required("output", List(&ITEM)),
    required("parallel_tool_calls", Flag),
    optional("presence_penalty", Between(-2.0, 2.0)).or_null(),
    optional("frequency_penalty", Between(-2.0, 2.0)).or_null(),
    optional("previous_response_id", Text).or_null(),
    optional("prompt_cache_key", Text).or_null(),
    optional(
        "prompt_cache_retention",
        Word(&["in_memory", "in-memory", "24h"]),
    )
    .or_null(),
    optional("reasoning", Object(REASONING)).or_null(),
    optional("safety_identifier", Text).or_null(),
    optional("service_tier", Text).or_null(),
    optional("store", Flag).or_null(),
    required("temperature", Between(0.0, 2.0)).or_null(),
    optional("text", Object(TEXT)),
    required(
        "tool_choice",
        Either(&Word(&["none", "auto", "required"]), &TOOL_CHOICE),
    ),
    required("tools", List(&TOOL)),
    optional("top_logprobs", Count).or_null(),
    required("top_p", Between(0.0, 1.0)).or_null(),
    optional("truncation", Word(&["auto", "disabled"])).or_null(),
    optional("usage", Object(USAGE)).or_null(),
    optional("user", Text).or_null(),
];

const REASONING: Members = &[
    optional(
        "effort",
        Word(&["none", "minimal", "low", "medium", "high", "xhigh", "max"]),
    )
    .or_null(),
    optional("summary", Word(&["auto", "concise", "detailed"])).or_null(),
];

const TEXT: Members = &[
    required("format", FORMAT),
    optional("verbosity", Word(&["low", "medium", "high"])).or_null(),
];

const USAGE: Members = &[
    required("input_tokens", Count),
    required(
        "input_tokens_details",
        Object(&[
            required("cached_tokens", Count),
            optional("cache_write_tokens", Count),
        ]),
    ),
    required("output_tokens", Count),
    required(
        "output_tokens_details",
        Object(&[required("reasoning_tokens", Count)]),
    ),
    required("total_tokens", Count),
];

const FORMATS: &[&str] = &["text", "json_object", "json_schema"];

const FORMAT: Kind = TypedOr(
    &[(
        "json_schema",
        &[
            required("type", Word(FORMATS)),
            required("name", Text),
            required("schema", ANY_OBJECT),
            optional("strict", Flag).or_null(),
            optional("description", Text).or_null(),
        ],
    )],
    // Of an unknown format only its name is strange.
    &[required("type", Word(FORMATS))],
);

const TOOL_CHOICE: Kind = Typed(&[
    ("function", NAMED),
    ("custom", NAMED),
    (
        "allowed_tools",
        &[
            required("mode", Word(&["auto", "required"])),
            required("tools", ANY_LIST),
        ],
    ),
]);
const NAMED: Members = &[required("name", Text)];

const TOOL: Kind = Typed(&[
    (
        "function",
        &[
            required("name", Text),
            optional("description", Text).or_null(),
            required("parameters", ANY_OBJECT).or_null(),
            required("strict", Flag).or_null(),
        ],
    ),
    (
        "custom",
        &[
            required("name", Text),
            optional("description", Text).or_null(),
        ],
    ),
]);

const STATUSES: &[&str] = &["in_progress", "completed", "incomplete"];
/// What an item of a tool that the service runs itself may be doing.
const WORK: &[&str] = &[
    "in_progress",
    "searching",
    "interpreting",
    "generating",
    "calling",
    "completed",
    "incomplete",
    "failed",
];

/// By the item's type.
pub(super) const ITEM: Kind = Typed(&[
    (
        "message",
        &[
            required("id", Filled),
            required("role", Word(&["assistant"])),
            required("status", Word(STATUSES)),
            required("content", List(&PART)),
            optional("phase", Word(&["commentary", "final_answer"])).or_null(),
        ],
    ),
    (
        "reasoning",
        &[
            required("id", Filled),
            optional("summary", List(&SUMMARY_PART)),
            optional("content", List(&PART)),
            optional("status", Word(STATUSES)).or_null(),
        ],
    ),
    (
        "function_call",
        &[
            required("id", Filled),
            required("call_id", Filled),
            required("name", Text),
            required("arguments", Text),
            required("status", Word(STATUSES)),
        ],
    ),
    (
        "custom_tool_call",
        &[
            optional("id", Filled),
            required("call_id", Filled),
            required("name", Text),
            required("input", Text),
            optional("status", Word(STATUSES)).or_null(),
        ],
    ),
    (
        "web_search_call",
        &[
            required("id", Filled),
            required("status", Word(WORK)),
            optional("action", ANY_OBJECT),
        ],
    ),
    (
        "file_search_call",
        &[
            required("id", Filled),
            required("status", Word(WORK)),
            required("queries", ANY_LIST),
            optional("results", ANY_LIST).or_null(),
        ],
    ),
    (
        "code_interpreter_call",
        &[
            required("id", Filled),
            required("status", Word(WORK)),
            required("container_id", Text),
            optional("code", Text).or_null(),
            optional("outputs", ANY_LIST).or_null(),
        ],
    ),
    (
        "image_generation_call",
        &[
            required("id", Filled),
            required("status", Word(WORK)),
            optional("result", Text).or_null(),
        ],
    ),
    (
        "mcp_list_tools",
        &[
            required("id", Filled),
            required("server_label", Text),
            required("tools", ANY_LIST),
        ],
    ),
    ("mcp_call", REMOTE),
    ("mcp_approval_request", REMOTE),
    (
        "tool_search_call",
        &[
            required("id", Filled),
            required("call_id", Filled).or_null(),
            required("arguments", ANY_OBJECT),
            required("execution", Word(&["server", "client"])),
            required("status", Word(STATUSES)),
        ],
    ),
]);
const REMOTE: Members = &[
    required("id", Filled),
    required("server_label", Text),
    required("name", Text),
    required("arguments", Text),
];

const TOKEN: Members = &[
    required("token", Text),
    required("logprob", Number),
    required("bytes", ANY_LIST),
    required(
        "top_logprobs",
        List(&Object(&[
            required("token", Text),
            required("logprob", Number),
            required("bytes", ANY_LIST),
        ])),
    ),
];

/// Whatever its type says.
pub(super) const SUMMARY_PART: Kind = Object(&[
    required("type", Word(&["summary_text"])),
    required("text", Text),
]);

/// By the part's type.
pub(super) const PART: Kind = Typed(&[
    (
        "output_text",
        &[
            required("text", Text),
            required("annotations", List(&ANNOTATION)),
            optional("logprobs", List(&Object(TOKEN))),
        ],
    ),
    ("refusal", &[required("refusal", Text)]),
    ("reasoning_text", PLAIN),
    ("summary_text", PLAIN),
]);
const PLAIN: Members = &[required("text", Text)];

/// By the citation's type.
pub(super) const ANNOTATION: Kind = Typed(&[
    (
        "url_citation",
        &[
            required("url", Text),
            required("title", Text),
            required("start_index", Count),
            required("end_index", Count),
        ],
    ),
    (
        "file_citation",
        &[
            required("file_id", Text),
            required("filename", Text),
            required("index", Count),
        ],
    ),
    (
        "container_file_citation",
        &[
            required("container_id", Text),
            required("file_id", Text),
            required("filename", Text),
            required("start_index", Count),
            required("end_index", Count),
        ],
    ),
    (
        "file_path",
        &[required("file_id", Text), required("index", Count)],
    ),
]);
