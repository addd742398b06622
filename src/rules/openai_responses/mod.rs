//! Rules of Responses.

use super::Rule;

pub static RULES: &[&Rule] = &[];
