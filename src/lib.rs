//! Load testing and conformance for an LLM gateway.
pub mod diagnostic;
pub mod scenario;
pub mod suggest;
pub mod threshold;
pub mod units;
