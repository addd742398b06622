//! From bytes to a value, by RFC 8259 and nothing beyond it.
//!
//! One pass over the bytes. It takes what `serde_json` takes, but for one thing: a number is kept
//! however large it is.

use std::fmt;

use compact_str::CompactString;

use super::{Number, Object, Value};

/// Deeper nesting is refused, as most readers do: the stack is not the peer's to use up.
const DEEPEST: u32 = 128;

/// What was expected or wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    pub what: &'static str,
    /// Offset of the byte that it was seen at.
    pub at: usize,
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} at byte {}", self.what, self.at)
    }
}

impl std::error::Error for Error {}

/// The one value that `bytes` hold, white space around it allowed.
///
/// # Errors
/// What keeps it from being a JSON document, with the place.
pub fn parse(bytes: &[u8]) -> Result<Value, Error> {
    let text = std::str::from_utf8(bytes).map_err(|error| Error {
        what: "the document is not UTF-8",
        at: error.valid_up_to(),
    })?;
    let mut reader = Reader { text, bytes, at: 0 };
    let value = reader.value(0)?;
    reader.skip_space();
    if reader.at < bytes.len() {
        return Err(reader.wrong("something follows the document"));
    }
    Ok(value)
}

/// How many bytes come before a quote, a backslash, a control character or the end.
#[inline]
pub(super) fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    // The lowest bit that is set belongs to the first byte that is nought, or below a blank.
    let nought = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let quote = nought(word ^ (ONES * u64::from(b'"')));
        let backslash = nought(word ^ (ONES * u64::from(b'\\')));
        let control = word.wrapping_sub(ONES * u64::from(b' ')) & !word & HIGH;
        let special = quote | backslash | control;
        if special != 0 {
            return at * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let special = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < b' ';
    let within = rest.iter().position(special).unwrap_or(rest.len());
    words.len() * 8 + within
}

/// The text that the rest of a string stands for, closing quote included and the opening one not.
pub(super) fn text_from_quote(rest: &[u8]) -> Option<CompactString> {
    let text = std::str::from_utf8(rest).ok()?;
    let mut reader = Reader {
        text,
        bytes: rest,
        at: 0,
    };
    let text = reader.text_to_quote().ok()?;
    (reader.at == rest.len()).then_some(text)
}

struct Reader<'a> {
    text: &'a str,
    /// Of `text`.
    bytes: &'a [u8],
    at: usize,
}

type Read<T> = Result<T, Error>;

impl<'a> Reader<'a> {
    fn wrong(&self, what: &'static str) -> Error {
        Error { what, at: self.at }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: u32) -> Read<Value> {
        self.skip_space();
        match self.peek() {
            Some(b'"') => self.string().map(Value::String),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            Some(_) => Err(self.wrong("expected a value")),
            None => Err(self.wrong("the document ends before a value")),
        }
    }

    fn word(&mut self, word: &'static str, value: Value) -> Read<Value> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.wrong("expected a value"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn enter(&mut self, depth: u32) -> Read<()> {
        if depth >= DEEPEST - 1 {
            return Err(self.wrong("nested more than 127 levels deep"));
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    fn object(&mut self, depth: u32) -> Read<Value> {
        self.enter(depth)?;
        let mut object = Object::default();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(object));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.wrong("expected a member's name in quotes"));
            }
            let name = self.string()?;
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.wrong("expected `:` after a member's name"));
            }
            self.at += 1;
            object.push(name, self.value(depth + 1)?);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    object.finish();
                    return Ok(Value::Object(object));
                }
                Some(_) => return Err(self.wrong("expected `,` or `}`")),
                None => return Err(self.wrong("the document ends within an object")),
            }
            self.skip_space();
        }
    }

    fn array(&mut self, depth: u32) -> Read<Value> {
        self.enter(depth)?;
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::Array(items));
                }
                Some(_) => return Err(self.wrong("expected `,` or `]`")),
                None => return Err(self.wrong("the document ends within an array")),
            }
        }
    }

    fn number(&mut self) -> Read<Value> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(self.wrong("expected a digit")),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        let text = self.text(start, self.at);
        Ok(Value::Number(Number::new(text)))
    }

    fn digits(&mut self) -> Read<()> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.wrong("expected a digit"));
        }
        Ok(())
    }

    /// What lies between two places that are next to ASCII.
    fn text(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// A string, from its opening quote.
    fn string(&mut self) -> Read<CompactString> {
        self.at += 1;
        self.text_to_quote()
    }

    fn text_to_quote(&mut self) -> Read<CompactString> {
        let start = self.at;
        self.skip_plain();
        if self.peek() == Some(b'"') {
            let text = self.text(start, self.at);
            self.at += 1;
            return Ok(text.into());
        }
        let mut text = CompactString::from(self.text(start, self.at));
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.wrong("a control character stands in a string")),
                None => return Err(self.wrong("the document ends within a string")),
            }
            let start = self.at;
            self.skip_plain();
            text.push_str(self.text(start, self.at));
        }
    }

    /// Up to a quote, a backslash, a control character or the end.
    fn skip_plain(&mut self) {
        self.at += plain(&self.bytes[self.at..]);
    }

    fn escape(&mut self) -> Read<char> {
        let Some(letter) = self.bytes.get(self.at + 1) else {
            self.at += 1;
            return Err(self.wrong("the document ends within a string"));
        };
        let plain = match letter {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err(self.wrong("unknown escape in a string")),
        };
        self.at += 2;
        Ok(plain)
    }

    /// `\uXXXX`, or the two of them that make one character beyond the first 65,536.
    fn unicode(&mut self) -> Read<char> {
        let lone = "half of a surrogate pair stands in a string";
        let first = self.unit()?;
        if !(0xd800..0xe000).contains(&first) {
            return char::from_u32(first).ok_or_else(|| self.wrong(lone));
        }
        if first >= 0xdc00 || !self.bytes[self.at..].starts_with(b"\\u") {
            return Err(self.wrong(lone));
        }
        let second = self.unit()?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(self.wrong(lone));
        }
        let letter = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        char::from_u32(letter).ok_or_else(|| self.wrong(lone))
    }

    fn unit(&mut self) -> Read<u32> {
        let digits = self.bytes.get(self.at + 2..self.at + 6);
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let unit = digits.and_then(|digits| {
            let text = std::str::from_utf8(digits).ok()?;
            u32::from_str_radix(text, 16).ok()
        });
        let unit =
            unit.ok_or_else(|| self.wrong("expected four hexadecimal digits after `\\u`"))?;
        self.at += 6;
        Ok(unit)
    }
}
