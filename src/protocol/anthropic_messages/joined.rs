//! The text of an answer, kept as long as it may be a JSON document.

use crate::json;

/// Bytes kept; a longer document is not judged.
const MOST: usize = 1 << 20;

/// All text of an answer in one piece. Prose is let go at its first character, so that ordinary
/// answers cost nothing.
#[derive(Debug, Default)]
pub(crate) struct Joined {
    text: String,
    is_prose: bool,
    is_cut: bool,
}

impl Joined {
    pub(super) fn push(&mut self, piece: &str) {
        if self.is_prose || self.is_cut {
            return;
        }
        let begins = if self.text.is_empty() {
            piece.trim_start()
        } else {
            piece
        };
        if self.text.is_empty() && begins.starts_with(|first| !may_begin(first)) {
            self.is_prose = true;
        } else if self.text.len() + begins.len() > MOST {
            self.is_cut = true;
            self.text = String::new();
        } else {
            self.text.push_str(begins);
        }
    }

    /// What keeps the text from being JSON. `Ok(false)`: there is none, or too much to say.
    pub(crate) fn is_json(&self) -> Result<bool, String> {
        if self.is_prose {
            return Err("it begins like prose".to_owned());
        }
        if self.is_cut || self.text.is_empty() {
            return Ok(false);
        }
        match json::parse(self.text.as_bytes()) {
            Ok(_) => Ok(true),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Of an object, an array, a text, a number, `true`, `false` or `null`.
fn may_begin(first: char) -> bool {
    matches!(first, '{' | '[' | '"' | '-' | 't' | 'f' | 'n' | '0'..='9')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pieces: &[&str]) -> Result<bool, String> {
        let mut joined = Joined::default();
        for piece in pieces {
            joined.push(piece);
        }
        joined.is_json()
    }

    #[test]
    fn json_in_pieces_is_json_and_prose_is_not() {
        assert_eq!(told(&["\n", " {\"a\"", ": 1}", "\n"]), Ok(true));
        assert_eq!(told(&[]), Ok(false));
        assert!(told(&["Here: ", "{}"]).is_err());
        assert!(told(&["{}", " Done."]).is_err());
        let long = "1".repeat(MOST);
        assert_eq!(told(&["[", &long, "]", "x"]), Ok(false));
    }
}
