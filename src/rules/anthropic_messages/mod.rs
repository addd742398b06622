//! Rules of Messages.

use super::Rule;

pub static RULES: &[&Rule] = &[];
