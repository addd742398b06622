//! Rules of Google Gemini: what a chunk, a stream of chunks, a body or an error must be.
//!
//! They follow Google's published API reference and protocol buffers and what its service was
//! recorded to send. A chunk by itself obeys the same rules whether it is an event, an element of
//! an array or a whole body. Members, parts and reasons that nobody here knows are never a fault.

#[macro_use]
mod sample;

mod after_end;
mod agreement;
mod array_form;
mod bad_json;
mod body_form;
mod call;
mod chunk_shape;
mod counted;
mod created;
mod deltas;
mod done_marker;
mod empty;
mod error;
mod error_details;
mod finish;
mod framing;
mod free_input;
mod head;
mod identity;
mod last_usage;
mod member_twice;
mod metadata;
mod part_shape;
mod reading;
mod refused;
mod request_kept;
mod schema;
mod signed;
mod spelling;
#[cfg(test)]
mod tests;
mod totals;
mod truncated;
mod usage;
mod words;

use super::Rule;

/// Framing first, then order, then shape, then what must agree, so that a fault is named before
/// what follows from it.
pub static RULES: &[&Rule] = &[
    &framing::NOT_A_STREAM,
    &framing::NOT_AN_ARRAY,
    &head::CHARSET,
    &head::DISPOSITION,
    &framing::NOT_UTF8,
    &framing::NOT_CLOSED,
    &framing::UNEXPECTED_LINE,
    &framing::SEVERAL_LINES,
    &framing::LINE_FEEDS,
    &done_marker::RULE,
    &done_marker::WANTED,
    &bad_json::RULE,
    &after_end::AFTER_ERROR,
    &after_end::BLOCKED_ANSWERED,
    &after_end::AFTER_FINISH,
    &after_end::FINISHED_TWICE,
    &member_twice::RULE,
    &spelling::SNAKE_CASE,
    &call::NULL_ARGUMENTS,
    &spelling::NULL,
    &spelling::NOT_TEXT,
    &spelling::KIND,
    &chunk_shape::EMPTY,
    &chunk_shape::CANDIDATES,
    &chunk_shape::WRONG_INDEX,
    &chunk_shape::WRONG_ROLE,
    &chunk_shape::WRONG_PARTS,
    &part_shape::EMPTY,
    &part_shape::TWO_KINDS,
    &part_shape::TEXT_KIND,
    &part_shape::THOUGHT_KIND,
    &part_shape::BASE64,
    &part_shape::INCOMPLETE,
    &part_shape::INCOMPLETE_CODE,
    &call::NAMELESS,
    &call::ARGUMENTS,
    &call::NOT_ALLOWED,
    &call::UNKNOWN,
    &call::FINISH_REASON,
    &call::ID_REPEATED,
    &call::REPEATED,
    &signed::RULE,
    &finish::MESSAGE,
    &finish::UNKNOWN_WORD,
    &finish::CATEGORY,
    &agreement::CALL_TOLD,
    &metadata::RATING,
    &agreement::BLOCKED,
    &metadata::GROUNDING,
    &metadata::LOGPROBS,
    &identity::ID_CHANGES,
    &identity::MODEL_CHANGES,
    &created::RULE,
    &identity::NO_ID,
    &identity::OTHER_MODEL,
    &deltas::NOT_ASKED,
    &deltas::LATE_THOUGHT,
    &deltas::CUMULATIVE,
    &deltas::EMPTY,
    &agreement::REPEATED,
    &agreement::TWICE,
    &usage::NUMBERS,
    &usage::SUM,
    &free_input::RULE,
    &usage::CACHED,
    &usage::LIMIT,
    &usage::THOUGHTS,
    &totals::FALL,
    &totals::PROMPT,
    &usage::GAP,
    &agreement::MODALITIES,
    &agreement::NO_DETAILS,
    &counted::DETAILS,
    &empty::RULE,
    &truncated::STREAM,
    &truncated::BODY,
    &truncated::UNCLEAN,
    &array_form::RULE,
    &array_form::DELIMITERS,
    &last_usage::RULE,
    &identity::NO_MODEL,
    &request_kept::FORCED,
    &request_kept::JSON_MODE,
    &request_kept::STOP_SEQUENCE,
    &request_kept::COUNT,
    &counted::LIMIT_REACHED,
    &counted::FREE,
    &agreement::NOTHING_SAID,
    &body_form::RULE,
    &refused::STATUS,
    &refused::LABEL,
    &error::ENVELOPE,
    &error::LATE,
    &error::IN_STREAM,
    &error::CODE,
    &error::STATUS_NAME,
    &error::DETAILS,
    &error::DELAY,
    &error_details::MEMBERS,
];
