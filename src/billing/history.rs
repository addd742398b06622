//! Small histories of money as text, so that the audit's checks have samples like every rule.
//!
//! A line is an `answer` (headers, optionally `at=SENT..HEAD` in seconds), a `call
//! ok|refused|broken` (its `id`, `model`, tokens `in` and `out`, `images`, and what an answer has),
//! a `task STATUS` (what it `told`, `model`, `seconds`), the `books` (the first time before the
//! traffic, the second after it), a usage `row`, `rows` where there may be none, a `probe CLASS N`
//! with the books after it (before it: the last books), or the `terms` (`lambda`).

use std::time::Duration;

use super::credits::Amount;
use super::entries::Entries;
use super::rows::UsageRow;
use super::spill::Spill;
use super::spill::shelf::short;
use super::terms::Asked;
use super::{Again, Audit, BillingVerdict, Books, CheckState, KeyBooks, Probe};
use crate::endpoint::Endpoint;
use crate::exchange::{CallEnd, CallKey, Exchange, Nanos};
use crate::judge::Judgement;
use crate::outcome::Outcome;
use crate::protocol::conversation::TaskOutcome;
use crate::protocol::{Facts, Head, Usage};
use crate::rules::{Rule, Sample};
use crate::scenario::TemplateId;

/// Unix seconds at which everything in a history happens.
const NOW: u64 = 1_800_000_000;

/// What a history comes to, which is the same where requests are put away.
fn run(text: &str) -> BillingVerdict {
    let verdict = told(text, Audit::default()).verdict();
    let away = told(text, spilling(short().0)).verdict();
    assert_eq!(format!("{away:?}"), format!("{verdict:?}"), "{text}");
    verdict
}

fn spilling(spill: Spill) -> Audit {
    let mut audit = Audit::default();
    audit.entries = Entries::spilling(spill);
    audit
}

/// All but the verdict.
fn told(text: &str, mut audit: Audit) -> Audit {
    let mut last: Option<Books> = None;
    let mut rows: Option<Vec<UsageRow>> = None;
    for line in text.lines() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "terms" => {
                let lambda = field(rest, "lambda").and_then(|text| text.strip_suffix('s'));
                let lambda = lambda.map(|text| Duration::from_secs(text.parse().unwrap()));
                audit.terms.lambda = lambda;
            }
            "answer" => audit.read(&answer(rest), None, NOW),
            "call" => {
                let quota = last.as_ref().and_then(|books| books.key(0).quota);
                let quota = quota.map_or(10_000_000, |quota| quota.credits.0);
                let usual = format!(" quota={}.{:06}", quota / 1_000_000, quota % 1_000_000);
                let mut exchange = call(&format!("{rest}{usual}"));
                exchange.template = template(&mut audit, rest);
                audit.observe(&exchange, None, NOW);
            }
            "task" => {
                let mut end = task(rest);
                end.template = template(&mut audit, rest);
                audit.call_ended(&end);
            }
            "rows" => rows = Some(rows.unwrap_or_default()),
            "row" => {
                let mut all = rows.unwrap_or_default();
                all.push(row(rest, all.len()));
                rows = Some(all);
            }
            "books" => {
                let books = books(rest);
                if last.is_none() {
                    audit.baseline(vec![books.clone(), books.clone()]);
                }
                audit.settled(books.clone(), true);
                last = Some(books);
            }
            "probe" => {
                let before = last.clone().expect("books before a probe");
                audit.probe(probe(rest, before));
            }
            other => panic!("no such line: {other}"),
        }
    }
    if let Some(rows) = rows {
        audit.rows(Ok(rows));
    }
    audit
}

/// The template of a call's model, made where there is none.
fn template(audit: &mut Audit, text: &str) -> TemplateId {
    let number = |name| field(text, name).map_or(0, |count| count.parse().unwrap());
    audit.terms.asked.push(Asked {
        name: "it".to_owned(),
        model: field(text, "model").map(str::to_owned),
        seconds: number("seconds"),
        ..Asked::default()
    });
    TemplateId(u16::try_from(audit.terms.asked.len() - 1).unwrap())
}

fn row(text: &str, number: usize) -> UsageRow {
    let count = |name| field(text, name).map(|count| count.parse().unwrap());
    UsageRow {
        number: Some(number.to_string()),
        request_id: field(text, "id").unwrap_or_default().to_owned(),
        key: field(text, "key").map(str::to_owned),
        model: field(text, "model").unwrap_or_default().to_owned(),
        at: None,
        input: count("in"),
        output: count("out"),
        cache_read: None,
        cache_write: None,
        images: count("images"),
        seconds: count("seconds"),
        amount: field(text, "credits")
            .and_then(Amount::parse)
            .expect("an amount"),
    }
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.split(' ')
        .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
}

