//! Rules of images.

use super::Rule;

pub static RULES: &[&Rule] = &[];
