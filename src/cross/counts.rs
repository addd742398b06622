//! What each protocol's usage counts: the table by which usage and charges are compared.

use crate::json::Value;
use crate::scenario::request::TextProtocol;

/// A kind of tokens that can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Counted {
    /// All input, cached parts included.
    Input,
    /// Input that came from a prompt cache.
    CacheRead,
    /// Input that was put into one.
    CacheWritten,
    /// All output, reasoning included.
    Output,
    Reasoning,
    /// The protocol's own sum.
    Total,
}

/// A row: in this protocol, this kind is the sum of these members.
#[derive(Debug)]
pub struct Counting {
    pub protocol: TextProtocol,
    pub counted: Counted,
    /// JSON pointers into the usage object. The first must be there for input; others are 0 where
    /// they are not told.
    pub members: &'static [&'static str],
    pub source: &'static str,
}

const MESSAGES: &str = "Anthropic, Messages API: usage (input_tokens leaves cached input out)";
const CHAT: &str = "OpenAI, Chat Completions: usage (prompt_tokens holds cached input)";
const RESPONSES: &str = "OpenAI, Responses: usage (input_tokens holds cached input)";
const GEMINI: &str =
    "Google, Gemini API: UsageMetadata (prompt holds cached input, candidates leave out thoughts)";

macro_rules! counts {
    ($($protocol:ident $source:ident { $($counted:ident = $($member:literal)|+;)+ })+) => {
        /// The table. A kind without a row is not told by the protocol.
        pub const COUNTS: &[Counting] = &[$($(Counting {
            protocol: TextProtocol::$protocol,
            counted: Counted::$counted,
            members: &[$($member),+],
            source: $source,
        }),+),+];
    };
}

counts! {
    AnthropicMessages MESSAGES {
        Input = "/input_tokens" | "/cache_read_input_tokens" | "/cache_creation_input_tokens";
        CacheRead = "/cache_read_input_tokens";
        CacheWritten = "/cache_creation_input_tokens";
        Output = "/output_tokens";
        Reasoning = "/output_tokens_details/thinking_tokens";
    }
    OpenaiChat CHAT {
        Input = "/prompt_tokens";
        CacheRead = "/prompt_tokens_details/cached_tokens";
        CacheWritten = "/prompt_tokens_details/cache_write_tokens";
        Output = "/completion_tokens";
        Reasoning = "/completion_tokens_details/reasoning_tokens";
        Total = "/total_tokens";
    }
    OpenaiResponses RESPONSES {
        Input = "/input_tokens";
        CacheRead = "/input_tokens_details/cached_tokens";
        CacheWritten = "/input_tokens_details/cache_write_tokens";
        Output = "/output_tokens";
        Reasoning = "/output_tokens_details/reasoning_tokens";
        Total = "/total_tokens";
    }
    Gemini GEMINI {
        Input = "/promptTokenCount" | "/toolUsePromptTokenCount";
        CacheRead = "/cachedContentTokenCount";
        Output = "/candidatesTokenCount" | "/thoughtsTokenCount";
        Reasoning = "/thoughtsTokenCount";
        Total = "/totalTokenCount";
    }
}

/// The row of a protocol for a kind.
pub(super) fn counting(protocol: TextProtocol, counted: Counted) -> Option<&'static Counting> {
    COUNTS
        .iter()
        .find(|row| row.protocol == protocol && row.counted == counted)
}

/// Usage in one neutral form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub input: u64,
    pub cache_read: u64,
    pub cache_written: u64,
    pub output: u64,
    pub reasoning: u64,
    /// `None`: the protocol has no sum, or the answer left it out.
    pub total: Option<u64>,
}

impl Counts {
    /// From the usage objects of an answer, of which later ones replace members of earlier ones.
    /// `None`: there is none, or it does not say what went in.
    pub fn of(protocol: TextProtocol, usages: &[&Value]) -> Option<Self> {
        let told = |member: &str| {
            let mut latest = usages.iter().rev();
            latest.find_map(|usage| usage.pointer(member)?.as_u64())
        };
        let first = counting(protocol, Counted::Input)?.members.first()?;
        told(first)?;
        let sum = |counted| {
            let members = counting(protocol, counted).map_or(&[][..], |row| row.members);
            let counts = members.iter().filter_map(|member| told(member));
            counts.fold(0, u64::saturating_add)
        };
        let total = counting(protocol, Counted::Total).and_then(|row| told(row.members.first()?));
        Some(Self {
            input: sum(Counted::Input),
            cache_read: sum(Counted::CacheRead),
            cache_written: sum(Counted::CacheWritten),
            output: sum(Counted::Output),
            reasoning: sum(Counted::Reasoning),
            total,
        })
    }

