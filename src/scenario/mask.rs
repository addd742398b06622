//! Keeps keys out of every message: what of a scenario's text may be shown.
//!
//! A key has no business in the file, but it gets there, and the fault that says so must not spread
//! it to a terminal or a CI log. Works on the text alone, because a file that cannot be parsed is
//! shown, too. Rather hides too much than too little.

use std::ops::Range;

/// What stands for hidden text.
const MASK: &str = "***";

/// A line as it may be shown.
#[derive(Debug, Clone)]
pub(crate) struct MaskedLine {
    pub(crate) text: String,
    /// Stretches of the original line (in characters, from 0), in order, that became [`MASK`].
    hidden: Vec<Range<usize>>,
}

impl MaskedLine {
    /// Where a column of the original line (from 1) is found in the shown one.
    pub(crate) fn column(&self, original: usize) -> usize {
        let index = original.saturating_sub(1);
        let mut shown = index;
        for range in &self.hidden {
            if range.start >= index {
                break;
            }
            // Inside a hidden stretch everything is at its start.
            let gone = range.end.min(index) - range.start;
            let left = if range.end <= index { MASK.len() } else { 0 };
            shown = shown - gone + left;
        }
        shown + 1
    }
}

/// All lines of a file, keys replaced by `***`. `also` are further stretches to hide: line (from 1)
/// and characters (from 0).
pub(crate) fn masked_lines(text: &str, also: &[(usize, Range<usize>)]) -> Vec<MaskedLine> {
    let mut lines = Vec::new();
    let mut open: Option<Open> = None;
    let mut of_keys = false;
    let mut also = also.iter().peekable();
    for (number, line) in text.lines().enumerate() {
        let chars: Vec<char> = line.chars().collect();
        let mut hidden = shapes_of_keys(&chars);
        while let Some((_, range)) = also.next_if(|(line, _)| *line == number + 1) {
            hidden.push(range.start.min(chars.len())..range.end.min(chars.len()));
        }
        let indent = chars.iter().take_while(|c| c.is_whitespace()).count();
        if indent < chars.len() {
            if indent == 0 {
                of_keys = line.starts_with("keys:");
            } else if of_keys {
                hide_unless_reference(&chars, indent, &mut hidden);
            }
            match &open {
                Some(open) if indent > open.indent => {
                    if open.strict || named_value(&chars[indent..]).is_none() {
                        hidden.push(indent..chars.len());
                    }
                }
                _ => open = hide_named(&chars, indent, &mut hidden),
            }
        }
        lines.push(masked(&chars, hidden));
    }
    lines
}

/// `text` without anything that looks like a key, for messages.
pub(crate) fn concealed(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let hidden = shapes_of_keys(&chars);
    if hidden.is_empty() {
        text.to_owned()
    } else {
        masked(&chars, hidden).text
    }
}

/// Whether a key or variable of this name holds something secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let name: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_lowercase();
    name.ends_with("key")
        // Not every token is one: `first_token`, `max_tokens`.
        || ["token", "accesstoken", "apitoken", "authtoken", "refreshtoken"].contains(&&*name)
        || ["secret", "passw", "authorization", "credential"]
            .iter()
            .any(|w| name.contains(w))
}

/// A key's line whose value may go on below.
struct Open {
    indent: usize,
    /// The scenario's own `key`: everything below it is hidden, not only bare values.
    strict: bool,
}

