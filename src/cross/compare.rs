//! Two answers to the same question, aspect by aspect.

use super::answer::{Answer, Heard, Place, ToolCall};
use super::arguments::{Unlike, unlike};
use super::charge;
use super::counts::{Counted, counting};
use super::gap::{Aspect, Gap, Outcome};
use super::rows::Asking;

/// Characters of a text that are shown on either side of where two begin to differ.
const SHOWN: usize = 30;

const ONE_MODEL: &str = "the gateway's promise GW-130: the same request over two protocols has \
                         equivalent content";

/// How `other` differs from `one`. Both have answered.
pub(super) fn compare(
    asking: &Asking<'_>,
    aspect: Aspect,
    one: &Heard,
    other: &Heard,
) -> Option<Gap> {
    let (left, right) = (one.answer()?, other.answer()?);
    let varies = asking.varying();
    match aspect {
        Aspect::Served => None,
        Aspect::Text => text(&left.text, &right.text, varies),
        Aspect::Tools => tools(left, right, varies),
        Aspect::Arguments => arguments(left, right, varies),
        Aspect::Stop => stop((one.place, left), (other.place, right), varies),
        Aspect::Usage => usage((one.place, left), (other.place, right), varies),
        Aspect::Charge => charge::compare(one, other, if asking.steady { 0 } else { 1 }),
    }
}

fn text(one: &str, other: &str, varies: Outcome) -> Option<Gap> {
    if one == other {
        return None;
    }
    let same = one
        .char_indices()
        .zip(other.chars())
        .take_while(|((_, left), right)| left == right);
    let at = same
        .last()
        .map_or(0, |((at, left), _)| at + left.len_utf8());
    Some(Gap {
        outcome: varies,
        one: excerpt(one, at),
        other: excerpt(other, at),
        mapping: format!("text is text: the two are the same for {at} bytes"),
        source: ONE_MODEL.to_owned(),
    })
}

/// A text around a place, quoted.
fn excerpt(text: &str, at: usize) -> String {
    if text.is_empty() {
        return "nothing".to_owned();
    }
    let (before, after) = text.split_at(at);
    let begins = before.char_indices().rev().nth(SHOWN - 1);
    let begins = begins.map_or(0, |(begins, _)| begins);
    let ends = after.char_indices().nth(SHOWN);
    let ends = ends.map_or(text.len(), |(ends, _)| at + ends);
    let mark = |cut: bool| if cut { "…" } else { "" };
    let (first, last) = (mark(begins > 0), mark(ends < text.len()));
    let end = if at == text.len() && last.is_empty() {
        ", and no more"
    } else {
        ""
    };
    format!("`{first}{}{last}`{end}", &text[begins..ends])
}

fn tools(one: &Answer, other: &Answer, varies: Outcome) -> Option<Gap> {
    let names = |answer: &Answer| {
        let mut names: Vec<_> = answer.calls.iter().map(|call| call.name.clone()).collect();
        names.sort_unstable();
        names
    };
    let (left, right) = (names(one), names(other));
    if left == right {
        return None;
    }
    // How often a model calls the one tool is its choice; another name is not, nor no call at all.
    let distinct = |names: &[String]| {
        let mut names = names.to_vec();
        names.dedup();
        names
    };
    let is_number = distinct(&left) == distinct(&right);
    Some(Gap {
        outcome: if is_number { varies } else { Outcome::Differs },
        one: called(&left),
        other: called(&right),
        mapping:
            "tool_use blocks, tool_calls, function_call items and functionCall parts are calls"
                .to_owned(),
        source: "the protocols' references on tool calls".to_owned(),
    })
}

fn called(names: &[String]) -> String {
    if names.is_empty() {
        return "no call".to_owned();
    }
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("calls of {}", names.join(", "))
}

fn arguments(one: &Answer, other: &Answer, varies: Outcome) -> Option<Gap> {
    let calls = one.calls.iter().zip(&other.calls);
    let gaps = calls.filter_map(|(left, right)| call_gap(left, right, varies));
    gaps.max_by_key(|gap| gap.outcome)
}

