//! An answer that is none: the model refuses, each vendor's model in its own way.

use super::compose::{Speaker, finished, text_block};
use super::{Answer, Block, Dialect, Stop};

/// One piece a token, as everywhere.
const WORDS: &[&str] = &[
    "I'm",
    " not",
    " able",
    " to",
    " help",
    " with",
    " this",
    " \u{2014}",
    " please",
    " ask",
    " for",
    " something",
    " else",
    ".",
];

/// Messages and Gemini stop where the answer went wrong, which may be before its first word.
/// OpenAI's models say that they refuse.
pub(super) fn answer(speaker: &mut Speaker<'_>) -> Answer {
    let (mut blocks, room, wanted) = speaker.opening();
    let mut stop = Stop::Refused;
    match speaker.prompt.dialect {
        Dialect::AnthropicMessages | Dialect::Gemini => {
            if speaker.dice.one_in(2) {
                let begun = 1 + speaker.dice.below(wanted.min(room));
                let avoid = speaker.prompt.stop_sequences.as_slice();
                let pieces = speaker.prose("text", begun, avoid).0;
                if !pieces.is_empty() {
                    blocks.push(text_block(pieces));
                }
            }
        }
        Dialect::OpenaiChat | Dialect::OpenaiResponses => {
            let mut pieces: Vec<String> = WORDS.iter().map(|&word| word.to_owned()).collect();
            if pieces.len() > room {
                pieces.truncate(room);
                stop = Stop::MaxTokens;
            }
            blocks.push(Block::Refusal { pieces });
        }
    }
    finished(blocks, stop)
}
