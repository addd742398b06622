//! Why some edits of Gemini's answers need not be found.

use spikeproof::endpoint::ProtocolId;

use crate::explained::{ARGUMENTS, Explained, OPAQUE, SAID};
use crate::samples::Sample;

const GEMINI: &[ProtocolId] = &[ProtocolId::Gemini];

pub(crate) static EXPLAINED: &[Explained] = &[
    Explained {
        protocols: GEMINI,
        differences: &[
            "string * /candidates/*/finishReason=STOP",
            "string * /candidates/*/finishReason=MAX_TOKENS",
            "string * /candidates/*/finishReason=SAFETY",
            "string * /candidates/*/finishReason=RECITATION",
            "string * /candidates/*/finishReason=OTHER",
            "string * /candidates/*/finishReason=MALFORMED_FUNCTION_CALL",
            "string * /promptFeedback/blockReason=SAFETY",
            "string * /promptFeedback/blockReason=OTHER",
        ],
        reason: "whether an answer was stopped, and for which of the documented reasons, is the \
            service's to say; reasons that calls or counts contradict are found",
    },
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
            "string * /*/error/details/*",
            "length * /*/error/details*",
            "removed * /*/error/details",
            "removed * /*/error/details/*/metadata*",
            "removed * /*/error/details/*/field",
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

/// Of answers in which the service ran tools of its own.
static SERVER_TOOLS: &[Explained] = &[Explained {
    protocols: GEMINI,
    differences: &[
        "lost *",
        "gained *",
        "number * /usageMetadata/*",
        "removed * /usageMetadata/toolUse*",
        "removed * /candidates/*/finishReason",
        "removed * /candidates/*/content/parts/*",
        "string * /candidates/*/content/parts/*",
    ],
    reason: "what the service writes and runs is its own, in as many steps as it likes, each with \
        its own counts and its own end",
}];

/// Of answers whose words came as numbers.
static NUMBERED: &[Explained] = &[Explained {
    protocols: GEMINI,
    differences: &[
        "* /candidates/*/safetyRatings/*",
        "* /usageMetadata/*Details/*",
        "* /candidates/*/content/role",
        "removed * /candidates/*/finishReason",
    ],
    reason: "`enum-encoding=int` was asked for, which no client of the vendor's does: a number \
        is as good as another, and what is left of the form is of an old version",
}];

/// Rows for answers of a kind that the gateway does not sell.
pub(crate) fn special(sample: &Sample) -> &'static [Explained] {
    let says = |word: &str| {
        let frames = sample.frames.iter();
        let mut found = frames.filter(|frame| {
            let text = String::from_utf8_lossy(&frame.data);
            text.contains(word)
        });
        found.next().is_some()
    };
    let target = sample.asked.target.as_deref().unwrap_or_default();
    if target.contains("enum-encoding=int") {
        NUMBERED
    } else if says("executableCode") || says("toolCall") {
        SERVER_TOOLS
    } else {
        &[]
    }
}