fn masked(chars: &[char], mut hidden: Vec<Range<usize>>) -> MaskedLine {
    hidden.retain(|range| range.start < range.end);
    hidden.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in hidden {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    let mut text = String::new();
    let mut at = 0;
    for range in &merged {
        text.extend(&chars[at..range.start]);
        text.push_str(MASK);
        at = range.end;
    }
    text.extend(&chars[at..]);
    MaskedLine {
        text,
        hidden: merged,
    }
}

/// Hides the values of keys with a secret's name; the last one may go on in the next lines.
fn hide_named(chars: &[char], indent: usize, hidden: &mut Vec<Range<usize>>) -> Option<Open> {
    let mut open = None;
    let mut at = 0;
    while let Some((name, value)) = named_value(&chars[at..]) {
        let start = at + value;
        at = start;
        if !is_secret_name(&name) {
            continue;
        }
        let strict = name == "key";
        let rest: String = chars[start..].iter().collect();
        let rest = rest.trim();
        let begun = chars.len()
            - chars[start..]
                .iter()
                .skip_while(|c| c.is_whitespace())
                .count();
        if rest.starts_with('{') {
            // A request may well be named `no-key`; under the scenario's `key` only a file may be.
            let inner = rest.trim_start_matches('{').trim_start();
            let file = inner.strip_prefix("file:").map(str::trim_start);
            if strict && file.is_none_or(|file| file.starts_with(['[', '{', '|', '>'])) {
                hidden.push(begun..chars.len());
            }
        } else if is_bare_reference(rest) {
            // Past its end, or its own name would look like one more key.
            at = start + chars[start..].iter().take_while(|c| **c != '}').count();
        } else if !rest.starts_with('}') {
            hidden.push(begun..chars.len());
            open = Some(Open { indent, strict });
        }
    }
    open
}

/// A line below the scenario's `keys`, whatever the key is called there: it may say where a key is.
fn hide_unless_reference(chars: &[char], indent: usize, hidden: &mut Vec<Range<usize>>) {
    let Some((name, value)) = named_value(&chars[indent..]) else {
        return hidden.push(indent..chars.len());
    };
    let from = indent + value;
    let rest: String = chars[from..].iter().collect();
    let rest = rest.trim();
    let is_file = name == "file" || rest.starts_with('{') && rest[1..].trim().starts_with("file:");
    if !(rest.is_empty() || is_file || is_bare_reference(rest)) {
        hidden.push(from..chars.len());
    }
}

/// `${NAME}` or `${NAME:}`, quoted or not, perhaps followed by a comment or the end of a mapping.
fn is_bare_reference(text: &str) -> bool {
    let text = text.trim_start_matches(['"', '\'']);
    let Some((inner, after)) = text
        .strip_prefix("${")
        .and_then(|rest| rest.split_once('}'))
    else {
        return false;
    };
    let name = inner.strip_suffix(':').unwrap_or(inner);
    let after = after.trim_start_matches(['"', '\'']);
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && (after.is_empty() || after.starts_with([' ', ',', '}']))
}

/// The first `name:` (or, at the start, `key =` and `key `): its name, and where its value begins.
fn named_value(chars: &[char]) -> Option<(String, usize)> {
    let mut from = None;
    for (index, c) in chars.iter().enumerate() {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') {
            from.get_or_insert(index);
            continue;
        }
        if let Some(start) = from {
            let name: String = chars[start..index].iter().collect();
            let mut rest = index;
            while matches!(chars.get(rest), Some(c) if matches!(c, '"' | '\'' | ' ' | '\t')) {
                rest += 1;
            }
            let loose = name == "key" && chars[..start].iter().all(|c| c.is_whitespace());
            match chars.get(rest) {
                Some(':' | '=') => return Some((name, rest + 1)),
                Some(_) if loose => return Some((name, rest)),
                Some(_) | None => {}
            }
        }
        from = None;
    }
    None
}

