//! One value within a document: where it lies, and reading another in its stead.

use std::borrow::Cow;
use std::ops::Range;

use compact_str::CompactString;

use super::parse::{plain, text_from_quote};
use super::{Number, Value};

/// Where a value lies, in the document's bytes and in what was read of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Of a string without its quotes.
    pub bytes: Range<usize>,
    /// Positions of members and elements, from the whole value down.
    pub steps: Vec<usize>,
}

/// Where the string or the number lies that a JSON pointer names, in a document and the value that
/// was read of it. `None`: there is none, or an object on the way has a name twice, or one that is
/// written with escapes, so that it is not plain which value is meant.
pub fn place(document: &[u8], value: &Value, pointer: &str) -> Option<Place> {
    let mut value = value;
    let mut walk = Walk {
        bytes: document,
        at: 0,
    };
    let mut steps = Vec::new();
    walk.skip_space();
    for name in pointer.split('/').skip(1) {
        steps.push(match walk.peek()? {
            b'{' => {
                let object = value.as_object()?;
                if object.repeated().is_some() {
                    return None;
                }
                value = object.get(name)?;
                walk.seek_member(name)?
            }
            b'[' => {
                let element = name.parse().ok()?;
                value = value.as_array()?.get(element)?;
                walk.seek_element(element)?
            }
            _ => return None,
        });
    }
    let start = walk.at;
    let is_text = walk.peek() == Some(b'"');
    if matches!(walk.peek(), Some(b'{' | b'[')) {
        return None;
    }
    walk.skip_value();
    let quote = usize::from(is_text);
    let bytes = start + quote..walk.at.checked_sub(quote)?;
    Some(Place { bytes, steps })
}

/// The text that `bytes` begin with, behind its opening quote, and how long it is there. `None`: it
/// is none, or its end is not here.
#[inline]
pub fn text(bytes: &[u8]) -> Option<(Cow<'_, str>, usize)> {
    if let Some(literal) = literal(bytes) {
        return Some((literal.into(), literal.len()));
    }
    let (text, length) = escaped(bytes)?;
    Some((text.into_string().into(), length))
}

/// The length of such a text, if all of it is ASCII and stands for itself.
#[inline]
pub fn ascii(bytes: &[u8]) -> Option<usize> {
    let within = &bytes[..bytes.len().min(LONGEST_TEXT)];
    let end = plain(within);
    let is_whole = within.get(end) == Some(&b'"') && within[..end].is_ascii();
    is_whole.then_some(end)
}

/// A text that stands for itself.
#[inline]
fn literal(bytes: &[u8]) -> Option<&str> {
    let within = &bytes[..bytes.len().min(LONGEST_TEXT)];
    let end = plain(within);
    if *within.get(end)? != b'"' {
        return None;
    }
    std::str::from_utf8(&within[..end]).ok()
}

/// A text that has escapes.
fn escaped(bytes: &[u8]) -> Option<(CompactString, usize)> {
    let within = &bytes[..bytes.len().min(LONGEST_TEXT)];
    let mut end = plain(within);
    while within.get(end)? != &b'"' {
        end += if within[end] == b'\\' { 2 } else { 1 };
    }
    Some((text_from_quote(&within[..=end])?, end))
}

/// All scalars of a value in the order of the wire, each with the way to it.
pub fn scalars(value: &Value) -> Vec<(Vec<usize>, &Value)> {
    fn add<'a>(value: &'a Value, way: &mut Vec<usize>, all: &mut Vec<(Vec<usize>, &'a Value)>) {
        let inner: Vec<&Value> = match value {
            Value::Object(object) => object.values().collect(),
            Value::Array(items) => items.iter().collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                return all.push((way.clone(), value));
            }
        };
        for (step, inner) in inner.into_iter().enumerate() {
            way.push(step);
            add(inner, way, all);
            way.pop();
        }
    }
    let mut all = Vec::new();
    add(value, &mut Vec::new(), &mut all);
    all
}

/// Where the scalars of a document lie, in the same order; strings without their quotes. The
/// document is one that can be read.
pub fn scalar_places(document: &[u8]) -> Vec<Range<usize>> {
    let mut walk = Walk {
        bytes: document,
        at: 0,
    };
    let mut places = Vec::new();
    // Of each list and object that is open, whether it is an object.
    let mut open: Vec<bool> = Vec::new();
    let mut is_name = false;
    while let Some(byte) = walk.peek() {
        match byte {
            b'{' | b'[' => {
                open.push(byte == b'{');
                is_name = byte == b'{';
                walk.at += 1;
            }
            b'}' | b']' => {
                open.pop();
                walk.at += 1;
            }
            b',' => {
                is_name = open.last() == Some(&true);
                walk.at += 1;
            }
            b' ' | b'\n' | b'\r' | b'\t' | b':' => walk.at += 1,
            b'"' if is_name => {
                walk.skip_text();
                is_name = false;
            }
            b'"' => {
                let start = walk.at + 1;
                walk.skip_text();
                places.push(start..walk.at - 1);
            }
            _ => {
                let start = walk.at;
                walk.skip_value();
                if walk.at == start {
                    return places;
                }
                places.push(start..walk.at);
            }
        }
    }
    places
}