fn call_gap(one: &ToolCall, other: &ToolCall, varies: Outcome) -> Option<Gap> {
    let gap = |outcome, one: String, other: String| Gap {
        outcome,
        one,
        other,
        mapping: "input, arguments (as text) and args are the same JSON object".to_owned(),
        source: "the protocols' references on tool calls".to_owned(),
    };
    match (&one.arguments, &other.arguments) {
        (Ok(left), Ok(right)) => {
            let Unlike {
                at,
                by_type,
                one,
                other,
            } = unlike(left, right)?;
            let place = if at.is_empty() {
                String::new()
            } else {
                format!(" at `{at}`")
            };
            let outcome = if by_type { Outcome::Differs } else { varies };
            Some(gap(
                outcome,
                format!("{one}{place}"),
                format!("{other}{place}"),
            ))
        }
        (Err(left), Err(right)) if left == right => None,
        (left, right) => Some(gap(Outcome::Differs, json(left), json(right))),
    }
}

fn json(arguments: &Result<crate::json::Value, String>) -> String {
    match arguments {
        Ok(_) => "JSON".to_owned(),
        Err(text) => format!("no JSON: {}", excerpt(text, 0)),
    }
}

type Placed<'a> = (Place, &'a Answer);

fn stop(one: Placed<'_>, other: Placed<'_>, varies: Outcome) -> Option<Gap> {
    let (left, right) = (one.1.means(one.0.protocol), other.1.means(other.0.protocol));
    let gap = |outcome, mapping: &str, source: String| {
        Some(Gap {
            outcome,
            one: ended(one),
            other: ended(other),
            mapping: mapping.to_owned(),
            source,
        })
    };
    let (Some(left), Some(right)) = (left, right) else {
        if one.1.stop == other.1.stop && one.0.protocol == other.0.protocol {
            return None;
        }
        // A new word of a vendor is no fault; the replica has none.
        let outcome = if varies == Outcome::Differs {
            Outcome::Differs
        } else {
            Outcome::Unknown
        };
        let mapping = "a word that no document has means nothing that can be compared";
        return gap(outcome, mapping, "the protocols' references".to_owned());
    };
    if left.agrees_with(right) {
        return None;
    }
    // Where all that was said is the same, the model cannot have had two reasons to end.
    let is_same = (!one.1.text.is_empty() || !one.1.calls.is_empty())
        && one.1.text == other.1.text
        && one.1.refusal == other.1.refusal
        && tools(one.1, other.1, varies).is_none()
        && output(one.1) == output(other.1);
    let outcome = if is_same { Outcome::Differs } else { varies };
    let source = if left.source == right.source {
        left.source.to_owned()
    } else {
        format!("{}; {}", left.source, right.source)
    };
    gap(
        outcome,
        "the same end has these words in each protocol",
        source,
    )
}

fn output(answer: &Answer) -> Option<u64> {
    answer.counts.map(|counts| counts.output)
}

/// `` `length`: limit ``.
pub(super) fn ended((place, answer): Placed<'_>) -> String {
    let Some(said) = &answer.stop else {
        return "no reason".to_owned();
    };
    let means = answer.means(place.protocol);
    let means = means.map_or_else(|| "no known meaning".to_owned(), |row| row.told());
    format!("`{said}`: {means}")
}

fn usage(one: Placed<'_>, other: Placed<'_>, varies: Outcome) -> Option<Gap> {
    let told = |answer: &Answer| {
        let counts = answer.counts.as_ref();
        counts.map_or_else(|| "no usage".to_owned(), |counts| counts.told())
    };
    let source = |place: Place| {
        let row = counting(place.protocol, Counted::Input);
        row.map_or("", |row| row.source)
    };
    let (left, right) = (source(one.0), source(other.0));
    let gap = |outcome, mapping: &str| {
        Some(Gap {
            outcome,
            one: told(one.1),
            other: told(other.1),
            mapping: mapping.to_owned(),
            source: if left == right {
                left.to_owned()
            } else {
                format!("{left}; {right}")
            },
        })
    };
    match (one.1.counts, other.1.counts) {
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => gap(
            Outcome::Differs,
            "every protocol tells the usage, asked as it was",
        ),
        (Some(left), Some(right)) => {
            // What a cache had depends on who asked before, not on the protocol.
            let is_same = left.input == right.input && left.output == right.output;
            let mapping = "input and output by the table of counts, cached and reasoning included";
            (!is_same).then(|| gap(varies, mapping)).flatten()
        }
    }
}
