//! Request templates: the calls of every endpoint family, and the mistakes made on purpose.

use std::time::Duration;

use super::Spread;

/// A named kind of call.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    pub name: String,
    pub call: Call,
    /// Done wrong on purpose; then a failure is the right answer.
    pub mistake: Option<Mistake>,
    /// What the scenario says of the answer; `None` leaves it to the call and its mistake.
    pub expect: Option<Expect>,
    /// What the user says after the first answer, turn by turn. Text calls only.
    pub turns: Vec<NextTurn>,
    /// When we leave an answer before its end. Text calls only.
    pub disconnect: Option<Disconnect>,
    /// How slowly an answer is read. `None`: as it comes. Text and image calls only.
    pub read: Option<ReadPace>,
    /// Numbers of the keys that its calls take in turn; empty: the main one.
    pub keys: Vec<u8>,
    /// From `due` to the last byte of the whole call.
    pub timeout: Duration,
    /// Line of the scenario, from 1.
    pub line: usize,
}

/// A turn of a session after its first.
#[derive(Debug, Clone, PartialEq)]
pub struct NextTurn {
    pub prompt: Prompt,
    /// `None`: the call's own.
    pub max_tokens: Option<u32>,
    pub wait: TurnWait,
}

/// How long a user waits before a turn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TurnWait {
    /// After the answer before it.
    Think(Spread),
    /// Until so long after the first turn was due, or until the answer before it is there.
    Since(Duration),
}

impl Template {
    /// Why it cannot be a session: what is said goes on with texts alone.
    pub fn no_session(&self) -> Option<&'static str> {
        let Call::Text(call) = &self.call else {
            return Some("it is no text call");
        };
        if self.mistake.is_some() {
            Some("a call with a mistake is one request")
        } else if self.disconnect.is_some() {
            Some("`disconnect` leaves at the first answer, which ends it")
        } else if !call.tools.is_empty() {
            Some("calls of `tools` would have to be answered")
        } else if call.n.is_some_and(|n| n > 1) {
            Some("`n` answers leave open which of them it goes on with")
        } else {
            None
        }
    }

    /// The class of failure that it must end in each time; `None`: it need not fail, or is more
    /// than one request.
    pub fn failure(&self) -> Option<&str> {
        if let Some(mistake) = self.mistake {
            return Some(mistake.name());
        }
        let expect = self.expect.as_ref()?;
        let fails = expect.status.iter().all(|status| *status >= 400);
        let is_one_request = !matches!(self.call, Call::Task(_));
        (fails && is_one_request).then_some(&self.name)
    }

    /// The number of the key for the call of that number.
    pub fn key(&self, call: u64) -> u8 {
        let turn = usize::try_from(call).unwrap_or_default() % self.keys.len().max(1);
        self.keys.get(turn).copied().unwrap_or_default()
    }
}

/// Which statuses are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expect {
    pub status: Vec<u16>,
}

/// When the client closes the connection though the answer goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disconnect {
    /// Once so many events with payload have come; 0: as soon as the head is here.
    Tokens(u32),
    /// So long after it was sent.
    Time(Duration),
}

/// How slowly a client reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadPace {
    BytesPerSecond(u32),
    /// Not at all for so long after the head, then as it comes.
    Pause(Duration),
}

