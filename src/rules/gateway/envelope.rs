//! Failures are told in the route's own envelope.

use super::{Surface, answer, error, is_refusal, short, surface, word};
use crate::endpoint::ProtocolId;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict, Whole};

const SUBMIT: &str = "/v1/tasks/submit @gateway\n";
const GEMINI: &str = "/v1beta/models/{model}:generateContent @gateway\n";
const GEMINI_ARRAY: &str = "/v1beta/models/{model}:streamGenerateContent @gateway\n";
const MESSAGES: &str = "/v1/messages @gateway\n";
const ACCOUNT: &str = "/api/v1/me/account @gateway\n";

const OPENAI_400: &str = concat!(
    r#"{"error":{"message":"no prompt","type":"invalid_request_error","#,
    r#""param":"prompt","code":"invalid_param"}}"#
);
const GOOGLE_404: &str = r#"{"error":{"code":404,"message":"no such model","status":"NOT_FOUND"}}"#;
const GOOGLE_404_IN_ARRAY: &str =
    r#"[{"error":{"code":404,"message":"no such model","status":"NOT_FOUND"}}]"#;
const ANTHROPIC_400: &str =
    r#"{"type":"error","error":{"type":"invalid_request_error","message":"no messages"}}"#;

/// What every envelope has: a JSON object with `error`, itself an object with a text `message`
/// that says something.
fn message_fault(whole: &Whole<'_, ()>) -> Option<String> {
    if let Err(why) = whole.body {
        return Some(format!("expected a JSON document, found {why}"));
    }
    let Some(error) = error(whole) else {
        return Some("expected an object `error`, found none".to_owned());
    };
    match word(error, "message") {
        None => Some("expected a string `error.message`, found none".to_owned()),
        Some(message) if message.trim().is_empty() => {
            Some("expected a message in `error.message`, found an empty text".to_owned())
        }
        Some(_) => None,
    }
}

fn on(whole: &Whole<'_, ()>, wanted: Surface) -> bool {
    is_refusal(whole) && surface(whole.asked.get()) == wanted
}

/// Chat, Responses, images and tasks: OpenAI's.
pub(super) static OPENAI: Rule = Rule {
    id: "GW-074",
    name: "not-the-openai-envelope",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/errors-reference",
    explanation: "Clients of these routes read `error.message` and decide by `error.code`; from \
        another envelope, or empty words, they learn nothing but the status. Send \
        `{\"error\":{message,type,param,code}}`.",
    violations: &[
        answer(SUBMIT, 400, ANTHROPIC_400),
        answer(SUBMIT, 502, "<html>Bad Gateway</html>"),
        answer(SUBMIT, 400, openai!("")),
        answer(
            SUBMIT,
            400,
            concat!(
                r#"{"error":{"message":"","type":"invalid_request_error","#,
                r#""param":null,"code":"invalid_param"}}"#
            ),
        ),
    ],
    conforming: &[answer(SUBMIT, 400, OPENAI_400)],
    faults: &[
        "html-error-page",
        "wrong-error-envelope",
        r#"edit * /error/code = """#,
    ],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            if !on(whole, Surface::Openai) {
                return Verdict::Silent;
            }
            if let Some(fault) = message_fault(whole) {
                return Verdict::fail(fault);
            }
            let code = error(whole).and_then(|error| error.get("code"));
            // Upstream failures may have no code of their own.
            let told = code.is_some_and(|code| code.is_string() || code.is_null());
            if !told {
                return Verdict::fail("expected `error.code` to be a string or null");
            }
            let is_empty = |name: &&str| {
                let told = error(whole).and_then(|error| word(error, name));
                told.is_some_and(|told| told.trim().is_empty())
            };
            match ["type", "code"].into_iter().find(is_empty) {
                None => Verdict::Pass,
                Some(name) => Verdict::fail(format!(
                    "expected a word in `error.{name}`, found an empty text"
                )),
            }
        }),
        ..Hooks::NONE
    }),
};

