//! What part of an answer a rule looks at.

use crate::json::Value;

use crate::endpoint::Endpoint;
use crate::protocol::openai_chat::{Choice, State, is_filter_chunk};
use crate::protocol::{Asked, BodyEnd, Payload};
use crate::reads::Before;
use crate::rules::{Topic, Transition, Verdict, Whole};

pub(super) type Step<'a> = Transition<'a, State>;
pub(super) type Body<'a> = Whole<'a, State>;

/// What rules look at of a chunk.
pub(super) const FINISH: Topic = Topic::Filled("finish_reason");
pub(super) const ROLE: Topic = Topic::Filled("role");
pub(super) const TOOL_CALLS: Topic = Topic::Member("tool_calls");
pub(super) const USAGE: Topic = Topic::Filled("usage");

/// The record's object, when the stream is still going on: a chunk, or an error.
pub(super) fn object<'a>(step: &'a Step<'_>) -> Option<&'a Value> {
    let json = step.event.json()?;
    (step.event.lines().closed && !step.is_over && json.is_object()).then_some(json)
}

/// The chunk, when the record is one that rules may judge.
pub(super) fn chunk<'a>(step: &'a Step<'_>) -> Option<&'a Value> {
    let json = object(step)?;
    let is_judged = step.event.once(|| {
        let is_error = json.get("error").is_some_and(|error| !error.is_null());
        !is_error && !is_filter_chunk(json)
    });
    is_judged.then_some(json)
}

/// An entry of a chunk's `choices` with what its choice had said before.
pub(super) struct Entry<'a> {
    pub(super) index: u64,
    pub(super) value: &'a Value,
    seen: Before<'a, State>,
}

impl<'a> Entry<'a> {
    pub(super) fn delta(&self) -> Option<&'a Value> {
        self.value.get("delta").filter(|delta| delta.is_object())
    }

    /// What its choice had said before.
    pub(super) fn before(&self) -> Option<&'a Choice> {
        self.seen.get().choice(self.index)
    }

    /// The reason for which this entry finishes its choice.
    pub(super) fn finish(&self) -> Option<&'a Value> {
        let reason = self.value.get("finish_reason");
        reason.filter(|reason| !reason.is_null())
    }

    pub(super) fn is_finished(&self) -> bool {
        self.before().is_some_and(|choice| choice.finish.is_some())
    }
}

/// The entries of a chunk that name their choice.
pub(super) fn entries<'a>(step: &'a Step<'_>) -> impl Iterator<Item = Entry<'a>> {
    let choices = chunk(step).and_then(|chunk| chunk.get("choices")?.as_array());
    choices.into_iter().flatten().filter_map(|value| {
        let index = value.get("index")?.as_u64()?;
        Some(Entry {
            index,
            value,
            seen: step.before,
        })
    })
}

/// What a check says of all entries: the first failure, else whether it passed any.
pub(super) fn each_entry(step: &Step<'_>, check: fn(&Entry<'_>) -> Verdict) -> Verdict {
    fold(entries(step).map(|entry| check(&entry)))
}

/// The first failure, else whether anything passed.
pub(super) fn fold(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    let mut all = Verdict::Silent;
    for verdict in verdicts {
        match verdict {
            Verdict::Fail(_) => return verdict,
            Verdict::Pass => all = Verdict::Pass,
            Verdict::Silent => {}
        }
    }
    all
}

/// A fragment of a tool call.
pub(super) struct Fragment<'a> {
    pub(super) choice: Option<&'a Choice>,
    pub(super) value: &'a Value,
    pub(super) index: u64,
    /// The first of its call.
    pub(super) opens: bool,
    /// The index that the next new call should have.
    pub(super) expected: u64,
}

/// What a check says of all fragments that name their call.
pub(super) fn each_fragment(step: &Step<'_>, check: fn(&Fragment<'_>) -> Verdict) -> Verdict {
    fold(entries(step).map(|entry| of_fragments(&entry, check)))
}

