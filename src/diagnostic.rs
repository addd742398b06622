//! A fault in what the user wrote, told with its place: file, line, column, the line itself.
//!
//! Layout only. What is wrong, and which line may be shown, is decided by whoever found it: an
//! excerpt given here is printed, so it must already be free of secrets (`scenario::Source` sees to
//! that for scenarios).

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

/// The longest part of a line that is shown, in characters.
const WINDOW: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
    Note,
}

impl Severity {
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }

    fn colour(self) -> &'static str {
        match self {
            Self::Error => "\x1b[1;31m",
            Self::Warning => "\x1b[1;33m",
            Self::Note => "\x1b[1;36m",
        }
    }
}

/// A stretch of one line. Line and column count from 1, column and length in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub line: usize,
    pub column: usize,
    pub length: usize,
}

/// A line of the file as it may be shown, and the stretch of it that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    pub text: String,
    /// From 1, in characters of `text`; other than [`Place::column`] where a secret was cut out.
    pub column: usize,
    pub length: usize,
}

/// What is wrong, where, and what helps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// The file's name as the user knows it.
    pub file: String,
    pub place: Option<Place>,
    pub excerpt: Option<Excerpt>,
    /// Lower case, no full stop, values in backticks.
    pub message: String,
    pub notes: Vec<String>,
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error about the file as a whole.
    pub fn error(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            file: file.into(),
            place: None,
            excerpt: None,
            message: message.into(),
            notes: Vec::new(),
            help: Vec::new(),
        }
    }

    /// As text of several lines, ended by a newline. `colour` adds ANSI codes.
    pub fn render(&self, colour: bool) -> String {
        let paint = |code: &'static str| if colour { code } else { "" };
        let (bold, frame, reset) = (paint("\x1b[1m"), paint("\x1b[1;34m"), paint("\x1b[0m"));
        let mut text = format!("{bold}{}", harmless(&self.file));
        if let Some(place) = self.place {
            let _ = write!(text, ":{}:{}", place.line, place.column);
        }
        let _ = writeln!(
            text,
            ":{reset} {}{}{reset}{bold}: {}{reset}",
            paint(self.severity.colour()),
            self.severity.word(),
            harmless(&self.message),
        );
        let mut gutter = 1;
        if let (Some(place), Some(excerpt)) = (self.place, &self.excerpt) {
            let number = place.line.to_string();
            gutter = number.len();
            let (shown, pad, carets) = excerpt.window();
            let _ = writeln!(text, "{frame} {number} |{reset} {shown}");
            let carets = format!("{}{carets}{reset}", paint(self.severity.colour()));
            let _ = writeln!(text, "{frame} {:gutter$} |{reset} {pad}{carets}", "");
        }
        let remarks = self.notes.iter().map(|note| ("note", note));
        for (word, remark) in remarks.chain(self.help.iter().map(|help| ("help", help))) {
            let remark = harmless(remark);
            let _ = writeln!(text, "{frame} {:gutter$} ={reset} {word}: {remark}", "");
        }
        text
    }
}

impl Excerpt {
    /// The part of the line around the place, what to put below it up to the carets, the carets.
    fn window(&self) -> (String, String, String) {
        let chars: Vec<char> = self.text.chars().collect();
        let start = self.column.saturating_sub(1).min(chars.len());
        let end = start.saturating_add(self.length).clamp(start, chars.len());
        let from = if chars.len() <= WINDOW {
            0
        } else {
            start.saturating_sub(WINDOW / 3).min(chars.len() - WINDOW)
        };
        let to = chars.len().min(from + WINDOW);
        let mut shown = String::new();
        let mut pad = 0;
        let mut carets = 0;
        if from > 0 {
            shown.push_str("...");
            pad += 3;
        }
        for (index, c) in chars.iter().enumerate().take(to).skip(from) {
            let before = shown.len();
            push_visible(&mut shown, *c);
            let width: usize = shown[before..]
                .chars()
                .map(|c| c.width().unwrap_or(0))
                .sum();
            if index < start {
                pad += width;
            } else if index < end {
                carets += width;
            }
        }
        if to < chars.len() {
            shown.push_str("...");
        }
        (shown, " ".repeat(pad), "^".repeat(carets.max(1)))
    }
}

