//! A replica of an LLM gateway.
pub mod script;
pub mod text;
