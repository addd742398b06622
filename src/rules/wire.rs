//! What rules of several protocols ask of the bytes around the documents of a stream.

use super::quoting::quoted;
use super::{Ended, Opened, Verdict};
use crate::protocol::{BodyEnd, Delivery};
use crate::wire::frame::Lines;

/// A stream is UTF-8, without a byte-order mark.
pub(crate) fn is_utf8(lines: &Lines) -> Verdict {
    if lines.bom {
        return Verdict::fail("expected the first record, found a byte-order mark before it");
    }
    is_text(lines)
}

/// The same, whatever stands before it.
pub(crate) fn is_text(lines: &Lines) -> Verdict {
    if !lines.closed || lines.oversized {
        return Verdict::Silent;
    }
    Verdict::when(!lines.not_utf8, || {
        "expected UTF-8, found bytes that are not".to_owned()
    })
}

/// A success that is delivered so calls itself by that media type.
pub(crate) fn is_labelled(opened: &Opened<'_>, delivery: Delivery, expected: &str) -> Verdict {
    if opened.asked.delivery != delivery || !opened.head.is_success() {
        return Verdict::Silent;
    }
    let found = opened.head.media_type();
    Verdict::when(found.as_deref() == Some(expected), || {
        let found = found.map_or("nothing".to_owned(), |found| quoted(&found));
        format!("expected content type `{expected}`, found {found}")
    })
}

/// A stream that came to its end by itself ends with an empty line.
pub(crate) fn is_closed<S>(ended: &Ended<'_, S>) -> Verdict {
    match ended.end {
        BodyEnd::Clean => Verdict::when(!ended.tail.unclosed, || {
            "expected an empty line after the last record, found the end of the body".to_owned()
        }),
        BodyEnd::Broken | BodyEnd::Left => Verdict::Silent,
    }
}
