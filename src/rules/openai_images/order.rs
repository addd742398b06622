//! Which event may follow which, and how a stream ends.

use super::{STREAM, STREAMED, stream};
use crate::protocol::openai_images::State;
use crate::protocol::{Asked, BodyEnd, Payload};
use crate::rules::{Check, Ended, Hooks, Rule, Severity, Transition, Verdict};

/// What an event is, by the end of its type. What was left over at the end of a body is none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Partial,
    Completed,
    Other,
}

pub(super) fn kind(transition: &Transition<'_, State>) -> Kind {
    if !transition.event.lines().closed {
        return Kind::Other;
    }
    match transition.event.type_name() {
        Some(name) if name.ends_with(".partial_image") => Kind::Partial,
        Some(name) if name.ends_with(".completed") => Kind::Completed,
        Some(_) | None => Kind::Other,
    }
}

fn is_for_one(asked: &Asked) -> bool {
    asked.n == Some(1)
}

/// How many previews were asked for, where that is known.
fn previews(asked: &Asked) -> Option<u64> {
    let body = asked.body.as_ref()?;
    match body.get("partial_images") {
        None | Some(crate::json::Value::Null) => Some(0),
        Some(count) => count.as_u64(),
    }
}

/// Nothing follows an error.
pub(super) static AFTER_ERROR: Rule = Rule {
    id: "OAI-042",
    name: "images-event-after-error",
    severity: Severity::Must,
    source: "Behaviour of the vendor's clients, which stop at an error",
    explanation: "An image after an error is never seen, yet may be billed. End the stream after \
        the error.",
    violations: &[stream(STREAMED, concat!(failed!(), completed!()))],
    conforming: &[stream(
        STREAMED,
        concat!(partial!(0, 1790000003), failed!()),
    )],
    faults: &[concat!(
        r#"edit bytes "event: image_generation.completed" "event: error\nda"#,
        r#"ta: {\"type\":\"error\",\"error\":{\"type\":\"server_error\",\"c"#,
        r#"ode\":null,\"message\":\"x\",\"param\":null}}\n\nevent: image_ge"#,
        r#"neration.completed""#
    )],
    check: Check::OpenaiImages(Hooks {
        event: Some(|transition| {
            if transition.before.error.is_none() || kind(transition) == Kind::Other {
                return Verdict::Silent;
            }
            Verdict::fail("expected the end of the stream after an error, found an image event")
        }),
        end: Some(|ended| match ended.state.error {
            Some(_) => Verdict::Pass,
            None => Verdict::Silent,
        }),
        ..Hooks::NONE
    }),
};

/// `[DONE]` comes once and last.
pub(super) static DONE_NOT_LAST: Rule = Rule {
    id: "OAI-043",
    name: "images-done-not-last",
    severity: Severity::Must,
    source: "Event-stream decoders of the vendor's clients, which stop at `[DONE]`",
    explanation: "Clients stop reading at `[DONE]`, so what follows it is lost. It may be left \
        out; if it is sent, send it once, after the last image.",
    violations: &[
        stream(STREAMED, concat!("data: [DONE]\n\n", completed!())),
        stream(
            STREAMED,
            concat!(completed!(), "data: [DONE]\n\ndata: [DONE]\n\n"),
        ),
    ],
    conforming: &[stream(STREAMED, concat!(completed!(), "data: [DONE]\n\n"))],
    faults: &[concat!(
        r#"edit bytes "event: image_generation.completed" "data: [DONE]\n\n"#,
        r#"event: image_generation.completed""#
    )],
    check: Check::OpenaiImages(Hooks {
        event: Some(done),
        ..Hooks::NONE
    }),
};

fn done(transition: &Transition<'_, State>) -> Verdict {
    let before = transition.before;
    if !transition.event.lines().closed {
        return Verdict::Silent;
    }
    match transition.event.payload {
        Payload::Done if before.done => Verdict::fail("expected one `[DONE]`, found another"),
        Payload::Done if before.completed == 0 && before.error.is_none() => {
            Verdict::fail("expected an image or an error before `[DONE]`, found neither")
        }
        Payload::Done => Verdict::Pass,
        Payload::Json(_) if before.done => Verdict::fail("expected nothing after `[DONE]`"),
        Payload::Json(_) | Payload::NotJson(_) | Payload::Empty => Verdict::Silent,
    }
}