/// Looks through a document without reading it.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Walk<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// From an object to the value of the first member of that name; says which one it is.
    fn seek_member(&mut self, name: &str) -> Option<usize> {
        self.at += 1;
        for position in 0.. {
            self.skip_space();
            if self.peek()? == b'}' {
                return None;
            }
            let own = self.skip_text();
            self.skip_space();
            self.at += 1;
            self.skip_space();
            if own == name.as_bytes() {
                return Some(position);
            }
            self.skip_value();
            self.skip_space();
            if self.peek()? == b',' {
                self.at += 1;
            }
        }
        None
    }

    /// From a list to its element of that number.
    fn seek_element(&mut self, wanted: usize) -> Option<usize> {
        self.at += 1;
        for _ in 0..wanted {
            self.skip_space();
            self.skip_value();
            self.skip_space();
            if self.peek()? != b',' {
                return None;
            }
            self.at += 1;
        }
        self.skip_space();
        (self.peek()? != b']').then_some(wanted)
    }

    /// Says what is between the quotes.
    fn skip_text(&mut self) -> &'a [u8] {
        let start = self.at + 1;
        self.at = start;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        let text = self.bytes.get(start..self.at).unwrap_or_default();
        self.at += 1;
        text
    }

    fn skip_value(&mut self) {
        let mut depth = 0_u32;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.skip_text();
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' if depth == 0 => return,
                b'}' | b']' => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' | b' ' | b'\n' | b'\r' | b'\t' if depth == 0 => return,
                _ => self.at += 1,
            }
            if depth == 0 && matches!(byte, b'"' | b'}' | b']') {
                return;
            }
        }
    }
}

/// Texts up to this length lie inside their value: a new one costs less than changing the old.
const SHORT_TEXT: usize = 24;
/// A longer text is left to those who read the whole document.
const LONGEST_TEXT: usize = 64 << 10;
/// Whole numbers of more digits are not told by their digits alone.
const MOST_DIGITS: usize = 18;

impl Value {
    /// The value at a place.
    pub fn at_mut(&mut self, steps: &[usize]) -> Option<&mut Self> {
        let mut value = self;
        for step in steps {
            value = match value {
                Self::Object(object) => object.value_mut(*step)?,
                Self::Array(items) => items.get_mut(*step)?,
                Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => return None,
            };
        }
        Some(value)
    }

    pub fn at(&self, steps: &[usize]) -> Option<&Self> {
        let mut value = self;
        for step in steps {
            value = match value {
                Self::Object(object) => object.values().nth(*step)?,
                Self::Array(items) => items.get(*step)?,
                Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => return None,
            };
        }
        Some(value)
    }

    /// Puts another text in the place of one: that which `bytes` begin with, behind its opening
    /// quote. Says how long it is there. `None`: it is none, or its end is not here; what this
    /// value then says is of no use.
    pub fn reread_text(&mut self, bytes: &[u8]) -> Option<usize> {
        let Self::String(text) = self else {
            return None;
        };
        if let Some(literal) = literal(bytes) {
            if literal.len() <= SHORT_TEXT {
                *text = literal.into();
            } else {
                text.clear();
                text.push_str(literal);
            }
            return Some(literal.len());
        }
        let length;
        (*text, length) = escaped(bytes)?;
        Some(length)
    }

