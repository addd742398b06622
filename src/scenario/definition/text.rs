//! Keys of the text calls, and of everything else that has a prompt.

use std::time::Duration;

use super::{Field, FieldPresence, Kind, Object, TEXT, Word, word};

/// Larger than any model's window, so that the window itself can be tried.
const MOST_TOKENS: u64 = 2_000_000;
const TOKENS: Kind = Kind::Integer {
    min: 1,
    max: MOST_TOKENS,
};

const MOST_TURNS: u64 = 1000;

static TURN: Kind = Kind::Object(&PROMPT);

const TURNS: Kind = Kind::Either(&[
    Kind::Integer {
        min: 2,
        max: MOST_TURNS,
    },
    Kind::List {
        item: &TURN,
        of: "prompt",
        min: 2,
        max: 1000,
    },
]);

pub(crate) static PROMPT: Object = Object {
    name: "prompt",
    about: "What is asked: a text of its own, or a generated one of about a certain length.",
    presence: FieldPresence::ExactlyOne,
    choice: None,
    fields: &[
        Field::optional("text", TEXT, "The text itself").example("Weather in Oslo?"),
        Field::optional(
            "tokens",
            TOKENS,
            "About this many tokens, generated from the seed",
        )
        .example("200"),
    ],
};

pub(crate) const PROMPT_FIELD: Field = Field::default(
    "prompt",
    Kind::Object(&PROMPT),
    "{ tokens: 32 }",
    "What is asked",
);

pub(crate) const MODEL_FIELD: Field =
    Field::required("model", TEXT, "The model's name, as the gateway lists it")
        .example("claude-sonnet-4-6");

pub(crate) const COMMON: &[Field] = &[
    MODEL_FIELD,
    PROMPT_FIELD,
    Field::optional("system", TEXT, "Instructions that stand before the prompt"),
    Field::default(
        "tools",
        Kind::List {
            item: &Kind::Word(TOOLS),
            of: "tool",
            min: 0,
            max: 3,
        },
        "[]",
        "Built-in tool definitions that are offered",
    )
    .example("[weather, time]"),
    Field::optional(
        "tool_choice",
        Kind::Word(TOOL_CHOICES),
        "Which tool is called; needs `tools`",
    ),
    Field::default(
        "thinking",
        Kind::Either(&[
            Kind::Truth,
            Kind::Integer {
                min: 1,
                max: 1_000_000,
            },
        ]),
        "false",
        "Reasoning: `true` for a budget of 1024 tokens, or the budget itself",
    )
    .example("4096"),
    Field::default(
        "image",
        Kind::Truth,
        "false",
        "Adds a small image to the prompt",
    ),
    Field::default(
        "stop",
        Kind::List {
            item: &TEXT,
            of: "stop text",
            min: 0,
            max: 16,
        },
        "[]",
        "Texts that end the answer",
    )
    .example("[\"END\"]"),
    Field::optional(
        "temperature",
        Kind::Number {
            min: 0.0,
            max: 2.0,
            decimals: 3,
        },
        "Sampling temperature; absent: not sent",
    )
    .example("0.7"),
    Field::optional(
        "auth",
        Kind::Word(AUTHS),
        "Where the key goes. Absent: the header that the protocol's documents name",
    ),
    Field::optional(
        "turns",
        TURNS,
        "Makes the call a session: how many turns, each with a prompt like `prompt`, or the \
         prompts of all turns instead of `prompt`. Each turn carries all that was said and \
         answered before, and has a `timeout` of its own. A session ends at its first turn that \
         fails",
    )
    .example("[{ tokens: 500 }, { text: \"And tomorrow?\" }]"),
    Field::optional(
        "think_time",
        Kind::Spread,
        "With `turns`: how long its user waits after an answer. Absent: not at all",
    )
    .example("\"lognormal(4s, 0.6)\""),
    Field::optional(
        "disconnect",
        Kind::Object(&DISCONNECT),
        "Closes the connection before the answer's end, which is no error then; what it costs is \
         up to the `policy` of `billing`",
    )
    .example("{ after_tokens: 3 }"),
    READ_FIELD,
];

