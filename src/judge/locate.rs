//! Finding the bytes that a message is about, where the rule itself did not say.
//!
//! Messages quote what was expected and found in backticks, and name members by their keys. The
//! offending bytes are where such a member has such a value, else the only place of the value, else
//! the only place of the member. Two places are none: evidence that points at the wrong bytes is
//! worse than evidence that points at the whole event.

use std::ops::Range;

use memchr::memmem;

use crate::json;

/// Values, and words, that are looked at in a message.
const MOST: usize = 8;
const WORDS: usize = 24;
/// A message of a check is a line; what a peer put into it must not make this slow.
const LONGEST: usize = 2000;

/// The bytes of `raw` that the message is about. `data`: the document in it.
pub(super) fn locate(message: &str, raw: &[u8], data: &[u8]) -> Option<Range<usize>> {
    let cut = message.char_indices().nth(LONGEST);
    let message = cut.map_or(message, |(end, _)| &message[..end]);
    let base = if data.is_empty() {
        None
    } else {
        memmem::find(raw, data)
    };
    let shifted = |range: Range<usize>| base.map(|base| base + range.start..base + range.end);
    if message.contains("UTF-8")
        && let Err(bad) = std::str::from_utf8(raw)
    {
        let start = bad.valid_up_to();
        let length = bad.error_len().unwrap_or(raw.len() - start);
        return Some(start..start + length.max(1));
    }
    if message.contains("carriage return")
        && let Some(at) = memchr::memchr(b'\r', raw)
    {
        return Some(at..at + 1);
    }
    if let Some(range) = of_parser(message, data) {
        return shifted(range);
    }
    let (told, found) = message.rsplit_once("found").unwrap_or((message, ""));
    let keys: Vec<_> = quoted(told).chain(quoted(found)).filter_map(key).collect();
    let value = quoted(found).next();
    if let Some(value) = value {
        // Messages name a member in plain words, too; its value tells that it is meant.
        let words = told.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let words = words
            .filter(|word| word.len() > 1)
            .take(WORDS)
            .filter_map(key);
        let named: std::collections::BTreeSet<_> = keys.iter().copied().chain(words).collect();
        let with_value = named.iter().flat_map(|key| members(data, key));
        let mut with_value = with_value.filter(|range| is_value(&data[range.clone()], value));
        if let (Some(range), None) = (with_value.next(), with_value.next()) {
            return shifted(range);
        }
        if let Some(start) = only(raw, value.trim_end_matches('…').as_bytes()) {
            return Some(start..start + value.trim_end_matches('…').len());
        }
    }
    keys.iter().find_map(|key| {
        let mut places = members(data, key);
        let first = places.next()?;
        places.next().is_none().then(|| shifted(first)).flatten()
    })
}

/// Where the document stops being JSON, if that is what the message ends with. Told of another text
/// (arguments joined from many events, say) its words do not fit this document, and it is nowhere.
fn of_parser(message: &str, data: &[u8]) -> Option<Range<usize>> {
    message.rsplit_once(" at byte ")?;
    let error = json::parse(data).err()?;
    if !message.trim_end_matches('`').ends_with(&error.to_string()) {
        return None;
    }
    let at = error.at.min(data.len().checked_sub(1)?);
    Some(at..at + 1)
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split('`').skip(1).step_by(2);
    parts.filter(|part| !part.is_empty()).take(MOST)
}

/// The last name of a member or a path of members: `tool_calls[0].function.name`.
fn key(text: &str) -> Option<&str> {
    let last = text.rsplit('.').next()?;
    let last = last.split('[').next()?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let starts = last.bytes().next()?.is_ascii_alphabetic();
    (starts && last.bytes().all(is_name)).then_some(last)
}

/// The values of all members of that name.
fn members<'a>(data: &'a [u8], key: &str) -> impl Iterator<Item = Range<usize>> + 'a {
    let name = format!("\"{key}\"");
    let places: Vec<_> = memmem::find_iter(data, name.as_bytes()).take(64).collect();
    let length = name.len();
    places.into_iter().filter_map(move |start| {
        let colon = skip_space(data, start + length);
        (data.get(colon) == Some(&b':')).then_some(())?;
        let from = skip_space(data, colon + 1);
        let to = value_end(data, from);
        (from < to).then_some(from..to)
    })
}

