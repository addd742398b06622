//! Rules of OpenAI Responses: what a stream of events, a response body or an error must be.
//!
//! They follow OpenAI's published API description, the Open Responses specification and what the
//! service was recorded to send. Where the two documents differ, the service's own wire wins. Event
//! and item types that nobody here knows are never a fault: new ones keep coming.

#[macro_use]
mod piece;
#[macro_use]
mod tool_piece;
#[macro_use]
mod hosted_piece;
#[macro_use]
mod settings_piece;
#[macro_use]
mod sample;

mod after_error;
mod alternatives;
mod annotation;
mod answered;
mod body_shape;
mod call;
mod changes;
mod citation;
mod custom;
mod default;
mod delta;
mod disguise;
mod drawn;
mod echo;
mod error;
mod error_alone;
mod event_after_end;
mod event_forms;
mod extension;
mod forms;
mod framing;
mod generation;
mod hosted;
mod identity;
mod item_after_done;
mod item_begin;
mod item_content;
mod item_grows;
mod item_identity;
mod item_not_announced;
mod item_order;
mod item_shape;
mod item_status;
mod lifecycle;
mod logprobs;
mod mcp;
mod misplaced_done;
mod no_created;
mod no_sequence_number;
mod once;
mod outcome;
mod output;
mod output_text;
mod parallel;
mod part_done;
mod part_not_announced;
mod part_order;
mod reading;
mod reasoning;
mod refused;
mod sequence;
mod shape;
mod shell;
mod summary;
#[cfg(test)]
mod tests;
mod text_done;
mod times;
mod truncated;
mod unfinished;
mod usage;
mod writing;

use super::Rule;

/// Framing first, then order, then shape, then what must agree, so that a fault is named before
/// what follows from it.
pub static RULES: &[&Rule] = &[
    &framing::NOT_A_STREAM,
    &framing::NOT_JSON,
    &framing::NOT_UTF8,
    &framing::NOT_CLOSED,
    &framing::UNUSUAL,
    &framing::UNNAMED,
    &framing::BAD_JSON,
    &framing::MISNAMED,
    &framing::ID_OR_RETRY,
    &writing::REPEATED,
    &refused::NOT_REFUSED,
    &once::END,
    &event_after_end::RULE,
    &misplaced_done::RULE,
    &after_error::RULE,
    &error::CONTRADICTS,
    &no_created::RULE,
    &no_sequence_number::RULE,
    &sequence::STARTS_LATE,
    &sequence::NOT_RISING,
    &sequence::SKIPPED,
    &lifecycle::CREATED_TWICE,
    &lifecycle::LATE_IN_PROGRESS,
    &lifecycle::MISPLACED_QUEUED,
    &lifecycle::NO_IN_PROGRESS,
    &lifecycle::EARLY_STATUS,
    &lifecycle::EARLY_OUTCOME,
    &identity::ID_CHANGES,
    &identity::IDENTITY_CHANGES,
    &identity::PREFIX,
    &identity::OTHER_MODEL,
    &item_not_announced::RULE,
    &once::INDEX,
    &item_order::WRONG_INDEX,
    &item_order::WITHOUT_ID,
    &item_order::ID_REPEATED,
    &item_shape::RULE,
    &disguise::RULE,
    &body_shape::MISSING_KEYS,
    &body_shape::EMPTY_MESSAGE,
    &shape::FORM,
    &extension::RULE,
    &item_begin::BEGINS,
    &once::DONE,
    &item_after_done::RULE,
    &item_identity::WRONG_ITEM_ID,
    &item_identity::OTHER_TYPE,
    &mcp::APPROVAL,
    &item_identity::ITEM_CHANGES,
    &item_grows::RULE,
    &reasoning::NO_PART,
    &part_not_announced::RULE,
    &part_order::WRONG_INDEX,
    &part_order::NOT_EMPTY,
    &part_order::OTHER_TYPE,
    &delta::NOT_TEXT,
    &delta::EMPTY,
    &text_done::MISPLACED,
    &text_done::DIFFERS,
    &custom::RULE,
    &text_done::ARGUMENTS_DIFFER,
    &part_done::RULE,
    &item_content::RULE,
    &annotation::WRONG_INDEX,
    &annotation::LOST,
    &citation::RULE,
    &logprobs::TYPE,
    &logprobs::TOKEN,
    &logprobs::SUM,
    &alternatives::RULE,
    &logprobs::OBFUSCATION,
    &call::NOT_DONE,
    &call::ITEM_DIFFERS,
    &call::NOT_JSON,
    &call::UNKNOWN_TOOL,
    &call::CHOICE_IGNORED,
    &parallel::RULE,
    &hosted::WEB_SEARCH,
    &hosted::FILE_SEARCH,
    &hosted::CODE,
    &hosted::IMAGE,
    &drawn::RULE,
    &mcp::LISTING,
    &mcp::CALL,
    &shell::RULE,
    &summary::ORDER,
    &summary::DIFFERS,
    &summary::MISSING,
    &reasoning::CIPHERTEXT,
    &item_status::NOT_FINISHED,
    &item_status::AFTER_INCOMPLETE,
    &item_begin::CUT,
    &unfinished::RULE,
    &shape::WORD,
    &outcome::STATUS,
    &outcome::UNKNOWN_STATUS,
    &outcome::ERROR,
    &outcome::REASON,
    &output::NOT_ALL,
    &output::DIFFERS,
    &output_text::RULE,
    &answered::REPEATED,
    &answered::MISSING,
    &answered::NO_CIPHERTEXT,
    &changes::RULE,
    &generation::RULE,
    &default::RULE,
    &times::RULE,
    &echo::COMPLETED_AT,
    &echo::UNTRUE,
    &usage::MISSING,
    &usage::SUM,
    &usage::OVER_LIMIT,
    &error::ENVELOPE,
    &refused::UNKNOWN_PREVIOUS,
    &refused::TYPE,
    &error::FLAT,
    &truncated::RULE,
    &error_alone::RULE,
];
