//! What each protocol's words for an end mean: the table by which ends are compared.

use crate::scenario::request::TextProtocol;

/// Why an answer ended, whatever the protocol calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stop {
    /// The model had said all.
    End,
    /// A stop sequence of the request came.
    Sequence,
    /// The limit on output, or the window, was reached.
    Limit,
    /// The client is to carry out calls.
    Calls,
    /// The model or a filter would not go on.
    Refused,
    /// A turn to be continued.
    Paused,
    /// Something broke on the way.
    Failed,
}

impl Stop {
    pub fn name(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::Sequence => "stop sequence",
            Self::Limit => "limit",
            Self::Calls => "tool calls",
            Self::Refused => "refusal",
            Self::Paused => "pause",
            Self::Failed => "failure",
        }
    }
}

/// What an answer holds, where that decides what its word means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    Words,
    Calls,
    Refusal,
}

/// A row: this word, beside this content, means one of these.
#[derive(Debug)]
pub struct Stopping {
    pub protocol: TextProtocol,
    pub said: &'static str,
    /// `None`: whatever the answer holds.
    pub content: Option<Content>,
    /// Several where the protocol has one word for all of them.
    pub means: &'static [Stop],
    pub source: &'static str,
}

const MESSAGES: &str = "Anthropic, Messages API: stop reasons";
const CHAT: &str = "OpenAI, Chat Completions: finish_reason";
const RESPONSES: &str = "OpenAI, Responses: status, incomplete_details.reason, output items";
const GEMINI: &str = "Google, Gemini API: FinishReason";
const BLOCKED: &str = "Google, Gemini API: PromptFeedback.blockReason";

macro_rules! stops {
    ($($protocol:ident $source:ident {
        $($said:literal $([$content:ident])? => $($means:ident)|+;)+
    })+) => {
        /// The table; the first row that fits counts.
        pub const STOPS: &[Stopping] = &[$($(Stopping {
            protocol: TextProtocol::$protocol,
            said: $said,
            content: stops!(@ $($content)?),
            means: &[$(Stop::$means),+],
            source: $source,
        }),+),+];
    };
    (@ $content:ident) => { Some(Content::$content) };
    (@) => { None };
}

stops! {
    AnthropicMessages MESSAGES {
        "end_turn" => End;
        "stop_sequence" => Sequence;
        "max_tokens" => Limit;
        "model_context_window_exceeded" => Limit;
        "tool_use" => Calls;
        "refusal" => Refused;
        "pause_turn" => Paused;
    }
    OpenaiChat CHAT {
        "stop" [Refusal] => Refused;
        "stop" => End | Sequence;
        "length" => Limit;
        "tool_calls" => Calls;
        "function_call" => Calls;
        "content_filter" => Refused;
    }
    OpenaiResponses RESPONSES {
        "completed" [Calls] => Calls;
        "completed" [Refusal] => Refused;
        "completed" => End | Sequence;
        "max_output_tokens" => Limit;
        "content_filter" => Refused;
        "failed" => Failed;
        "cancelled" => Failed;
    }
    Gemini GEMINI {
        "STOP" [Calls] => Calls;
        "STOP" => End | Sequence;
        "MAX_TOKENS" => Limit;
        "SAFETY" => Refused;
        "RECITATION" => Refused;
        "LANGUAGE" => Refused;
        "BLOCKLIST" => Refused;
        "PROHIBITED_CONTENT" => Refused;
        "SPII" => Refused;
        "OTHER" => Refused | Failed;
        "MALFORMED_FUNCTION_CALL" => Failed;
        "UNEXPECTED_TOOL_CALL" => Failed;
        "TOO_MANY_TOOL_CALLS" => Failed;
    }
    Gemini BLOCKED {
        "MODEL_ARMOR" => Refused;
        "JAILBREAK" => Refused;
    }
}

/// What a protocol's word means beside this content.
pub(super) fn meaning(
    protocol: TextProtocol,
    said: &str,
    content: Content,
) -> Option<&'static Stopping> {
    STOPS.iter().find(|row| {
        let fits = row.content.is_none_or(|wanted| wanted == content);
        row.protocol == protocol && row.said == said && fits
    })
}

impl Stopping {
    /// Whether the two can mean the same.
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.means.iter().any(|stop| other.means.contains(stop))
    }

    /// `end or stop sequence`.
    pub fn told(&self) -> String {
        let names: Vec<_> = self.means.iter().map(|stop| stop.name()).collect();
        names.join(" or ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TextProtocol::{AnthropicMessages, Gemini, OpenaiChat, OpenaiResponses};

    #[test]
    fn the_four_words_for_an_end_agree_and_other_ends_do_not() {
        let rows = |words: [(TextProtocol, &str); 4], content| {
            words.map(|(protocol, said)| meaning(protocol, said, content).expect("a row"))
        };
        let alike = [
            (
                Content::Words,
                [
                    (AnthropicMessages, "end_turn"),
                    (OpenaiChat, "stop"),
                    (OpenaiResponses, "completed"),
                    (Gemini, "STOP"),
                ],
            ),
            (
                Content::Words,
                [
                    (AnthropicMessages, "max_tokens"),
                    (OpenaiChat, "length"),
                    (OpenaiResponses, "max_output_tokens"),
                    (Gemini, "MAX_TOKENS"),
                ],
            ),
            (
                Content::Calls,
                [
                    (AnthropicMessages, "tool_use"),
                    (OpenaiChat, "tool_calls"),
                    (OpenaiResponses, "completed"),
                    (Gemini, "STOP"),
                ],
            ),
            (
                Content::Refusal,
                [
                    (AnthropicMessages, "refusal"),
                    (OpenaiChat, "content_filter"),
                    (OpenaiResponses, "completed"),
                    (Gemini, "SAFETY"),
                ],
            ),
        ];
        let kinds = alike.map(|(content, words)| rows(words, content));
        for (at, kind) in kinds.iter().enumerate() {
            for (other_at, other) in kinds.iter().enumerate() {
                for (one, two) in kind.iter().flat_map(|one| other.map(|two| (one, two))) {
                    assert_eq!(one.agrees_with(two), at == other_at, "{one:?} {two:?}");
                }
            }
        }
    }

    #[test]
    fn an_end_and_a_stop_sequence_differ_only_where_both_have_words_for_them() {
        let of = |protocol, said| meaning(protocol, said, Content::Words).expect("a row");
        let (end, sequence) = (
            of(AnthropicMessages, "end_turn"),
            of(AnthropicMessages, "stop_sequence"),
        );
        assert!(!end.agrees_with(sequence));
        assert!(of(OpenaiChat, "stop").agrees_with(end));
        assert!(of(OpenaiChat, "stop").agrees_with(sequence));
        assert!(meaning(OpenaiChat, "end_turn", Content::Words).is_none());
    }
}