fn of_fragments(entry: &Entry<'_>, check: fn(&Fragment<'_>) -> Verdict) -> Verdict {
    let calls = entry
        .delta()
        .and_then(|delta| delta.get("tool_calls")?.as_array());
    let Some(calls) = calls.filter(|_| !entry.is_finished()) else {
        return Verdict::Silent;
    };
    let known = entry.before().map_or(0, |choice| choice.tools.len() as u64);
    let mut expected = known;
    fold(calls.iter().map(|value| {
        let Some(index) = value.get("index").and_then(Value::as_u64) else {
            return Verdict::Silent;
        };
        let is_old = entry
            .before()
            .is_some_and(|choice| choice.tool(index).is_some());
        let is_new_here = (known..expected).contains(&index);
        let fragment = Fragment {
            choice: entry.before(),
            value,
            index,
            opens: !is_old && !is_new_here,
            expected,
        };
        expected += u64::from(fragment.opens);
        check(&fragment)
    }))
}

/// What a check of the finished answer says at `[DONE]`.
pub(super) fn at_done(step: &Step<'_>, check: fn(&State, &Asked) -> Verdict) -> Verdict {
    let is_first = !step.is_over && step.event.lines().closed;
    match step.event.payload {
        Payload::Done if is_first => check(step.before.get(), step.asked.get()),
        Payload::Done | Payload::Json(_) | Payload::NotJson(_) | Payload::Empty => Verdict::Silent,
    }
}

/// What a check of the finished answer says of a whole body.
pub(super) fn of_body(whole: &Body<'_>, check: fn(&State, &Asked) -> Verdict) -> Verdict {
    if whole.state.done {
        check(whole.state.get(), whole.asked.get())
    } else {
        Verdict::Silent
    }
}

/// The completion, when a whole body of this route is one.
pub(super) fn completion<'a>(whole: &Body<'a>) -> Option<&'a Value> {
    let is_here = whole.asked.endpoint == Endpoint::ChatCompletions;
    let body = whole.body.ok().filter(|body| body.is_object())?;
    let is_error = body.get("error").is_some_and(|error| !error.is_null());
    (is_here && whole.end == BodyEnd::Clean && !is_error).then_some(body)
}

/// The entries of a whole body's choices.
pub(super) fn whole_entries<'a>(whole: &Body<'a>) -> impl Iterator<Item = &'a Value> {
    let choices = completion(whole).and_then(|body| body.get("choices")?.as_array());
    choices.into_iter().flatten()
}

/// Whether an answer is spoken: it has sent sound, or what is said in it, or was asked to.
pub(super) fn is_spoken(state: &State, asked: &Asked) -> bool {
    state.choices.iter().any(|choice| choice.audio) || asks_for_sound(asked)
}

/// Whether the request asks for sound, as far as it is known.
pub(super) fn asks_for_sound(asked: &Asked) -> bool {
    let body = asked.body.as_ref();
    let kinds = body.and_then(|body| body.get("modalities")?.as_array());
    let mut kinds = kinds.into_iter().flatten();
    kinds.any(|kind| kind.as_str() == Some("audio"))
}

/// Whether all that a chunk has of an answer is about its sound.
pub(super) fn tells_of_sound_alone(chunk: &Value) -> bool {
    let choices = chunk.get("choices").and_then(Value::as_array);
    choices.is_some_and(|choices| {
        choices.iter().all(|choice| {
            let delta = choice.get("delta").and_then(Value::as_object);
            choice.get("finish_reason").is_none_or(Value::is_null)
                && delta.is_some_and(|delta| delta.iter().all(|(name, _)| name == "audio"))
        })
    })
}

/// Whether a choice that finished so may have been cut anywhere.
pub(super) fn cuts_short(finish: Option<&str>) -> bool {
    matches!(finish, Some("length" | "content_filter"))
}