/// For one image nothing follows the completed one.
pub(super) static AFTER_COMPLETED: Rule = Rule {
    id: "OAI-035",
    name: "images-partial-after-completed",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document: the completed event carries the final image",
    explanation: "A client that shows the final image and then gets a preview goes back to the \
        preview. Send all previews before the completed image.",
    violations: &[stream(
        STREAMED,
        concat!(completed!(), partial!(0, 1790000008)),
    )],
    conforming: &[stream(STREAMED, STREAM)],
    faults: &["event-after-end", "swap-events"],
    check: Check::OpenaiImages(Hooks {
        event: Some(|transition| {
            let late = kind(transition) == Kind::Partial && transition.before.completed > 0;
            if late && is_for_one(transition.asked.get()) {
                return Verdict::fail("expected no preview after the completed image");
            }
            Verdict::Silent
        }),
        end: Some(|ended| {
            if ended.state.completed > 0 && is_for_one(ended.asked) {
                return Verdict::Pass;
            }
            Verdict::Silent
        }),
        ..Hooks::NONE
    }),
};

/// Previews are numbered from 0.
pub(super) static PARTIAL_INDEX: Rule = Rule {
    id: "OAI-031",
    name: "images-partial-index",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document: `partial_image_index` counts from 0",
    explanation: "Clients keep previews by their index; a gap or a repetition overwrites or loses \
        one. Count 0, 1, 2 within a stream of one image.",
    violations: &[
        stream(STREAMED, concat!(partial!(1, 1790000003), completed!())),
        stream(
            STREAMED,
            concat!(
                partial!(0, 1790000003),
                partial!(0, 1790000004),
                completed!()
            ),
        ),
    ],
    conforming: &[stream(STREAMED, STREAM)],
    faults: &[
        "drop-first-event",
        "drop-event",
        "double-event",
        "swap-events",
        "wrong-index",
    ],
    check: Check::OpenaiImages(Hooks {
        event: Some(partial_index),
        ..Hooks::NONE
    }),
};

fn partial_index(transition: &Transition<'_, State>) -> Verdict {
    if kind(transition) != Kind::Partial || !is_for_one(transition.asked.get()) {
        return Verdict::Silent;
    }
    let wanted = u64::from(transition.before.partials);
    let value = transition
        .event
        .json()
        .and_then(|value| value.get("partial_image_index"));
    let found = match value {
        // OAI-029 speaks about a missing one.
        None => return Verdict::Silent,
        Some(value) => value.as_u64(),
    };
    match found {
        Some(found) if found == wanted => Verdict::Pass,
        Some(found) => Verdict::fail(format!(
            "expected `partial_image_index` `{wanted}`, found `{found}`"
        )),
        None => Verdict::fail("expected `partial_image_index` to be a whole number"),
    }
}

/// No more previews than asked for.
pub(super) static TOO_MANY_PARTIALS: Rule = Rule {
    id: "OAI-032",
    name: "images-too-many-partials",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document: `partial_images` is the most that are sent",
    explanation: "Every preview costs output tokens, so sending more than was asked for is charged \
        to the client. Send at most `partial_images` of them; fewer is fine.",
    violations: &[stream(
        r#"{"model":"gpt-image-1","prompt":"a kite","stream":true,"partial_images":1}"#,
        STREAM,
    )],
    conforming: &[stream(STREAMED, STREAM)],
    faults: &[concat!(
        r#"edit bytes "event: image_generation.completed" "event: image_gen"#,
        r#"eration.partial_image\ndata: {\"type\":\"image_generation.partia"#,
        r#"l_image\",\"b64_json\":\"iVBORw0KGgo=\",\"created_at\":199999999"#,
        r#"9,\"size\":\"1024x1024\",\"quality\":\"low\",\"background\":\"op"#,
        r#"aque\",\"output_format\":\"png\",\"partial_image_index\":2}\n\ne"#,
        r#"vent: image_generation.completed""#
    )],
    check: Check::OpenaiImages(Hooks {
        event: Some(|transition| {
            let asked = transition.asked;
            if kind(transition) != Kind::Partial || !is_for_one(asked.get()) {
                return Verdict::Silent;
            }
            let Some(most) = previews(asked.get()).filter(|most| *most > 0) else {
                return Verdict::Silent;
            };
            // Once: at the first one too many.
            let before = u64::from(transition.before.partials);
            match before.cmp(&most) {
                std::cmp::Ordering::Less => Verdict::Pass,
                std::cmp::Ordering::Equal => Verdict::fail(format!(
                    "expected at most `{most}` previews as asked for, found another"
                )),
                std::cmp::Ordering::Greater => Verdict::Silent,
            }
        }),
        ..Hooks::NONE
    }),
};

