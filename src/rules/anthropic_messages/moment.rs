//! What part of an answer a rule looks at.

use crate::json::Value;

use crate::protocol::anthropic_messages::State;
use crate::protocol::{Asked, BodyEnd};
use crate::rules::{Topic, Transition, Verdict, Whole};

pub(super) type Step<'a> = Transition<'a, State>;
pub(super) type Body<'a> = Whole<'a, State>;

/// What most rules look at, one of the events that make a message.
pub(super) const STARTS: Topic = Topic::Type("message_start");
pub(super) const OPENS: Topic = Topic::Type("content_block_start");
pub(super) const DELTAS: Topic = Topic::Type("content_block_delta");
pub(super) const CLOSES: Topic = Topic::Type("content_block_stop");
pub(super) const ENDS: Topic = Topic::Type("message_delta");
pub(super) const STOPS: Topic = Topic::Type("message_stop");

/// The event's data, when it is of that type and the message is still going on.
#[inline(always)]
pub(super) fn of_type<'a>(step: &'a Step<'_>, name: &str) -> Option<&'a Value> {
    if !step.event.is_of(name) {
        return None;
    }
    let goes_on = step.event.lines().closed && !step.is_over;
    step.event.json().filter(|_| goes_on)
}

/// The block that a `content_block_start` opens.
#[inline]
pub(super) fn opened<'a>(step: &'a Step<'_>) -> Option<&'a Value> {
    of_type(step, "content_block_start")?.get("content_block")
}

/// The delta of a `content_block_delta`, with its type.
#[inline]
pub(super) fn delta<'a>(step: &'a Step<'_>) -> Option<(&'a str, &'a Value)> {
    let delta = of_type(step, "content_block_delta")?.get("delta")?;
    Some((type_of(delta), delta))
}

pub(super) fn type_of(value: &Value) -> &str {
    value
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Whether the type is one of the eight documented events.
pub(super) fn is_known(event_type: &str) -> bool {
    crate::protocol::anthropic_messages::is_inner(event_type)
        || matches!(event_type, "message_start" | "ping" | "error")
}

/// What a check of the finished answer says at `message_stop`.
pub(super) fn at_stop(step: &Step<'_>, check: fn(&State, &Asked) -> Verdict) -> Verdict {
    match of_type(step, "message_stop") {
        Some(_) => check(step.before.get(), step.asked.get()),
        None => Verdict::Silent,
    }
}

/// What a check of the finished answer says of a whole body.
pub(super) fn of_body(whole: &Body<'_>, check: fn(&State, &Asked) -> Verdict) -> Verdict {
    if whole.state.stopped {
        check(whole.state.get(), whole.asked.get())
    } else {
        Verdict::Silent
    }
}

/// The body's JSON object, when it came whole.
pub(super) fn object<'a>(whole: &Body<'a>) -> Option<&'a Value> {
    let is_clean = whole.end == BodyEnd::Clean;
    whole.body.ok().filter(|body| is_clean && body.is_object())
}

/// Whether an answer that ended so may have been cut anywhere.
pub(super) fn cuts_short(stop_reason: Option<&str>) -> bool {
    matches!(
        stop_reason,
        Some("max_tokens" | "refusal" | "model_context_window_exceeded" | "pause_turn")
    )
}
