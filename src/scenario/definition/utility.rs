//! Keys of the free calls.

use super::text::MODEL_FIELD;
use super::{Field, Kind, TEXT, Word, word};

pub(crate) const MODEL: &[Field] = &[MODEL_FIELD];

pub(crate) const MODELS_LIST: &[Field] = &[
    Field::optional("capability", TEXT, "Only models with this capability").example("vision"),
    Field::optional("family", TEXT, "Only models of this family").example("anthropic"),
];

pub(crate) const USAGE_LIST: &[Field] = &[
    Field::default(
        "path",
        Kind::Word(USAGE_PATHS),
        "me",
        "Which of the documented places",
    ),
    Field::optional("group_by", TEXT, "Buckets, comma-separated").example("day,model"),
    Field::optional(
        "limit",
        Kind::Integer {
            min: 1,
            max: 10_000,
        },
        "Rows at most",
    ),
];

pub(crate) const TRANSACTIONS_LIST: &[Field] = &[
    Field::optional("kind", TEXT, "Only movements of this kind").example("topup"),
    Field::optional(
        "page_size",
        Kind::Integer {
            min: 1,
            max: 10_000,
        },
        "Rows of a page",
    ),
];

const USAGE_PATHS: &[Word] = &[
    word("v1", "`/v1/usage`"),
    word("api", "`/api/v1/usage`"),
    word("me", "`/api/v1/me/usage`"),
];
