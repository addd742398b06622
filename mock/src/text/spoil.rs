//! Faults of a stream: each edits the healthy frames of an answer in exactly one way, so that a
//! checker which finds anything else is wrong. Faults of transport, pacing and money are not here.

use super::spoil_edits::Edit;
use super::{Delivery, Dialect, Frames};

/// One thing wrong with a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StreamFault {
    DropFirstEvent,
    DropEvent,
    DoubleEvent,
    SwapEvents,
    EventAfterEnd,
    MissingTerminator,
    EarlyEnd,
    TruncatedUtf8,
    WrongIndex,
    WrongId,
    WrongType,
    /// Lines end as the vendor's do not: CRLF, and LF for Gemini.
    Crlf,
    CommentFrame,
    KeepaliveFrame,
    SplitBytes,
    WrongUsage,
    MissingUsage,
    MissingBlankLine,
    BadJson,
    MissingStop,
    WrongRole,
    EmptyData,
    Bom,
}

impl StreamFault {
    pub const ALL: [Self; 23] = [
        Self::DropFirstEvent,
        Self::DropEvent,
        Self::DoubleEvent,
        Self::SwapEvents,
        Self::EventAfterEnd,
        Self::MissingTerminator,
        Self::EarlyEnd,
        Self::TruncatedUtf8,
        Self::WrongIndex,
        Self::WrongId,
        Self::WrongType,
        Self::Crlf,
        Self::CommentFrame,
        Self::KeepaliveFrame,
        Self::SplitBytes,
        Self::WrongUsage,
        Self::MissingUsage,
        Self::MissingBlankLine,
        Self::BadJson,
        Self::MissingStop,
        Self::WrongRole,
        Self::EmptyData,
        Self::Bom,
    ];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::DropFirstEvent => "drop-first-event",
            Self::DropEvent => "drop-event",
            Self::DoubleEvent => "double-event",
            Self::SwapEvents => "swap-events",
            Self::EventAfterEnd => "event-after-end",
            Self::MissingTerminator => "missing-terminator",
            Self::EarlyEnd => "early-end",
            Self::TruncatedUtf8 => "truncated-utf8",
            Self::WrongIndex => "wrong-index",
            Self::WrongId => "wrong-id",
            Self::WrongType => "wrong-type",
            Self::Crlf => "crlf",
            Self::CommentFrame => "comment-frame",
            Self::KeepaliveFrame => "keepalive-frame",
            Self::SplitBytes => "split-bytes",
            Self::WrongUsage => "wrong-usage",
            Self::MissingUsage => "missing-usage",
            Self::MissingBlankLine => "missing-blank-line",
            Self::BadJson => "bad-json",
            Self::MissingStop => "missing-stop",
            Self::WrongRole => "wrong-role",
            Self::EmptyData => "empty-data",
            Self::Bom => "bom",
        }
    }

    /// What it does, in one line.
    pub fn about(self) -> &'static str {
        match self {
            Self::DropFirstEvent => "the first event is lost",
            Self::DropEvent => "an event is lost on the way",
            Self::DoubleEvent => "an event arrives twice",
            Self::SwapEvents => "two neighbouring events change places",
            Self::EventAfterEnd => "content follows the end of the stream",
            Self::MissingTerminator => "the mark that ends the stream is missing",
            Self::EarlyEnd => "the stream stops in the middle of the answer",
            Self::TruncatedUtf8 => "a character loses its last byte",
            Self::WrongIndex => "an event names a block, choice or item that is not its own",
            Self::WrongId => "an id is empty or changes on the way",
            Self::WrongType => "an event or a value has the wrong type",
            Self::Crlf => "lines end with CRLF instead of LF, for Gemini the reverse",
            Self::CommentFrame => "a comment line stands between two events",
            Self::KeepaliveFrame => "a ping stands between two events",
            Self::SplitBytes => "every byte is written on its own",
            Self::WrongUsage => "token counts contradict each other",
            Self::MissingUsage => "the token counts are missing",
            Self::MissingBlankLine => "an event lacks the blank line that ends it",
            Self::BadJson => "an event's JSON lacks its last brace",
            Self::MissingStop => "a block, choice or item is never closed",
            Self::WrongRole => "the answer has a role that answers do not have",
            Self::EmptyData => "an event has no data",
            Self::Bom => "a byte order mark stands before the first event",
        }
    }

    /// The fault with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.name() == name)
    }

    /// Whether the stream still keeps every rule of its protocol. Comments are part of the format
    /// that OpenAI's streams follow, and servers of that protocol do send them.
    pub fn is_benign(self, dialect: Dialect) -> bool {
        let is_openai = matches!(dialect, Dialect::OpenaiChat | Dialect::OpenaiResponses);
        self == Self::SplitBytes
            || (self == Self::KeepaliveFrame && dialect == Dialect::AnthropicMessages)
            || (self == Self::CommentFrame && is_openai)
    }

    /// Whether a reader of the stream alone can tell. What a Gemini stream loses at its start looks
    /// like an answer that was shorter.
    pub fn is_provable(self, dialect: Dialect) -> bool {
        let is_lost_unseen = self == Self::DropFirstEvent && dialect == Dialect::Gemini;
        !self.is_benign(dialect) && !is_lost_unseen
    }
}

