//! Keys of the calls that start a task and follow it.

use std::time::Duration;

use super::text::{MODEL_FIELD, PROMPT_FIELD};
use super::{Field, Kind, RATIO, SIZE, TEXT, Word, word};

pub(crate) const COMMON: &[Field] = &[
    MODEL_FIELD,
    PROMPT_FIELD,
    Field::default(
        "poll_every",
        Kind::Duration {
            min: Duration::from_millis(1),
            max: Duration::from_secs(600),
        },
        "2s",
        "Between two queries; only where the task is polled",
    ),
    Field::default(
        "download",
        Kind::Truth,
        "false",
        "Fetches the finished asset",
    ),
];

pub(crate) const CLIP: &[Field] = &[Field::required(
    "duration_seconds",
    Kind::Integer { min: 1, max: 600 },
    "Length of the clip; it is what a clip is charged by",
)
.example("4")];

pub(crate) const SHAPE: &[Field] = &[
    Field::optional("resolution", TEXT, "As the model's page lists it").example("720p"),
    Field::optional("aspect_ratio", Kind::Formed(&RATIO), "Width to height").example("\"16:9\""),
    Field::optional("size", Kind::Formed(&SIZE), "Width and height in pixels").example("1280x720"),
];

const FOLLOW_ABOUT: &str = "How the task is watched after it was submitted";

pub(crate) const TASKS: &[Field] = &[
    Field::default(
        "follow",
        Kind::Word(&[POLL, STREAM, NONE]),
        "poll",
        FOLLOW_ABOUT,
    ),
    Field::optional("cancel", Kind::Word(CANCELS), "Cancels the task, and when"),
    Field::optional(
        "duplicate",
        Kind::Word(DUPLICATES),
        "Submits again under the same `out_task_id`",
    ),
];

/// This protocol has no event stream, no cancel and no id of the client's own.
pub(crate) const VIDEOS: &[Field] = &[Field::default(
    "follow",
    Kind::Word(&[POLL, NONE]),
    "poll",
    FOLLOW_ABOUT,
)];

const POLL: Word = word("poll", "by queries");
const STREAM: Word = word("stream", "by its event stream");
const NONE: Word = word("none", "not at all");

const CANCELS: &[Word] = &[
    word("pending", "right after submit, before it runs"),
    word("running", "as soon as it is seen running"),
];

const DUPLICATES: &[Word] = &[
    word(
        "same",
        "with the same parameters: the same task must come back",
    ),
    word("different", "with other parameters: it must be refused"),
];
