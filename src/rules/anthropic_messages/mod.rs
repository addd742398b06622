//! Rules of Anthropic Messages.
//!
//! What a stream or a message must be, after the vendor's documentation and recordings of its
//! service. Of statuses, ids and limits that the vendor has and the gateway may have not, only
//! what is there is judged.

#[macro_use]
mod sample;

mod asked_for;
mod bad_arguments;
mod bad_json;
mod bad_token_count;
mod block_after_message_delta;
mod block_index_order;
mod block_index_type;
mod block_left_open;
mod block_starts_filled;
mod block_type;
mod body_not_json;
mod changed_input_count;
mod citation_place;
mod citations;
mod cut_block_left_open;
mod delta_into_whole_block;
mod delta_text_type;
mod delta_type;
mod empty_signature;
mod empty_text_delta;
mod error_event_shape;
mod error_head;
mod error_in_success;
mod error_shape;
mod event_after_error;
mod event_after_stop;
mod falling_output_count;
mod forced_tool;
mod foreign_event;
mod fragments;
mod framing;
mod free_input;
mod free_output;
mod headers;
mod members;
mod message_delta_shape;
mod message_delta_usage;
mod message_id;
mod message_shape;
mod message_start_not_empty;
mod message_start_shape;
mod message_start_usage;
mod moment;
mod no_message_delta;
mod no_message_start;
mod no_stop_reason;
mod null_stop_reason;
mod opening;
mod over_max_tokens;
mod overlapping_blocks;
mod ping;
mod redacted_thinking_data;
mod second_block_stop;
mod second_message_delta;
mod second_message_start;
mod second_message_stop;
mod server_tools;
mod shape;
mod stop_details;
mod stop_reason_known;
mod stop_sequence_in_text;
mod stop_sequence_key;
mod stop_sequence_value;
mod stream_media_type;
mod tables;
mod thinking_count;
mod thinking_signature;
mod thinking_starts_filled;
mod tool_block_shape;
mod tool_id;
mod tool_id_prefix;
mod tool_input_in_start;
mod tool_input_twice;
mod tool_input_type;
mod tool_stop_without_tool;
mod tool_without_need;
mod tool_without_tool_stop;
mod truncated;
mod type_mismatch;
mod unknown_tool;
mod unnamed_event;
mod usage_members;
mod writing;
mod wrong_block_index;
mod wrong_request;

#[cfg(test)]
mod tests;

use super::Rule;

/// In the order of causes: how the bytes lie, what they say, in which order, and how it all ends.
pub static RULES: &[&Rule] = &[
    &framing::ANTHROPIC_BOM,
    &framing::ANTHROPIC_NOT_UTF8,
    &framing::ANTHROPIC_DATA_LINES,
    &framing::ANTHROPIC_LOOSE_FRAMING,
    &framing::ANTHROPIC_STRAY_LINE,
    &stream_media_type::RULE,
    &headers::CHARSET,
    &headers::CACHED,
    &second_message_stop::RULE,
    &event_after_stop::RULE,
    &event_after_error::RULE,
    &unnamed_event::RULE,
    &writing::HALVES,
    &bad_json::RULE,
    &writing::REPEATED,
    &ping::TYPE,
    &foreign_event::RULE,
    &type_mismatch::RULE,
    &ping::MEMBERS,
    &ping::PLACE,
    &writing::PADDING,
    &error_event_shape::RULE,
    &no_message_start::RULE,
    &second_message_start::RULE,
    &message_start_shape::RULE,
    &message_start_not_empty::RULE,
    &message_id::RULE,
    &bad_token_count::RULE,
    &message_start_usage::RULE,
    &opening::DETAILS,
    &opening::MODEL,
    &opening::PROVISIONAL,
    &opening::TIER,
    &opening::CACHE_PARTS,
    &block_index_type::RULE,
    &block_after_message_delta::RULE,
    &overlapping_blocks::RULE,
    &block_index_order::RULE,
    &wrong_block_index::RULE,
    &second_block_stop::RULE,
    &block_left_open::RULE,
    &cut_block_left_open::RULE,
    &block_type::RULE,
    &block_starts_filled::RULE,
    &thinking_starts_filled::RULE,
    &tool_block_shape::RULE,
    &tool_input_in_start::RULE,
    &tool_input_twice::RULE,
    &redacted_thinking_data::RULE,
    &members::START,
    &delta_type::RULE,
    &delta_into_whole_block::RULE,
    &delta_text_type::RULE,
    &empty_text_delta::RULE,
    &fragments::FIRST,
    &fragments::LATER,
    &citations::SHAPE,
    &citations::ANNOUNCED,
    &citations::FIRST,
    &citation_place::SPAN,
    &citation_place::REPEATED,
    &empty_signature::RULE,
    &thinking_signature::RULE,
    &asked_for::OMIT,
    &asked_for::THINK_FIRST,
    &tool_id::RULE,
    &tool_id_prefix::RULE,
    &server_tools::ORPHAN,
    &tool_without_need::RULE,
    &unknown_tool::RULE,
    &forced_tool::RULE,
    &second_message_delta::RULE,
    &message_delta_shape::RULE,
    &message_delta_usage::RULE,
    &stop_sequence_key::RULE,
    &stop_details::RULE,
    &falling_output_count::RULE,
    &changed_input_count::RULE,
    &bad_arguments::RULE,
    &no_message_delta::RULE,
    &no_stop_reason::RULE,
    &error_in_success::RULE,
    &body_not_json::RULE,
    &message_shape::RULE,
    &null_stop_reason::RULE,
    &members::WHOLE,
    &tool_input_type::RULE,
    &stop_reason_known::RULE,
    &tool_stop_without_tool::RULE,
    &tool_without_tool_stop::RULE,
    &server_tools::PAUSE,
    &server_tools::UNANSWERED,
    &stop_sequence_value::RULE,
    &stop_sequence_in_text::RULE,
    &over_max_tokens::RULE,
    &asked_for::FULL,
    &asked_for::JSON,
    &thinking_count::RULE,
    &thinking_count::UNCOUNTED,
    &free_input::RULE,
    &free_output::RULE,
    &server_tools::SEARCHES,
    &citations::EMPTY,
    &usage_members::TOGETHER,
    &members::SLIP,
    &usage_members::USUAL,
    &error_shape::RULE,
    &wrong_request::STATUS,
    &wrong_request::FIELD,
    &error_head::STATUS,
    &error_head::REQUEST_ID,
    &error_head::RETRY_AFTER,
    &error_head::SHOULD_RETRY,
    &error_head::LIMITS,
    &framing::ANTHROPIC_UNCLOSED_EVENT,
    &truncated::RULE,
    &truncated::UNCLEAN,
];
