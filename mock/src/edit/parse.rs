//! The grammar of edits.
//!
//! ```text
//! edit status 201
//! edit head NAME = "VALUE" | edit head NAME removed
//! edit bytes "FROM" "TO"
//! edit EVENT PATH = JSON | removed | named NAME | doubled | plus N | extended "TEXT"
//! edit EVENT dropped | doubled | first | last | later | broken | called NAME | padded N
//! edit at PATH ...any of these
//! ```
//!
//! EVENT is the type of an event or `*`, with `#2`, `#last` or `#every` behind it where it is not
//! the first that has PATH. PATH is a JSON pointer (RFC 6901) in which `-` is the last element.

use serde_json::Value;

use super::{Change, EventChange, Kind, Selector, WORD, Which};

/// An edit must not fill the memory.
const MOST_BLANKS: usize = 64 << 20;

/// What is changed, and of which answers: those of paths that begin so.
pub(super) fn edit(text: &str) -> Result<(Option<String>, Kind), String> {
    let rest = text
        .strip_prefix(WORD)
        .ok_or("an edit begins with `edit `")?
        .trim();
    let Some(rest) = rest.strip_prefix("at ") else {
        return Ok((None, kind(rest)?));
    };
    let (path, rest) = word(rest.trim_start());
    if !path.starts_with('/') {
        return Err(format!(
            "after `at` comes the beginning of a path, not `{path}`"
        ));
    }
    Ok((Some(path.to_owned()), kind(rest)?))
}

fn kind(text: &str) -> Result<Kind, String> {
    let (first, rest) = word(text);
    match first {
        "" => Err("an edit says what it changes: an event, `head`, `status` or `bytes`".to_owned()),
        "status" => status(rest),
        "head" => header(rest),
        "bytes" => bytes(rest),
        name => event(selector(name)?, rest),
    }
}

/// Up to the first space, and what follows.
fn word(text: &str) -> (&str, &str) {
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    (first, rest.trim_start())
}

fn status(text: &str) -> Result<Kind, String> {
    let status = text
        .parse()
        .ok()
        .filter(|status| (200..600).contains(status));
    status
        .map(Kind::Status)
        .ok_or_else(|| format!("a status is a number from 200 to 599, not `{text}`"))
}

