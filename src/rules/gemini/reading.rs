//! What rules look at in a chunk, a whole body, or an error.

use crate::json::Value;

use crate::protocol::Asked;
use crate::protocol::gemini::{State, server_side};
use crate::rules::{Transition, Verdict, Whole};

/// The response object of an event or array element. `None`: no client sees it, it is none, or the
/// answer was over already, which is one finding and not one a rule.
pub(super) fn spoken<'a>(seen: &Transition<'a, State>) -> Option<&'a Value> {
    if seen.is_over || !seen.event.lines().closed {
        return None;
    }
    let chunk = seen.event.json()?;
    (chunk.is_object() && chunk.get("error").is_none()).then_some(chunk)
}

/// Whether the service runs tools of its own, as this event or one before it shows.
pub(super) fn serves(seen: &Transition<'_, State>, chunk: &Value) -> bool {
    seen.before.server_side || seen.event.once(|| server_side(chunk))
}

/// Whether the request offers tools that the service runs itself: searches, pages, code. `None`:
/// not known, as where the request names a cache that may hold them.
pub(super) fn offers_own_tools(asked: &Asked) -> Option<bool> {
    let body = asked.body.as_ref()?;
    if ["cachedContent", "cached_content"]
        .iter()
        .any(|key| body.get(key).is_some())
    {
        return None;
    }
    let is_own = |name: &str| !matches!(name, "functionDeclarations" | "function_declarations");
    Some(each_of(body.get("tools")).any(|tool| {
        let tool = tool.as_object();
        tool.is_some_and(|tool| tool.iter().any(|(name, _)| is_own(name)))
    }))
}

/// Whether the request refers to files that lie elsewhere. `None`: not known.
pub(super) fn refers_to_files(asked: &Asked) -> Option<bool> {
    let contents = asked.body.as_ref()?.get("contents");
    let mut parts = each_of(contents).flat_map(|content| each_of(content.get("parts")));
    Some(parts.any(|part| part.get("fileData").or(part.get("file_data")).is_some()))
}

/// The items of a list; the service takes a lone one for a list of one.
fn each_of(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    match value {
        Some(Value::Array(items)) => items.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
    .iter()
}

/// A whole body that is a response object.
pub(super) fn whole_answer<'a>(whole: &Whole<'a, State>) -> Option<&'a Value> {
    whole.body.ok().filter(|body| body.is_object())
}

/// Judges a chunk by itself.
pub(super) fn on_event(
    seen: &Transition<'_, State>,
    judge: fn(&Asked, &Value) -> Verdict,
) -> Verdict {
    spoken(seen).map_or(Verdict::Silent, |chunk| judge(seen.asked.get(), chunk))
}

/// The same of what rests on the form of a chunk alone.
pub(super) fn on_form(
    seen: &Transition<'_, State>,
    judge: fn(&Asked, &Value) -> Verdict,
) -> Verdict {
    if seen.event.is_new_form {
        on_event(seen, judge)
    } else {
        Verdict::Silent
    }
}

/// Judges a whole body as if it were a chunk.
pub(super) fn on_body(whole: &Whole<'_, State>, judge: fn(&Asked, &Value) -> Verdict) -> Verdict {
    whole_answer(whole).map_or(Verdict::Silent, |body| judge(whole.asked.get(), body))
}

pub(super) fn candidates(chunk: &Value) -> &[Value] {
    let candidates = chunk.get("candidates").and_then(Value::as_array);
    candidates.map_or(&[], Vec::as_slice)
}

/// A candidate's index; it may be left out where there is only one.
pub(super) fn index_of(candidate: &Value) -> u64 {
    candidate.get("index").and_then(Value::as_u64).unwrap_or(0)
}

pub(super) fn parts_of(candidate: &Value) -> &[Value] {
    let parts = candidate
        .get("content")
        .and_then(|content| content.get("parts"))
        .and_then(Value::as_array);
    parts.map_or(&[], Vec::as_slice)
}

/// The parts of all candidates.
pub(super) fn all_parts(chunk: &Value) -> impl Iterator<Item = &Value> {
    candidates(chunk).iter().flat_map(parts_of)
}

/// The first that fails, else whether any passed.
pub(super) fn first_fault(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    let mut verdict = Verdict::Silent;
    for told in verdicts {
        match told {
            Verdict::Silent => {}
            Verdict::Pass => verdict = Verdict::Pass,
            fault @ Verdict::Fail(_) => return fault,
        }
    }
    verdict
}

/// The error of a body, bare or in the array form.
pub(super) fn error_of(body: &Value) -> Option<&Value> {
    let body = match body.as_array().map(Vec::as_slice) {
        Some([body]) => body,
        Some(_) => return None,
        None => body,
    };
    body.get("error").filter(|error| error.is_object())
}

/// Models before 2.0 said a finish reason in every chunk.
pub(super) fn is_legacy(state: &State, chunk: &Value) -> bool {
    let own = chunk.get("modelVersion").and_then(Value::as_str);
    let model = state.model_version.as_deref().or(own).unwrap_or_default();
    // Names are short, and this is asked of every chunk: no searcher is worth its making.
    let names: [&[u8]; 2] = [b"gemini-1.", b"gemini-pro"];
    let model = model.as_bytes();
    let mut tails = memchr::memchr_iter(b'g', model).map(|at| &model[at..]);
    tails.any(|tail| names.iter().any(|name| tail.starts_with(name)))
}
