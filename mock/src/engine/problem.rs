//! Failures, and the envelope in which each family of routes tells them.
//!
//! Codes and types follow the gateway's error reference; the outer shapes follow the vendors'.

use serde_json::{Value, json};

use crate::clock::Moment;
use crate::contract::{Contract, RateLimitBody, SafetyRefusal, UnusableModel};
use crate::ledger::Denial;

/// Whose words a route speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surface {
    Anthropic,
    Openai,
    Google,
    /// Below `/api/v1`: `error.type` with Anthropic's words, no outer `type`.
    Management,
}

/// Why a request is not answered as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: u16,
    /// The machine-readable word of the OpenAI envelope.
    pub(crate) code: &'static str,
    /// The `error.type` of the Anthropic envelope.
    pub(crate) kind: &'static str,
    pub(crate) message: String,
    pub(crate) param: Option<String>,
    /// The upstream failed, not the request: the gateway has tried more than once.
    pub(crate) by_upstream: bool,
    pub(crate) disguise: Option<Disguise>,
}

/// A failure that does not look like one of the gateway's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disguise {
    /// Status 200 over the error's body.
    Success,
    /// The page of a proxy.
    Html,
    /// A way to somewhere else.
    Redirect,
}

const INVALID: &str = "invalid_request_error";
const THREAD_NOT_FOUND: &str = "thread_not_found";

