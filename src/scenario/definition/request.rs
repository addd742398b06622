//! A request template: the calls there are, and what every call has.

use std::time::Duration;

use super::{
    Case, Choice, Field, FieldPresence, Kind, Object, TEXT, Word, images, task, text, utility, word,
};

pub(crate) static REQUEST: Object = Object {
    name: "request",
    about: "A named kind of call. Its `call` says which of the other keys there are.",
    presence: FieldPresence::Each,
    fields: &[
        Field::optional(
            "expect",
            Kind::Object(&EXPECT),
            "Which answer is right. Absent: success, or the documented failure of its `mistake`",
        )
        .example("{ status: [400, 404] }"),
        Field::default(
            "timeout",
            Kind::Duration {
                min: Duration::from_millis(1),
                max: Duration::from_secs(3600),
            },
            "60s",
            "From when the call is sent to the last byte of all of it; a task with everything that \
             follows it",
        ),
        Field::optional(
            "keys",
            Kind::Either(&[
                TEXT,
                Kind::List {
                    item: &TEXT,
                    of: "key",
                    min: 1,
                    max: 32,
                },
            ]),
            "The key that it is sent with, by its name in `keys`; of several, each call of a phase \
             takes the next. Absent: `main`",
        )
        .example("[main, second]"),
    ],
    choice: Some(Choice {
        key: "call",
        about: "What is called",
        example: "anthropic.messages",
        cases: CALLS,
    }),
};

static EXPECT: Object = Object {
    name: "expect",
    about: "A failure can be the right answer. A call that fails as expected is no error.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[Field::required(
        "status",
        Kind::Either(&[
            STATUS,
            Kind::List {
                item: &STATUS,
                of: "status",
                min: 1,
                max: 20,
            },
        ]),
        "The HTTP status, or several of which any is right",
    )
    .example("[400, 404]")],
};

const STATUS: Kind = Kind::Integer { min: 100, max: 599 };

static CALLS: &[Case] = &[
    Case {
        word: "anthropic.messages",
        about: "`POST /v1/messages`",
        fields: &[text::COMMON, text::STREAM, text::ANTHROPIC, TEXT_MISTAKES],
    },
    Case {
        word: "openai.chat",
        about: "`POST /v1/chat/completions`",
        fields: &[
            text::COMMON,
            text::STREAM,
            text::MAX_TOKENS,
            text::JSON,
            text::CHOICES,
            TEXT_MISTAKES,
        ],
    },
    Case {
        word: "openai.responses",
        about: "`POST /v1/responses`",
        fields: &[
            text::COMMON,
            text::STREAM,
            text::MAX_TOKENS,
            text::JSON,
            TEXT_MISTAKES,
        ],
    },
    Case {
        word: "gemini.generate",
        about: "`POST /v1beta/models/{model}:generateContent`, or `:streamGenerateContent`",
        fields: &[
            text::COMMON,
            text::STREAM_OR_ARRAY,
            text::MAX_TOKENS,
            text::JSON,
            text::CHOICES,
            TEXT_MISTAKES,
        ],
    },
    Case {
        word: "openai.images",
        about: "`POST /v1/images/generations`, or `/v1/images/edits`",
        fields: &[images::FIELDS, BODY_MISTAKES],
    },
    Case {
        word: "tasks.video",
        about: "`POST /v1/tasks/submit` with a clip model, and what follows",
        fields: &[
            task::COMMON,
            task::CLIP,
            task::SHAPE,
            task::TASKS,
            TASK_MISTAKES,
        ],
    },
    Case {
        word: "tasks.image",
        about: "`POST /v1/tasks/submit` with an image model, and what follows",
        fields: &[task::COMMON, task::SHAPE, task::TASKS, TASK_MISTAKES],
    },
    Case {
        word: "videos.generate",
        about: "`POST /v1/videos/generations`, and queries of `/v1/videos/tasks/{id}`",
        fields: &[
            task::COMMON,
            task::CLIP,
            task::SHAPE,
            task::VIDEOS,
            VIDEOS_MISTAKES,
        ],
    },
    Case {
        word: "models.list",
        about: "`GET /v1/models`",
        fields: &[utility::MODELS_LIST, PLAIN_MISTAKES],
    },
    Case {
        word: "models.get",
        about: "`GET /v1/models/{model}`",
        fields: &[utility::MODEL, MODEL_MISTAKES],
    },
    Case {
        word: "models.available",
        about: "`GET /api/v1/me/available-models`",
        fields: &[PLAIN_MISTAKES],
    },
    Case {
        word: "usage.list",
        about: "usage rows; the documents name three places for them",
        fields: &[utility::USAGE_LIST, PLAIN_MISTAKES],
    },
    Case {
        word: "balance.get",
        about: "`GET /v1/balance`",
        fields: &[PLAIN_MISTAKES],
    },
    Case {
        word: "account.get",
        about: "`GET /api/v1/me/account`",
        fields: &[PLAIN_MISTAKES],
    },
    Case {
        word: "transactions.list",
        about: "`GET /api/v1/me/billing/transactions`",
        fields: &[utility::TRANSACTIONS_LIST, PLAIN_MISTAKES],
    },
    Case {
        word: "webhooks.cycle",
        about: "`/api/v1/me/webhooks`: create, list, update, deliveries, delete",
        fields: &[PLAIN_MISTAKES],
    },
    Case {
        word: "keys.cycle",
        about: "`POST /api/v1/keys`, then `GET /v1/keys/{id}/reveal`",
        fields: &[PLAIN_MISTAKES],
    },
    Case {
        word: "groups.list",
        about: "`GET /api/v1/groups/available`",
        fields: &[PLAIN_MISTAKES],
    },
    Case {
        word: "embeddings.create",
        about: "`POST /v1/embeddings`, which the documents say does not exist",
        fields: &[utility::MODEL, BODY_MISTAKES],
    },
];

