//! Reads a threshold's text, and says which part of it is wrong.

use std::ops::Range;

use super::{
    COMPARISONS, COUNT, Comparison, FIGURES, METRICS, STATISTICS, Statistic, Subject, TIME,
    Threshold, ThresholdError, Unit,
};
use crate::suggest::nearest;
use crate::units::{Rate, decimal, parse_duration, parse_share};

impl Threshold {
    /// Reads `SUBJECT OP LIMIT [{request=NAME, phase=NAME}]`. Whether these exist is the caller's
    /// to check; `line` is kept for messages.
    pub fn parse(text: &str, line: usize) -> Result<Self, ThresholdError> {
        let chars: Vec<char> = text.chars().collect();
        if chars.len() > 1000 {
            return Err(wrong(
                0..chars.len(),
                "a threshold has at most 1000 characters",
            ));
        }
        let parts = Parts::cut(&chars)?;
        let (subject, units) = parse_subject(&parts.subject)?;
        let comparison = parse_comparison(&parts.sign)?;
        let (limit, unit) = parse_limit(&parts.limit, units, &parts.subject.text)?;
        let (mut request, mut phase) = (None, None);
        if let Some(filter) = &parts.filter {
            is_filtered(&subject, filter)?;
            (request, phase) = parse_filter(filter)?;
        }
        let text = text.trim().to_owned();
        Ok(Self {
            text,
            subject,
            comparison,
            limit,
            unit,
            request,
            phase,
            line,
        })
    }
}

/// A stretch of the text, without the space around it.
struct Part {
    range: Range<usize>,
    text: String,
}

struct Parts {
    subject: Part,
    sign: Part,
    limit: Part,
    /// Between the braces.
    filter: Option<Part>,
}

impl Parts {
    fn cut(chars: &[char]) -> Result<Self, ThresholdError> {
        let form = || {
            Some(
                "the form is `SUBJECT OP LIMIT {request=NAME, phase=NAME}`, the last part optional",
            )
        };
        let is_sign = |c: &char| matches!(c, '<' | '>' | '=' | '!' | '~');
        let end = chars.len();
        let brace = chars.iter().position(|c| *c == '{').unwrap_or(end);
        let head = &chars[..brace];
        let Some(sign) = head.iter().position(is_sign) else {
            let at = part(chars, 0..brace).range.end;
            return Err(ThresholdError {
                range: at..at + 1,
                message: "expected a comparison: `<`, `<=`, `==`, `>=` or `>`".to_owned(),
                help: form().map(str::to_owned),
            });
        };
        let after = sign + head[sign..].iter().take_while(|c| is_sign(c)).count();
        let filter = if brace < end {
            let rest = part(chars, brace..end);
            if !rest.text.ends_with('}') {
                return Err(wrong(
                    rest.range,
                    "the closing `}` is missing, or not the end",
                ));
            }
            Some(part(chars, brace + 1..rest.range.end - 1))
        } else {
            None
        };
        Ok(Self {
            subject: part(chars, 0..sign),
            sign: part(chars, sign..after),
            limit: part(chars, after..brace),
            filter,
        })
    }
}

fn part(chars: &[char], range: Range<usize>) -> Part {
    let inner = &chars[range.clone()];
    let before = inner.iter().take_while(|c| c.is_whitespace()).count();
    let after = inner[before..]
        .iter()
        .rev()
        .take_while(|c| c.is_whitespace())
        .count();
    let range = range.start + before..range.end - after;
    Part {
        text: chars[range.clone()].iter().collect(),
        range,
    }
}

fn wrong(range: Range<usize>, message: impl Into<String>) -> ThresholdError {
    ThresholdError {
        range,
        message: message.into(),
        help: None,
    }
}

fn parse_subject(part: &Part) -> Result<(Subject, &'static [Unit]), ThresholdError> {
    let text = part.text.as_str();
    if let Some(figure) = FIGURES.iter().find(|figure| figure.name == text) {
        return Ok((Subject::Figure(text.to_owned()), figure.units));
    }
    let (name, statistic) = text
        .split_once('.')
        .map_or((text, None), |(n, s)| (n, Some(s)));
    let Some(metric) = METRICS.iter().find(|metric| metric.name == name) else {
        return Err(unknown_subject(part, name, statistic));
    };
    let start = part.range.start + name.chars().count() + 1;
    let Some(statistic) = statistic else {
        let mut error = wrong(part.range.clone(), format!("`{name}` needs a statistic"));
        error.help = Some(format!(
            "for example `{name}.p99`, or `count`, `min`, `mean`, `max`"
        ));
        return Err(error);
    };
    let statistic = parse_statistic(statistic, start..part.range.end)?;
    let units = if statistic == Statistic::Count {
        COUNT
    } else {
        metric.units
    };
    Ok((
        Subject::Latency {
            metric: name.to_owned(),
            statistic,
        },
        units,
    ))
}

