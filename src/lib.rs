//! Load testing and conformance for an LLM gateway.
pub mod scenario;
pub mod threshold;
pub mod units;