const MISTAKE_ABOUT: &str =
    "Done wrong on purpose: the call must be refused, in its route's envelope, for free";

const MALFORMED_JSON: Word = word("malformed-json", "a body that is cut short");
const MISSING_FIELD: Word = word("missing-field", "a body without a required field");
const WRONG_TYPE: Word = word("wrong-type", "a field of another type than it must have");
const UNKNOWN_MODEL: Word = word("unknown-model", "a model that does not exist");
const WRONG_KEY: Word = word("wrong-key", "a key that does not exist");
const NO_KEY: Word = word("no-key", "no key at all");
const BODY_TOO_LARGE: Word = word("body-too-large", "a body over the documented limit");
const CONTEXT_TOO_LONG: Word = word("context-too-long", "a prompt over the model's window");
const UNKNOWN_ROUTE: Word = word("unknown-route", "a path that does not exist");
const UNKNOWN_TASK: Word = word("unknown-task", "a query of a task that never was");
const BOTH_IDS: Word = word("both-ids", "a query with `task_id` and `out_task_id`");
const CANCEL_UNKNOWN: Word = word("cancel-unknown-task", "a cancel of a task that never was");
const CANCEL_BOTH: Word = word(
    "cancel-both-ids",
    "a cancel with `task_id` and `out_task_id`",
);
const CANCEL_NO_ID: Word = word("cancel-no-id", "a cancel without any id");
const TEXT_MODEL: Word = word("text-model-on-tasks", "a submit with a text model");

const PLAIN_MISTAKES: &[Field] = &[Field::optional(
    "mistake",
    Kind::Word(&[WRONG_KEY, NO_KEY, UNKNOWN_ROUTE]),
    MISTAKE_ABOUT,
)];

const MODEL_MISTAKES: &[Field] = &[Field::optional(
    "mistake",
    Kind::Word(&[UNKNOWN_MODEL, WRONG_KEY, NO_KEY, UNKNOWN_ROUTE]),
    MISTAKE_ABOUT,
)];

const BODY_MISTAKES: &[Field] = &[Field::optional(
    "mistake",
    Kind::Word(&[
        MALFORMED_JSON,
        MISSING_FIELD,
        WRONG_TYPE,
        UNKNOWN_MODEL,
        WRONG_KEY,
        NO_KEY,
        BODY_TOO_LARGE,
        UNKNOWN_ROUTE,
    ]),
    MISTAKE_ABOUT,
)];

const TEXT_MISTAKES: &[Field] = &[Field::optional(
    "mistake",
    Kind::Word(&[
        MALFORMED_JSON,
        MISSING_FIELD,
        WRONG_TYPE,
        UNKNOWN_MODEL,
        WRONG_KEY,
        NO_KEY,
        BODY_TOO_LARGE,
        CONTEXT_TOO_LONG,
        UNKNOWN_ROUTE,
    ]),
    MISTAKE_ABOUT,
)];

const TASK_MISTAKES: &[Field] = &[Field::optional(
    "mistake",
    Kind::Word(&[
        MALFORMED_JSON,
        MISSING_FIELD,
        WRONG_TYPE,
        UNKNOWN_MODEL,
        WRONG_KEY,
        NO_KEY,
        BODY_TOO_LARGE,
        UNKNOWN_ROUTE,
        UNKNOWN_TASK,
        BOTH_IDS,
        CANCEL_UNKNOWN,
        CANCEL_BOTH,
        CANCEL_NO_ID,
        TEXT_MODEL,
    ]),
    MISTAKE_ABOUT,
)];

/// The query is a path here, so there is no way to give two ids.
const VIDEOS_MISTAKES: &[Field] = &[Field::optional(
    "mistake",
    Kind::Word(&[
        MALFORMED_JSON,
        MISSING_FIELD,
        WRONG_TYPE,
        UNKNOWN_MODEL,
        WRONG_KEY,
        NO_KEY,
        BODY_TOO_LARGE,
        UNKNOWN_ROUTE,
        UNKNOWN_TASK,
    ]),
    MISTAKE_ABOUT,
)];