fn unknown_subject(part: &Part, name: &str, statistic: Option<&str>) -> ThresholdError {
    if part.text.is_empty() {
        return wrong(0..1, "there is no subject before the comparison");
    }
    let mut error = wrong(
        part.range.clone(),
        format!("nothing is measured as `{}`", shown(&part.text)),
    );
    let metric = nearest(name, METRICS.iter().map(|metric| metric.name));
    let figure = nearest(&part.text, FIGURES.iter().map(|figure| figure.name));
    error.help = match (metric, figure) {
        (_, Some(figure)) => Some(format!("did you mean `{figure}`?")),
        (Some(metric), None) => {
            let statistic = statistic.unwrap_or("p99");
            Some(format!("did you mean `{metric}.{}`?", shown(statistic)))
        }
        (None, None) => {
            let metrics: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
            Some(format!("known metrics: {}", metrics.join(" ")))
        }
    };
    error
}

fn parse_statistic(text: &str, range: Range<usize>) -> Result<Statistic, ThresholdError> {
    let known = match text {
        "count" => Some(Statistic::Count),
        "min" => Some(Statistic::Min),
        "mean" => Some(Statistic::Mean),
        "max" => Some(Statistic::Max),
        _ => None,
    };
    if let Some(statistic) = known {
        return Ok(statistic);
    }
    if let Some(percent) = text.strip_prefix('p').and_then(decimal) {
        let decimals = text
            .split_once('.')
            .map_or(0, |(_, decimals)| decimals.len());
        if percent > 0.0 && percent < 100.0 && decimals <= 3 {
            return Ok(Statistic::Percentile(percent));
        }
        let mut error = wrong(
            range,
            "a percentile is above 0 and below 100, with 3 decimals at most",
        );
        error.help = Some("the largest value is `max`, the smallest `min`".to_owned());
        return Err(error);
    }
    let mut error = wrong(range, format!("unknown statistic `{}`", shown(text)));
    error.help = Some(match text {
        "avg" | "average" => "did you mean `mean`?".to_owned(),
        "median" | "med" => "did you mean `p50`?".to_owned(),
        _ => match nearest(text, STATISTICS) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                "known: `count`, `min`, `mean`, `max`, and percentiles such as `p99`".to_owned()
            }
        },
    });
    Err(error)
}

fn parse_comparison(part: &Part) -> Result<Comparison, ThresholdError> {
    let found = COMPARISONS.iter().find(|(sign, _)| *sign == part.text);
    if let Some((_, comparison)) = found {
        return Ok(*comparison);
    }
    let mut error = wrong(
        part.range.clone(),
        format!("`{}` is no comparison", shown(&part.text)),
    );
    error.help = Some(match part.text.as_str() {
        "=" => "did you mean `==`?".to_owned(),
        "=<" => "did you mean `<=`?".to_owned(),
        "=>" => "did you mean `>=`?".to_owned(),
        _ => "known: `<`, `<=`, `==`, `>=` and `>`".to_owned(),
    });
    Err(error)
}

fn parse_limit(part: &Part, units: &[Unit], subject: &str) -> Result<(f64, Unit), ThresholdError> {
    let text = part.text.as_str();
    for unit in units {
        let limit = match unit {
            Unit::Nanoseconds => parse_duration(text)
                .ok()
                .map(|limit| limit.as_nanos() as f64),
            Unit::Count => decimal(text).filter(|count| count.fract() == 0.0),
            // A bare number would be a count where both are possible.
            Unit::Share if units.len() > 1 && !text.ends_with('%') => None,
            Unit::Share => parse_share(text).filter(|share| *share <= 1.0),
            Unit::PerSecond if text == "0/s" || text == "0" => Some(0.0),
            Unit::PerSecond => Rate::parse(text)
                .ok()
                .map(Rate::as_per_second)
                .or(decimal(text)),
        };
        if let Some(limit) = limit {
            return Ok((limit, *unit));
        }
    }
    let forms: Vec<&str> = units.iter().map(|unit| unit.form()).collect();
    let forms = forms.join(", or ");
    if text.is_empty() {
        let range = part.range.start..part.range.start + 1;
        return Err(wrong(range, format!("there is no limit: expected {forms}")));
    }
    let mut error = wrong(
        part.range.clone(),
        format!("`{subject}` takes {forms}, found `{}`", shown(text)),
    );
    if units == TIME && decimal(text).is_some() {
        error.help = Some(format!("a duration has a unit: `{text}ms`"));
    }
    Err(error)
}

