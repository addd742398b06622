//! Rules of management.

use super::Rule;

pub static RULES: &[&Rule] = &[];
