//! Keys of `openai.images`.

use super::text::{MODEL_FIELD, PROMPT_FIELD, READ_FIELD};
use super::{Field, Kind, RATIO, SIZE, TEXT, Word, word};

pub(crate) const FIELDS: &[Field] = &[
    MODEL_FIELD,
    PROMPT_FIELD,
    READ_FIELD,
    Field::optional(
        "edit",
        Kind::Word(EDITS),
        "Edits a generated image, sent in this form, instead of making a new one",
    ),
    Field::default(
        "stream",
        Kind::Truth,
        "false",
        "Whether the answer is streamed (SSE)",
    ),
    Field::optional(
        "partial_images",
        Kind::Integer { min: 0, max: 3 },
        "Unfinished images on the way; needs `stream: true`",
    ),
    Field::optional(
        "n",
        Kind::Integer { min: 1, max: 10 },
        "Images; absent: not sent",
    ),
    Field::optional("size", Kind::Formed(&SIZE), "Width and height in pixels").example("1024x1024"),
    Field::optional(
        "quality",
        Kind::Word(QUALITIES),
        "As the model's page lists it",
    ),
    Field::optional("style", Kind::Word(STYLES), "As the model's page lists it"),
    Field::optional(
        "background",
        Kind::Word(BACKGROUNDS),
        "What is behind the subject",
    ),
    Field::optional("output_format", Kind::Word(FORMATS), "Format of the image"),
    Field::optional(
        "output_compression",
        Kind::Integer { min: 0, max: 100 },
        "In percent; needs `output_format: webp` or `jpeg`",
    ),
    Field::optional(
        "response_format",
        Kind::Word(DELIVERIES),
        "How the image is handed over",
    ),
    Field::optional(
        "seed",
        Kind::Integer {
            min: 0,
            max: u64::MAX,
        },
        "The model's own seed",
    ),
    Field::optional("negative_prompt", TEXT, "What should not be seen"),
    Field::optional("aspect_ratio", Kind::Formed(&RATIO), "Instead of `size`").example("\"16:9\""),
    Field::default(
        "download",
        Kind::Truth,
        "false",
        "Fetches each URL of the answer",
    ),
];

const EDITS: &[Word] = &[
    word("json", "as JSON"),
    word("multipart", "as a form with a file"),
];

const QUALITIES: &[Word] = &[
    word("auto", "the model decides"),
    word("low", "coarse and quick"),
    word("medium", "between"),
    word("high", "fine and slow"),
    word("standard", "the lower of two"),
    word("hd", "the higher of two"),
];

const STYLES: &[Word] = &[word("natural", "plain"), word("vivid", "dramatic")];

const BACKGROUNDS: &[Word] = &[
    word("auto", "the model decides"),
    word("transparent", "nothing"),
    word("opaque", "something"),
];

const FORMATS: &[Word] = &[
    word("png", "PNG"),
    word("webp", "WebP"),
    word("jpeg", "JPEG"),
];

const DELIVERIES: &[Word] = &[
    word("url", "an address to fetch it from"),
    word("b64_json", "base64 in the answer"),
];