/// Tabs as four columns; nothing that moves the cursor or turns the direction of writing.
fn push_visible(text: &mut String, c: char) {
    match c {
        '\t' => text.push_str("    "),
        c if is_harmful(c) => text.push('\u{fffd}'),
        c => text.push(c),
    }
}

fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| if is_harmful(c) { '\u{fffd}' } else { c })
        .collect()
}

fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(line: &str, column: usize, length: usize, expected: &Expect) {
        let mut diagnostic = Diagnostic::error("smoke.yaml", "unknown key `rtae`");
        diagnostic.place = Some(Place {
            line: 12,
            column,
            length,
        });
        diagnostic.excerpt = Some(Excerpt {
            text: line.to_owned(),
            column,
            length,
        });
        diagnostic.help.push("did you mean `rate`?".to_owned());
        expected.assert_eq(&diagnostic.render(false));
    }

    #[test]
    fn the_place_is_under_the_line_with_help_below() {
        check(
            "    rtae: 50/s",
            5,
            4,
            &expect![[r#"
                smoke.yaml:12:5: error: unknown key `rtae`
                 12 |     rtae: 50/s
                    |     ^^^^
                    = help: did you mean `rate`?
            "#]],
        );
    }

    #[test]
    fn tabs_and_wide_characters_do_not_shift_the_carets() {
        check(
            "\tname: 速さ, rtae: 1",
            12,
            4,
            &expect![[r#"
                smoke.yaml:12:12: error: unknown key `rtae`
                 12 |     name: 速さ, rtae: 1
                    |                 ^^^^
                    = help: did you mean `rate`?
            "#]],
        );
    }

    #[test]
    fn a_very_long_line_is_shown_around_the_place() {
        let text = format!("{}rtae: 1{}", "x".repeat(500), " y".repeat(500));
        let (shown, pad, carets) = Excerpt {
            text,
            column: 501,
            length: 4,
        }
        .window();
        assert_eq!(shown.chars().count(), WINDOW + 6);
        assert!(
            shown.starts_with("...x") && shown.ends_with("y..."),
            "{shown}"
        );
        assert_eq!(&shown[pad.len()..pad.len() + carets.len()], "rtae");
    }

    #[test]
    fn a_place_beyond_the_line_is_shown_at_its_end() {
        check(
            "ab",
            100,
            usize::MAX,
            &expect![[r#"
                smoke.yaml:12:100: error: unknown key `rtae`
                 12 | ab
                    |   ^
                    = help: did you mean `rate`?
            "#]],
        );
    }

    #[test]
    fn control_characters_never_reach_the_terminal() {
        let mut diagnostic = Diagnostic::error("a\x1b[2J", "b\x07\u{202e}");
        diagnostic.place = Some(Place {
            line: 1,
            column: 1,
            length: 1,
        });
        diagnostic.excerpt = Some(Excerpt {
            text: "\x1b[1m".to_owned(),
            column: 1,
            length: 1,
        });
        let text = diagnostic.render(false);
        assert!(
            text.chars().all(|c| c == '\n' || !c.is_control()),
            "{text:?}"
        );
    }

    #[test]
    fn colour_only_adds_codes() {
        let mut diagnostic = Diagnostic::error("a.yaml", "wrong");
        diagnostic.notes.push("why".to_owned());
        let coloured = diagnostic.render(true);
        let mut plain = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, after)) = rest.split_once("\x1b[") {
            plain.push_str(before);
            rest = after.split_once('m').map_or("", |(_, after)| after);
        }
        plain.push_str(rest);
        assert_ne!(coloured, plain);
        assert_eq!(plain, diagnostic.render(false));
    }
}