    /// The same of a whole number above nought.
    pub fn reread_number(&mut self, bytes: &[u8]) -> Option<usize> {
        let Self::Number(number) = self else {
            return None;
        };
        let digits = bytes.iter().take(MOST_DIGITS + 1);
        let length = digits.take_while(|byte| byte.is_ascii_digit()).count();
        let is_fit = (1..=MOST_DIGITS).contains(&length) && bytes[0] != b'0';
        // What follows may belong to the number.
        let goes_on = matches!(bytes.get(length), None | Some(b'.' | b'e' | b'E'));
        let digits = std::str::from_utf8(&bytes[..length]).ok()?;
        if !is_fit || goes_on {
            return None;
        }
        *number = Number::new(digits);
        Some(length)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json::parse;

    fn at<'a>(document: &'a str, pointer: &str) -> Option<&'a str> {
        let value = parse(document.as_bytes()).expect("a document");
        let place = place(document.as_bytes(), &value, pointer)?;
        document.get(place.bytes)
    }

    #[test]
    fn a_value_is_found_where_it_lies() {
        let text = r#" { "a" : [ {"b":"x\"]"} , {"b":12 , "c":{"d":"}"}}],"n":-1.5e3,"t":true} "#;
        assert_eq!(at(text, "/a/0/b"), Some(r#"x\"]"#));
        assert_eq!(at(text, "/a/1/b"), Some("12"));
        assert_eq!(at(text, "/a/1/c/d"), Some("}"));
        assert_eq!(at(text, "/n"), Some("-1.5e3"));
        for absent in ["/a", "/a/2/b", "/a/1/x", "/t/x", "/n/0", "/x"] {
            assert_eq!(at(text, absent), None, "{absent}");
        }
        let value = parse(text.as_bytes()).expect("a document");
        let steps = place(text.as_bytes(), &value, "/a/1/c/d").map(|place| place.steps);
        assert_eq!(steps, Some(vec![0, 1, 1, 0]));
    }

    #[test]
    fn a_name_that_is_repeated_or_escaped_leads_nowhere() {
        assert_eq!(at(r#"{"a":"x","a":"y"}"#, "/a"), None);
        assert_eq!(at(r#"{"a":"x","\u0061":"y"}"#, "/a"), None);
        assert_eq!(at(r#"{"b":{"\u0061":"y"},"a":"x"}"#, "/a"), Some("x"));
    }

    /// The text of a value after other bytes were read into it.
    fn text(bytes: &[u8]) -> Option<(String, usize)> {
        let mut value = Value::String("something before, which is long".into());
        let length = value.reread_text(bytes)?;
        Some((value.as_str()?.to_owned(), length))
    }

    #[test]
    fn a_text_is_read_as_the_whole_document_would_be() {
        let told = |text: &str, length| Some((text.to_owned(), length));
        assert_eq!(text(b"one\"}"), told("one", 3));
        assert_eq!(text("é\"".as_bytes()), told("é", 2));
        assert_eq!(text(br#"a\n\"b"]"#), told("a\n\"b", 6));
        assert_eq!(text(br#"\ud83d\ude00" "#), told("😀", 12));
        assert_eq!(text(b"\""), told("", 0));
        for bad in [
            b"".as_slice(),
            b"open",
            b"open\\\"",
            b"open\\",
            b"a\nb\"",
            b"\xc3\"",
            b"a\x80b\"",
            br#"\ud83d""#,
            br#"\ude00""#,
            br#"\x""#,
            br#"\u12""#,
        ] {
            assert_eq!(text(bad), None, "{}", String::from_utf8_lossy(bad));
        }
        let long = format!("{}\"", "x".repeat(LONGEST_TEXT));
        assert_eq!(text(long.as_bytes()), None);
    }

    #[test]
    fn a_number_is_read_when_its_digits_are_all_there_is_to_it() {
        let number = |bytes: &str| {
            let mut value = Value::Number(Number::new("7"));
            let length = value.reread_number(bytes.as_bytes())?;
            Some((value.as_u64()?, length))
        };
        assert_eq!(number("12,"), Some((12, 2)));
        assert_eq!(number("9}"), Some((9, 1)));
        let most = "9".repeat(MOST_DIGITS);
        assert!(number(&format!("{most},")).is_some());
        for bad in ["0,", "01,", "-1,", "1.5,", "1e3,", "1E3,", "12", ",", ""] {
            assert_eq!(number(bad), None, "{bad}");
        }
        assert_eq!(number(&format!("{most}9,")), None);
    }

    #[test]
    fn scalars_lie_in_the_order_in_which_they_are_read() {
        let text =
            r#" {"a" : [ {"b":"x\"]"} ,{}, [], 12 ], "": "" ,"n":-1.5e3,"t":true,"u":null} "#;
        let value = parse(text.as_bytes()).expect("a document");
        let places = scalar_places(text.as_bytes());
        let found: Vec<_> = places.into_iter().map(|place| &text[place]).collect();
        assert_eq!(found, [r#"x\"]"#, "12", "", "-1.5e3", "true", "null"]);
        let ways: Vec<_> = scalars(&value).into_iter().map(|(way, _)| way).collect();
        let expected: [&[usize]; 6] = [&[0, 0, 0], &[0, 3], &[1], &[2], &[3], &[4]];
        assert_eq!(ways, expected);
        assert_eq!(scalar_places(b"\"alone\""), vec![1..6]);
    }

    proptest! {
        #[test]
        fn what_is_read_anew_is_what_the_parser_reads(
            parts in prop::collection::vec(prop::sample::select(vec![
                b"a".as_slice(), b" ", b"\"", b"\\", b"\\n", b"\\u00e9", b"\\ud83d", b"\\ude00",
                b"\xc3\xa9", b"\xc3", b"\xa9", b"\xf0\x9f\x98\x80", b"\x01", b"\n", b"{", b"}",
                b"\xed\xa0\x80", b"\xc0\xaf", b"\x7f",
            ]), 0..8),
        ) {
            let mut bytes = parts.concat();
            bytes.extend_from_slice(b"\"}");
            let document = [b"{\"t\":\"".as_slice(), &bytes].concat();
            let whole = parse(&document).ok();
            if let Some((text, length)) = text(&bytes) {
                // It must be the text of the document that ends where it ends.
                let cut = [b"{\"t\":\"".as_slice(), &bytes[..length], b"\"}"].concat();
                let value = parse(&cut).expect("it was read");
                prop_assert_eq!(value.get("t").and_then(Value::as_str), Some(text.as_str()));
                let place = place(&cut, &value, "/t").expect("it is there");
                prop_assert_eq!(place.bytes, 6..6 + length);
            } else {
                prop_assert_eq!(whole, None);
            }
        }
    }
}
