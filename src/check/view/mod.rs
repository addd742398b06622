//! The formats of `check`: views of the same rows.

mod json;
mod junit;
mod text;

pub use json::render as json;
pub(crate) use junit::escaped;
pub use junit::render as junit;
pub use text::{Style, row as text, summary};