pub(crate) const READ_FIELD: Field = Field::optional(
    "read",
    Kind::Object(&READ),
    "Reads the answer slowly, as a client does that is busy or far away. Its latencies are those \
     of such a client. Absent: as it comes",
)
.example("{ bytes_per_second: 2000 }");

static READ: Object = Object {
    name: "read",
    about: "How slowly an answer is read. No more is read ahead than one read of the connection \
            brings, so what the system's own buffers do not hold (some hundred kilobytes) waits \
            with the target.",
    presence: FieldPresence::ExactlyOne,
    choice: None,
    fields: &[
        Field::optional(
            "bytes_per_second",
            Kind::Integer {
                min: 1,
                max: 1_000_000_000,
            },
            "No more of the body is read than so many bytes a second",
        )
        .example("2000"),
        Field::optional(
            "pause",
            Kind::Duration {
                min: Duration::from_millis(1),
                max: Duration::from_secs(3600),
            },
            "Nothing is read for so long after the head came, then the rest as it comes",
        )
        .example("5s"),
    ],
};

static DISCONNECT: Object = Object {
    name: "disconnect",
    about: "When we leave though the answer goes on, as a client does that has seen enough.",
    presence: FieldPresence::ExactlyOne,
    choice: None,
    fields: &[
        Field::optional(
            "after_tokens",
            Kind::Integer {
                min: 0,
                max: 1_000_000,
            },
            "Once so many events with payload have come; 0: as soon as the head is here",
        )
        .example("3"),
        Field::optional(
            "after",
            Kind::Duration {
                min: Duration::from_millis(1),
                max: Duration::from_secs(3600),
            },
            "So long after the request was sent",
        )
        .example("200ms"),
    ],
};

pub(crate) const STREAM: &[Field] = &[Field::default(
    "stream",
    Kind::Truth,
    "false",
    "Whether the answer is streamed (SSE)",
)];

pub(crate) const STREAM_OR_ARRAY: &[Field] = &[Field::default(
    "stream",
    Kind::Either(&[Kind::Truth, Kind::Word(&[ARRAY])]),
    "false",
    "Whether the answer is streamed: `true` as SSE, `array` as one JSON array sent in pieces",
)];

const ARRAY: Word = word("array", "one JSON array sent in pieces");

const MAX_TOKENS_ABOUT: &str = "Limit of the answer, in tokens; absent: not sent";

pub(crate) const MAX_TOKENS: &[Field] =
    &[Field::optional("max_tokens", TOKENS, MAX_TOKENS_ABOUT).example("128")];

/// The protocol requires a limit.
pub(crate) const ANTHROPIC: &[Field] = &[
    Field::default(
        "max_tokens",
        TOKENS,
        "1024",
        "Limit of the answer, in tokens; always sent",
    ),
    Field::default(
        "cache",
        Kind::Truth,
        "false",
        "Marks `system` for the prompt cache (`cache_control`), or the prompt where there is none",
    ),
];

pub(crate) const JSON: &[Field] = &[Field::default(
    "json",
    Kind::Truth,
    "false",
    "Asks for a JSON document as the answer",
)];

pub(crate) const CHOICES: &[Field] = &[Field::optional(
    "n",
    Kind::Integer { min: 1, max: 128 },
    "Choices (Chat Completions) or candidates (Gemini); absent: not sent",
)];

const TOOLS: &[Word] = &[
    word("weather", "the weather in a place"),
    word("time", "the time in a zone"),
    word("search", "a search with nested parameters"),
];

const TOOL_CHOICES: &[Word] = &[
    word("auto", "the model decides"),
    word("none", "none is called"),
    word("required", "some tool is called"),
    word("first", "the first of `tools` is called"),
];

const AUTHS: &[Word] = &[
    word("bearer", "`Authorization: Bearer`"),
    word("x-api-key", "`x-api-key`"),
    word("x-goog-api-key", "`x-goog-api-key`"),
    word("query", "`?key=` in the URL"),
];
