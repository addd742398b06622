//! Why some edits of Gemini's answers need not be found.

use spikeproof::endpoint::ProtocolId;

use crate::explained::{ARGUMENTS, Explained, OPAQUE, SAID};

const GEMINI: &[ProtocolId] = &[ProtocolId::Gemini];

pub(crate) static EXPLAINED: &[Explained] = &[
    Explained {
        protocols: GEMINI,
        differences: &[
            "lost text",
            "gained text",
            "lost thought",
            "gained thought",
            "lost call",
            "string * /candidates/*/content/parts/*/text",
            "string last /candidates/*/finishMessage",
            "removed * /candidates/*/finishMessage",
            "length * /candidates/*/content/parts",
            "removed * /candidates/*/content",
            "removed * /candidates/*/content/parts",
            "removed * /candidates/*/content/parts/*/text",
            "removed * /candidates/*/content/parts/*/thought",
            "removed * /candidates/*/content/parts/*/functionCall",
        ],
        reason: SAID,
    },
    Explained {
        protocols: GEMINI,
        differences: &[
            "removed * /candidates/*/index",
            "number * /candidates/*/index",
        ],
        reason: "an index of 0 may be left out, and a piece of text may belong to any candidate \
            that is still going on",
    },
    Explained {
        protocols: GEMINI,
        differences: &[
            "length * /candidates/*/safetyRatings",
            "removed * /candidates/*/safetyRatings*",
            "length * /promptFeedback/safetyRatings",
            "removed * /promptFeedback/safetyRatings*",
        ],
        reason: "which categories are rated, and whether at all, is the service's to decide",
    },
    Explained {
        protocols: GEMINI,
        differences: &[
            "removed * /usageMetadata/promptTokensDetails",
            "removed * /usageMetadata/candidatesTokensDetails",
        ],
        reason: "older models do not split their counts, and newer ones not those of text",
    },
    Explained {
        protocols: GEMINI,
        differences: &[
            "string * /error/details/*",
            "length * /error/details*",
            "removed * /error/details",
            "removed * /error/details/*/metadata*",
            "removed * /error/details/*/field",
            "string error /*/error/message",
            "string * /*/error/message",
        ],
        reason: "what an error tells beside its code and status is for people, and may be left out",
    },
    Explained {
        protocols: GEMINI,
        differences: &[
            "* /candidates/*/content/parts/*/functionCall/args/*",
            "removed * /candidates/*/content/parts/*/functionCall/args",
        ],
        reason: ARGUMENTS,
    },
    Explained {
        protocols: GEMINI,
        differences: &[
            "string * /responseId",
            "string * /candidates/*/content/parts/*/functionCall/id",
            "removed * /candidates/*/content/parts/*/functionCall/id",
            "string * /candidates/*/content/parts/*/thoughtSignature",
            "removed * /candidates/*/content/parts/*/thoughtSignature",
        ],
        reason: OPAQUE,
    },
];
