//! Which members a response, its items and their parts have. After OpenAI's API description; where
//! recordings lack a member it is not asked for, and where they have null that is allowed.

use super::form::Kind::{
    All, Count, Each, Filled, Flag, List, Number, Object, Of, Text, TextOrList, Typed, Word,
    WordOrTyped,
};
use super::form::{Form, may, must};

pub(super) static RESPONSE: Form = &[
    must("id", Filled),
    must("created_at", Number),
    must("model", Filled),
    may("background", Flag).or_null(),
    may("completed_at", Number).or_null(),
    must("error", Of(&[must("code", Text), must("message", Text)])).or_null(),
    must(
        "incomplete_details",
        Of(&[must(
            "reason",
            Word(&["max_output_tokens", "content_filter"]),
        )]),
    )
    .or_null(),
    must("instructions", TextOrList).or_null(),
    may("max_output_tokens", Count).or_null(),
    may("max_tool_calls", Count).or_null(),
    must("metadata", Object).or_null(),
    must("output", Each(item)),
    must("parallel_tool_calls", Flag),
    may("presence_penalty", Number).or_null(),
    may("frequency_penalty", Number).or_null(),
    may("previous_response_id", Text).or_null(),
    may("prompt_cache_key", Text).or_null(),
    may(
        "prompt_cache_retention",
        Word(&["in_memory", "in-memory", "24h"]),
    )
    .or_null(),
    may("reasoning", Of(REASONING)).or_null(),
    may("safety_identifier", Text).or_null(),
    may("service_tier", Text).or_null(),
    may("store", Flag).or_null(),
    must("temperature", Number).or_null(),
    may("text", Of(TEXT)),
    must(
        "tool_choice",
        WordOrTyped(&["none", "auto", "required"], tool_choice),
    ),
    must("tools", Each(tool)),
    may("top_logprobs", Count).or_null(),
    must("top_p", Number).or_null(),
    may("truncation", Word(&["auto", "disabled"])).or_null(),
    may("usage", Of(USAGE)).or_null(),
    may("user", Text).or_null(),
];

const REASONING: Form = &[
    may(
        "effort",
        Word(&["none", "minimal", "low", "medium", "high", "xhigh", "max"]),
    )
    .or_null(),
    may("summary", Word(&["auto", "concise", "detailed"])).or_null(),
];

const TEXT: Form = &[
    must("format", Typed(format)),
    may("verbosity", Word(&["low", "medium", "high"])).or_null(),
];

const USAGE: Form = &[
    must("input_tokens", Count),
    must(
        "input_tokens_details",
        Of(&[
            must("cached_tokens", Count),
            may("cache_write_tokens", Count),
        ]),
    ),
    must("output_tokens", Count),
    must(
        "output_tokens_details",
        Of(&[must("reasoning_tokens", Count)]),
    ),
    must("total_tokens", Count),
];

const FORMATS: &[&str] = &["text", "json_object", "json_schema"];

fn format(kind: &str) -> Option<Form> {
    const SCHEMA: Form = &[
        must("type", Word(FORMATS)),
        must("name", Text),
        must("schema", Object),
        may("strict", Flag).or_null(),
        may("description", Text).or_null(),
    ];
    // Of an unknown format only its name is strange.
    const OTHER: Form = &[must("type", Word(FORMATS))];
    Some(if kind == "json_schema" { SCHEMA } else { OTHER })
}

fn tool_choice(kind: &str) -> Option<Form> {
    const NAMED: Form = &[must("name", Text)];
    const ALLOWED: Form = &[
        must("mode", Word(&["auto", "required"])),
        must("tools", List),
    ];
    match kind {
        "function" | "custom" => Some(NAMED),
        "allowed_tools" => Some(ALLOWED),
        _ => None,
    }
}

fn tool(kind: &str) -> Option<Form> {
    const FUNCTION: Form = &[
        must("name", Text),
        may("description", Text).or_null(),
        must("parameters", Object).or_null(),
        must("strict", Flag).or_null(),
    ];
    const CUSTOM: Form = &[must("name", Text), may("description", Text).or_null()];
    match kind {
        "function" => Some(FUNCTION),
        "custom" => Some(CUSTOM),
        _ => None,
    }
}

const STATUSES: &[&str] = &["in_progress", "completed", "incomplete"];

