//! Why some edits need not be found, and which ones should be and are not yet.

use spikeproof::endpoint::ProtocolId;

use crate::explained_gemini;
use crate::explained_messages;
use crate::explained_responses;
use crate::samples::{Form, Sample};

/// Differences that no rule has to find.
pub(crate) struct Explained {
    /// Empty: all.
    pub(crate) protocols: &'static [ProtocolId],
    /// In the words of `meaning::differences`; `*` stands for any text. Without `=` they stand for
    /// every word that may come in the place of another.
    pub(crate) differences: &'static [&'static str],
    pub(crate) reason: &'static str,
}

const CLAUDE: &[ProtocolId] = &[ProtocolId::AnthropicMessages];
const CHAT: &[ProtocolId] = &[ProtocolId::OpenaiChat];
const IMAGES: &[ProtocolId] = &[ProtocolId::OpenaiImages];
const TASKS: &[ProtocolId] = &[ProtocolId::Tasks];

pub(crate) const SAID: &str = "what a model says is free, and so is how much: its tokens cannot be \
    counted from the text";
pub(crate) const ARGUMENTS: &str =
    "a model may give a tool other arguments than its schema asks for";
pub(crate) const OPAQUE: &str = "an id, a signature or a picture is the server's own and told once";

static EXPLAINED: &[Explained] = &[
    Explained {
        protocols: &[],
        differences: &["added *"],
        reason: "vendors add members, and clients pass over those that they do not know; of a \
            member that has another name the loss is asked about",
    },
    Explained {
        protocols: CLAUDE,
        differences: &[
            "* content_block_delta(text_delta)",
            "* content_block_delta(thinking_delta)",
            "string content_block_delta(text_delta) /delta/text",
            "string content_block_delta(thinking_delta) /delta/thinking",
            "string message /content/*/text",
            "string message /content/*/thinking",
        ],
        reason: SAID,
    },
    Explained {
        protocols: CHAT,
        differences: &[
            "lost text",
            "gained text",
            "string * /choices/*/delta/content",
            "string * /choices/*/delta/refusal",
            "string completion /choices/*/message/content",
            "string completion /choices/*/message/refusal",
        ],
        reason: SAID,
    },
    Explained {
        protocols: CHAT,
        differences: &["number text /choices/*/index"],
        reason: "a piece of text may belong to either choice that is still going on",
    },
    Explained {
        protocols: CLAUDE,
        differences: &[
            "string content_block_delta(input_json_delta) /delta/partial_json",
            "lost content_block_delta(input_json_delta)",
            "gained content_block_delta(input_json_delta)",
            "* message /content/*/input/*",
        ],
        reason: ARGUMENTS,
    },
    Explained {
        protocols: CHAT,
        differences: &[
            "lost call",
            "gained call",
            "string call /choices/*/delta/tool_calls/*/function/arguments",
            "string completion /choices/*/message/tool_calls/*/function/arguments",
        ],
        reason: ARGUMENTS,
    },
    Explained {
        protocols: CLAUDE,
        differences: &["string content_block_start(tool_use) /content_block/name"],
        reason: "a model may call any of the tools that it was offered",
    },
    Explained {
        protocols: CLAUDE,
        differences: &[
            "string message /id",
            "string message /content/*/id",
            "string message /content/*/signature",
            "string content_block_delta(signature_delta) /delta/signature",
            "lost content_block_delta(signature_delta)",
        ],
        reason: OPAQUE,
    },
    Explained {
        protocols: CHAT,
        differences: &[
            "string completion /id",
            "string completion /choices/*/message/tool_calls/*/id",
            "string call /choices/*/delta/tool_calls/*/id",
        ],
        reason: OPAQUE,
    },
    Explained {
        protocols: IMAGES,
        differences: &[
            "string * /b64_json",
            "string * /data/*/b64_json",
            "string list /data/*/url",
            "string list /data/*/revised_prompt",
        ],
        reason: OPAQUE,
    },
    Explained {
        protocols: TASKS,
        differences: &[
            "string task /task_id",
            "string * /output/*/url",
            "string task /result_url",
        ],
        reason: OPAQUE,
    },
    Explained {
        protocols: IMAGES,
        differences: &[
            "removed list /data/*/revised_prompt",
            "removed * /usage/output_tokens_details",
        ],
        reason: "not every model rewrites a prompt, and older answers do not split the output",
    },
    Explained {
        protocols: TASKS,
        differences: &[
            "removed task /credits_used",
            "removed task /estimated_credits",
            "removed task /output/*/duration_seconds",
            "removed task.updated /credits_used",
            "removed task.updated /estimated_*",
            "removed task.updated /output/*/duration_seconds",
        ],
        reason: "a task that is not completed may tell no cost and no estimate, and a picture has \
            no length",
    },
    Explained {
        protocols: TASKS,
        differences: &["null error /error/param"],
        reason: "a refusal may be about no member in particular",
    },
    Explained {
        protocols: TASKS,
        differences: &["* /out_task_id"],
        reason: "a task looked up by the gateway's id may have any id of the caller's, or none",
    },
    Explained {
        protocols: TASKS,
        differences: &[
            "gained task.updated",
            "lost task.updated",
            "string task.updated /status",
        ],
        reason: "no page says what the stream of a task repeats, or that it starts at the start; a \
            state that goes back, or contradicts what stands beside it, is found",
    },
    Explained {
        protocols: TASKS,
        differences: &[
            "* task /estimated_seconds",
            "number * /estimated_credits",
            "number * /estimated_seconds",
            "number * /credits_used",
            "number * /output/*/duration_seconds",
            "* task /submitted_at",
        ],
        reason: "an estimate, a cost and a time are the server's to tell; the audit compares costs",
    },
    Explained {
        protocols: TASKS,
        differences: &["removed task /task_id", "removed task /status"],
        reason: "the other video protocol tells an id or a status, and need not tell both",
    },
    Explained {
        protocols: TASKS,
        differences: &[
            "string task /status=pending",
            "string task /status=queued",
            "string task /status=running",
            "string task /status=completed",
            "string task /status=failed",
            "string task /status=cancelled",
        ],
        reason: "how far a task is the gateway alone knows; a state that goes back, that is none, \
            or that lacks its result is found",
    },
    Explained {
        protocols: CLAUDE,
        differences: &[
            "lost ping",
            "gained ping",
            "replaced ping by *",
            "replaced * by ping",
        ],
        reason: "a ping may come at any time",
    },
    Explained {
        protocols: &[],
        differences: &["* /obfuscation"],
        reason: "padding, which is there to be passed over",
    },
    Explained {
        protocols: &[],
        differences: &["string error /error/message", "string error /error/param"],
        reason: "what an error says is for people",
    },
    Explained {
        protocols: &[],
        differences: &[
            "string * /model",
            "string message_start /message/model",
            "* /modelVersion",
        ],
        reason: "a model may be served under a longer name than it was asked for by",
    },
    Explained {
        protocols: &[],
        differences: &[
            "number * /created",
            "number * /created_at",
            "number * /completed_at",
            "number response.* /response/completed_at",
        ],
        reason: "a time that nothing else in the answer repeats",
    },
    Explained {
        protocols: &[],
        differences: &[
            "* /service_tier",
            "* /serviceTier",
            "* /usage/service_tier",
            "* /message/usage/service_tier",
            "* /usageMetadata/serviceTier",
            "* /response/service_tier",
            "* /usage/inference_geo",
            "* /message/usage/inference_geo",
            "string * /system_fingerprint",
            "removed * /system_fingerprint",
            "null completion /system_fingerprint",
            "retyped completion /system_fingerprint",
        ],
        reason: "a word of the server about itself, which may be left out",
    },
    Explained {
        protocols: IMAGES,
        differences: &[
            "lost image_generation.partial_image",
            "lost image_edit.partial_image",
        ],
        reason: "fewer previews may come than were asked for",
    },
    Explained {
        protocols: &[],
        differences: &[
            "number * /usage/*_details/*",
            "number * /usage/cache_creation/*",
            "number * /usage/cache_*_input_tokens",
            "number * /message/usage/cache_*",
            "number * /response/usage/*_details/*",
            "number * /usageMetadata/*Details/*/tokenCount",
            "removed * /usageMetadata/*Details/*/tokenCount",
            "number message /usage/input_tokens",
            "number message /usage/output_tokens",
        ],
        reason: "a count that no other part of the answer repeats",
    },
    Explained {
        protocols: &[],
        differences: &[
            "* /moderation*",
            "* /choices/*/logprobs/*",
            "* /candidates/*/groundingMetadata*",
            "* /candidates/*/urlContextMetadata*",
            "* /candidates/*/content/parts/*/codeExecutionResult*",
            "* /context_management*",
            "* /usage/iterations*",
            "* /content_block/content/*",
            "* /delta/citation/*",
        ],
        reason: "of features that the gateway does not sell; recordings alone have them",
    },
];

