//! Events that are known at sight.
//!
//! An event whose bytes are those of the one before but for a piece of text (`protocol::repeat`)
//! says nothing new to most rules. When two such events in a row have been parsed and judged in
//! full, and no rule failed on the second, those that follow are compared with it instead of being
//! cut, parsed and judged: byte by byte but for the holes, whose content is read by the parser's
//! own code. Their texts then take the place of the old ones in the value that was parsed, the
//! rules that may say something else of them are asked, and the state takes them in, both with the
//! code that any event goes through. Whatever differs in anything else ends it.
//!
//! Why two: the first may change the state in a way in which its repetitions do not (a first piece
//! of text). What they do change is a [`crate::protocol::flow::Flow`].

mod template;

#[cfg(test)]
mod mutants;
#[cfg(test)]
mod streamed;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(super) use tests::prove;

use crate::protocol::Event;
use crate::protocol::repeat::Repeat;
use crate::wire::frame::Frame;
use crate::wire::sse::Begin;
use template::{Template, is_fit, kind_of};

/// Longer events are always read.
const MOST_BYTES: usize = 8 << 10;
/// Templates that were made in a row and met by nothing; then no more are tried for this answer.
const MOST_MISSES: u8 = 8;

/// What is known of one stream's events.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    kinds: &'static [Repeat],
    /// The block that was judged last, if it may be repeated; else empty.
    last: Vec<u8>,
    template: Option<Box<Template>>,
    misses: u8,
}

impl Repeats {
    pub(super) fn of(kinds: &'static [Repeat]) -> Self {
        Self {
            kinds,
            ..Self::default()
        }
    }

    /// The length of a known event's block that `bytes` begin with. It is handed on first.
    pub(super) fn claim(
        &mut self,
        begin: Begin,
        bytes: &[u8],
        see: impl FnOnce(&Event<'_>),
    ) -> Option<usize> {
        let template = self.template.as_mut()?;
        let length = template.take(bytes)?;
        #[cfg(test)]
        mutants::CLAIMED.with_borrow_mut(|claimed| claimed.push(begin.index));
        template.with_event(begin, &bytes[..length], see);
        Some(length)
    }

    /// Takes note of an event that was judged in full, or of a block that is none.
    /// `is_clean`: no rule failed.
    pub(super) fn judged(&mut self, event: Event<'_>, is_clean: bool) {
        self.template = None;
        let frame: &Frame<'_> = event.frame;
        if self.kinds.is_empty() || self.misses >= MOST_MISSES {
            return;
        }
        let kind = kind_of(self.kinds, &event).filter(|_| is_fit(frame));
        let Some(kind) = kind else {
            self.last.clear();
            return;
        };
        if is_clean && !event.is_new_form && self.may_follow(frame.raw) {
            self.template = self.learned(kind, event);
            self.misses = if self.template.is_some() {
                0
            } else {
                self.misses + 1
            };
        }
        self.last.clear();
        self.last.extend_from_slice(frame.raw);
    }

    /// Whether a block begins like the one before: seen at a glance.
    fn may_follow(&self, raw: &[u8]) -> bool {
        const GLANCE: usize = 32;
        let length = GLANCE.min(raw.len());
        self.last.starts_with(&raw[..length])
    }

    fn learned(&self, kind: &'static Repeat, event: Event<'_>) -> Option<Box<Template>> {
        let mut template = Template::of(kind, event)?;
        let is_second = template.take(&self.last) == Some(self.last.len());
        is_second.then(|| Box::new(template))
    }
}
