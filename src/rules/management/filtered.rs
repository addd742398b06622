//! What the query and the path asked for: a window, a capability, one model.

use crate::json::Value;

use super::{body, of};
use crate::endpoint::Endpoint;
use crate::protocol::management::State;
use crate::protocol::{Asked, Mistake};
use crate::rules::day::day;
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Verdict, Whole};

/// Buckets of these days, each with one call.
macro_rules! days {
    ($first:literal, $second:literal) => {
        concat!(
            r#"{"buckets":[{"bucket":""#,
            $first,
            r#"","total_usd":0.5,"input_tokens":1,"output_tokens":1,"call_count":1},{"bucket":""#,
            $second,
            r#"","total_usd":0.5,"input_tokens":1,"output_tokens":1,"call_count":1}],"totals":"#,
            r#"{"total_usd":1.0,"input_tokens":2,"output_tokens":2,"call_count":2}}"#
        )
    };
}

const ALL: &str = "/api/v1/me/usage @target=/api/v1/me/usage\n";
const MAY: &str = "/api/v1/me/usage?since=2026-05-01T00:00:00Z&until=2026-06-01T00:00:00Z\n";

/// The value of a parameter that is there once. `None`: it is not, or the query is unknown.
fn parameter(asked: &Asked, name: &str) -> Option<String> {
    let parameters = asked.parameters()?;
    let mut values = parameters.into_iter().filter(|(known, _)| known == name);
    let (_, value) = values.next()?;
    values.next().is_none().then_some(value)
}

/// The buckets of usage, each with its day, where they are by day.
fn buckets<'a>(whole: &Whole<'a, State>) -> Option<Vec<(&'a str, Option<i64>)>> {
    let buckets = of(whole, Endpoint::MeUsage)?.get("buckets")?.as_array()?;
    let named = buckets.iter().map(|bucket| bucket.get("bucket")?.as_str());
    let named = named.map(|name| name.map(|name| (name, day(name))));
    named.collect()
}

/// Without a query it is the last 30 days, by day.
pub(super) static WINDOW: Rule = Rule {
    id: "GW-058",
    name: "usage-not-of-30-days",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/account/me-usage: the last 30 days, `group_by=day`",
    explanation: "Asked for no window and no grouping, usage is that of the last 30 days, a bucket \
        a day. Who reads it as a month's bill pays for more, or less, when the window is another.",
    violations: &[
        body(ALL, days!("2026-05-25", "2026-03-01")),
        body(ALL, days!("claude-sonnet-4-6", "gpt-5-4")),
    ],
    conforming: &[body(ALL, days!("2026-05-25", "2026-04-26"))],
    faults: &[concat!(
        r#"edit * /buckets = [{"bucket":"gpt-5-4","total_usd":0,"#,
        r#""input_tokens":0,"output_tokens":0,"call_count":0}]"#
    )],
    check: Check::Management(Hooks {
        body: Some(window),
        ..Hooks::NONE
    }),
};

/// Part of a day at either end.
const WINDOW_DAYS: i64 = 31;

fn window(whole: &Whole<'_, State>) -> Verdict {
    let parameters = whole.asked.parameters();
    let is_narrowed = parameters.is_none_or(|parameters| {
        let names = ["since", "until", "group_by"];
        parameters
            .iter()
            .any(|(name, _)| names.contains(&name.as_str()))
    });
    let Some(buckets) = buckets(whole).filter(|buckets| !is_narrowed && !buckets.is_empty()) else {
        return Verdict::Silent;
    };
    if let Some((name, _)) = buckets.iter().find(|(_, day)| day.is_none()) {
        let found = quoted(name);
        return Verdict::fail(format!("expected buckets by day, found {found}"));
    }
    let days = || buckets.iter().filter_map(|(_, day)| *day);
    let span = days().max().unwrap_or(0) - days().min().unwrap_or(0);
    Verdict::when(span <= WINDOW_DAYS, || {
        format!("expected buckets of the last 30 days, found `{span}` days between them")
    })
}

/// A window holds its first instant and not its last.
pub(super) static BOUNDS: Rule = Rule {
    id: "GW-059",
    name: "usage-outside-window",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/account/me-usage: `since` is inclusive, `until` \
        exclusive",
    explanation: "Buckets lie within the window that was asked for: from `since` on, before \
        `until`. Months that are asked for one after the other count a day twice otherwise.",
    violations: &[
        body(MAY, days!("2026-06-01", "2026-05-31")),
        body(MAY, days!("2026-05-31", "2026-04-30")),
    ],
    conforming: &[body(MAY, days!("2026-05-31", "2026-05-01"))],
    faults: &[],
    check: Check::Management(Hooks {
        body: Some(bounds),
        ..Hooks::NONE
    }),
};

