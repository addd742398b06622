//! The two streams: data to stdout, talk to stderr. A closed pipe is not an error.

use std::fmt::Display;
use std::io::{self, Write};

/// Writes data, as it is.
pub(super) fn data(text: impl Display) {
    // Whoever closed the pipe has seen enough.
    let _ = write!(io::stdout().lock(), "{text}");
}

/// Says something to a person, on a line of its own.
pub(super) fn talk(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Says what is wrong.
pub(super) fn error(text: impl Display) {
    talk(format_args!("error: {text}"));
}
