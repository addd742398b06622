//! The money audit.

use crate::rules::Rule;

pub static RULES: &[&Rule] = &[];