fn bounds(whole: &Whole<'_, State>) -> Verdict {
    let since = parameter(whole.asked.get(), "since").and_then(|since| day(&since));
    let until = parameter(whole.asked.get(), "until");
    // Of a day that ends within the window a part belongs to it.
    let ends_a_day = |until: &str| until.len() == 10 || until.get(10..19) == Some("T00:00:00");
    let last = until.as_deref().and_then(|until| {
        let is_utc = until.len() == 10 || until.ends_with('Z');
        let day = day(until).filter(|_| is_utc)?;
        Some(if ends_a_day(until) { day - 1 } else { day })
    });
    let Some(buckets) = buckets(whole).filter(|_| since.or(last).is_some()) else {
        return Verdict::Silent;
    };
    let mut verdict = Verdict::Silent;
    for (name, day) in buckets {
        let Some(day) = day else { continue };
        if since.is_some_and(|since| day < since) || last.is_some_and(|last| day > last) {
            let found = quoted(name);
            return Verdict::fail(format!("expected buckets within the window, found {found}"));
        }
        verdict = Verdict::Pass;
    }
    verdict
}

/// One model that can do these things.
macro_rules! able {
    ($capabilities:literal) => {
        concat!(
            r#"{"object":"list","data":[{"id":"a","object":"model","created":1714003200,"#,
            r#""owned_by":"x","capabilities":["#,
            $capabilities,
            "]}]}"
        )
    };
}

const VISION: &str = "/v1/models?capability=vision\n";