impl Problem {
    pub(crate) fn new(
        status: u16,
        code: &'static str,
        kind: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code,
            kind,
            message: message.into(),
            param: None,
            by_upstream: false,
            disguise: None,
        }
    }

    pub(crate) fn disguised(mut self, disguise: Disguise) -> Self {
        self.disguise = Some(disguise);
        self
    }

    /// Names the field that is to blame.
    pub(crate) fn about(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    pub(crate) fn invalid(param: &str, message: impl Into<String>) -> Self {
        Self::new(400, "invalid_param", INVALID, message).about(param)
    }

    pub(crate) fn malformed(reason: impl std::fmt::Display) -> Self {
        Self::new(
            400,
            "invalid_param",
            INVALID,
            format!("request body is not JSON: {reason}"),
        )
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(
            404,
            "not_found",
            "not_found_error",
            format!("no such {what}"),
        )
    }

    pub(crate) fn method() -> Self {
        Self::new(
            405,
            "method_not_allowed",
            INVALID,
            "this route takes another method",
        )
    }

    pub(crate) fn task_not_found() -> Self {
        Self::new(
            404,
            "task_not_found",
            "not_found_error",
            "no task has this id",
        )
    }

    pub(crate) fn key(surface: Surface) -> Self {
        let message = match surface {
            Surface::Anthropic => "invalid x-api-key",
            Surface::Google => "API key not valid. Please pass a valid API key.",
            Surface::Openai | Surface::Management => "invalid API key",
        };
        Self::new(401, "invalid_api_key", "authentication_error", message)
    }

    pub(crate) fn address() -> Self {
        let message = "this key may not be used from this address";
        Self::new(403, "permission_denied", "permission_error", message)
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        let message = format!("request body is larger than {limit} bytes");
        Self::new(413, "request_too_large", "request_too_large", message)
    }

    pub(crate) fn unknown_model(slug: &str, contract: Contract) -> Self {
        let (status, code, kind) = match contract.unusable_model {
            UnusableModel::NotFound400 => (400, "model_not_found", "not_found_error"),
            UnusableModel::NotFound404 => (404, "model_not_found", "not_found_error"),
            UnusableModel::Unsupported400 => (400, "unsupported_model", INVALID),
            UnusableModel::NotInGroup403 => (403, "model_not_in_group", "permission_error"),
            UnusableModel::NotAllowed400 => (400, "model_not_allowed", INVALID),
        };
        Self::new(
            status,
            code,
            kind,
            format!("model `{slug}` is not in the catalog"),
        )
        .about("model")
    }

    pub(crate) fn outside_group(slug: &str, contract: Contract) -> Self {
        let message = format!("model `{slug}` is outside the routing group of this key");
        if contract.unusable_model == UnusableModel::NotAllowed400 {
            return Self::new(400, "model_not_allowed", INVALID, message).about("model");
        }
        Self::new(403, "model_not_in_group", "permission_error", message).about("model")
    }

    pub(crate) fn context(window: u64, asked: u64) -> Self {
        let message = format!("prompt and max_tokens need {asked} of {window} tokens");
        Self::new(400, "context_length_exceeded", INVALID, message)
    }

    /// As the Gemini page tells of a model that cannot be used: 404 for an unknown slug, 403 for
    /// one outside the group. The 400s of C-08 are of the other routes.
    pub(crate) fn of_a_model_on(mut self, surface: Surface) -> Self {
        if surface == Surface::Google && self.status == 400 {
            let is_unknown = matches!(self.code, "model_not_found" | "unsupported_model");
            self.status = if is_unknown { 404 } else { 403 };
        }
        self
    }

    pub(crate) fn unknown_response(id: &str) -> Self {
        let message = format!("Previous response with id '{id}' not found.");
        Self::new(400, "previous_response_not_found", INVALID, message)
            .about("previous_response_id")
    }

    /// Clients that are told so send the whole conversation again.
    pub(crate) fn unknown_thread(id: &str) -> Self {
        let message = format!("thread: message '{id}' not found");
        Self::new(404, THREAD_NOT_FOUND, "not_found_error", message)
    }

    pub(crate) fn refused(contract: Contract) -> Self {
        let status = match contract.safety_refusal {
            SafetyRefusal::Legal451 => 451,
            SafetyRefusal::Unprocessable422 => 422,
        };
        let message = "the prompt was refused by a safety check";
        Self::new(status, "content_policy_violation", INVALID, message)
    }

    pub(crate) fn balance() -> Self {
        let message = "the wallet cannot cover what this call may cost";
        Self::new(402, "insufficient_balance", INVALID, message)
    }

    pub(crate) fn quota() -> Self {
        Self::new(
            402,
            "quota_exceeded",
            INVALID,
            "the quota of this key is used up",
        )
    }

    pub(crate) fn bucket(message: String) -> Self {
        Self::new(429, "rate_limit_error", "rate_limit_error", message)
    }

    /// What the ledger says no to, its amounts as `print` writes them.
    pub(crate) fn denied(denial: &Denial, print: impl Fn(i64) -> String) -> Self {
        match denial {
            Denial::Balance => Self::balance(),
            Denial::Quota => Self::quota(),
            Denial::Bucket {
                name,
                used,
                limit,
                reset,
            } => {
                let reset = Moment::from_unix_seconds(*reset).iso().replace('T', " ");
                let (used, limit) = (print(*used), print(*limit));
                let reset = reset.trim_end_matches('Z');
                Self::bucket(format!(
                    "{name} exceeded: {used} / {limit} used; resets at {reset} UTC"
                ))
            }
        }
    }

    /// A cap on a number of things rather than on money.
    pub(crate) fn counted_out(denial: &Denial) -> Self {
        Self::denied(denial, |count| count.to_string())
    }

    pub(crate) fn concurrency() -> Self {
        let message = "too many calls of this account are in flight";
        Self::new(429, "concurrency_limit", "rate_limit_error", message)
    }

    /// A failure of the upstream that the gateway passes on.
    pub(crate) fn upstream(status: u16) -> Self {
        let (code, kind, message) = match status {
            400 => ("invalid_param", INVALID, "the upstream refused the request"),
            401 => (
                "invalid_api_key",
                "authentication_error",
                "the upstream refused the key",
            ),
            402 => ("insufficient_balance", INVALID, "the upstream wants money"),
            403 => (
                "permission_denied",
                "permission_error",
                "the upstream refused the call",
            ),
            404 => (
                "model_not_found",
                "not_found_error",
                "the upstream has no such model",
            ),
            408 => (
                "request_timeout",
                "api_error",
                "the upstream waited for the request",
            ),
            413 => (
                "request_too_large",
                "request_too_large",
                "too large for the upstream",
            ),
            422 => (
                "unprocessable",
                INVALID,
                "the upstream cannot work with the request",
            ),
            451 => (
                "content_policy_violation",
                INVALID,
                "the upstream refused the prompt",
            ),
            502 => (
                "bad_gateway",
                "api_error",
                "the upstream gave no usable answer",
            ),
            503 => (
                "service_unavailable",
                "overloaded_error",
                "no upstream has room",
            ),
            504 => ("gateway_timeout", "api_error", "the upstream took too long"),
            529 => (
                "overloaded",
                "overloaded_error",
                "the upstream is overloaded",
            ),
            _ => ("internal_error", "api_error", "the gateway failed"),
        };
        let mut problem = Self::new(status, code, kind, message);
        problem.by_upstream = true;
        problem
    }

    /// The status word of Google's envelope that goes with the HTTP status.
    fn canonical(&self) -> &'static str {
        match self.status {
            401 => "UNAUTHENTICATED",
            403 => "PERMISSION_DENIED",
            404 => "NOT_FOUND",
            405 => "UNIMPLEMENTED",
            409 => "ALREADY_EXISTS",
            402 | 422 | 451 => "FAILED_PRECONDITION",
            429 => "RESOURCE_EXHAUSTED",
            502 | 503 | 529 => "UNAVAILABLE",
            408 | 504 => "DEADLINE_EXCEEDED",
            500 => "INTERNAL",
            _ => "INVALID_ARGUMENT",
        }
    }

    /// What Google adds where a field or the key is at fault.
    fn google_detail(&self) -> Option<Value> {
        if self.code == "invalid_api_key" {
            return Some(json!({
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "API_KEY_INVALID",
                "domain": "googleapis.com",
                "metadata": {"service": "generativelanguage.googleapis.com"},
            }));
        }
        let field = self
            .param
            .as_ref()
            .filter(|_| self.code == "invalid_param")?;
        Some(json!({
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [{"field": field, "description": self.message}],
        }))
    }

    pub(crate) fn body(&self, surface: Surface, contract: Contract) -> Value {
        match surface {
            Surface::Anthropic => {
                let mut error = json!({"type": self.kind, "message": self.message});
                if self.code == THREAD_NOT_FOUND {
                    error["details"] = json!({"error_code": self.code});
                }
                if self.status == 429 && contract.rate_limit_body == RateLimitBody::Bare {
                    return json!({"error": error});
                }
                json!({"type": "error", "error": error})
            }
            Surface::Openai => json!({"error": {
                "message": self.message,
                "type": self.kind,
                "param": self.param,
                "code": self.code,
            }}),
            Surface::Google => {
                let mut error = json!({
                    "code": self.status,
                    "message": self.message,
                    "status": self.canonical(),
                });
                if let Some(detail) = self.google_detail() {
                    error["details"] = json!([detail]);
                }
                json!({"error": error})
            }
            Surface::Management => json!({"error": {
                "type": self.kind,
                "code": self.code,
                "message": self.message,
            }}),
        }
    }
}
