//! Where the gateway's pages say different things: C-01 to C-33.
//!
//! The replica's contract says which of them can be switched and how; here is what differs, and
//! what is done about those that no switch is for.

/// One contradiction.
pub(crate) struct Contradiction {
    pub(crate) id: &'static str,
    pub(crate) subject: &'static str,
    /// What the pages say, one claim after the other.
    pub(crate) claims: &'static str,
    /// Why the replica has no switch for it. Empty where it has one.
    pub(crate) otherwise: &'static str,
}

const fn switched(id: &'static str, subject: &'static str, claims: &'static str) -> Contradiction {
    Contradiction {
        id,
        subject,
        claims,
        otherwise: "",
    }
}

const fn fixed(
    id: &'static str,
    subject: &'static str,
    claims: &'static str,
    otherwise: &'static str,
) -> Contradiction {
    Contradiction {
        id,
        subject,
        claims,
        otherwise,
    }
}

pub(crate) const CONTRADICTIONS: &[Contradiction] = &[
    switched(
        "C-01",
        "usage of single calls",
        "at `/v1/usage`; at `/api/v1/usage`; among the sums of `/api/v1/me/usage`; nowhere",
    ),
    switched(
        "C-02",
        "balance route",
        "`GET /v1/balance` is free; it does not exist",
    ),
    switched(
        "C-03",
        "base of the key routes",
        "revealed below `/v1`; all below `/api/v1`",
    ),
    switched(
        "C-04",
        "unit of credits",
        "a millionth of a USD; USD with decimals",
    ),
    switched(
        "C-05",
        "quota header",
        "what is left of the key's quota; the wallet",
    ),
    switched(
        "C-06",
        "Gemini streams",
        "of `:streamGenerateContent`, ended as the vendor's; ended with `[DONE]`; of \
         `?stream=true`",
    ),
    switched(
        "C-07",
        "estimate in a header",
        "one page promises it; the table has none",
    ),
    switched(
        "C-08",
        "model that cannot be used",
        "403 `model_not_in_group`; 400 `model_not_allowed`, `model_not_found` or \
         `unsupported_model`; 404",
    ),
    switched("C-09", "reused `out_task_id`", "409; listed under 400"),
    switched(
        "C-10",
        "client that leaves in mid-stream",
        "pays its part; pays nothing",
    ),
    switched(
        "C-11",
        "what transactions hold",
        "every movement of the balance; all but calls. Refunds for failures; none ever",
    ),
    switched(
        "C-12",
        "shape of a task",
        "parameters in `params` and assets in `output`; flat, with `result`; `/v1/videos/*`",
    ),
    switched("C-13", "first status of a task", "`pending`; `queued`"),
    switched(
        "C-14",
        "cost in a cancel's answer",
        "`credits_used` decides; the sample has none",
    ),
    switched(
        "C-15",
        "`family` of the models list",
        "filters by vendor; holds the family",
    ),
    switched("C-16", "429 of Messages", "with the outer `type`; without"),
    switched("C-17", "price of video", "rates a second; other estimates"),
    switched(
        "C-18",
        "reach of the Claude group",
        "Claude only; DeepSeek and translated Gemini too",
    ),
    switched(
        "C-19",
        "image edits",
        "a route of their own; generations with `source_image`",
    ),
    switched(
        "C-20",
        "embeddings and rerank",
        "shown in a blog; denied by the reference",
    ),
    switched(
        "C-21",
        "protocols of a model",
        "any text protocol; the few of the model's page",
    ),
    switched("C-22", "key of a Gemini call", "in a header; in the query"),
    switched(
        "C-23",
        "key of a Responses call",
        "as a bearer only; in either header",
    ),
    switched(
        "C-24",
        "output of `claude-sonnet-4-6`",
        "8192 tokens; 16384",
    ),
    switched(
        "C-25",
        "slugs of images and video",
        "two spellings of the same models",
    ),
    switched(
        "C-26",
        "bounds of parameters",
        "two lists of counts, sizes, qualities, lengths",
    ),
    switched(
        "C-27",
        "refused prompt",
        "451; not in the tables of errors, which have 422",
    ),
    switched(
        "C-28",
        "failures never bill, without exception",
        "none does; a video cancelled while it runs may",
    ),
    switched(
        "C-29",
        "kinds of limits",
        "four caps; messages in 12 hours by tier as well; 600 reads of the account a minute",
    ),
    switched(
        "C-30",
        "what a new account can call",
        "nothing; every public group",
    ),
    switched("C-31", "render time", "10 to 60 s; 30 to 180 s; by model"),
    switched(
        "C-32",
        "path of an asset",
        "by model and date; `img/` and `vid/`",
    ),
    fixed(
        "C-33",
        "dates in samples",
        "samples of 2024 in texts of 2026",
        "nothing to follow: no sample is an answer of the gateway",
    ),
];
