//! Whether two charges can be those of one price list.
//!
//! Nobody tells us the prices, and two answers seldom have the same tokens. But whatever a token of
//! each kind costs, an answer that has at most R times the tokens of another, kind by kind, costs
//! at most R times as much. Equal tokens are the case R = 1: equal money.

use super::answer::Heard;
use super::counts::Counts;
use super::gap::{Gap, Outcome};

/// What a call cost, as the books tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    /// Micro-USD.
    pub credits: i64,
    /// The true charge lies less than this away.
    pub quantum: i64,
    /// Which book tells it.
    pub source: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Charged {
    /// By every book that tells it.
    Told(Vec<Charge>),
    /// Why not.
    Untold(String),
}

const SOURCE: &str = "the gateway's promise GW-038: text costs its tokens at the listed rates";

/// `slack`: micro-USD by which a target may round each call otherwise.
pub(super) fn compare(one: &Heard, other: &Heard, slack: i64) -> Option<Gap> {
    let unknown = |why: &str| Gap {
        outcome: Outcome::Unknown,
        one: "not told".to_owned(),
        other: "not told".to_owned(),
        mapping: why.to_owned(),
        source: SOURCE.to_owned(),
    };
    let (left, right) = match (&one.charged, &other.charged) {
        (Charged::Told(left), Charged::Told(right)) => (left, right),
        (Charged::Untold(why), _) | (_, Charged::Untold(why)) => return Some(unknown(why)),
    };
    let counts = |heard: &Heard| heard.answer().and_then(|answer| answer.counts);
    let (Some(tokens), Some(others)) = (counts(one), counts(other)) else {
        return Some(unknown("a usage is missing"));
    };
    let both = left.iter().filter_map(|left| {
        let right = right.iter().find(|right| right.source == left.source)?;
        Some(by_book((left, &tokens), (right, &others), slack))
    });
    // One book that can show it is enough to see a difference, and to see none.
    let found: Vec<_> = both.collect();
    let differs = found
        .iter()
        .flatten()
        .find(|gap| gap.outcome == Outcome::Differs);
    if let Some(gap) = differs {
        return Some(gap.clone());
    }
    if found.iter().any(Option::is_none) {
        return None;
    }
    let gap = found.into_iter().flatten().next();
    Some(gap.unwrap_or_else(|| unknown("no book tells the charge of both")))
}

type Priced<'a> = (&'a Charge, &'a Counts);

fn by_book(one: Priced<'_>, other: Priced<'_>, slack: i64) -> Option<Gap> {
    let gap = |outcome, mapping| {
        Some(Gap {
            outcome,
            one: told(one),
            other: told(other),
            mapping,
            source: SOURCE.to_owned(),
        })
    };
    let is_blurred = |charge: &Charge| charge.quantum > 1 && charge.credits < charge.quantum;
    if is_blurred(one.0) && is_blurred(other.0) {
        let step = one.0.quantum.max(other.0.quantum);
        let why = format!("the books tell steps of {step} micro-USD, and each call costs less");
        return gap(Outcome::Unknown, why);
    }
    let bound = broken(one, other, slack).or_else(|| broken(other, one, slack))?;
    gap(Outcome::Differs, bound)
}

fn told((charge, tokens): Priced<'_>) -> String {
    let Charge {
        credits,
        quantum,
        source,
    } = charge;
    let blur = if *quantum > 1 {
        format!(" (±{quantum})")
    } else {
        String::new()
    };
    format!(
        "{credits}{blur} micro-USD by {source}, for {}",
        tokens.told()
    )
}

