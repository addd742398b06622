//! Values in messages: between backticks and cut, so that a message stays one line.

use crate::json::Value;

/// Characters shown of a value.
const SHOWN: usize = 60;

/// The text between backticks, cut where it is long.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}

/// The JSON between backticks, cut where it is long; `nothing` where there is none.
pub(crate) fn quoted_value(value: Option<&Value>) -> String {
    let Some(value) = value else {
        return "nothing".to_owned();
    };
    let text = value.as_str().map(|text| format!("\"{text}\""));
    quoted(&text.unwrap_or_else(|| value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_between_characters() {
        assert_eq!(quoted("short"), "`short`");
        assert_eq!(quoted(&"é".repeat(70)), format!("`{}…`", "é".repeat(60)));
        assert_eq!(quoted_value(None), "nothing");
    }
}