/// A filter leaves out what it should.
pub(super) static CAPABILITY: Rule = Rule {
    id: "GW-120",
    name: "models-not-filtered",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/utility/v1-models: `capability` filters, may repeat",
    explanation: "`?capability=` leaves the models that have it. A client that asks for models \
        with vision sends its picture to any of those listed; where the filter is ignored the \
        first one refuses it. (Of several, one is enough: no page says whether all are meant.)",
    violations: &[body(VISION, able!(r#""text""#))],
    conforming: &[body(VISION, able!(r#""text","vision""#))],
    faults: &[r#"edit * /data/0/capabilities = ["none"]"#],
    check: Check::Management(Hooks {
        body: Some(filtered),
        ..Hooks::NONE
    }),
};

fn filtered(whole: &Whole<'_, State>) -> Verdict {
    let wanted = whole.asked.parameters().unwrap_or_default();
    let mut wanted = wanted.into_iter();
    let wanted: Vec<String> = wanted
        .by_ref()
        .filter_map(|(name, value)| (name == "capability").then_some(value))
        .collect();
    let models = of(whole, Endpoint::Models).and_then(|body| body.get("data")?.as_array());
    let Some(models) = models.filter(|models| !wanted.is_empty() && !models.is_empty()) else {
        return Verdict::Silent;
    };
    for model in models {
        let has = model.get("capabilities").and_then(Value::as_array);
        let has = || has.into_iter().flatten().filter_map(Value::as_str);
        if !has().any(|able| wanted.iter().any(|wanted| wanted == able)) {
            let found = quoted_value(model.get("id"));
            let wanted = wanted.join("`, `");
            return Verdict::fail(format!("expected models with `{wanted}`, found {found}"));
        }
    }
    Verdict::Pass
}

/// A refused look at one model.
const fn refused(request: &'static str, status: u16, text: &'static str) -> Sample {
    Sample::Answer {
        request,
        status,
        headers: &[("content-type", "application/json")],
        body: text,
    }
}

const ONE: &str = "/v1/models @target=/v1/models/no-such-model\n";
const UNKNOWN_CODE: &str = concat!(
    r#"{"error":{"message":"no such model","type":"invalid_request_error","param":"model","#,
    r#""code":"model_not_found"}}"#
);

/// The path's id, where one model was asked about.
fn asked_about(asked: &Asked) -> Option<String> {
    let path = asked.target.as_deref()?.split('?').next()?;
    let (_, id) = path.split_once("/models/")?;
    (asked.endpoint == Endpoint::Models && !id.is_empty()).then(|| id.to_owned())
}

/// A model that is not there.
pub(super) static UNKNOWN: Rule = Rule {
    id: "OAI-060",
    name: "model-not-found-code",
    severity: Severity::Must,
    source: "Recorded refusals of the vendor; its clients raise `NotFoundError` at 404",
    explanation: "Asked about a model that is not there, answer 404 with the code \
        `model_not_found` (the gateway's pages know three more): clients offer another model when \
        they see it. A success with nothing in it is taken for a model.",
    violations: &[
        refused(
            ONE,
            404,
            r#"{"error":{"message":"no","type":"invalid_request_error","param":null,"code":null}}"#,
        ),
        body(
            "/v1/models @target=/v1/models/no-such-model @mistake=unknown-model\n",
            "null",
        ),
    ],
    conforming: &[refused(ONE, 404, UNKNOWN_CODE)],
    faults: &[],
    check: Check::Management(Hooks {
        body: Some(|whole| {
            let here = whole.asked.endpoint == Endpoint::Models;
            match whole.asked.mistake {
                Some(Mistake::UnknownModel) if here => {
                    Verdict::fail("expected a refusal of an unknown model, found a success")
                }
                Some(_) | None => Verdict::Silent,
            }
        }),
        refusal: Some(|whole| {
            // A route that is not there is another thing.
            let made = whole.asked.mistake;
            let is_other = made.is_some_and(|made| made != Mistake::UnknownModel);
            if asked_about(whole.asked.get()).is_none() || whole.head.status != 404 || is_other {
                return Verdict::Silent;
            }
            let code = whole.body.ok().and_then(|body| body.pointer("/error/code"));
            let known = [
                "model_not_found",
                "unsupported_model",
                "model_not_allowed",
                "model_not_in_group",
            ];
            let is_known = code.and_then(Value::as_str);
            Verdict::when(is_known.is_some_and(|code| known.contains(&code)), || {
                let found = quoted_value(code);
                format!("expected the code `model_not_found`, found {found}")
            })
        }),
        ..Hooks::NONE
    }),
};

/// An id is read as it was meant.
pub(super) static ENCODED: Rule = Rule {
    id: "OAI-061",
    name: "model-id-not-decoded",
    severity: Severity::Must,
    source: "Behaviour of the vendor's clients: ids are percent-encoded in the path",
    explanation: "`/v1/models/org%2Fmodel` asks about `org/model`. A server that takes the id as \
        it stands in the path answers about a model that nobody has, under a name that no other \
        answer repeats.",
    violations: &[body(
        "/v1/models @target=/v1/models/org%2Fmodel\n",
        r#"{"id":"org%2Fmodel","object":"model","created":1714003200,"owned_by":"x"}"#,
    )],
    conforming: &[body(
        "/v1/models @target=/v1/models/org%2Fmodel\n",
        r#"{"id":"org/model","object":"model","created":1714003200,"owned_by":"x"}"#,
    )],
    faults: &[],
    check: Check::Management(Hooks {
        body: Some(|whole| {
            let raw = asked_about(whole.asked.get());
            let id = of(whole, Endpoint::Models).and_then(|body| body.get("id")?.as_str());
            let (Some(raw), Some(id)) = (raw.filter(|raw| raw.contains('%')), id) else {
                return Verdict::Silent;
            };
            // Under an alias a model may be told by its real name.
            Verdict::when(id != raw, || {
                let wanted = whole.asked.last_segment().unwrap_or_default();
                format!("expected the id {}, found {}", quoted(&wanted), quoted(id))
            })
        }),
        ..Hooks::NONE
    }),
};

const NO_KEY: &str = "/v1/models @mistake=no-key\n";

/// The list is for those who have a key.
pub(super) static NO_KEY_REFUSED: Rule = Rule {
    id: "OAI-062",
    name: "models-without-key",
    severity: Severity::Should,
    source: "OpenAI documentation, error codes: 401 without a key",
    explanation: "Which models a key may call is told to its holder. Without a key the answer is \
        401 with an `error` object; a list instead makes a client believe that its key works.",
    violations: &[
        body(NO_KEY, r#"{"object":"list","data":[]}"#),
        refused(NO_KEY, 404, r#"{"error":{"message":"no"}}"#),
    ],
    conforming: &[refused(
        NO_KEY,
        401,
        r#"{"error":{"message":"no","type":"authentication_error"}}"#,
    )],
    faults: &["edit status 404"],
    check: Check::Management(Hooks {
        body: Some(|whole| keyless(whole, false)),
        refusal: Some(|whole| keyless(whole, whole.head.status == 401)),
        ..Hooks::NONE
    }),
};

fn keyless(whole: &Whole<'_, State>, is_right: bool) -> Verdict {
    let is_keyless = whole.asked.mistake == Some(Mistake::NoKey);
    if whole.asked.endpoint != Endpoint::Models || !is_keyless {
        return Verdict::Silent;
    }
    let error = whole.body.ok().and_then(|body| body.get("error"));
    Verdict::when(is_right && error.is_some_and(Value::is_object), || {
        format!(
            "expected status `401` with an `error`, found `{}`",
            whole.head.status
        )
    })
}
