//! What targets sent that no known shape names, added up: no findings, but worth knowing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::endpoint::ProtocolId;
use crate::exchange::Exchange;
use crate::judge::Unknown;

/// Places of one run that are kept by name, over all protocols; further ones are counted.
const KEPT: usize = 200;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct UnknownTotals {
    #[serde(with = "crate::serial::pairs")]
    places: BTreeMap<(ProtocolId, Unknown), u64>,
    others: u64,
}

/// `unknown` of the report.
#[derive(Debug, Clone, Serialize)]
pub struct UnknownRows {
    pub places: Vec<UnknownRow>,
    /// Met when there was no room for a further name.
    pub others: u64,
}

#[derive(Debug, Clone, Serialize)]
pub struct UnknownRow {
    pub protocol: &'static str,
    /// `event`, `type` (of a part of a document) or `member`.
    pub kind: &'static str,
    pub place: String,
    /// Answers that had it.
    pub answers: u64,
}

impl UnknownTotals {
    /// What was met is moved out of the exchange: nobody else needs it.
    pub(super) fn take(&mut self, exchange: &mut Exchange) {
        let protocol = exchange.endpoint.protocol();
        let Some(judgement) = &mut exchange.judgement else {
            return;
        };
        let unknown = std::mem::take(&mut judgement.unknown);
        self.others = self.others.saturating_add(unknown.others);
        for one in unknown.named {
            let key = (protocol, one);
            if let Some(answers) = self.places.get_mut(&key) {
                *answers += 1;
            } else if self.places.len() < KEPT {
                self.places.insert(key, 1);
            } else {
                self.others += 1;
            }
        }
    }

    /// Adds those of another part of the same run.
    pub(super) fn merge(&mut self, other: Self) {
        self.others = self.others.saturating_add(other.others);
        for (key, answers) in other.places {
            if let Some(held) = self.places.get_mut(&key) {
                *held += answers;
            } else if self.places.len() < KEPT {
                self.places.insert(key, answers);
            } else {
                self.others = self.others.saturating_add(answers);
            }
        }
    }

    pub(super) fn rows(&self) -> UnknownRows {
        let places = self.places.iter();
        let rows = places.map(|((protocol, unknown), answers)| UnknownRow {
            protocol: protocol.name(),
            kind: unknown.kind.name(),
            place: unknown.place.clone(),
            answers: *answers,
        });
        UnknownRows {
            places: rows.collect(),
            others: self.others,
        }
    }
}

impl UnknownRows {
    /// A line for people. `None`: nothing was met.
    pub fn told(&self) -> Option<String> {
        let further = match self.others {
            0 => String::new(),
            others => format!(", and {others} more"),
        };
        let count = self.places.len();
        let noun = if count == 1 { "place" } else { "places" };
        (count > 0).then(|| {
            format!(
                "{count} {noun} that no known shape names, such as `{}` of {}{further}: no fault, \
                 see `unknown` in report.json",
                self.places[0].place, self.places[0].protocol
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Judgement, UnknownKind, Unknowns};
    use crate::outcome::Outcome;

    fn exchange(places: impl Iterator<Item = String>) -> Exchange {
        let named = places.map(|place| Unknown {
            kind: UnknownKind::Member,
            place,
        });
        let unknown = Unknowns {
            named: named.collect(),
            others: 2,
        };
        let mut exchange = Exchange::example(Outcome::Ok);
        exchange.judgement = Some(Judgement {
            unknown,
            ..Judgement::example()
        });
        exchange
    }

    #[test]
    fn answers_are_counted_by_place_and_names_are_bounded() {
        let mut totals = UnknownTotals::default();
        for _ in 0..3 {
            totals.take(&mut exchange(["mood".to_owned()].into_iter()));
        }
        let rows = totals.rows();
        let [row] = &rows.places[..] else {
            panic!("{rows:?}")
        };
        assert_eq!((row.place.as_str(), row.answers), ("mood", 3));
        assert_eq!((row.protocol, row.kind), ("anthropic-messages", "member"));
        assert_eq!(rows.others, 6);
        totals.take(&mut exchange((0..1000).map(|at| format!("m{at}"))));
        let rows = totals.rows();
        assert_eq!(rows.places.len(), KEPT);
        assert_eq!(rows.others, 8 + 1000 - (KEPT as u64 - 1));
    }
}
