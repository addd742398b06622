//! What an audit goes by: everything that is known before the first request.

use std::time::Duration;

use super::policy::Policy;
use super::prices::Prices;
use crate::exchange::Nanos;
use crate::scenario::request::{Call, Prompt, Template};

/// What one request template asks for, as far as money is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    pub name: String,
    pub model: Option<String>,
    /// Seconds of a clip.
    pub seconds: u16,
    /// Pictures of one call.
    pub images: u16,
    /// Tokens of its prompt, roughly, and the most that it asks for.
    pub input: u32,
    pub output: Option<u32>,
    /// It marks its input for the prompt cache.
    pub cache: bool,
}

#[derive(Debug, Clone)]
pub struct Terms {
    pub policy: Policy,
    /// Charges and rows come so long after the answer at the latest: a promise, so that what comes
    /// later is a finding. `None`: nobody promised anything.
    pub lambda: Option<Duration>,
    /// How long is waited for them at most.
    pub settle: Duration,
    pub prices: Prices,
    /// Whether the list is the target's own for certain, and no older page.
    pub prices_are_sure: bool,
    /// By template.
    pub asked: Vec<Asked>,
    /// The names of the keys; empty: there is one.
    pub keys: Vec<String>,
    /// Unix seconds at the run's epoch.
    pub epoch: i64,
    /// The only checks that are wanted; empty: all.
    pub checks: Vec<&'static str>,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            lambda: None,
            settle: Duration::from_secs(10),
            prices: Prices::documented(),
            prices_are_sure: false,
            asked: Vec::new(),
            keys: Vec::new(),
            epoch: 0,
            checks: Vec::new(),
        }
    }
}

impl Terms {
    /// The longest that a charge may take before it counts as missing.
    pub fn longest(&self) -> Nanos {
        Nanos(0).after(self.lambda.unwrap_or(self.settle))
    }

    pub(super) fn key_count(&self) -> usize {
        self.keys.len().max(1)
    }

    pub(super) fn unix(&self, at: Nanos) -> i64 {
        let seconds = i64::try_from(at.0 / 1_000_000_000).unwrap_or(i64::MAX);
        self.epoch.saturating_add(seconds)
    }
}

impl Asked {
    pub fn of(template: &Template) -> Self {
        let (model, seconds) = match &template.call {
            Call::Text(call) => (Some(&call.model), None),
            Call::Images(call) => (Some(&call.model), None),
            Call::Task(call) => (Some(&call.model), call.duration_seconds),
            Call::Utility(_) => (None, None),
        };
        let seconds = seconds.unwrap_or_default();
        let (images, prompt, output) = match &template.call {
            Call::Text(call) => (0, Some(&call.prompt), call.max_tokens),
            Call::Images(call) => (call.n.unwrap_or(1), Some(&call.prompt), None),
            Call::Task(_) => (1, None, None),
            Call::Utility(_) => (0, None, None),
        };
        let input = match prompt {
            // Four bytes make a token, more or less.
            Some(Prompt::Text(text)) => u32::try_from(text.len() / 4).unwrap_or(u32::MAX),
            Some(Prompt::Tokens(tokens)) => *tokens,
            None => 0,
        };
        Self {
            images: u16::try_from(images).unwrap_or(u16::MAX),
            input,
            output,
            name: template.name.clone(),
            model: model.cloned(),
            seconds: u16::try_from(seconds).unwrap_or(u16::MAX),
            cache: matches!(&template.call, Call::Text(call) if call.cache),
        }
    }
}
