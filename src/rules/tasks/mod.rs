//! Rules of tasks.

use super::Rule;

pub static RULES: &[&Rule] = &[];