/// No previews unless asked for.
pub(super) static UNASKED_PARTIAL: Rule = Rule {
    id: "OAI-033",
    name: "images-unasked-partial",
    severity: Severity::Should,
    source: "OpenAI OpenAPI document: `partial_images` is 0 unless given, and 0 means one event",
    explanation: "A client that asked for no previews may take the first event for the result. \
        Send only the completed image then.",
    violations: &[stream(
        r#"{"model":"gpt-image-1","prompt":"a kite","stream":true}"#,
        concat!(partial!(0, 1790000003), completed!()),
    )],
    conforming: &[stream(
        r#"{"model":"gpt-image-1","prompt":"a kite","stream":true,"partial_images":0}"#,
        completed!(),
    )],
    faults: &[concat!(
        r#"edit bytes "event: image_generation.completed" "event: image_gen"#,
        r#"eration.partial_image\ndata: {\"type\":\"image_generation.partia"#,
        r#"l_image\",\"b64_json\":\"iVBORw0KGgo=\",\"created_at\":199999999"#,
        r#"9,\"size\":\"1024x1024\",\"quality\":\"low\",\"background\":\"op"#,
        r#"aque\",\"output_format\":\"png\",\"partial_image_index\":0}\n\ne"#,
        r#"vent: image_generation.completed""#
    )],
    check: Check::OpenaiImages(Hooks {
        event: Some(|transition| {
            if previews(transition.asked.get()) != Some(0) || kind(transition) == Kind::Other {
                return Verdict::Silent;
            }
            Verdict::when(
                kind(transition) == Kind::Completed || transition.before.partials > 0,
                || "expected no preview since none was asked for, found one".to_owned(),
            )
        }),
        ..Hooks::NONE
    }),
};

/// One completed image for each that was asked for.
pub(super) static NOT_ONE_COMPLETED: Rule = Rule {
    id: "OAI-034",
    name: "images-completed-count",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document: `n` images, each with its completed event",
    explanation: "More completed images than were asked for may be billed, and a client of one \
        image keeps an arbitrary one. Send one completed event an image.",
    violations: &[stream(
        STREAMED,
        concat!(partial!(0, 1790000003), completed!(), completed!()),
    )],
    conforming: &[stream(STREAMED, STREAM)],
    faults: &["double-event", "event-after-end"],
    check: Check::OpenaiImages(Hooks {
        end: Some(|ended| {
            let (Some(wanted), found) = (ended.asked.n, u64::from(ended.state.completed)) else {
                return Verdict::Silent;
            };
            // A stream without any is truncated, which is another rule.
            if found == 0 || wanted == 0 {
                return Verdict::Silent;
            }
            Verdict::when(found <= wanted, || {
                format!("expected at most `{wanted}` completed images, found `{found}`")
            })
        }),
        ..Hooks::NONE
    }),
};

/// A stream ends with an image or an error.
pub(super) static TRUNCATED: Rule = Rule {
    id: "OAI-036",
    name: "images-truncated",
    severity: Severity::Must,
    source: "Behaviour of the vendor's clients, which end silently",
    explanation: "A stream that stops after a preview looks to clients like one that ended well, \
        with no image. Send the completed image or an error before closing.",
    violations: &[
        stream(STREAMED, concat!(partial!(0, 1790000003))),
        stream(STREAMED, ""),
    ],
    conforming: &[stream(STREAMED, STREAM)],
    faults: &[
        "missing-terminator",
        "early-end",
        "drop-event",
        "empty-body",
    ],
    check: Check::OpenaiImages(Hooks {
        end: Some(truncated),
        ..Hooks::NONE
    }),
};

fn truncated(ended: &Ended<'_, State>) -> Verdict {
    if ended.end != BodyEnd::Clean {
        return Verdict::Silent;
    }
    let over = ended.state.completed > 0 || ended.state.error.is_some();
    Verdict::when(over, || {
        let partials = ended.state.partials;
        format!("expected a completed image or an error, found the end after `{partials}` previews")
    })
}
