//! The pieces that samples are put together from, and the conforming answers.

use crate::rules::Sample;

/// One event of a stream.
macro_rules! event {
    ($($json:expr),* $(,)?) => { concat!("data: ", $($json,)* "\r\n\r\n") };
}

/// A response object.
macro_rules! chunk {
    ($candidates:expr, $usage:expr) => {
        concat!(
            r#"{"candidates":["#,
            $candidates,
            r#"],"usageMetadata":"#,
            $usage,
            r#","modelVersion":"gemini-test-1","responseId":"aTestRespId0000000000A"}"#
        )
    };
}

/// A candidate that goes on.
macro_rules! candidate {
    ($parts:expr) => {
        concat!(
            r#"{"content":{"parts":["#,
            $parts,
            r#"],"role":"model"},"index":0}"#
        )
    };
}

/// A candidate that ends here.
macro_rules! finished {
    ($parts:expr) => {
        finished!($parts, r#""STOP""#)
    };
    ($parts:expr, $reason:expr) => {
        concat!(
            r#"{"content":{"parts":["#,
            $parts,
            r#"],"role":"model"},"finishReason":"#,
            $reason,
            r#","index":0}"#
        )
    };
}

macro_rules! usage {
    ($candidates:literal, $total:literal) => {
        concat!(
            r#"{"promptTokenCount":7,"candidatesTokenCount":"#,
            $candidates,
            r#","totalTokenCount":"#,
            $total,
            r#","promptTokensDetails":[{"modality":"TEXT","tokenCount":7}]}"#
        )
    };
}

macro_rules! first {
    () => {
        event!(chunk!(
            candidate!(r#"{"text":"Tides follow"}"#),
            usage!(3, 10)
        ))
    };
}

macro_rules! last {
    () => {
        event!(chunk!(finished!(r#"{"text":" the Moon."}"#), usage!(6, 13)))
    };
}

/// One chunk that says everything, with these parts.
macro_rules! only {
    ($($parts:expr),+) => {
        event!(chunk!(finished!(concat!($($parts),+)), usage!(6, 13)))
    };
}

/// A streamed answer.
macro_rules! stream {
    ($($piece:expr),* $(,)?) => { asked!("", $($piece),*) };
}

/// A streamed answer to a request.
macro_rules! asked {
    ($request:expr, $($piece:expr),* $(,)?) => {
        crate::rules::Sample::Answer {
            request: $request,
            status: 200,
            headers: &[("content-type", "text/event-stream")],
            body: concat!($($piece),*),
        }
    };
}

/// Counts of a prompt with a sound.
macro_rules! heard {
    () => {
        concat!(
            r#"{"promptTokenCount":9,"totalTokenCount":9,"promptTokensDetails":["#,
            r#"{"modality":"TEXT","tokenCount":7},{"modality":"AUDIO","tokenCount":2}]}"#
        )
    };
}

/// An answer as a streamed array.
macro_rules! array {
    ($($piece:expr),* $(,)?) => {
        crate::rules::Sample::Answer {
            request: "/v1beta/models/{model}:streamGenerateContent\n",
            status: 200,
            headers: &[("content-type", "application/json; charset=UTF-8")],
            body: concat!($($piece),*),
        }
    };
}

/// An answer that is one JSON body.
macro_rules! body {
    ($($piece:expr),* $(,)?) => {
        crate::rules::Sample::Answer {
            request: "/v1beta/models/{model}:generateContent\n",
            status: 200,
            headers: &[("content-type", "application/json; charset=UTF-8")],
            body: concat!($($piece),*),
        }
    };
}

/// A refusal.
macro_rules! refused {
    ($status:literal, $($piece:expr),* $(,)?) => {
        crate::rules::Sample::Answer {
            request: "/v1beta/models/{model}:generateContent\n",
            status: $status,
            headers: &[("content-type", "application/json; charset=UTF-8")],
            body: concat!($($piece),*),
        }
    };
}

macro_rules! call_chunk {
    () => {
        call_chunk!(r#""STOP""#)
    };
    ($reason:expr) => {
        event!(chunk!(
            finished!(
                r#"{"functionCall":{"name":"get_time","args":{"city":"Oslo"},"id":"c1"}}"#,
                $reason
            ),
            usage!(6, 13)
        ))
    };
}

macro_rules! thought {
    () => {
        event!(chunk!(
            candidate!(r#"{"text":"Think.","thought":true}"#),
            r#"{"promptTokenCount":7,"thoughtsTokenCount":2,"totalTokenCount":9}"#
        ))
    };
}

macro_rules! after_thought {
    ($usage:expr) => {
        event!(chunk!(finished!(r#"{"text":"Yes."}"#), $usage))
    };
}

macro_rules! failure {
    () => {
        event!(r#"{"error":{"code":503,"message":"Overloaded.","status":"UNAVAILABLE"}}"#)
    };
}

/// A whole answer of a model of today with this usage.
macro_rules! detailed {
    ($usage:expr) => {
        body!(
            r#"{"candidates":["#,
            finished!(r#"{"text":"x"}"#),
            r#"],"usageMetadata":"#,
            $usage,
            r#","modelVersion":"gemini-2.5-flash","responseId":"aTestRespId0000000000A"}"#
        )
    };
}

/// An answer that ends for a reason and has one rating, blocked or not.
macro_rules! rated {
    ($reason:literal, $blocked:literal) => {
        body!(chunk!(
            concat!(
                r#"{"content":{"parts":[{"text":"x"}],"role":"model"},"finishReason":"#,
                $reason,
                r#","index":0,"safetyRatings":[{"category":"HARM_CATEGORY_HARASSMENT","#,
                r#""probability":"HIGH","blocked":"#,
                $blocked,
                "}]}"
            ),
            usage!(6, 13)
        ))
    };
}

/// An answer of this part that ends with a word about function calls.
macro_rules! messaged {
    ($part:literal) => {
        body!(chunk!(
            concat!(
                r#"{"content":{"parts":["#,
                $part,
                r#"],"role":"model"},"finishReason":"STOP","index":0,"#,
                r#""finishMessage":"Model generated function call(s)."}"#
            ),
            usage!(6, 13)
        ))
    };
}

/// Text in two chunks.
pub(super) const TEXT: Sample = stream!(first!(), last!());

/// A function call that was asked for.
pub(super) const CALL: Sample = asked!(
    concat!(
        r#"{"tools":[{"functionDeclarations":[{"name":"get_time"}]}],"toolConfig":{"#,
        r#""functionCallingConfig":{"mode":"ANY"}}}"#
    ),
    call_chunk!(),
);

/// A thought, then text.
pub(super) const THOUGHT: Sample = asked!(
    r#"{"generationConfig":{"thinkingConfig":{"includeThoughts":true}}}"#,
    thought!(),
    after_thought!(concat!(
        r#"{"promptTokenCount":7,"candidatesTokenCount":1,"thoughtsTokenCount":2,"#,
        r#""totalTokenCount":10}"#
    )),
);

/// Text under a limit, in JSON, without the stop sequence.
pub(super) const LIMITED: Sample = asked!(
    concat!(
        r#"{"generationConfig":{"maxOutputTokens":6,"stopSequences":["END"],"#,
        r#""responseMimeType":"application/json"}}"#
    ),
    only!(r#"{"text":"{\"a\":1}"}"#),
);

/// Text as an array of two chunks.
pub(super) const ARRAY: Sample = array!(
    "[",
    chunk!(candidate!(r#"{"text":"Tides follow"}"#), usage!(3, 10)),
    "\n,\r\n",
    chunk!(finished!(r#"{"text":" the Moon."}"#), usage!(6, 13)),
    "\n]"
);

/// Text as one body.
pub(super) const UNARY: Sample = body!(chunk!(
    finished!(r#"{"text":"Tides follow the Moon."}"#),
    usage!(6, 13)
));

/// A prompt that was blocked.
pub(super) const BLOCKED: Sample = stream!(event!(
    r#"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":5,"#,
    r#""totalTokenCount":5},"modelVersion":"gemini-test-1","responseId":"aTestRespId0000000000A"}"#
));

/// A failure after the start.
pub(super) const FAILED: Sample = stream!(first!(), failure!());

/// A refused request.
pub(super) const REFUSED: Sample = refused!(
    429,
    r#"{"error":{"code":429,"message":"Quota.","status":"RESOURCE_EXHAUSTED","details":["#,
    r#"{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"48s"}]}}"#
);

/// A prompt that refers to a file: its tokens are in the total alone.
pub(super) const FILED: Sample = asked!(
    concat!(
        r#"{"contents":[{"role":"user","parts":[{"fileData":{"mimeType":"#,
        r#""application/pdf","fileUri":"https://files.example/a.pdf"}}]}]}"#
    ),
    event!(chunk!(
        finished!(r#"{"text":"A map."}"#),
        r#"{"candidatesTokenCount":3,"totalTokenCount":260}"#
    )),
);

/// A search by the service: the counts begin anew after it.
pub(super) const SEARCHED: Sample = asked!(
    r#"{"tools":[{"googleSearch":{}}]}"#,
    event!(chunk!(
        candidate!(r#"{"text":"Tides follow"}"#),
        usage!(6, 13)
    )),
    event!(chunk!(finished!(r#"{"text":" the Moon."}"#), usage!(3, 10))),
);

/// A page that the service read: an empty text comes before what it found there.
pub(super) const READ: Sample = asked!(
    r#"{"tools":[{"urlContext":{}}]}"#,
    event!(chunk!(candidate!(r#"{"text":""}"#), usage!(3, 10))),
    last!(),
);

/// A prompt with a sound, which is counted later than its text.
pub(super) const HEARD: Sample = stream!(
    event!(chunk!(
        candidate!(r#"{"text":"a"}"#),
        r#"{"promptTokenCount":7,"totalTokenCount":7}"#
    )),
    event!(chunk!(candidate!(r#"{"text":"b"}"#), heard!())),
    event!(chunk!(finished!(r#"{"text":"c"}"#), heard!())),
);
