//! What the vendor documents of the objects in a message, as tables.

use crate::rules::members::{Kind, Member, Members, optional, required, usual};

/// Who called a tool: the model, or code that a tool of the service's runs.
const CALLER: Kind = Kind::Typed(&[
    ("direct", &[TYPE]),
    ("code_execution_20250825", CODE_CALLER),
    ("code_execution_20260120", CODE_CALLER),
]);

const CODE_CALLER: Members = &[TYPE, required("tool_id", Kind::Filled)];

const TYPE: Member = required("type", Kind::Filled);

/// Tools that the service runs itself.
const SERVER_TOOLS: Kind = Kind::Word(&[
    "web_search",
    "web_fetch",
    "code_execution",
    "bash_code_execution",
    "text_editor_code_execution",
    "tool_search_tool_regex",
    "tool_search_tool_bm25",
    "advisor",
]);

/// A source of a text.
pub(super) const CITATION: Kind = Kind::Typed(&[
    (
        "char_location",
        &[
            TYPE,
            CITED,
            DOCUMENT,
            TITLE,
            FILE,
            required("start_char_index", Kind::Count),
            required("end_char_index", Kind::Count),
        ],
    ),
    (
        "page_location",
        &[
            TYPE,
            CITED,
            DOCUMENT,
            TITLE,
            FILE,
            required("start_page_number", Kind::Count),
            required("end_page_number", Kind::Count),
        ],
    ),
    (
        "content_block_location",
        &[
            TYPE,
            CITED,
            DOCUMENT,
            TITLE,
            FILE,
            required("start_block_index", Kind::Count),
            required("end_block_index", Kind::Count),
        ],
    ),
    (
        "web_search_result_location",
        &[
            TYPE,
            CITED,
            required("url", Kind::Filled),
            usual("title", Kind::Text).or_null(),
            required("encrypted_index", Kind::Filled),
        ],
    ),
    (
        "search_result_location",
        &[
            TYPE,
            CITED,
            required("source", Kind::Text),
            usual("title", Kind::Text).or_null(),
            required("search_result_index", Kind::Count),
            required("start_block_index", Kind::Count),
            required("end_block_index", Kind::Count),
        ],
    ),
]);

const CITED: Member = required("cited_text", Kind::Text);
const DOCUMENT: Member = required("document_index", Kind::Count);
const TITLE: Member = usual("document_title", Kind::Text).or_null();
const FILE: Member = optional("file_id", Kind::Text).or_null();

/// The blocks of a whole message.
pub(super) const BLOCK: Kind = Kind::Typed(&[
    (
        "text",
        &[
            TYPE,
            required("text", Kind::Text),
            optional("citations", Kind::List(&CITATION)).or_unseen_null(),
        ],
    ),
    (
        "thinking",
        &[
            TYPE,
            required("thinking", Kind::Text),
            required("signature", Kind::Text),
        ],
    ),
    ("redacted_thinking", &[TYPE, required("data", Kind::Filled)]),
    (
        "tool_use",
        &[
            TYPE,
            required("id", Kind::Filled),
            required("name", Kind::Filled),
            optional("input", Kind::Any),
            CALLED_BY,
        ],
    ),
    (
        "server_tool_use",
        &[
            TYPE,
            required("id", Kind::Filled),
            required("name", SERVER_TOOLS),
            optional("input", Kind::Any),
            CALLED_BY,
        ],
    ),
    (
        "mcp_tool_use",
        &[
            TYPE,
            required("id", Kind::Filled),
            required("name", Kind::Filled),
            required("server_name", Kind::Filled),
            optional("input", Kind::Any),
        ],
    ),
    ("web_search_tool_result", SEARCH_RESULT),
    ("web_fetch_tool_result", RESULT),
    ("code_execution_tool_result", RESULT),
    ("bash_code_execution_tool_result", RESULT),
    ("text_editor_code_execution_tool_result", RESULT),
    ("tool_search_tool_result", RESULT),
    ("advisor_tool_result", RESULT),
    ("mcp_tool_result", MCP_RESULT),
    ("container_upload", UPLOAD),
    ("compaction", COMPACTION),
    ("fallback", &[]),
]);

/// The blocks of a stream as they start, but for what has rules of its own: what tells a call, and
/// what deltas fill.
pub(super) const BLOCK_START: Kind = Kind::Typed(&[
    ("tool_use", &[CALLED_BY]),
    ("server_tool_use", &[CALLED_BY]),
    (
        "mcp_tool_use",
        &[required("server_name", Kind::Filled), CALLED_BY],
    ),
    ("web_search_tool_result", SEARCH_RESULT),
    ("web_fetch_tool_result", RESULT),
    ("code_execution_tool_result", RESULT),
    ("bash_code_execution_tool_result", RESULT),
    ("text_editor_code_execution_tool_result", RESULT),
    ("tool_search_tool_result", RESULT),
    ("advisor_tool_result", RESULT),
    ("mcp_tool_result", MCP_RESULT),
    ("container_upload", UPLOAD),
    ("compaction", COMPACTION),
]);

const UPLOAD: Members = &[TYPE, required("file_id", Kind::Filled)];

