//! Rules of the gateway itself, whatever the protocol.

use super::Rule;

pub static RULES: &[&Rule] = &[];
