//! Names and words that are a slip of the pen away from what is documented.

use super::{Kind, Members, Met, Misfit, first, first_of, type_of};
use crate::json::{Object, Value};
use crate::rules::quoting::quoted;

/// The first member or word that is a slip of a documented one which is missing.
pub(crate) fn misspelt(owner: &Value, members: Members) -> Option<String> {
    first(owner, members, is_misspelt)
}

/// The same of a value that is no object of known members itself.
pub(crate) fn misspelt_value(value: &Value, kind: &'static Kind) -> Option<String> {
    first_of(value, kind, is_misspelt)
}

fn is_misspelt(met: &Met<'_>) -> Option<Misfit> {
    match met {
        Met::Value(Kind::Word(words), value) => {
            let word = value.as_str().filter(|word| !words.contains(word))?;
            slip(word, words.iter().copied())
        }
        // The word by which it is told apart needs no row of its own.
        Met::Value(Kind::Typed(kinds), value) => {
            let word = type_of(value);
            let mut known = kinds.iter().map(|(name, _)| *name);
            if known.clone().any(|known| known == word) {
                return None;
            }
            slip(word, &mut known).map(|misfit| misfit.within("type"))
        }
        Met::Object(object, members) => stranger(object, members),
        Met::Missing(_) | Met::Null(_) | Met::Value(..) => None,
    }
}

fn stranger(object: &Object, members: Members) -> Option<Misfit> {
    let is_known = |name: &str| members.iter().any(|member| member.name == name);
    let mut strangers = object.keys().filter(|name| !is_known(name));
    strangers.find_map(|name| {
        let missing = members
            .iter()
            .filter(|member| !object.contains_key(member.name));
        slip(name, missing.map(|member| member.name))
    })
}

fn slip(found: &str, known: impl Iterator<Item = &'static str>) -> Option<Misfit> {
    let mut slips = known.filter(|meant| is_slip(found, meant));
    let meant = slips.next()?;
    Some(Misfit::here(quoted(meant), quoted(found)))
}

/// The letters and digits of a word, all in one case.
fn spoken(word: &str) -> impl Iterator<Item = char> {
    let said = word.chars().filter(|letter| letter.is_alphanumeric());
    said.flat_map(char::to_lowercase)
}

fn letters(word: &str) -> impl Iterator<Item = char> {
    word.chars().filter(|letter| !letter.is_ascii_digit())
}

/// Whether the one word is the other but for its case and what joins its parts, for a letter, or
/// for two at an end. Dates and versions are meant to differ.
fn is_slip(found: &str, meant: &str) -> bool {
    // What no screen shows.
    let is_visible = |letter: &char| !letter.is_control() && !"\u{feff}\u{200b}".contains(*letter);
    if found != meant && found.chars().filter(is_visible).eq(meant.chars()) {
        return true;
    }
    if found != meant && spoken(found).eq(spoken(meant)) {
        return true;
    }
    if found.is_empty() || found.len().abs_diff(meant.len()) > 2 {
        return false;
    }
    // One slip leaves the first letter as it is or the last one, unless there are hardly any.
    let ends = |word: &str| {
        (
            word.as_bytes().first().copied(),
            word.as_bytes().last().copied(),
        )
    };
    let ((first, last), (own_first, own_last)) = (ends(found), ends(meant));
    if found.len().min(meant.len()) > 2 && first != own_first && last != own_last {
        return false;
    }
    if letters(found).eq(letters(meant)) {
        return false;
    }
    let is_longer = found.starts_with(meant) || found.ends_with(meant);
    is_longer || strsim::osa_distance(found, meant) == 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        /// Words that have neither end in common need not be compared.
        #[test]
        fn a_slip_is_found_wherever_it_is(found in "[ab_1]{0,6}", meant in "[ab_]{2,6}") {
            let is_digit = |letter: char| letter.is_ascii_digit();
            let without_digits = |word: &str| word.replace(is_digit, "");
            let differs_in_digits = without_digits(&found) == without_digits(&meant);
            let is_spoken = found != meant && spoken(&found).eq(spoken(&meant));
            let is_near = strsim::osa_distance(&found, &meant) == 1
                || found.len().abs_diff(meant.len()) <= 2
                    && (found.starts_with(&meant) || found.ends_with(&meant));
            let is_one = is_spoken || !found.is_empty() && !differs_in_digits && is_near;
            prop_assert_eq!(is_slip(&found, &meant), is_one);
        }
    }
}