/// Words that look like a key whatever they are called: `sk-`, `AIza`, `eyJ`, `Bearer `, and the
/// user and password of a URL.
fn shapes_of_keys(chars: &[char]) -> Vec<Range<usize>> {
    const SHAPES: [(&str, usize); 4] = [("sk-", 8), ("AIza", 16), ("eyJ", 16), ("Bearer ", 8)];
    let is_part = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut found = Vec::new();
    for start in 0..chars.len() {
        for (prefix, least) in SHAPES {
            let matches = prefix
                .chars()
                .enumerate()
                .all(|(i, c)| chars.get(start + i) == Some(&c));
            if !matches || (start > 0 && chars[start - 1].is_ascii_alphanumeric()) {
                continue;
            }
            let from = start + prefix.len();
            let end = from + chars[from..].iter().take_while(|c| is_part(c)).count();
            if end - from >= least {
                found.push(start..end);
            }
        }
        if chars[start..].starts_with(&[':', '/', '/']) {
            let from = start + 3;
            let authority = chars[from..]
                .iter()
                .take_while(|c| !is_end_of_authority(**c));
            let authority: Vec<&char> = authority.collect();
            if let Some(at) = authority.iter().rposition(|c| **c == '@') {
                found.push(from..from + at);
            }
        }
    }
    found
}

fn is_end_of_authority(c: char) -> bool {
    c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "hunter2-hunter2";

    fn shown(text: &str) -> String {
        let lines: Vec<String> = masked_lines(text, &[])
            .into_iter()
            .map(|line| line.text)
            .collect();
        lines.join("\n")
    }

    #[test]
    fn a_literal_key_is_hidden_however_it_is_written() {
        for text in [
            "key: hunter2-hunter2",
            "key: \"hunter2-hunter2\" # mine",
            "'key' : hunter2-hunter2",
            "{ name: a, key: hunter2-hunter2, seed: 1 }",
            "key: |\n  hunter2-hunter2\n\n  hunter2-hunter2\nname: a",
            "key:\n  hunter2-hunter2",
            "key: { fil: hunter2-hunter2 }",
            "key: ${KEY:hunter2-hunter2}",
            "key hunter2-hunter2",
            "key = hunter2-hunter2",
            "api_key: hunter2-hunter2",
            "  Authorization: hunter2-hunter2",
            "requests:\n  x-api-key:\n    hunter2-hunter2",
            "keys:\n  second: hunter2-hunter2\n",
            "keys:\n  second:\n    hunter2-hunter2\n",
            "keys:\n  second: { fil: hunter2-hunter2 }\n",
            "keys:\n  - hunter2-hunter2\n",
        ] {
            assert!(!shown(text).contains(KEY), "{}", shown(text));
        }
        for text in [
            "model: sk-byts-0123456789",
            "about: use Bearer abcdefgh1234",
            "? AIzaSyA1234567890abcdefg",
        ] {
            assert!(shown(text).contains("***"), "{}", shown(text));
        }
        assert_eq!(concealed("http://me:secret@host/x"), "http://***@host/x");
    }

    #[test]
    fn what_holds_no_key_is_shown_as_it_is() {
        for text in [
            "key: ${BYTESPIKE_API_KEY:}",
            "key: ${MY_KEY} # from the vault",
            "key: \"${MY_KEY}\"",
            "{ name: a, key: ${MY_KEY}, seed: 1 }",
            "key: { file: ./key.txt }",
            "keys:\n  second: ${SECOND:}\n  third: { file: ./key.txt }\n  fourth:\n    file: a.key",
            "keys: { second: \"${SECOND:}\" }",
            "requests:\n  a: { call: models.list, keys: [main, second] }",
            "wrong-key: { call: openai.chat, mistake: wrong-key }",
            "no-key:\n  call: openai.chat\n  model: m",
            "first_token: 20ms",
            "{ max_token: 5, promt: 6 }",
            "max_tokens: 12",
            "target: https://host:80/a@b",
            "call: tasks.video # task-unknown-thing",
        ] {
            if text.starts_with("no-key") {
                assert!(shown(text).contains("call: openai.chat"), "{}", shown(text));
            } else {
                assert_eq!(shown(text), text);
            }
        }
    }

    #[test]
    fn columns_follow_the_shown_text() {
        let line = &masked_lines("a: sk-0123456789abc, b: 1", &[])[0];
        assert_eq!(line.text, "a: ***, b: 1");
        assert_eq!(line.column(1), 1);
        assert_eq!(line.column(4), 4);
        assert_eq!(line.column(10), 4);
        assert_eq!(line.column(22), 9);
    }
}