const CALLED_BY: Member = optional("caller", CALLER).or_null();

const CALLED: Member = required("tool_use_id", Kind::Filled);

/// What is found by the service's own tools, of which no more is judged than that it is there.
const RESULT: Members = &[TYPE, CALLED, required("content", Kind::Any), CALLED_BY];

const MCP_RESULT: Members = &[
    TYPE,
    CALLED,
    required("content", Kind::Any),
    required("is_error", Kind::Flag),
];

const SEARCH_RESULT: Members = &[
    TYPE,
    CALLED,
    required(
        "content",
        Kind::Either(&Kind::List(&SEARCH_HIT), &SEARCH_ERROR),
    ),
    CALLED_BY,
];

const SEARCH_HIT: Kind = Kind::Typed(&[(
    "web_search_result",
    &[
        TYPE,
        required("url", Kind::Filled),
        required("title", Kind::Text),
        required("encrypted_content", Kind::Filled),
        usual("page_age", Kind::Text).or_null(),
    ],
)]);

const SEARCH_ERROR: Kind = Kind::Typed(&[(
    "web_search_tool_result_error",
    &[TYPE, required("error_code", Kind::Filled)],
)]);

const COMPACTION: Members = &[
    TYPE,
    optional("content", Kind::Text).or_null(),
    optional("encrypted_content", Kind::Text).or_null(),
];

/// Every documented count. Which of them go together is another rule's.
pub(super) const USAGE: Members = &[
    optional("input_tokens", Kind::Count).or_unseen_null(),
    optional("output_tokens", Kind::Count).or_unseen_null(),
    optional("cache_creation_input_tokens", Kind::Count).or_unseen_null(),
    optional("cache_read_input_tokens", Kind::Count).or_unseen_null(),
    optional(
        "cache_creation",
        Kind::Object(&[
            required("ephemeral_5m_input_tokens", Kind::Count),
            required("ephemeral_1h_input_tokens", Kind::Count),
        ]),
    )
    .or_unseen_null(),
    optional(
        "output_tokens_details",
        Kind::Object(&[required("thinking_tokens", Kind::Count)]),
    )
    .or_unseen_null(),
    optional(
        "server_tool_use",
        Kind::Object(&[
            required("web_search_requests", Kind::Count),
            optional("web_fetch_requests", Kind::Count),
        ]),
    )
    .or_unseen_null(),
    optional("service_tier", Kind::Any),
    optional("inference_geo", Kind::Text).or_null(),
    optional("iterations", Kind::Any),
    optional("speed", Kind::Any),
];

/// More about a refusal.
pub(super) const STOP_DETAILS: Kind = Kind::Typed(&[(
    "refusal",
    &[
        TYPE,
        usual("category", Kind::Text).or_null(),
        usual("explanation", Kind::Text).or_null(),
    ],
)]);

/// What a delta adds to a block.
const DELTA: Kind = Kind::Typed(&[
    ("text_delta", &[TYPE, optional("text", Kind::Any)]),
    (
        "thinking_delta",
        &[
            TYPE,
            optional("thinking", Kind::Any),
            optional("estimated_tokens", Kind::Any),
        ],
    ),
    (
        "input_json_delta",
        &[TYPE, optional("partial_json", Kind::Any)],
    ),
    ("signature_delta", &[TYPE, optional("signature", Kind::Any)]),
    ("citations_delta", &[TYPE, optional("citation", CITATION)]),
    ("compaction_delta", COMPACTION),
]);

/// Names of all members of a message, for slips.
pub(super) const MESSAGE: Members = &[
    optional("id", Kind::Any),
    optional("type", Kind::Any),
    optional("role", Kind::Any),
    optional("model", Kind::Any),
    optional("content", Kind::List(&BLOCK)),
    optional("stop_reason", Kind::Any),
    optional("stop_sequence", Kind::Any),
    optional("stop_details", STOP_DETAILS),
    optional("usage", Kind::Object(USAGE)),
    optional("container", Kind::Any),
    optional("context_management", Kind::Any),
    optional("diagnostics", Kind::Any),
];

/// Names of all members of the events, for slips.
pub(super) const EVENT: Kind = Kind::Typed(&[
    (
        "message_start",
        &[TYPE, optional("message", Kind::Object(MESSAGE))],
    ),
    (
        "content_block_start",
        &[
            TYPE,
            optional("index", Kind::Any),
            optional("content_block", BLOCK),
        ],
    ),
    (
        "content_block_delta",
        &[TYPE, optional("index", Kind::Any), optional("delta", DELTA)],
    ),
    ("content_block_stop", &[TYPE, optional("index", Kind::Any)]),
    (
        "message_delta",
        &[
            TYPE,
            optional("delta", Kind::Object(MESSAGE_DELTA)),
            optional("usage", Kind::Object(USAGE)),
            optional("context_management", Kind::Any),
        ],
    ),
    ("message_stop", &[TYPE]),
]);

pub(super) const MESSAGE_DELTA: Members = &[
    optional("stop_reason", Kind::Any),
    optional("stop_sequence", Kind::Any),
    optional("stop_details", STOP_DETAILS),
    optional("container", Kind::Any),
];