/// The same frames with one fault, placed by the seed where there is a choice of places.
///
/// None where the fault means nothing: a body that is not streamed, a framing without such a thing
/// (an array has no comments), or an answer without such an event (no usage was asked for).
/// The frames must be a whole healthy answer as [`super::encode`] makes them.
pub fn spoil(
    fault: StreamFault,
    dialect: Dialect,
    delivery: Delivery,
    frames: Frames,
    seed: u64,
) -> Option<Frames> {
    if delivery == Delivery::Unary || frames.is_empty() {
        return None;
    }
    let mut edit = Edit::new(dialect, delivery, frames, seed);
    let done = match fault {
        StreamFault::DropFirstEvent => edit.drop_first(),
        StreamFault::DropEvent => edit.drop_one(),
        StreamFault::DoubleEvent => edit.double(),
        StreamFault::SwapEvents => edit.swap(),
        StreamFault::EventAfterEnd => edit.after_end(),
        StreamFault::MissingTerminator => edit.unterminated(),
        StreamFault::EarlyEnd => edit.early_end(),
        StreamFault::TruncatedUtf8 => edit.truncated_character(),
        StreamFault::WrongIndex => edit.wrong_index(),
        StreamFault::WrongId => edit.wrong_id(),
        StreamFault::WrongType => edit.wrong_type(),
        // Between the elements of an array line ends are white space like any other.
        StreamFault::Crlf if delivery == Delivery::Array => None,
        StreamFault::Crlf => edit.other_line_ends(),
        StreamFault::CommentFrame => edit.comment(),
        StreamFault::KeepaliveFrame => edit.keepalive(),
        StreamFault::SplitBytes => edit.split(),
        StreamFault::WrongUsage => edit.wrong_usage(),
        StreamFault::MissingUsage => edit.missing_usage(),
        StreamFault::MissingBlankLine => edit.missing_blank_line(),
        StreamFault::BadJson => edit.bad_json(),
        StreamFault::MissingStop => edit.missing_stop(),
        StreamFault::WrongRole => edit.wrong_role(),
        StreamFault::EmptyData => edit.empty_data(),
        StreamFault::Bom => edit.byte_order_mark(),
    };
    done.map(|()| edit.frames())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_different_and_lead_back() {
        for fault in StreamFault::ALL {
            assert_eq!(StreamFault::parse(fault.name()), Some(fault));
            assert!(!fault.about().is_empty());
        }
        assert_eq!(StreamFault::parse("no-such-fault"), None);
    }
}
