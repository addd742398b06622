//! The endpoints of the gateway, one variant a row of its documentation.
//!
//! The report names every one of them, called or not, so the list is closed and lives in one place.

/// Which error envelope a route answers in, and which rules speak about it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum ProtocolId {
    AnthropicMessages,
    OpenaiChat,
    OpenaiResponses,
    Gemini,
    OpenaiImages,
    Tasks,
    Management,
}

impl ProtocolId {
    pub const ALL: [Self; 7] = [
        Self::AnthropicMessages,
        Self::OpenaiChat,
        Self::OpenaiResponses,
        Self::Gemini,
        Self::OpenaiImages,
        Self::Tasks,
        Self::Management,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::AnthropicMessages => "anthropic-messages",
            Self::OpenaiChat => "openai-chat",
            Self::OpenaiResponses => "openai-responses",
            Self::Gemini => "gemini",
            Self::OpenaiImages => "openai-images",
            Self::Tasks => "tasks",
            Self::Management => "management",
        }
    }
}

/// The gateway's own grouping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    Text,
    Image,
    Video,
    Utility,
}

impl Family {
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Video => "video",
            Self::Utility => "utility",
        }
    }
}

macro_rules! endpoints {
    ($(
        $variant:ident $method:literal $path:literal $family:ident $protocol:ident
        $billable:literal;
    )*) => {
        /// One documented route. `Asset` is no row of the documentation: it is the place that a
        /// result is downloaded from.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
            serde::Serialize, serde::Deserialize,
        )]
        pub enum Endpoint { $($variant),* }

        impl Endpoint {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            pub fn method(self) -> &'static str {
                match self { $(Self::$variant => $method),* }
            }

            /// The path as the documents write it, with `{…}` for what varies.
            pub fn path(self) -> &'static str {
                match self { $(Self::$variant => $path),* }
            }

            pub fn family(self) -> Family {
                match self { $(Self::$variant => Family::$family),* }
            }

            pub fn protocol(self) -> ProtocolId {
                match self { $(Self::$variant => ProtocolId::$protocol),* }
            }

            /// Whether a success may cost something.
            pub fn is_billable(self) -> bool {
                match self { $(Self::$variant => $billable),* }
            }
        }
    };
}

endpoints! {
    Messages "POST" "/v1/messages" Text AnthropicMessages true;
    ChatCompletions "POST" "/v1/chat/completions" Text OpenaiChat true;
    Responses "POST" "/v1/responses" Text OpenaiResponses true;
    GenerateContent "POST" "/v1beta/models/{model}:generateContent" Text Gemini true;
    StreamGenerateContent "POST" "/v1beta/models/{model}:streamGenerateContent" Text Gemini true;
    ImagesGenerations "POST" "/v1/images/generations" Image OpenaiImages true;
    ImagesEdits "POST" "/v1/images/edits" Image OpenaiImages true;
    TasksSubmit "POST" "/v1/tasks/submit" Video Tasks true;
    TasksQuery "POST" "/v1/tasks/query" Video Tasks false;
    TasksCancel "POST" "/v1/tasks/cancel/{task_id}" Video Tasks false;
    TasksStream "GET" "/v1/tasks/stream/{task_id}" Video Tasks false;
    VideosGenerations "POST" "/v1/videos/generations" Video Tasks true;
    VideosTasks "GET" "/v1/videos/tasks/{task_id}" Video Tasks false;
    Embeddings "POST" "/v1/embeddings" Utility OpenaiChat false;
    Models "GET" "/v1/models" Utility Management false;
    Usage "GET" "/v1/usage" Utility Management false;
    ApiUsage "GET" "/api/v1/usage" Utility Management false;
    MeUsage "GET" "/api/v1/me/usage" Utility Management false;
    Balance "GET" "/v1/balance" Utility Management false;
    Account "GET" "/api/v1/me/account" Utility Management false;
    Transactions "GET" "/api/v1/me/billing/transactions" Utility Management false;
    Webhooks "GET, POST, PUT, DELETE" "/api/v1/me/webhooks" Utility Management false;
    AvailableModels "GET" "/api/v1/me/available-models" Utility Management false;
    Groups "GET" "/api/v1/groups/available" Utility Management false;
    KeysCreate "POST" "/api/v1/keys" Utility Management false;
    KeysReveal "GET" "/v1/keys/{id}/reveal" Utility Management false;
    OrgWebhooks "GET" "/orgs/{id}/webhooks" Utility Management false;
    Asset "GET" "(asset URL)" Video Tasks false;
}

impl Endpoint {
    /// What a reader should know of a route that is not simply there.
    pub fn remark(self) -> Option<&'static str> {
        const REMARKS: [(Endpoint, &str); 3] = [
            (
                Endpoint::OrgWebhooks,
                "announced, not shipped: never called",
            ),
            (
                Endpoint::Embeddings,
                "named in one place, denied by the documents",
            ),
            (
                Endpoint::Balance,
                "the documents disagree on whether it exists",
            ),
        ];
        let mut remarks = REMARKS.iter();
        remarks
            .find(|(endpoint, _)| *endpoint == self)
            .map(|(_, remark)| *remark)
    }
}
