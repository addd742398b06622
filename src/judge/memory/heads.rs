//! Heads that are known: the same names in the same order.

use std::sync::Arc;

use super::{Kin, Knowledge, MOST_TRIES, Request};
use crate::endpoint::Endpoint;
use crate::judge::finding::RuleSet;
use crate::protocol::{Asked, Head};
use crate::reads::{self, Parts};

/// Heads that are known of one protocol.
const MOST_HEADS: usize = 64;
/// What a head may hold to be remembered, in bytes of its names and values.
const LONGEST: usize = 8 << 10;

#[derive(Debug, Default)]
pub(super) struct Heads {
    known: Vec<KnownHead>,
}

#[derive(Debug)]
struct KnownHead {
    head: Head,
    endpoint: Endpoint,
    asked: Request,
    /// The gateway's rules, then the protocol's. `None`: one of them fails.
    taught: Option<(HeadTaught, HeadTaught)>,
    tries: u8,
}

/// What the rules of one family have read of a head.
#[derive(Debug, Default)]
pub(in crate::judge) struct HeadTaught {
    /// By their places in the family.
    readers: Vec<Reader>,
    pub(in crate::judge) passed: RuleSet,
}

#[derive(Debug)]
struct Reader {
    place: usize,
    headers: u64,
    reads_request: bool,
    reads_its_body: bool,
}

impl HeadTaught {
    pub(in crate::judge) fn add(&mut self, place: usize, headers: u64, read: Parts) {
        self.readers.push(Reader {
            place,
            headers,
            reads_request: read.has(Parts::ASKED),
            reads_its_body: read.has(Parts::BODY),
        });
    }

    /// The places of all rules, and whether they must be asked. `changed`: bits of the headers
    /// whose values are others.
    pub(in crate::judge) fn each(
        &self,
        changed: u64,
        kin: Kin,
    ) -> impl Iterator<Item = (usize, bool)> {
        self.readers.iter().map(move |reader| {
            let reads_another = match kin {
                Kin::Same => false,
                Kin::Alike => reader.reads_its_body,
                Kin::Other => reader.reads_its_body || reader.reads_request,
            };
            (reader.place, reads_another || reader.headers & changed != 0)
        })
    }
}

/// Bits of the headers whose values differ. `None`: the status or the names do.
fn changed(known: &Head, head: &Head) -> Option<u64> {
    let is_built_so = known.status == head.status && known.headers.len() == head.headers.len();
    let pairs = known.headers.iter().zip(&head.headers);
    pairs
        .enumerate()
        .filter(|_| is_built_so)
        .try_fold(0, |changed, (place, (one, other))| {
            let differs = if one.1 == other.1 {
                0
            } else {
                reads::header_bit(place)
            };
            (one.0 == other.0).then_some(changed | differs)
        })
        .filter(|_| is_built_so)
}

impl Knowledge {
    /// What is known of a head that has the status and the names of an earlier one, and how it
    /// differs from that.
    pub(in crate::judge) fn recall_head(
        &mut self,
        asked: &Arc<Asked>,
        head: &Head,
    ) -> Option<(&HeadTaught, &HeadTaught, (u64, Kin))> {
        let heads = &mut self.heads.known;
        let mut found = heads.iter().enumerate().filter_map(|(place, known)| {
            let is_of = known.endpoint == asked.endpoint && known.taught.is_some();
            Some((place, is_of.then(|| changed(&known.head, head))??))
        });
        let (place, changed) = found.next()?;
        // The likeliest first.
        heads[..=place].rotate_right(1);
        let known = heads.first()?;
        let (gateway, own) = known.taught.as_ref()?;
        Some((gateway, own, (changed, known.asked.kin(asked))))
    }

    /// Has a head taught that was judged in full and is clean, the second time that it is met.
    pub(in crate::judge) fn meet_head(
        &mut self,
        asked: &Arc<Asked>,
        head: &Head,
        teach: impl FnOnce() -> Option<(HeadTaught, HeadTaught)>,
    ) {
        let mut heads = self.heads.known.iter_mut();
        let found = heads
            .find(|known| known.endpoint == asked.endpoint && changed(&known.head, head).is_some());
        if let Some(known) = found {
            if known.tries <= MOST_TRIES {
                known.tries += 1;
                known.head = head.clone();
                known.asked = Request::of(asked);
                known.taught = teach();
            }
            return;
        }
        let headers = head.headers.iter();
        let length = headers
            .map(|(name, value)| name.len() + value.len())
            .sum::<usize>();
        if self.heads.known.len() < MOST_HEADS && length <= LONGEST {
            self.heads.known.push(KnownHead {
                head: head.clone(),
                endpoint: asked.endpoint,
                asked: Request::of(asked),
                taught: None,
                tries: 0,
            });
        }
    }
}