fn is_value(member: &[u8], value: &str) -> bool {
    let wanted = value.trim_end_matches('…').as_bytes();
    let inner = member.strip_prefix(b"\"").unwrap_or(member);
    let whole = !value.ends_with('…');
    let is = |member: &[u8]| {
        if whole {
            member == wanted
        } else {
            member.starts_with(wanted)
        }
    };
    is(member) || is(inner) || is(inner.strip_suffix(b"\"").unwrap_or(inner))
}

/// The only place of some bytes. A single one is everywhere.
fn only(raw: &[u8], wanted: &[u8]) -> Option<usize> {
    let mut places = memmem::find_iter(raw, wanted);
    let first = places.next().filter(|_| wanted.len() > 1)?;
    places.next().is_none().then_some(first)
}

fn skip_space(data: &[u8], from: usize) -> usize {
    let rest = data.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|b| b.is_ascii_whitespace()).count()
}

/// The end of the JSON value that starts there; of the data where it has none.
fn value_end(data: &[u8], from: usize) -> usize {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (index, byte) in data.iter().enumerate().skip(from) {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => {
                    in_string = false;
                    if depth == 0 {
                        return index + 1;
                    }
                }
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => return index + depth,
            b'}' | b']' => depth -= 1,
            b',' if depth == 0 => return index,
            _ => {}
        }
    }
    data.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn located<'a>(message: &str, raw: &'a str) -> Option<&'a str> {
        let data = raw.strip_prefix("data: ").unwrap_or(raw).trim_end();
        locate(message, raw.as_bytes(), data.as_bytes()).map(|range| &raw[range])
    }

    #[test]
    fn the_bytes_that_a_message_names_are_found() {
        let delta = "data: {\"index\":1,\"delta\":{\"type\":\"text_delta\",\"index\":3}}\n\n";
        let cases = [
            ("expected `index` to be `0`, found `3`", delta, Some("3")),
            ("expected `index` 0", delta, None),
            (
                "expected index `0` of the open block, found `1`",
                delta,
                Some("1"),
            ),
            (
                "expected `delta.type` `input_json_delta`, found `text_delta`",
                delta,
                Some("\"text_delta\""),
            ),
            ("expected a number in `type`", delta, Some("\"text_delta\"")),
            ("found `text_delta`", delta, Some("text_delta")),
            (
                "expected `delta` to be text",
                delta,
                Some("{\"type\":\"text_delta\",\"index\":3}"),
            ),
            ("expected something", delta, None),
            (
                "found `cut off…`",
                "data: {\"a\":\"cut off here\"}",
                Some("cut off"),
            ),
            (
                "expected `a.b[0].c`, found nothing",
                "{\"c\": [1, \"]\"] , \"d\":2}",
                Some("[1, \"]\"]"),
            ),
        ];
        for (message, raw, wanted) in cases {
            assert_eq!(located(message, raw), wanted, "{message}");
        }
    }

    #[test]
    fn the_place_where_a_document_stops_being_json_is_that_of_this_document_only() {
        let raw = "data: {\"a\": 1,, \"b\": 2}\n\n";
        let data = raw.trim_start_matches("data: ").trim_end();
        let error = json::parse(data.as_bytes()).expect_err("two commas");
        let told = format!("the data is not JSON: {error}");
        let found = locate(&told, raw.as_bytes(), data.as_bytes());
        assert_eq!(found, Some(14..15), "{told}");
        let other = json::parse(b"[1,,2]").expect_err("two commas");
        let told = format!("the arguments of `f` are not JSON: {other}");
        assert_eq!(locate(&told, raw.as_bytes(), data.as_bytes()), None);
        let sound = raw.replace(",,", ",");
        assert_eq!(
            locate(&told, sound.as_bytes(), sound[6..].trim_end().as_bytes()),
            None
        );
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_said_of_whatever_bytes_the_place_lies_within(
            message in ".{0,80}",
            raw in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
        ) {
            for data in [&raw[..], &raw[raw.len() / 2..]] {
                for message in [&message, "UTF-8", "`a` found `b`", "x at byte 99"] {
                    if let Some(range) = locate(message, &raw, data) {
                        proptest::prop_assert!(range.start <= range.end && range.end <= raw.len());
                    }
                }
            }
        }
    }
}