    /// Input that no cache had to do with.
    pub fn fresh(&self) -> u64 {
        let cached = self.cache_read.saturating_add(self.cache_written);
        self.input.saturating_sub(cached)
    }

    /// Why its own numbers cannot all be true. `None`: they can.
    pub fn fault(&self) -> Option<String> {
        let sum = self.input.saturating_add(self.output);
        if let Some(total) = self.total.filter(|total| *total != sum) {
            let (input, output) = (self.input, self.output);
            return Some(format!("total {total}, but {input} + {output} = {sum}"));
        }
        if self.cache_read > self.input {
            return Some(format!(
                "cached {}, of {} input",
                self.cache_read, self.input
            ));
        }
        (self.reasoning > self.output)
            .then(|| format!("reasoning {}, of {} output", self.reasoning, self.output))
    }

    /// `input 13, output 40`, with what is not 0 of the rest.
    pub fn told(&self) -> String {
        let mut told = format!("input {}, output {}", self.input, self.output);
        for (name, count) in [
            ("read from a cache", self.cache_read),
            ("written to a cache", self.cache_written),
            ("reasoning", self.reasoning),
        ] {
            if count > 0 {
                told += &format!(", {name} {count}");
            }
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use TextProtocol::{AnthropicMessages, Gemini, OpenaiChat, OpenaiResponses};

    #[test]
    fn four_ways_to_count_the_same_tokens_are_the_same() {
        let usages = [
            (
                AnthropicMessages,
                json!({"input_tokens": 60, "cache_read_input_tokens": 30,
                    "cache_creation_input_tokens": 10, "output_tokens": 25,
                    "output_tokens_details": {"thinking_tokens": 5}}),
            ),
            (
                OpenaiChat,
                json!({"prompt_tokens": 100, "completion_tokens": 25, "total_tokens": 125,
                    "prompt_tokens_details": {"cached_tokens": 30, "cache_write_tokens": 10},
                    "completion_tokens_details": {"reasoning_tokens": 5}}),
            ),
            (
                OpenaiResponses,
                json!({"input_tokens": 100, "output_tokens": 25, "total_tokens": 125,
                    "input_tokens_details": {"cached_tokens": 30, "cache_write_tokens": 10},
                    "output_tokens_details": {"reasoning_tokens": 5}}),
            ),
            (
                Gemini,
                json!({"promptTokenCount": 90, "toolUsePromptTokenCount": 10,
                    "candidatesTokenCount": 20, "thoughtsTokenCount": 5,
                    "cachedContentTokenCount": 30, "totalTokenCount": 125}),
            ),
        ];
        for (protocol, usage) in usages {
            let usage = Value::from(usage);
            let counts = Counts::of(protocol, &[&usage]).expect("a usage");
            assert_eq!((counts.input, counts.output), (100, 25), "{protocol:?}");
            assert_eq!((counts.cache_read, counts.reasoning), (30, 5));
            assert_eq!(counts.fault(), None);
        }
    }

    #[test]
    fn later_members_replace_earlier_ones_and_others_stay() {
        let start = Value::from(json!({"input_tokens": 7, "output_tokens": 1}));
        let end = Value::from(json!({"output_tokens": 9}));
        let counts = Counts::of(AnthropicMessages, &[&start, &end]).expect("a usage");
        assert_eq!((counts.input, counts.output), (7, 9));
        assert_eq!(Counts::of(AnthropicMessages, &[&end]), None);
    }

    #[test]
    fn numbers_that_contradict_each_other_are_said() {
        let of = |usage: serde_json::Value| {
            let usage = Value::from(usage);
            let counts = Counts::of(OpenaiChat, &[&usage]).expect("a usage");
            counts.fault().unwrap_or_default()
        };
        let usage = json!({"prompt_tokens": 7, "completion_tokens": 9, "total_tokens": 17});
        assert_eq!(of(usage), "total 17, but 7 + 9 = 16");
        let cached = json!({"cached_tokens": 8});
        let usage = json!({"prompt_tokens": 7, "prompt_tokens_details": cached});
        assert_eq!(of(usage), "cached 8, of 7 input");
    }
}