impl ReadPace {
    /// How long after the head the next piece may be read, once so many bytes have been.
    pub fn after(self, bytes: u64) -> Duration {
        match self {
            Self::Pause(pause) => pause,
            Self::BytesPerSecond(rate) => {
                let nanos = u128::from(bytes) * 1_000_000_000 / u128::from(rate.max(1));
                Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Call {
    /// `anthropic.messages`, `openai.chat`, `openai.responses`, `gemini.generate`.
    Text(TextCall),
    /// `openai.images`.
    Images(ImagesCall),
    /// `tasks.video`, `tasks.image`, `videos.generate`.
    Task(TaskCall),
    /// Everything that is free: models, usage, balance, account, transactions, webhooks, keys.
    Utility(UtilityCall),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextProtocol {
    AnthropicMessages,
    OpenaiChat,
    OpenaiResponses,
    Gemini,
}

/// How the answer is delivered. YAML: `stream: false | true | array` (array: Gemini only).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delivery {
    Unary,
    Sse,
    /// One JSON array sent in pieces.
    Array,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TextCall {
    pub protocol: TextProtocol,
    pub model: String,
    pub delivery: Delivery,
    /// Turns before the prompt. No scenario key: `cross` asks with it.
    pub history: Vec<Turn>,
    pub prompt: Prompt,
    pub system: Option<String>,
    /// Names of built-in tool definitions (`weather`, `time`, `search`).
    pub tools: Vec<Tool>,
    pub tool_choice: Option<ToolChoice>,
    /// Budget in tokens; `Some` switches thinking (Anthropic), reasoning (OpenAI) or thoughts
    /// (Gemini) on.
    pub thinking: Option<u32>,
    /// Adds a small image part to the prompt.
    pub image: bool,
    pub stop: Vec<String>,
    pub max_tokens: Option<u32>,
    /// In thousandths, so that a template compares and encodes exactly.
    pub temperature: Option<u32>,
    /// Choices (Chat) or candidates (Gemini).
    pub n: Option<u32>,
    /// Asks for a JSON document as the answer.
    pub json: bool,
    /// Marks instructions, or else the prompt, for the prompt cache (Anthropic).
    pub cache: bool,
    /// `None`: the header that the protocol's documents name.
    pub auth: Option<Auth>,
}

/// What was said and answered earlier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    pub user: String,
    pub assistant: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prompt {
    Text(String),
    /// Generated from the call's seed, about this many tokens.
    Tokens(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tool {
    Weather,
    Time,
    Search,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ToolChoice {
    Auto,
    None,
    Required,
    /// The first tool of the list, by name.
    First,
}

/// Where the key goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Auth {
    Bearer,
    XApiKey,
    XGoogApiKey,
    /// `?key=`.
    Query,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImagesCall {
    /// `/v1/images/edits` instead of `/v1/images/generations`; the source image is generated.
    pub edit: Option<EditForm>,
    pub model: String,
    pub prompt: Prompt,
    pub stream: bool,
    pub partial_images: Option<u32>,
    pub n: Option<u32>,
    pub size: Option<String>,
    pub quality: Option<String>,
    pub style: Option<String>,
    pub background: Option<String>,
    pub output_format: Option<String>,
    pub output_compression: Option<u32>,
    pub response_format: Option<String>,
    pub seed: Option<u64>,
    pub negative_prompt: Option<String>,
    pub aspect_ratio: Option<String>,
    /// Fetches each `url` of the answer.
    pub download: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditForm {
    Json,
    Multipart,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskCall {
    pub route: TaskRoute,
    pub model: String,
    pub prompt: Prompt,
    /// Required for clips, absent for images.
    pub duration_seconds: Option<u32>,
    pub resolution: Option<String>,
    pub aspect_ratio: Option<String>,
    pub size: Option<String>,
    pub follow: Follow,
    /// Between two queries.
    pub poll_every: Duration,
    pub cancel: Option<CancelWhen>,
    /// Submits again under the same `out_task_id`.
    pub duplicate: Option<Duplicate>,
    /// Fetches the finished asset.
    pub download: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskRoute {
    /// `tasks.video`: `/v1/tasks/*` with a clip model.
    Video,
    /// `tasks.image`: `/v1/tasks/*` with an image model.
    Image,
    /// `videos.generate`: `/v1/videos/generations` and `/v1/videos/tasks/{id}`.
    Videos,
}

/// How a task is watched after submit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Follow {
    Poll,
    Stream,
    /// Not at all.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CancelWhen {
    /// Right after submit, before it runs.
    Pending,
    /// As soon as a query says that it runs.
    Running,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Duplicate {
    /// Same params: the same task must come back.
    Same,
    /// Other params: must be refused.
    Different,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UtilityCall {
    ModelsList {
        capability: Option<String>,
        family: Option<String>,
    },
    ModelsGet {
        model: String,
    },
    /// `models.available`.
    ModelsAvailable,
    UsageList {
        path: UsagePath,
        group_by: Option<String>,
        limit: Option<u32>,
        page: Option<u32>,
    },
    BalanceGet,
    AccountGet,
    TransactionsList {
        kind: Option<String>,
        page_size: Option<u32>,
    },
    /// `webhooks.cycle`: create, list, update, deliveries, delete.
    WebhooksCycle,
    /// `keys.cycle`: create, then reveal.
    KeysCycle,
    GroupsList,
    /// `embeddings.create`, which the documents say does not exist.
    EmbeddingsCreate {
        model: String,
    },
}

/// The documents name three places of usage (C-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UsagePath {
    /// `/v1/usage`
    V1,
    /// `/api/v1/usage`
    Api,
    /// `/api/v1/me/usage`
    Me,
}

/// What a client can get wrong; each must be refused, in the route's envelope, for free.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Mistake {
    MalformedJson,
    MissingField,
    WrongType,
    UnknownModel,
    WrongKey,
    NoKey,
    BodyTooLarge,
    ContextTooLong,
    UnknownRoute,
    /// Tasks: query of an id that never was.
    UnknownTask,
    /// Tasks: query with `task_id` and `out_task_id`.
    BothIds,
    /// Tasks: cancel of an id that never was.
    CancelUnknownTask,
    /// Tasks: cancel by a body with `task_id` and `out_task_id`, or with neither.
    CancelBothIds,
    CancelNoId,
    /// Tasks: submit with a text model.
    TextModelOnTasks,
}

impl Mistake {
    /// As the scenario writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::MalformedJson => "malformed-json",
            Self::MissingField => "missing-field",
            Self::WrongType => "wrong-type",
            Self::UnknownModel => "unknown-model",
            Self::WrongKey => "wrong-key",
            Self::NoKey => "no-key",
            Self::BodyTooLarge => "body-too-large",
            Self::ContextTooLong => "context-too-long",
            Self::UnknownRoute => "unknown-route",
            Self::UnknownTask => "unknown-task",
            Self::BothIds => "both-ids",
            Self::CancelUnknownTask => "cancel-unknown-task",
            Self::CancelBothIds => "cancel-both-ids",
            Self::CancelNoId => "cancel-no-id",
            Self::TextModelOnTasks => "text-model-on-tasks",
        }
    }
}
