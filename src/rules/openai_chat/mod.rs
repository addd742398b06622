//! Rules of Chat Completions.

use super::Rule;

pub static RULES: &[&Rule] = &[];