/// All four members, and a type that clients know.
pub(super) static OPENAI_MEMBERS: Rule = Rule {
    id: "GW-143",
    name: "openai-envelope-members",
    severity: Severity::Should,
    source: "docs.bytespike.ai/concepts/errors-reference names the envelope; OpenAI OpenAPI \
             document, ErrorResponse",
    explanation: "The envelope has `type`, `param` and `code` beside the message: a known word, \
        and texts or null. Typed clients build their exception from the four and raise another \
        one over a value that they cannot read.",
    violations: &[
        answer(
            SUBMIT,
            400,
            r#"{"error":{"message":"no","type":null,"param":null,"code":"invalid_param"}}"#,
        ),
        answer(
            SUBMIT,
            400,
            r#"{"error":{"message":"no","type":"invalid_request_error","code":"invalid_param"}}"#,
        ),
        answer(
            SUBMIT,
            400,
            concat!(
                r#"{"error":{"message":"no","type":"invalid","param":null,"#,
                r#""code":"invalid_param"}}"#
            ),
        ),
    ],
    conforming: &[answer(SUBMIT, 400, OPENAI_400)],
    faults: &["edit * /error/type extended \"s\""],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            // Responses has rules of its own for this.
            let here = whole.asked.endpoint.protocol() != ProtocolId::OpenaiResponses;
            let Some(error) = error(whole).filter(|_| here && on(whole, Surface::Openai)) else {
                return Verdict::Silent;
            };
            let kind = word(error, "type").unwrap_or_default();
            if !OPENAI_TYPES.contains(&kind) {
                return Verdict::fail(format!(
                    "expected a known `error.type`, found `{}`",
                    short(kind)
                ));
            }
            let fits = |name: &str| {
                let found = error.get(name);
                found.is_some_and(|found| found.is_string() || found.is_null())
            };
            let other = ["param", "code"].into_iter().find(|name| !fits(name));
            Verdict::when(other.is_none(), || {
                let name = other.unwrap_or_default();
                format!("expected a string or null in `error.{name}`")
            })
        }),
        ..Hooks::NONE
    }),
};

/// What the vendor and gateways of its kind say, and the words of the gateway's tables.
const OPENAI_TYPES: [&str; 19] = [
    "invalid_request_error",
    "authentication_error",
    "permission_error",
    "not_found_error",
    "request_too_large",
    "rate_limit_error",
    "api_error",
    "overloaded_error",
    "server_error",
    "internal_error",
    "upstream_error",
    "insufficient_quota",
    "insufficient_balance",
    "billing_error",
    "tokens",
    "requests",
    "image_generation_user_error",
    "timeout_error",
    "service_unavailable_error",
];

/// Gemini: Google's.
pub(super) static GOOGLE: Rule = Rule {
    id: "GW-075",
    name: "not-the-google-envelope",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/errors-reference, docs.bytespike.ai/gemini-cli",
    explanation: "Google's clients read the status word and decide by it. Send \
        `{\"error\":{code,message,status}}` with the HTTP status as `code`; where the answer \
        would have been an array, as its only element or bare.",
    violations: &[
        answer(GEMINI, 400, OPENAI_400),
        answer(GEMINI, 404, GOOGLE_404_IN_ARRAY),
    ],
    conforming: &[
        answer(GEMINI, 404, GOOGLE_404),
        answer(GEMINI_ARRAY, 404, GOOGLE_404),
        answer(GEMINI_ARRAY, 404, GOOGLE_404_IN_ARRAY),
    ],
    faults: &["html-error-page", "wrong-error-envelope"],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            if !on(whole, Surface::Google) {
                return Verdict::Silent;
            }
            if let Some(fault) = message_fault(whole) {
                return Verdict::fail(fault);
            }
            let Some(error) = error(whole) else {
                return Verdict::Silent;
            };
            let code = error.get("code").and_then(crate::json::Value::as_u64);
            if code != Some(u64::from(whole.head.status)) {
                let status = whole.head.status;
                return Verdict::fail(format!("expected `error.code` to be the status `{status}`"));
            }
            let status = word(error, "status").unwrap_or_default();
            let letters = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
            Verdict::when(!status.is_empty() && status.bytes().all(letters), || {
                format!(
                    "expected a status word in `error.status`, found `{}`",
                    short(status)
                )
            })
        }),
        ..Hooks::NONE
    }),
};

/// The error types that the gateway lists for Messages.
const TYPES: [&str; 8] = [
    "invalid_request_error",
    "authentication_error",
    "permission_error",
    "not_found_error",
    "request_too_large",
    "rate_limit_error",
    "api_error",
    "overloaded_error",
];

