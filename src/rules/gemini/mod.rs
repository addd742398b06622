//! Rules of Gemini.

use super::Rule;

pub static RULES: &[&Rule] = &[];
