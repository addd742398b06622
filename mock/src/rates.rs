//! What a text call costs: input, output, and input from and into a prompt cache.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextModel {
    pub(crate) window: u64,
    pub(crate) max_output: u64,
    pub(crate) input_rate: i64,
    pub(crate) output_rate: i64,
    /// Of input that comes out of a cache.
    pub(crate) read_rate: i64,
    /// Of input that is put into one, for however long.
    pub(crate) write_rate: i64,
}

/// What a text call is charged for. Cached input is part of `input`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tokens {
    pub(crate) input: u64,
    pub(crate) cache_read: u64,
    pub(crate) cache_write: u64,
    pub(crate) output: u64,
}

impl TextModel {
    /// Window and longest output, rates of input and output, and whose family it is.
    pub(crate) const fn new(limits: (u64, u64), rates: (i64, i64), family: &str) -> Self {
        Self {
            window: limits.0,
            max_output: limits.1,
            input_rate: rates.0,
            output_rate: rates.1,
            read_rate: rates.0 / 10,
            write_rate: rates.0 + if is_claude(family) { rates.0 / 4 } else { 0 },
        }
    }

    /// Micro-USD for a call, rounded once for the whole call, halves up.
    pub(crate) fn cost(&self, tokens: Tokens) -> i64 {
        let part = |tokens: u64, rate: i64| i128::from(tokens) * i128::from(rate);
        let cached = tokens.cache_read.saturating_add(tokens.cache_write);
        let sum = part(tokens.input.saturating_sub(cached), self.input_rate)
            + part(tokens.cache_read, self.read_rate)
            + part(tokens.cache_write, self.write_rate)
            + part(tokens.output, self.output_rate);
        i64::try_from((sum + 500_000) / 1_000_000).unwrap_or(i64::MAX)
    }
}

/// Writing to the cache costs a quarter more than reading the input anew, and for others nothing.
const fn is_claude(family: &str) -> bool {
    matches!(family.as_bytes(), b"claude")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Kind, find};
    use crate::contract::Contract;

    fn text_model(slug: &str) -> TextModel {
        match find(slug, Contract::default()).unwrap().kind {
            Kind::Text(model) => model,
            Kind::Image(_) | Kind::Video(_) => panic!("{slug} is no text model"),
        }
    }

    #[test]
    fn a_text_call_costs_its_tokens_at_the_listed_rates() {
        let tokens = |input, output| Tokens {
            input,
            output,
            ..Tokens::default()
        };
        let model = text_model("claude-sonnet-4-6");
        assert_eq!(model.cost(tokens(1_000_000, 1_000_000)), 18_000_000);
        assert_eq!(model.cost(tokens(1, 1)), 18);
        let nano = text_model("gpt-5-4-nano");
        assert_eq!(nano.cost(tokens(5, 0)), 1, "half a micro-USD rounds up");
        assert_eq!(nano.cost(tokens(4, 0)), 0);
        assert_eq!(nano.cost(tokens(u64::MAX, u64::MAX)), i64::MAX);
    }

    #[test]
    fn cached_input_is_cheap_to_read_and_dear_to_write_for_claude_alone() {
        let cached = |cache_read, cache_write| Tokens {
            input: 1_000_000,
            cache_read,
            cache_write,
            output: 0,
        };
        let cost = |slug, tokens| text_model(slug).cost(tokens);
        assert_eq!(cost("claude-sonnet-4-6", cached(1_000_000, 0)), 300_000);
        assert_eq!(cost("claude-sonnet-4-6", cached(0, 1_000_000)), 3_750_000);
        assert_eq!(
            cost("claude-sonnet-4-6", cached(400_000, 400_000)),
            2_220_000
        );
        assert_eq!(cost("gemini-3-1-pro", cached(1_000_000, 0)), 200_000);
        assert_eq!(cost("gemini-3-1-pro", cached(0, 1_000_000)), 2_000_000);
        let claude = text_model("claude-haiku-4-5");
        let absurd = Tokens {
            input: 1,
            cache_read: u64::MAX,
            cache_write: u64::MAX,
            output: 0,
        };
        assert_eq!(claude.cost(absurd), i64::MAX);
    }
}