fn answer(text: &str) -> Exchange {
    let mut exchange = Exchange::example(Outcome::Ok);
    let (sent, head) = field(text, "at")
        .and_then(|at| at.split_once(".."))
        .unwrap_or(("0", "1"));
    let [sent, head] = [sent, head].map(|text| Nanos(text.parse::<u64>().unwrap() * 1_000_000_000));
    exchange.times.dispatched = sent;
    exchange.times.head = Some(head);
    exchange.times.closed = Some(head);
    let reset = field(text, "reset")
        .unwrap_or("+60")
        .parse::<i64>()
        .unwrap();
    let reset = NOW.checked_add_signed(reset).unwrap().to_string();
    let headers = [
        ("x-ratelimit-limit", field(text, "limit").or(Some("50.00"))),
        (
            "x-ratelimit-remaining",
            field(text, "remaining").or(Some("40.00")),
        ),
        ("x-ratelimit-reset", Some(reset.as_str())),
        ("x-quota-remaining-credits", field(text, "quota")),
    ];
    let headers = headers
        .iter()
        .filter_map(|(name, value)| Some(((*name).into(), (*value)?.into())));
    exchange.head = Some(Head {
        status: 200,
        headers: headers.collect(),
    });
    exchange
}

fn call(text: &str) -> Exchange {
    let mut exchange = answer(text);
    exchange.endpoint = Endpoint::Messages;
    let head = exchange.head.as_mut().expect("an answer has one");
    if let Some(id) = field(text, "id") {
        head.headers.push(("x-request-id".into(), id.into()));
    }
    if text.starts_with("refused") {
        exchange.outcome = Outcome::Refused;
        head.status = 400;
    } else if text.starts_with("broken") {
        exchange.outcome = Outcome::StreamError;
    }
    let count = |name| field(text, name).map(|count| count.parse().unwrap());
    let usage = count("in").zip(count("out")).map(|(input, output)| Usage {
        input,
        output,
        cached: 0,
    });
    let images = field(text, "images").map_or(0, |count| count.parse().unwrap());
    exchange.judgement = Some(Judgement {
        facts: Facts {
            usage,
            images,
            ..Facts::default()
        },
        ..Judgement::example()
    });
    exchange
}

fn task(text: &str) -> CallEnd {
    let status = text.split(' ').next().unwrap_or_default();
    let cancelled_running = status == "cancelled-running";
    CallEnd {
        call: CallKey {
            phase: 0,
            number: 0,
        },
        template: TemplateId(0),
        key: 0,
        due: Nanos(0),
        ended: Nanos(1),
        requests: 1,
        as_expected: true,
        task: Some(TaskOutcome {
            task_id: "task_1".to_owned(),
            status: status.split('-').next().unwrap_or_default().to_owned(),
            credits_used: field(text, "told").map(str::to_owned),
            cancelled_running,
            known_before: false,
        }),
        turns: None,
    }
}

fn books(text: &str) -> Books {
    let amount = |name| field(text, name).and_then(Amount::parse);
    let count = |name| field(text, name).map(|count| count.parse().unwrap());
    let bucket = amount("limit").zip(amount("remaining"));
    let bucket = bucket.map(|(limit, remaining)| {
        let gone = Amount {
            credits: limit.credits - remaining.credits,
            quantum: remaining.quantum,
        };
        (limit, gone)
    });
    let key = KeyBooks {
        quota: amount("quota"),
        org: amount("org"),
        bucket,
        ..KeyBooks::default()
    };
    Books {
        keys: vec![key],
        available: amount("available"),
        spent: amount("spent"),
        used: amount("used"),
        calls: count("calls"),
        transactions: count("transactions"),
        refunds: count("refunds"),
        rows: count("rows"),
        topped_up: amount("topup"),
    }
}

/// What became of suspects that were sent again: as before, unless the text says otherwise.
fn again(text: &str, requests: u64) -> Again {
    let number = |name| field(text, name).map(|count| count.parse::<u64>().unwrap());
    let billed = number("succeeded").unwrap_or_default();
    Again {
        same: number("same").unwrap_or(requests),
        billed: (billed, billed),
    }
}

fn probe(text: &str, before: Books) -> Probe {
    let is_word = |part: &&str| part.parse::<u64>().is_err() && !part.contains('=');
    let class: Vec<_> = text.split(' ').take_while(is_word).collect();
    let class: Vec<_> = class.into_iter().filter(|word| *word != "replay").collect();
    let class = class.join(" ");
    let requests = text
        .split(' ')
        .find_map(|part| part.parse().ok())
        .expect("how many");
    let free = class == "free endpoint";
    Probe {
        class,
        free,
        requests,
        succeeded: field(text, "succeeded").map_or(0, |count| count.parse().unwrap()),
        late: text.contains(" late"),
        before,
        after: books(text),
        unsettled: false,
        replay: text.contains(" replay").then(|| again(text, requests)),
    }
}

pub(super) fn state(verdict: &BillingVerdict, rule: &Rule) -> CheckState {
    verdict
        .checks
        .iter()
        .find(|check| check.rule.id == rule.id)
        .expect("every check is told")
        .state
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod unread;
