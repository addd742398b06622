//! Rules of Chat Completions.
//!
//! What a stream or a completion must be, after the vendor's published description and recordings
//! of its service. Statuses, request ids and rate-limit headers are the gateway's own and not here.

#[macro_use]
mod sample;

mod after_done;
mod after_error;
mod after_finish;
mod bad_arguments;
mod bad_json;
mod body_not_json;
mod choice_count;
mod choice_index_bound;
mod choice_missing;
mod choice_of_other_kind;
mod choice_order;
mod choice_shape;
mod choice_twice;
mod choices_type;
mod chunk_created;
mod chunk_id;
mod chunk_members;
mod chunk_model;
mod chunk_object;
mod completion_members;
mod content_type;
mod created;
mod empty_choices;
mod empty_tool_calls;
mod error_in_success;
mod error_record;
mod error_shape;
mod fingerprint;
mod finish_reason;
mod finish_with_content;
mod framing;
mod free_usage;
mod half_character;
mod identity;
mod inexact_done;
mod late_error;
mod limit_reached;
mod logprobs;
mod logprobs_sum;
mod member_twice;
mod members;
mod missing_usage;
mod moment;
mod no_arguments;
mod no_chunk;
mod no_role;
mod no_usage;
mod opening;
mod options;
mod over_max_tokens;
mod parallel_calls;
mod pieces;
mod refusal_key;
mod refusal_type;
mod refusal_words;
mod role_twice;
mod role_value;
mod second_finish;
mod stop_in_text;
mod stream_media_type;
mod tables;
#[cfg(test)]
mod tests;
mod text_or_null;
mod tool_arguments_type;
mod tool_calls_type;
mod tool_choice;
mod tool_finish;
mod tool_id;
mod tool_identity;
mod tool_index;
mod tool_interleaved;
mod tool_opening;
mod tool_repeats;
mod tool_type;
mod truncated;
mod turn;
mod unasked_usage;
mod unfinished;
mod unknown_tool;
mod usage_details;
mod usage_not_last;
mod usage_sum;
mod whole_choice;

use super::Rule;

/// In the order of causes: how the bytes lie, what they say, in which order, and how it all ends.
pub static RULES: &[&Rule] = &[
    &framing::CHAT_NOT_UTF8,
    &framing::CHAT_EMPTY_RECORD,
    &framing::CHAT_CARRIAGE_RETURN,
    &framing::CHAT_DATA_LINES,
    &framing::CHAT_NAMED_RECORD,
    &framing::CHAT_STRAY_FIELD,
    &stream_media_type::RULE,
    &after_done::RULE,
    &after_error::RULE,
    &inexact_done::RULE,
    &half_character::RULE,
    &bad_json::RULE,
    &late_error::REFUSED_IN_STREAM,
    &late_error::ERROR_IN_CHUNK,
    &error_record::RULE,
    &chunk_members::RULE,
    &chunk_object::RULE,
    &chunk_id::RULE,
    &chunk_created::RULE,
    &created::RULE,
    &identity::ID,
    &identity::OTHER_MODEL,
    &chunk_model::RULE,
    &fingerprint::RULE,
    &options::TIER,
    &options::OBFUSCATION,
    &choices_type::RULE,
    &empty_choices::RULE,
    &choice_twice::RULE,
    &choice_shape::RULE,
    &choice_of_other_kind::RULE,
    &choice_index_bound::RULE,
    &choice_order::RULE,
    &finish_reason::RULE,
    &second_finish::RULE,
    &after_finish::RULE,
    &finish_with_content::RULE,
    &no_role::RULE,
    &role_twice::RULE,
    &role_value::RULE,
    &content_type::RULE,
    &refusal_type::RULE,
    &opening::FILLED,
    &opening::EMPTY,
    &logprobs::SHAPE,
    &logprobs::TOKEN,
    &logprobs::REFUSAL,
    &logprobs::ALTERNATIVES,
    &logprobs::ASKED,
    &tool_calls_type::RULE,
    &tool_index::RULE,
    &tool_opening::RULE,
    &tool_type::RULE,
    &tool_identity::RULE,
    &tool_repeats::RULE,
    &tool_arguments_type::RULE,
    &tool_interleaved::RULE,
    &tool_id::RULE,
    &no_arguments::RULE,
    &bad_arguments::RULE,
    &member_twice::RULE,
    &members::TYPE,
    &members::SLIP,
    &pieces::NOTHING,
    &pieces::FRAGMENT,
    &unfinished::RULE,
    &options::USAGE_NULL,
    &usage_not_last::RULE,
    &unasked_usage::RULE,
    &usage_sum::RULE,
    &usage_details::RULE,
    &pieces::CACHE,
    &members::USUAL,
    &missing_usage::RULE,
    &free_usage::INPUT,
    &free_usage::OUTPUT,
    &no_chunk::RULE,
    &choice_missing::RULE,
    &error_in_success::RULE,
    &body_not_json::RULE,
    &completion_members::RULE,
    &choice_count::RULE,
    &whole_choice::RULE,
    &empty_tool_calls::RULE,
    &refusal_key::RULE,
    &no_usage::RULE,
    &unknown_tool::RULE,
    &tool_choice::RULE,
    &parallel_calls::RULE,
    &tool_finish::RULE,
    &stop_in_text::RULE,
    &turn::BOTH,
    &turn::NO_CONTENT,
    &logprobs_sum::RULE,
    &over_max_tokens::RULE,
    &limit_reached::RULE,
    &error_shape::RULE,
    &refusal_words::PARAM,
    &refusal_words::HEADERS,
    &framing::CHAT_UNCLOSED_RECORD,
    &truncated::RULE,
];
