//! Settings beside the load: the budget, the key's file.

use super::{Field, FieldPresence, Kind, Object, TEXT};

pub(crate) static KEY_FILE: Object = Object {
    name: "key file",
    about: "The key is the first line of a file.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[Field::required(
        "file",
        TEXT,
        "Path of the file, from where the command runs",
    )
    .example("./gateway.key")],
};

pub(crate) static BUDGET: Object = Object {
    name: "budget",
    about: "The run stops, and says so, before it would use up more.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[Field::required(
        "requests",
        Kind::Integer {
            min: 1,
            max: 1_000_000_000,
        },
        "Requests sent, of every kind",
    )
    .example("10000")],
};
