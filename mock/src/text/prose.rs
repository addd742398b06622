//! Sentences without sense: words, now and then a character that breaks careless code. A piece is
//! what a stream sends at once, and counts as one token.

use super::dice::Dice;

const WORDS: &[&str] = &[
    "river", "light", "slow", "the", "a", "under", "carries", "stone", "quiet", "engine", "and",
    "or", "north", "wind", "paper", "answers", "seven", "small", "window", "turns", "green",
    "harbour", "with", "map", "kite", "over", "early", "train", "before", "noon", "salt", "bread",
    "keeps", "every", "second", "signal", "between", "two", "hills", "glass", "old", "garden",
    "measures", "rain", "then", "rests", "cloud", "bright", "across", "plain", "number", "letter",
];

/// Multi-byte characters, emoji of several code points, and what JSON, HTML or line splitting trip
/// over: quotes, backslashes, control characters, angle brackets, U+0085, U+2028 and U+2029.
const TRAPS: &[&str] = &[
    " naïve",
    " Größe",
    " 東京",
    " Ωμέγα",
    " 🌊",
    " 👩‍🚀",
    " 🇳🇴",
    " e\u{301}t\u{e9}",
    " \"quoted\"",
    " C:\\new\\table",
    "\n\n",
    "\n- ",
    " <b>bold</b>",
    " 3 > 2",
    "\u{2028}",
    "\u{2029}",
    "\tTab",
    " {\"a\": 1}",
    " data: [DONE]",
    " & so",
    " — well",
    " \u{7f}",
    " \\u0041",
    " ’tis",
    " \u{1b}[0m",
    "\r\n",
    "\u{85}",
    " \u{0}",
];

/// Pieces without a space or a letter, for texts that must avoid these.
const MARKS: &[&str] = &[",", ";", ":", "-", "/", "…", "7", "\n"];

/// How often other words are tried before a text that must avoid a stop sequence gives up.
const TRIES: usize = 32;

/// Draws piece after piece such that none of the sequences to avoid ever occurs in the text.
pub(super) struct Prose<'a> {
    dice: Dice,
    avoid: &'a [String],
    /// The end of the text, as much as a sequence could begin in.
    tail: String,
    left_in_sentence: usize,
    capital: bool,
    started: bool,
    /// The last piece was one of [`MARKS`]; one after the other would be no text.
    marked: bool,
}

impl<'a> Prose<'a> {
    pub(super) fn new(dice: Dice, avoid: &'a [String]) -> Self {
        Self {
            dice,
            avoid,
            tail: String::new(),
            left_in_sentence: 8,
            capital: true,
            started: false,
            marked: false,
        }
    }

    /// The next piece, never empty; or the sequence that could not be avoided.
    pub(super) fn next_piece(&mut self) -> Result<String, String> {
        let mut blocking = String::new();
        for attempt in 0..TRIES {
            let piece = self.draw(attempt);
            if self.avoid.is_empty() {
                self.commit(&piece, String::new());
                return Ok(piece);
            }
            let joined = format!("{}{piece}", self.tail);
            match self.avoid.iter().find(|one| joined.contains(one.as_str())) {
                None => {
                    self.commit(&piece, joined);
                    return Ok(piece);
                }
                Some(sequence) => blocking.clone_from(sequence),
            }
        }
        Err(blocking)
    }

    /// As many pieces as asked for, and the sequence that ended the text before that.
    pub(super) fn pieces(&mut self, count: usize) -> (Vec<String>, Option<String>) {
        let mut pieces = Vec::with_capacity(count);
        while pieces.len() < count {
            match self.next_piece() {
                Ok(piece) => pieces.push(piece),
                Err(sequence) => return (pieces, Some(sequence)),
            }
        }
        (pieces, None)
    }

    /// Later attempts offer more kinds of pieces, so that a text ends early only where it must.
    fn draw(&mut self, attempt: usize) -> String {
        if attempt > TRIES / 2 && !self.marked {
            return self.dice.pick(MARKS).map_or(",", |mark| mark).to_owned();
        }
        if self.left_in_sentence == 0 && attempt == 0 {
            return self
                .dice
                .pick(&[".", ".", "?", "!"])
                .map_or(".", |p| p)
                .to_owned();
        }
        if self.started && self.dice.one_in(9) {
            return self.dice.pick(TRAPS).map_or(" ", |t| t).to_owned();
        }
        let word = *self.dice.pick(WORDS).unwrap_or(&"word");
        let gap = if self.started { " " } else { "" };
        if self.capital {
            let (first, rest) = word.split_at(1);
            format!("{gap}{}{rest}", first.to_uppercase())
        } else {
            format!("{gap}{word}")
        }
    }

    fn commit(&mut self, piece: &str, mut joined: String) {
        self.capital = matches!(piece, "." | "?" | "!");
        self.left_in_sentence = if self.capital {
            5 + self.dice.below(9)
        } else {
            self.left_in_sentence.saturating_sub(1)
        };
        self.started = true;
        self.marked = MARKS.contains(&piece);
        let longest = self.avoid.iter().map(String::len).max().unwrap_or(0);
        let mut cut = joined.len().saturating_sub(longest);
        while !joined.is_char_boundary(cut) {
            cut -= 1;
        }
        joined.drain(..cut);
        self.tail = joined;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_avoids_its_sequences_even_across_pieces() {
        for seed in 0..200 {
            let avoid = ["the ".to_owned(), "r l".to_owned(), "\n\n".to_owned()];
            let (pieces, stuck) = Prose::new(Dice::new(seed, "p"), &avoid).pieces(300);
            assert_eq!(stuck, None);
            let text = pieces.concat();
            assert!(
                avoid.iter().all(|one| !text.contains(one)),
                "seed {seed}: {text}"
            );
            assert!(pieces.iter().all(|piece| !piece.is_empty()));
        }
    }

    #[test]
    fn a_sequence_that_cannot_be_avoided_is_named() {
        let avoid = [" ".to_owned()];
        let (pieces, stuck) = Prose::new(Dice::new(3, "p"), &avoid).pieces(300);
        assert_eq!(stuck.as_deref(), Some(" "));
        assert!(!pieces.concat().contains(' '));
    }

    #[test]
    fn a_long_text_has_the_characters_that_break_things() {
        let text = Prose::new(Dice::new(5, "p"), &[]).pieces(2000).0.concat();
        for trap in [
            "\"", "\\", "\r\n", "<", ">", "\u{2028}", "\u{85}", "\0", "🌊", "東",
        ] {
            assert!(text.contains(trap), "{trap:?}");
        }
    }
}
