//! The details of a refusal, one kind at a time.

use super::error::members;
use super::reading::{error_of, first_fault};
use super::sample::REFUSED;
use crate::json::Value;
use crate::protocol::gemini::State;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict, Whole};

/// A refusal with this in its `details`.
macro_rules! detailing {
    ($($detail:literal),+) => {
        refused!(
            400,
            r#"{"error":{"code":400,"message":"No.","status":"INVALID_ARGUMENT","details":["#,
            $($detail,)+
            "]}}"
        )
    };
}

pub(super) static MEMBERS: Rule = Rule {
    id: "GEM-124",
    name: "gemini-error-detail-members",
    severity: Severity::Note,
    source: "Google's RPC error details (`google.rpc`), and its API guide on errors: one of a kind",
    explanation: "`details` is a list in which each documented kind occurs once and has its \
                  members: a reason and a domain, the fields that are wrong, the links to read. \
                  Clients that read them are typed, and raise at a kind or a value that is none.",
    violations: &[
        detailing!(r#"{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"X"}"#),
        detailing!(r#"{"@type":"type.googleapis.com/google.rpc.ErrorInform"}"#),
        detailing!(
            r#"{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":null}"#
        ),
        refused!(
            400,
            r#"{"error":{"code":400,"message":"No.","status":"INVALID_ARGUMENT","details":{}}}"#
        ),
    ],
    conforming: &[
        REFUSED,
        detailing!(
            r#"{"@type":"type.googleapis.com/google.rpc.BadRequest","#,
            r#""fieldViolations":[{"description":"x"}]}"#
        ),
    ],
    faults: &["edit * /error/details/0/fieldViolations removed"],
    check: Check::Gemini(Hooks {
        refusal: Some(documented),
        ..Hooks::NONE
    }),
};

/// A kind of detail with its members: needed texts, other texts, the list and the texts that its
/// entries need and may have.
struct Detail {
    kind: &'static str,
    texts: &'static [&'static str],
    others: &'static [&'static str],
    list: Option<(
        &'static str,
        &'static [&'static str],
        &'static [&'static str],
    )>,
}

const fn detail(
    kind: &'static str,
    texts: &'static [&'static str],
    others: &'static [&'static str],
) -> Detail {
    Detail {
        kind,
        texts,
        others,
        list: None,
    }
}

static DETAILS: [Detail; 10] = [
    detail("ErrorInfo", &["reason", "domain"], &[]),
    // The delay has a rule of its own.
    detail("RetryInfo", &[], &[]),
    detail("DebugInfo", &[], &["detail"]),
    detail("RequestInfo", &["requestId"], &["servingData"]),
    detail(
        "ResourceInfo",
        &[],
        &["resourceType", "resourceName", "owner", "description"],
    ),
    detail("LocalizedMessage", &["locale", "message"], &[]),
    Detail {
        list: Some(("fieldViolations", &["description"], &["field", "reason"])),
        ..detail("BadRequest", &[], &[])
    },
    Detail {
        list: Some(("violations", &[], &["subject", "description", "quotaId"])),
        ..detail("QuotaFailure", &[], &[])
    },
    Detail {
        list: Some(("violations", &[], &["type", "subject", "description"])),
        ..detail("PreconditionFailure", &[], &[])
    },
    Detail {
        list: Some(("links", &["url"], &["description"])),
        ..detail("Help", &[], &[])
    },
];

const PREFIX: &str = "type.googleapis.com/google.rpc.";

fn documented(whole: &Whole<'_, State>) -> Verdict {
    let list = whole.body.ok().and_then(error_of);
    let Some(list) = list.and_then(|error| error.get("details")) else {
        return Verdict::Silent;
    };
    if !list.is_array() {
        let found = quoted_value(Some(list));
        return Verdict::fail(format!("expected a list in `details`, found {found}"));
    }
    let kinds: Vec<&str> = members(whole).filter_map(kind).collect();
    let mut pairs = kinds.iter().enumerate();
    if let Some((_, twice)) = pairs.find(|(at, kind)| kinds[..*at].contains(kind)) {
        return Verdict::fail(format!("expected one `{twice}` in `details`, found two"));
    }
    first_fault(members(whole).map(|found| {
        let Some(kind) = kind(found) else {
            return other_kind(found);
        };
        match DETAILS.iter().find(|known| known.kind == kind) {
            Some(known) => known.judge(found),
            None => Verdict::fail(format!(
                "expected a documented kind of detail, found `{PREFIX}{kind}`"
            )),
        }
    }))
}

/// A kind of another package, unless it is called like one of these.
fn other_kind(detail: &Value) -> Verdict {
    let told = detail.get("@type").and_then(Value::as_str);
    let name = told.and_then(|told| told.rsplit(['.', '/']).next());
    match DETAILS.iter().find(|known| Some(known.kind) == name) {
        None => Verdict::Silent,
        Some(known) => Verdict::fail(format!(
            "expected `{PREFIX}{}`, found {}",
            known.kind,
            quoted_value(detail.get("@type"))
        )),
    }
}

/// Of one of Google's own kinds, its name. Others have members that nobody here knows.
fn kind(detail: &Value) -> Option<&str> {
    detail.get("@type")?.as_str()?.strip_prefix(PREFIX)
}

impl Detail {
    fn judge(&self, found: &Value) -> Verdict {
        if let Some(name) = unfit(found, self.texts, self.others) {
            let value = quoted_value(found.get(name));
            return Verdict::fail(format!(
                "expected a text in `{name}` of `{}`, found {value}",
                self.kind
            ));
        }
        let metadata = found.get("metadata");
        let texts = |value: &Value| {
            let members = value.as_object().map(crate::json::Object::values);
            members.is_some_and(|mut values| values.all(Value::is_string))
        };
        if metadata.is_some_and(|metadata| !texts(metadata)) {
            let value = quoted_value(metadata);
            return Verdict::fail(format!("expected texts in `metadata`, found {value}"));
        }
        let Some((list, texts, others)) = self.list else {
            return Verdict::Pass;
        };
        let entries = found.get(list).and_then(Value::as_array);
        let mut entries = entries.into_iter().flatten().peekable();
        let is_filled = entries.peek().is_some();
        let fault = entries.find_map(|entry| unfit(entry, texts, others));
        Verdict::when(is_filled && fault.is_none(), || {
            let what = fault.map_or(String::new(), |name| {
                format!(", each with a text in `{name}`")
            });
            format!(
                "expected entries in `{list}` of `{}`{what}, found {}",
                self.kind,
                quoted_value(found.get(list))
            )
        })
    }
}

/// The first member that is not the text it should be.
fn unfit(
    found: &Value,
    texts: &'static [&'static str],
    others: &'static [&'static str],
) -> Option<&'static str> {
    let is_text = |name: &&&str| !found.get(**name).is_some_and(Value::is_string);
    let missing = texts.iter().find(is_text);
    let other = |name: &&&str| found.get(**name).is_some_and(|value| !value.is_string());
    missing.or_else(|| others.iter().find(other)).copied()
}