/// How `more` costs more than any prices could explain. `None`: it need not.
fn broken((more, tokens): Priced<'_>, (less, others): Priced<'_>, slack: i64) -> Option<String> {
    let kinds = |counts: &Counts| {
        [
            counts.fresh(),
            counts.cache_read,
            counts.cache_written,
            counts.output,
        ]
    };
    // The largest ratio of tokens of one kind; a kind that only one has bounds nothing.
    let (mut up, mut down) = (0_u64, 1_u64);
    for (count, other) in kinds(tokens).into_iter().zip(kinds(others)) {
        if count > 0 && other == 0 {
            return None;
        }
        if u128::from(count) * u128::from(down) > u128::from(up) * u128::from(other) {
            (up, down) = (count, other);
        }
    }
    let least = i128::from(more.credits) - i128::from(more.quantum - 1) - i128::from(slack);
    let most = i128::from(less.credits) + i128::from(less.quantum - 1) + i128::from(slack);
    // Rounding to whole micro-USD, where the tokens are not the same.
    let rounding = if up == down { 0 } else { 1 };
    let is_broken = (least - rounding) * i128::from(down) > (most + rounding) * i128::from(up);
    is_broken.then(|| {
        if up == down {
            "no more tokens of any kind cannot cost more".to_owned()
        } else {
            format!("at most {up}/{down} of the tokens of each kind cannot cost more than that")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cross::answer::{Answer, Came, Place};
    use crate::scenario::request::{Delivery, TextProtocol};

    fn heard(input: u64, output: u64, credits: i64, quantum: i64) -> Heard {
        let counts = Counts {
            input,
            output,
            ..Counts::default()
        };
        Heard {
            place: Place {
                protocol: TextProtocol::Gemini,
                delivery: Delivery::Unary,
            },
            came: Came::Answer(Answer {
                counts: Some(counts),
                ..Answer::default()
            }),
            broken: Vec::new(),
            charged: Charged::Told(vec![Charge {
                credits,
                quantum,
                source: "account spend",
            }]),
        }
    }

    fn outcome(one: &Heard, other: &Heard, slack: i64) -> Option<Outcome> {
        let forth = compare(one, other, slack).map(|gap| gap.outcome);
        let back = compare(other, one, slack).map(|gap| gap.outcome);
        assert_eq!(forth, back, "who is asked first does not matter");
        forth
    }

    #[test]
    fn equal_tokens_cost_the_same_to_the_last_unit_of_the_books() {
        let differs = Some(Outcome::Differs);
        let base = heard(10, 20, 330, 1);
        assert_eq!(outcome(&base, &heard(10, 20, 330, 1), 0), None);
        assert_eq!(outcome(&base, &heard(10, 20, 331, 1), 0), differs);
        assert_eq!(outcome(&base, &heard(10, 20, 331, 1), 1), None);
        assert_eq!(outcome(&base, &heard(10, 20, 0, 1), 0), differs);
        assert_eq!(outcome(&base, &heard(10, 20, 300, 100), 0), None);
        assert_eq!(outcome(&base, &heard(10, 20, 500, 100), 0), differs);
    }

    #[test]
    fn other_tokens_bound_the_charge_and_no_more() {
        // At 3 and 15 a token.
        let base = heard(10, 20, 330, 1);
        assert_eq!(outcome(&base, &heard(10, 40, 630, 1), 0), None);
        assert_eq!(outcome(&base, &heard(12, 20, 336, 1), 0), None);
        let differs = Some(Outcome::Differs);
        assert_eq!(outcome(&base, &heard(10, 40, 700, 1), 0), differs);
        assert_eq!(outcome(&base, &heard(10, 40, 300, 1), 0), differs);
    }

    #[test]
    fn what_the_books_cannot_show_is_not_compared() {
        let unknown = Some(Outcome::Unknown);
        let coarse = heard(10, 20, 0, 10_000);
        assert_eq!(outcome(&coarse, &coarse, 0), unknown);
        let mut untold = heard(10, 20, 330, 1);
        untold.charged = Charged::Untold("no books".to_owned());
        assert_eq!(outcome(&untold, &heard(10, 20, 330, 1), 0), unknown);
        // A cent in all books is seen even by coarse ones.
        let cent = heard(10, 20, 30_000, 10_000);
        assert_eq!(outcome(&cent, &coarse, 0), Some(Outcome::Differs));
    }
}
