//! The formats of `cross`: views of the same report.

mod json;
mod junit;
mod text;

pub use json::render as json;
pub use junit::render as junit;
pub use text::render as text;
