//! No alarm on what vendors were recorded to send.
//!
//! The recordings are data beside this repository, not in it; a test without them says so and has
//! only the rules' own samples behind it.

mod anthropic_messages;
mod gemini;
mod openai_chat;
mod openai_images;
mod openai_responses;
mod reading;
mod recordings;
