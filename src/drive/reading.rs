//! What is noted of one answer while it comes.

use crate::cross::{Body, Listener, read};
use crate::exchange::{Exchange, Nanos, Times};
use crate::judge::{Judge, Progress};
use crate::protocol::conversation::{Answered, Conversation, Outgoing};
use crate::recording::Keep;
use crate::scenario::Template;
use crate::scenario::request::Call;

/// Fills in as an answer comes.
pub(super) struct Reading {
    pub(super) times: Times,
    pub(super) tokens: u32,
    pub(super) longest_gap: Option<u64>,
    pub(super) judge: Option<Judge>,
    pub(super) keep: Option<Keep>,
    /// Hears a stream that its call goes on with.
    pub(super) listener: Option<Listener>,
}

impl Reading {
    pub(super) fn take(&mut self, bytes: &[u8], now: Nanos, gap: impl FnMut(u64, u64)) {
        self.times.first_byte.get_or_insert(now);
        if let Some(keep) = &mut self.keep {
            keep.take(bytes, now);
        }
        if let Some(listener) = &mut self.listener {
            listener.push(bytes);
        }
        if let Some(judge) = &mut self.judge {
            let progress = judge.bytes(bytes);
            self.note(progress, now, gap);
        }
    }

    fn note(&mut self, progress: Progress, now: Nanos, mut gap: impl FnMut(u64, u64)) {
        let times = &mut self.times;
        if progress.events > 0 {
            times.first_event.get_or_insert(now);
        }
        if progress.visible {
            times.visible.get_or_insert(now);
        }
        if progress.terminal {
            times.terminal.get_or_insert(now);
        }
        if progress.tokens == 0 {
            return;
        }
        let since_last = times.last_token.and_then(|last| now.since(last));
        // Further payload events of the same read came at the same time.
        let together = (progress.tokens > 1).then(|| (0, u64::from(progress.tokens) - 1));
        for (nanos, count) in since_last
            .map(|nanos| (nanos, 1))
            .into_iter()
            .chain(together)
        {
            gap(nanos, count);
            self.longest_gap = self.longest_gap.max(Some(nanos));
        }
        times.first_token.get_or_insert(now);
        times.last_token = Some(now);
        self.tokens += progress.tokens;
    }
}

/// Texts are put together only for calls that go on with them.
pub(super) fn listener(template: &Template) -> Option<Listener> {
    match &template.call {
        Call::Text(call) if !template.turns.is_empty() => {
            Listener::new(call.protocol, call.delivery)
        }
        Call::Text(_) | Call::Images(_) | Call::Task(_) | Call::Utility(_) => None,
    }
}

/// Whether anybody looks at a whole body once it is judged.
pub(super) fn wants_body(template: &Template) -> bool {
    match &template.call {
        Call::Text(_) => !template.turns.is_empty(),
        Call::Images(_) | Call::Task(_) | Call::Utility(_) => true,
    }
}

/// What the model has said, whole or streamed, where the call goes on with it.
pub(super) fn said(
    template: &Template,
    exchange: &Exchange,
    listener: Option<Listener>,
) -> Option<String> {
    if let Some(listener) = listener {
        return listener.heard();
    }
    let Call::Text(call) = &template.call else {
        return None;
    };
    let body = exchange.judgement.as_ref()?.body.as_ref();
    let body = body.filter(|_| !template.turns.is_empty())?;
    Some(read(call.protocol, Body::Whole(body)).text)
}

/// What an answer makes of its call. `None`: the call is over.
pub(super) fn following(
    conversation: &mut dyn Conversation,
    exchange: &Exchange,
    said: Option<&str>,
) -> Option<Outgoing> {
    let (head, judgement) = (exchange.head.as_ref()?, exchange.judgement.as_ref()?);
    if exchange.failure.is_some() {
        return None;
    }
    let (facts, body) = (&judgement.facts, judgement.body.as_ref());
    conversation.next(&Answered {
        step: exchange.step,
        head,
        facts,
        body,
        said,
    })
}
