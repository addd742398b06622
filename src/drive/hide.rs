//! Keeps the key out of what a peer says back: a target that echoes it must not get it written into
//! the results.
//!
//! Works on an exchange when it is over, before anybody sees it. Lengths stay, so that evidence
//! still points at the right bytes.

use memchr::memmem;

use crate::exchange::Exchange;
use crate::outcome::Failure;
use crate::scenario::Secret;

/// So much of a key gives it away; messages and excerpts may cut it anywhere. A key that is shorter
/// is a word, and hiding each of its occurrences would only spoil the evidence.
const TELLTALE: usize = 12;

/// Looks for a key and long enough pieces of its start or end.
pub(super) struct Hider {
    key: Vec<u8>,
    start: memmem::Finder<'static>,
    end: memmem::Finder<'static>,
}

impl Hider {
    /// `None`: it is too short to be hidden.
    pub(super) fn of(key: &Secret) -> Option<Self> {
        let key = key.expose().as_bytes();
        let (start, end) = (key.get(..TELLTALE)?, &key[key.len() - TELLTALE..]);
        Some(Self {
            start: memmem::Finder::new(start).into_owned(),
            end: memmem::Finder::new(end).into_owned(),
            key: key.to_vec(),
        })
    }

    /// Replaces it wherever the answer repeats it.
    pub(super) fn hide(&self, exchange: &mut Exchange) {
        if let Some(head) = &mut exchange.head {
            for (_, value) in &mut head.headers {
                if self.shows_in(value) {
                    let mut text = String::from(value.as_str());
                    self.text(&mut text);
                    *value = text.into();
                }
            }
        }
        if let Some(judgement) = &mut exchange.judgement {
            for finding in &mut judgement.findings {
                self.text(&mut finding.message);
                self.bytes(&mut finding.evidence.excerpt);
            }
            for unknown in &mut judgement.unknown.named {
                self.text(&mut unknown.place);
            }
            if let Some((kind, message)) = &mut judgement.facts.error {
                self.text(kind);
                self.text(message);
            }
            if let Some(task) = &mut judgement.facts.task {
                self.text(&mut task.task_id);
            }
        }
        if let Some(raw) = &mut exchange.raw {
            self.bytes(raw.keep.bytes_mut());
            self.text(&mut raw.draft.path);
            for (_, value) in &mut raw.draft.headers {
                self.text(value);
            }
            let mut body = raw.draft.body.to_vec();
            self.bytes(&mut body);
            raw.draft.body = body.into();
        }
        match &mut exchange.failure {
            Some(Failure::Connect(why) | Failure::Broken(why) | Failure::Refused(why)) => {
                self.text(why);
            }
            Some(
                Failure::TimedOut(_) | Failure::Exhausted(_) | Failure::Interrupted | Failure::Left,
            )
            | None => {}
        }
    }

    /// Whether there is anything to be hidden.
    fn shows_in(&self, text: &str) -> bool {
        // Most headers are shorter than what would give a key away.
        let finds = |part: &memmem::Finder<'_>| part.find(text.as_bytes()).is_some();
        text.len() >= TELLTALE && (finds(&self.start) || finds(&self.end))
    }

    fn text(&self, text: &mut String) {
        if !self.shows_in(text) {
            return;
        }
        let mut bytes = std::mem::take(text).into_bytes();
        self.bytes(&mut bytes);
        *text = String::from_utf8_lossy(&bytes).into_owned();
    }

    fn bytes(&self, bytes: &mut [u8]) {
        let key = &self.key;
        let mut from = 0;
        while let Some(found) = self.start.find(&bytes[from..]) {
            let at = from + found;
            let both = bytes[at..].iter().zip(key);
            let length = both.take_while(|(one, other)| one == other).count();
            from = at + length;
            bytes[at..from].fill(b'*');
        }
        from = 0;
        while let Some(found) = self.end.find(&bytes[from..]) {
            let end = from + found + TELLTALE;
            let both = bytes[..end].iter().rev().zip(key.iter().rev());
            let length = both.take_while(|(one, other)| one == other).count();
            from = end;
            bytes[end - length..end].fill(b'*');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Outcome;
    use crate::protocol::Head;

    fn hide_text(key: &str, text: &mut String) {
        Hider::of(&Secret::new(key)).unwrap().text(text);
    }

    const KEY: &str = "sk-byts-0123456789abcdefghij";

    #[test]
    fn a_repeated_key_is_hidden_whole_or_cut() {
        let cases = [
            (KEY.to_owned(), "*".repeat(28)),
            (
                format!("a {KEY} b {KEY}"),
                format!("a {} b {}", "*".repeat(28), "*".repeat(28)),
            ),
            (
                format!("cut {}…", &KEY[..20]),
                format!("cut {}…", "*".repeat(20)),
            ),
            (
                format!("…{} cut", &KEY[10..]),
                format!("…{} cut", "*".repeat(18)),
            ),
            ("sk-byts-other".to_owned(), "sk-byts-other".to_owned()),
        ];
        for (said, shown) in cases {
            let mut text = said.clone();
            hide_text(KEY, &mut text);
            assert_eq!(text, shown, "{said}");
        }
    }

    #[test]
    fn a_key_that_is_a_plain_word_hides_nothing() {
        let mut exchange = Exchange::example(Outcome::Ok);
        exchange.head = Some(Head::new(200, [("x-request-id", "req-test-1")]));
        assert!(Hider::of(&Secret::new("test")).is_none());
        for key in ["*".repeat(20), KEY.to_owned()] {
            Hider::of(&Secret::new(key)).unwrap().hide(&mut exchange);
        }
        assert_eq!(exchange.request_id(), Some("req-test-1"));
    }

    proptest::proptest! {
        #[test]
        fn nothing_that_gives_the_key_away_is_left(
            before in "[a-z*-]{0,20}",
            from in 0_usize..16,
            to in 12_usize..=28,
            after in "[0-9a-z]{0,30}",
        ) {
            let piece = &KEY[from.min(to)..to];
            let mut text = format!("{before}{piece}{after}{KEY}");
            hide_text(KEY, &mut text);
            proptest::prop_assert!(!text.contains(&KEY[..TELLTALE]), "{}", text);
            proptest::prop_assert!(!text.contains(&KEY[KEY.len() - TELLTALE..]), "{}", text);
        }
    }
}
