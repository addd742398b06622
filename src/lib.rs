//! Load testing and conformance for an LLM gateway.
pub mod billing;
pub mod diagnostic;
pub mod doubt;
pub mod endpoint;
pub mod exchange;
pub mod exit;
pub mod judge;
pub mod measure;
pub mod outcome;
pub mod plan;
pub mod protocol;
pub mod rules;
pub mod scenario;
pub mod suggest;
pub mod threshold;
pub mod units;
pub mod wire;