/// Messages: an error object, whatever its words.
pub(super) static ANTHROPIC: Rule = Rule {
    id: "GW-142",
    name: "no-error-object-on-messages",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/errors-reference",
    explanation: "A failure that is no JSON, such as the page of a proxy, makes the vendor's \
        clients report a parse error in the place of the reason. Send \
        `{\"type\":\"error\",\"error\":{type,message}}` whatever failed.",
    violations: &[answer(MESSAGES, 502, "<html>Bad Gateway</html>")],
    conforming: &[answer(MESSAGES, 400, ANTHROPIC_400)],
    faults: &["html-error-page", r#"edit * /error/message = """#],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            if !on(whole, Surface::Anthropic) {
                return Verdict::Silent;
            }
            message_fault(whole).map_or(Verdict::Pass, Verdict::fail)
        }),
        ..Hooks::NONE
    }),
};

/// Messages: a type among eight.
pub(super) static ANTHROPIC_TYPE: Rule = Rule {
    id: "GW-076",
    name: "unlisted-anthropic-error-type",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/errors-reference",
    explanation: "Clients choose between retry, wait and give up by the error type; one that is \
        not in the list falls through. Map every failure on `/v1/messages` to one of the eight.",
    violations: &[answer(
        MESSAGES,
        402,
        r#"{"type":"error","error":{"type":"billing_error","message":"wallet is empty"}}"#,
    )],
    conforming: &[answer(MESSAGES, 400, ANTHROPIC_400)],
    faults: &[r#"edit * /error/type = "billing_error""#],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            let told = error(whole).and_then(|error| word(error, "type"));
            let Some(told) = told.filter(|_| on(whole, Surface::Anthropic)) else {
                return Verdict::Silent;
            };
            // No page says which type goes with an empty wallet, only that there are eight.
            Verdict::when(TYPES.contains(&told), || {
                format!(
                    "expected one of the eight documented types, found `{}`",
                    short(told)
                )
            })
        }),
        ..Hooks::NONE
    }),
};

/// Management: an `error` with a word and a message.
pub(super) static MANAGEMENT: Rule = Rule {
    id: "GW-131",
    name: "management-error-shape",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/account/me-account: `error.type` by status",
    explanation: "The pages name `error.type` words for these routes though not the outer shape. \
        Send an `error` object with a message and a `type` or `code` to decide by.",
    violations: &[answer(ACCOUNT, 401, r#"{"detail":"no key"}"#)],
    conforming: &[answer(
        ACCOUNT,
        401,
        r#"{"error":{"type":"authentication_error","message":"no key"}}"#,
    )],
    faults: &["edit * /error named detail"],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            if !on(whole, Surface::Management) {
                return Verdict::Silent;
            }
            if let Some(fault) = message_fault(whole) {
                return Verdict::fail(fault);
            }
            let named = error(whole).is_some_and(|error| {
                let told = word(error, "type").or(word(error, "code"));
                let is_empty = |key: &str| word(error, key) == Some("");
                told.is_some() && !is_empty("type") && !is_empty("code")
            });
            Verdict::when(named, || {
                "expected a string `error.type` or `error.code`".to_owned()
            })
        }),
        ..Hooks::NONE
    }),
};

/// Messages: a refused key has one exact form.
pub(super) static ANTHROPIC_401: Rule = Rule {
    id: "GW-013",
    name: "anthropic-401-form",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/errors-reference",
    explanation: "The vendor's clients ask for a new key when they see `authentication_error`, and \
        retry or give up on anything else. Send exactly the documented object with a 401.",
    violations: &[answer(
        MESSAGES,
        401,
        concat!(
            r#"{"type":"error","error":{"type":"invalid_request_error","#,
            r#""message":"invalid x-api-key"}}"#
        ),
    )],
    conforming: &[answer(
        MESSAGES,
        401,
        r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#,
    )],
    faults: &["edit * /type removed"],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            if !on(whole, Surface::Anthropic) || whole.head.status != 401 {
                return Verdict::Silent;
            }
            if let Some(fault) = message_fault(whole) {
                return Verdict::fail(fault);
            }
            let outer = whole.body.ok().and_then(|body| word(body, "type"));
            if outer != Some("error") {
                return Verdict::fail("expected `type` to be `error` beside `error`");
            }
            let told = error(whole).and_then(|error| word(error, "type"));
            Verdict::when(told == Some("authentication_error"), || {
                let told = short(told.unwrap_or_default());
                format!("expected `error.type` `authentication_error`, found `{told}`")
            })
        }),
        ..Hooks::NONE
    }),
};