fn header(text: &str) -> Result<Kind, String> {
    let (name, change) = word(text);
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if name.is_empty() || !name.bytes().all(is_name) {
        return Err(format!("`{name}` is no name of a header"));
    }
    let name = name.to_ascii_lowercase();
    if change == "removed" {
        return Ok(Kind::Header(name, None));
    }
    let value = change.strip_prefix('=').map(str::trim).and_then(quoted);
    let value = value.filter(|value| value.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    value
        .map(|value| Kind::Header(name, Some(value)))
        .ok_or_else(|| "after a header comes `removed`, or `= \"VALUE\"` in ASCII".to_owned())
}

fn quoted(text: &str) -> Option<String> {
    serde_json::from_str(text).ok()
}

fn bytes(text: &str) -> Result<Kind, String> {
    let mut texts = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let mut next = || texts.next().and_then(Result::ok);
    let (from, to) = (next(), next());
    match (from, to, next()) {
        (Some(from), Some(to), None) if !from.is_empty() => Ok(Kind::Bytes(from, to)),
        _ => Err("after `bytes` come two texts in quotes, what is there and what comes".to_owned()),
    }
}

fn selector(text: &str) -> Result<Selector, String> {
    let (name, which) = text.split_once('#').unwrap_or((text, "1"));
    let which = match which {
        "last" => Which::Last,
        "every" => Which::Every,
        number => match number.parse() {
            Ok(number) if number > 0 => Which::Nth(number),
            _ => {
                return Err(format!(
                    "after `#` comes a number from 1, `last` or `every`, not `{number}`"
                ));
            }
        },
    };
    Ok(Selector {
        name: (name != "*").then(|| name.to_owned()),
        which,
    })
}

fn event(selector: Selector, text: &str) -> Result<Kind, String> {
    if text.starts_with('/') {
        let (path, change) = word(text);
        return Ok(Kind::Member(selector, pointer(path), member(change)?));
    }
    let (change, rest) = word(text);
    let change = match (change, rest) {
        ("dropped", "") => EventChange::Dropped,
        ("doubled", "") => EventChange::Doubled,
        ("first", "") => EventChange::First,
        ("last", "") => EventChange::Last,
        ("later", "") => EventChange::Later,
        ("broken", "") => EventChange::Broken,
        ("padded", number) => match number.parse() {
            Ok(number) if number <= MOST_BLANKS => EventChange::Padded(number),
            _ => return Err(format!("after `padded` comes a number up to {MOST_BLANKS}")),
        },
        ("called", name) if !name.is_empty() => EventChange::Called(name.to_owned()),
        _ => {
            return Err(format!(
                "after an event comes the /path of a member, or `dropped`, `doubled`, `first`, \
                 `last`, `later`, `broken`, `called NAME` or `padded N`, not `{text}`"
            ));
        }
    };
    Ok(Kind::Event(selector, change))
}

fn pointer(path: &str) -> Vec<String> {
    let parts = path.split('/').skip(1);
    parts
        .map(|part| part.replace("~1", "/").replace("~0", "~"))
        .collect()
}

fn member(text: &str) -> Result<Change, String> {
    if let Some(value) = text.strip_prefix('=') {
        let value = value.trim();
        return serde_json::from_str::<Value>(value)
            .map(Change::Set)
            .map_err(|error| format!("after `=` comes JSON, not `{value}`: {error}"));
    }
    let (change, rest) = word(text);
    match (change, rest) {
        ("removed", "") => return Ok(Change::Removed),
        ("doubled", "") => return Ok(Change::Doubled),
        ("named", name) if !name.is_empty() => return Ok(Change::Named(name.to_owned())),
        ("plus", number) => {
            let number = number.parse();
            return number
                .map(Change::Plus)
                .map_err(|_| "after `plus` comes a whole number".to_owned());
        }
        ("extended", rest) => {
            if let Some(more) = quoted(rest) {
                return Ok(Change::Extended(more));
            }
        }
        _ => {}
    }
    Err(format!(
        "after a path comes `= JSON`, `removed`, `named NAME`, `doubled`, `plus NUMBER` or \
         `extended \"TEXT\"`, not `{text}`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_grammar_is_read() {
        let any = |which| Selector { name: None, which };
        let path = |text: &str| pointer(text);
        let forms = [
            ("edit status 201", Kind::Status(201)),
            (
                "edit head X-A removed",
                Kind::Header("x-a".to_owned(), None),
            ),
            (
                "edit head content-type = \"a b\"",
                Kind::Header("content-type".to_owned(), Some("a b".to_owned())),
            ),
            (
                r#"edit bytes "\n\n" " ""#,
                Kind::Bytes("\n\n".to_owned(), " ".to_owned()),
            ),
            (
                "edit * /a~1b/- removed",
                Kind::Member(any(Which::Nth(1)), path("/a~1b/-"), Change::Removed),
            ),
            (
                "edit *#last /a plus -1",
                Kind::Member(any(Which::Last), path("/a"), Change::Plus(-1)),
            ),
            (
                "edit *#every dropped",
                Kind::Event(any(Which::Every), EventChange::Dropped),
            ),
            (
                "edit ping#2 called pong",
                Kind::Event(
                    Selector {
                        name: Some("ping".to_owned()),
                        which: Which::Nth(2),
                    },
                    EventChange::Called("pong".to_owned()),
                ),
            ),
        ];
        for (text, meant) in forms {
            assert_eq!(edit(text), Ok((None, meant.clone())), "{text}");
            let at = text.replacen("edit ", "edit at /v1/tasks ", 1);
            assert_eq!(edit(&at), Ok((Some("/v1/tasks".to_owned()), meant)), "{at}");
        }
        let Ok((None, Kind::Member(_, _, Change::Set(value)))) =
            edit(r#"edit a /b = {"c": [1, "="]}"#)
        else {
            panic!("a value is JSON");
        };
        assert_eq!(value, serde_json::json!({"c": [1, "="]}));
    }

    #[test]
    fn what_is_no_edit_is_answered_with_what_one_is() {
        for (text, told) in [
            ("edit ", "what it changes"),
            ("edit status 99", "200 to 599"),
            ("edit head a: b", "no name"),
            ("edit head a = b", "= \"VALUE\""),
            (r#"edit bytes "" "a""#, "two texts"),
            (r#"edit bytes "a" "b" "c""#, "two texts"),
            ("edit a#0 dropped", "after `#`"),
            ("edit a", "/path"),
            ("edit a /b", "after a path"),
            ("edit a /b = {", "JSON"),
            ("edit a /b plus x", "whole number"),
            ("edit a padded 99999999999", "up to"),
        ] {
            let error = edit(text).expect_err(text);
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