/// What belongs to no single request or phase cannot be asked of one.
fn is_filtered(subject: &Subject, part: &Part) -> Result<(), ThresholdError> {
    let Subject::Figure(name) = subject else {
        return Ok(());
    };
    if name.starts_with("errors.") || name.starts_with("requests.") {
        return Ok(());
    }
    let range = part.range.start - 1..part.range.end + 1;
    let mut error = wrong(range, format!("`{name}` is a figure of the whole run"));
    error.help = Some("leave the filter out".to_owned());
    Err(error)
}

/// The request and the phase.
fn parse_filter(part: &Part) -> Result<(Option<String>, Option<String>), ThresholdError> {
    let (mut request, mut phase) = (None, None);
    for filter in part.text.split(',') {
        let (key, name) = filter.split_once('=').unwrap_or((filter, ""));
        let (key, name) = (key.trim(), name.trim());
        let slot = match key {
            "request" => Some(&mut request),
            "phase" => Some(&mut phase),
            _ => None,
        };
        match slot {
            Some(slot) if !name.is_empty() && slot.is_none() => *slot = Some(name.to_owned()),
            Some(_) | None => {
                let mut error = wrong(part.range.start - 1..part.range.end + 1, "not a filter");
                let forms = "filters are `{request=NAME}`, `{phase=NAME}` and `{request=NAME, \
                             phase=NAME}`";
                error.help = Some(forms.to_owned());
                return Err(error);
            }
        }
    }
    Ok((request, phase))
}