/// Survivors that a rule should find and none does yet: what larger sweeps came upon.
static OPEN: &str = include_str!("open.txt");

/// What is known of a difference that nothing found.
pub(crate) enum Known {
    Explained,
    Open,
}

pub(crate) fn known(sample: &Sample, difference: &str) -> Option<Known> {
    let families = [
        explained_gemini::EXPLAINED,
        explained_messages::EXPLAINED,
        explained_responses::EXPLAINED,
    ];
    let special = explained_gemini::special(sample);
    let rows = EXPLAINED.iter().chain(families.into_iter().flatten());
    let mut rows = rows.chain(special);
    let row = rows.find(|row| {
        (row.protocols.is_empty() || row.protocols.contains(&sample.protocol))
            && row.differences.iter().any(|pattern| {
                let difference = match pattern.contains('=') {
                    true => difference,
                    false => without_word(difference),
                };
                fits(pattern, difference)
            })
    });
    if row.is_some_and(|row| !row.reason.is_empty()) {
        return Some(Known::Explained);
    }
    let line = place(sample, difference);
    OPEN.lines().any(|open| open == line).then_some(Known::Open)
}

/// A difference that tells no word.
fn without_word(difference: &str) -> &str {
    difference.split('=').next().unwrap_or(difference)
}

/// A line of `open.txt`: protocol, stream or body, what happened, where; the event is left out.
pub(crate) fn place(sample: &Sample, difference: &str) -> String {
    let protocol = format!("{:?}", sample.protocol);
    let form = if sample.form == Form::Whole {
        "body"
    } else {
        "stream"
    };
    let (what, rest) = difference.split_once(' ').unwrap_or((difference, ""));
    let (rest, word) = rest.split_once('=').unwrap_or((rest, ""));
    let at = rest.rsplit_once(' ').map_or(rest, |(_, at)| at);
    // Of a schema that the answer repeats one line is enough.
    let ends = ["/parameters", "/schema"];
    let end = ends
        .iter()
        .filter_map(|end| Some(at.find(end)? + end.len()))
        .min();
    let at = &at[..end.unwrap_or(at.len())];
    let becomes = if word.is_empty() { "" } else { "=" };
    format!("{protocol} {form}: {what} {at}{becomes}{word}")
}

/// Whether a text fits a pattern whose `*` stand for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(after) = text.strip_prefix(start) else {
        return false;
    };
    let ends = after.char_indices().map(|(at, _)| at).chain([after.len()]);
    let mut ends = ends;
    ends.any(|at| fits(rest, &after[at..]))
}

#[test]
fn a_star_stands_for_any_text() {
    assert!(fits(
        "string * /delta/text",
        "string delta(text) /delta/text"
    ));
    assert!(fits("*", "") && fits("a*", "a") && fits("a*b*c", "abbc"));
    assert!(!fits("string *", "number x") && !fits("a", "ab") && !fits("*b", "a"));
}