/// By the item's type.
pub(super) fn item(kind: &str) -> Option<Form> {
    const MESSAGE: Form = &[
        must("id", Filled),
        must("role", Word(&["assistant"])),
        must("status", Word(STATUSES)),
        must("content", Each(part)),
        may("phase", Word(&["commentary", "final_answer"])).or_null(),
    ];
    const REASONING: Form = &[
        must("id", Filled),
        may("summary", Each(summary_part)),
        may("content", Each(part)),
        may("status", Word(STATUSES)).or_null(),
    ];
    const FUNCTION: Form = &[
        must("id", Filled),
        must("call_id", Filled),
        must("name", Text),
        must("arguments", Text),
        must("status", Word(STATUSES)),
    ];
    const CUSTOM: Form = &[
        may("id", Filled),
        must("call_id", Filled),
        must("name", Text),
        must("input", Text),
        may("status", Word(STATUSES)).or_null(),
    ];
    match kind {
        "message" => Some(MESSAGE),
        "reasoning" => Some(REASONING),
        "function_call" => Some(FUNCTION),
        "custom_tool_call" => Some(CUSTOM),
        _ => hosted(kind),
    }
}

/// Items of tools that the service runs itself.
fn hosted(kind: &str) -> Option<Form> {
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
    const WEB: Form = &[
        must("id", Filled),
        must("status", Word(WORK)),
        may("action", Object),
    ];
    const FILES: Form = &[
        must("id", Filled),
        must("status", Word(WORK)),
        must("queries", List),
        may("results", List).or_null(),
    ];
    const CODE: Form = &[
        must("id", Filled),
        must("status", Word(WORK)),
        must("container_id", Text),
        may("code", Text).or_null(),
        may("outputs", List).or_null(),
    ];
    const IMAGE: Form = &[
        must("id", Filled),
        must("status", Word(WORK)),
        may("result", Text).or_null(),
    ];
    match kind {
        "web_search_call" => Some(WEB),
        "file_search_call" => Some(FILES),
        "code_interpreter_call" => Some(CODE),
        "image_generation_call" => Some(IMAGE),
        _ => found(kind),
    }
}

/// Items of tools that are found on the way.
fn found(kind: &str) -> Option<Form> {
    const LISTING: Form = &[
        must("id", Filled),
        must("server_label", Text),
        must("tools", List),
    ];
    const REMOTE: Form = &[
        must("id", Filled),
        must("server_label", Text),
        must("name", Text),
        must("arguments", Text),
    ];
    const SEARCH: Form = &[
        must("id", Filled),
        must("call_id", Filled).or_null(),
        must("arguments", Object),
        must("execution", Word(&["server", "client"])),
        must("status", Word(STATUSES)),
    ];
    match kind {
        "mcp_list_tools" => Some(LISTING),
        "mcp_call" | "mcp_approval_request" => Some(REMOTE),
        "tool_search_call" => Some(SEARCH),
        _ => None,
    }
}

const TOKEN: Form = &[
    must("token", Text),
    must("logprob", Number),
    must("bytes", List),
    must(
        "top_logprobs",
        All(&[
            must("token", Text),
            must("logprob", Number),
            must("bytes", List),
        ]),
    ),
];

/// Whatever its type says.
pub(super) fn summary_part(_: &str) -> Option<Form> {
    const SUMMARY: Form = &[must("type", Word(&["summary_text"])), must("text", Text)];
    Some(SUMMARY)
}

/// By the part's type.
pub(super) fn part(kind: &str) -> Option<Form> {
    const OUTPUT: Form = &[
        must("text", Text),
        must("annotations", Each(annotation)),
        may("logprobs", All(TOKEN)),
    ];
    const REFUSAL: Form = &[must("refusal", Text)];
    const PLAIN: Form = &[must("text", Text)];
    match kind {
        "output_text" => Some(OUTPUT),
        "refusal" => Some(REFUSAL),
        "reasoning_text" | "summary_text" => Some(PLAIN),
        _ => None,
    }
}

/// By the citation's type.
pub(super) fn annotation(kind: &str) -> Option<Form> {
    const URL: Form = &[
        must("url", Text),
        must("title", Text),
        must("start_index", Count),
        must("end_index", Count),
    ];
    const FILE: Form = &[
        must("file_id", Text),
        must("filename", Text),
        must("index", Count),
    ];
    const CONTAINER: Form = &[
        must("container_id", Text),
        must("file_id", Text),
        must("filename", Text),
        must("start_index", Count),
        must("end_index", Count),
    ];
    const PATH: Form = &[must("file_id", Text), must("index", Count)];
    match kind {
        "url_citation" => Some(URL),
        "file_citation" => Some(FILE),
        "container_file_citation" => Some(CONTAINER),
        "file_path" => Some(PATH),
        _ => None,
    }
}