/// A piece of the text, cut when long.
fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(text: &str) -> (f64, Unit) {
        let threshold = Threshold::parse(text, 1).unwrap_or_else(|e| panic!("{text}: {e}"));
        (threshold.limit, threshold.unit)
    }

    fn fault(text: &str) -> String {
        let error = Threshold::parse(text, 1).expect_err(text);
        let start = error.range.start;
        let under: String = text.chars().skip(start).take(error.range.len()).collect();
        let help = error
            .help
            .map(|help| format!("\n  {help}"))
            .unwrap_or_default();
        format!("{text}\n  [{under}] {}{help}\n", error.message)
    }

    #[test]
    fn each_subject_has_limits_in_its_own_unit() {
        for (text, expected) in [
            ("ttft.p99 < 800ms", (800_000_000.0, Unit::Nanoseconds)),
            ("tpot.mean<=1.5ms", (1_500_000.0, Unit::Nanoseconds)),
            ("e2e.count >= 100", (100.0, Unit::Count)),
            ("tokens_per_second.p5 > 20/s", (20.0, Unit::PerSecond)),
            ("tokens_per_second.min > 20", (20.0, Unit::PerSecond)),
            ("conformance.violations == 0", (0.0, Unit::Count)),
            ("errors.unexpected < 0.1%", (0.001, Unit::Share)),
            ("errors.unexpected < 3", (3.0, Unit::Count)),
            ("requests.rate >= 120/m", (2.0, Unit::PerSecond)),
            ("goodput.ratio >= 99.5%", (0.995, Unit::Share)),
            ("goodput.ratio >= 0.5", (0.5, Unit::Share)),
        ] {
            let (found, unit) = limit(text);
            assert!((found - expected.0).abs() < 1e-9, "{text}: {found}");
            assert_eq!(unit, expected.1, "{text}");
        }
    }

    #[test]
    fn a_threshold_keeps_what_was_written_and_what_is_meant() {
        let threshold = Threshold::parse("  gap.p99.9 > 1s { request = chat-1 } ", 7);
        let subject = Subject::Latency {
            metric: "gap".to_owned(),
            statistic: Statistic::Percentile(99.9),
        };
        let expected = Threshold {
            text: "gap.p99.9 > 1s { request = chat-1 }".to_owned(),
            subject,
            comparison: Comparison::Greater,
            limit: 1e9,
            unit: Unit::Nanoseconds,
            request: Some("chat-1".to_owned()),
            phase: None,
            line: 7,
        };
        assert_eq!(threshold, Ok(expected));
    }

    #[test]
    fn a_threshold_can_be_about_a_request_a_phase_or_both() {
        for (text, request, phase) in [
            ("e2e.max < 1s {phase=p}", None, Some("p")),
            ("e2e.max < 1s {request=r, phase=p}", Some("r"), Some("p")),
            (
                "errors.total < 1% { phase = p , request = r }",
                Some("r"),
                Some("p"),
            ),
        ] {
            let threshold = Threshold::parse(text, 1).unwrap();
            let found = (threshold.request.as_deref(), threshold.phase.as_deref());
            assert_eq!(found, (request, phase), "{text}");
        }
    }

    #[test]
    fn a_fault_is_placed_at_the_part_that_is_wrong() {
        let faults = [
            "",
            "tfft.p99 < 1s",
            "conformance.violation == 0",
            "ttft < 1s",
            "ttft.avg < 1s",
            "ttft.p100 < 1s",
            "ttft.p99 = 1s",
            "ttft.p99 < 800",
            "ttft.p99 < ",
            "errors.total < -1",
            "goodput.ratio > 101%",
        ];
        let faults: String = faults.into_iter().map(fault).collect();
        expect_test::expect![[r#"

              [] expected a comparison: `<`, `<=`, `==`, `>=` or `>`
              the form is `SUBJECT OP LIMIT {request=NAME, phase=NAME}`, the last part optional
            tfft.p99 < 1s
              [tfft.p99] nothing is measured as `tfft.p99`
              did you mean `ttft.p99`?
            conformance.violation == 0
              [conformance.violation] nothing is measured as `conformance.violation`
              did you mean `conformance.violations`?
            ttft < 1s
              [ttft] `ttft` needs a statistic
              for example `ttft.p99`, or `count`, `min`, `mean`, `max`
            ttft.avg < 1s
              [avg] unknown statistic `avg`
              did you mean `mean`?
            ttft.p100 < 1s
              [p100] a percentile is above 0 and below 100, with 3 decimals at most
              the largest value is `max`, the smallest `min`
            ttft.p99 = 1s
              [=] `=` is no comparison
              did you mean `==`?
            ttft.p99 < 800
              [800] `ttft.p99` takes a duration such as `800ms`, found `800`
              a duration has a unit: `800ms`
            ttft.p99 < 
              [] there is no limit: expected a duration such as `800ms`
            errors.total < -1
              [-1] `errors.total` takes a percentage such as `0.1%`, or a whole number, found `-1`
            goodput.ratio > 101%
              [101%] `goodput.ratio` takes a percentage such as `0.1%`, found `101%`
        "#]]
        .assert_eq(&faults);
    }

    #[test]
    fn a_fault_in_a_filter_says_what_filters_there_are() {
        let faults = [
            "ttft.p99 < 1s {req=a}",
            "ttft.p99 < 1s {phase=a, phase=b}",
            "ttft.p99 < 1s {request=a, }",
            "billing.overcharged == 0 {phase=a}",
            "ttft.p99 < 1s {request=a",
            "ttft.p99 < 1s {request=a} x",
        ];
        let faults: String = faults.into_iter().map(fault).collect();
        expect_test::expect![[r#"
            ttft.p99 < 1s {req=a}
              [{req=a}] not a filter
              filters are `{request=NAME}`, `{phase=NAME}` and `{request=NAME, phase=NAME}`
            ttft.p99 < 1s {phase=a, phase=b}
              [{phase=a, phase=b}] not a filter
              filters are `{request=NAME}`, `{phase=NAME}` and `{request=NAME, phase=NAME}`
            ttft.p99 < 1s {request=a, }
              [{request=a, ] not a filter
              filters are `{request=NAME}`, `{phase=NAME}` and `{request=NAME, phase=NAME}`
            billing.overcharged == 0 {phase=a}
              [{phase=a}] `billing.overcharged` is a figure of the whole run
              leave the filter out
            ttft.p99 < 1s {request=a
              [{request=a] the closing `}` is missing, or not the end
            ttft.p99 < 1s {request=a} x
              [{request=a} x] the closing `}` is missing, or not the end
        "#]]
        .assert_eq(&faults);
    }

    #[test]
    fn a_name_that_is_near_to_nothing_gets_the_list_of_all() {
        let help = Threshold::parse("zzz < 1", 1).unwrap_err().help.unwrap();
        assert!(
            METRICS.iter().all(|metric| help.contains(metric.name)),
            "{help}"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_parsing_panic(text in "[a-z0-9._ <>={}%/p\u{e9}]{0,40}|\\PC{0,60}") {
            if let Err(error) = Threshold::parse(&text, 1) {
                proptest::prop_assert!(error.range.start <= error.range.end);
            }
        }
    }
}
