//! Rows and requests brought together: what each request was charged, and what is left over.

use std::collections::{BTreeMap, HashMap};

use super::class::Class;
use super::credits::{Amount, Credits};
use super::entry::{Entry, fingerprint};
use super::matching::{Attributes, Listed, Matching, Request, matched};
use super::rows::{Rows, UsageRow};
use super::terms::Terms;

/// No row.
pub(super) const NONE: u32 = u32::MAX;

/// Everything that the rows say, by request.
#[derive(Debug, Default)]
pub(super) struct Reconciled {
    pub(super) rows: Rows,
    pub(super) matching: Matching,
    /// The first row of each request.
    pub(super) row_of: Vec<u32>,
}

/// Names told apart by a number.
#[derive(Default)]
struct Names<'a>(HashMap<&'a str, u32>);

impl<'a> Names<'a> {
    fn number(&mut self, name: &'a str) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(name).or_insert(next)
    }
}

impl Reconciled {
    /// Matches, and writes each request's charge into its entry.
    pub(super) fn new(
        rows: Rows,
        entries: &mut [Entry],
        (aliases, told): (&HashMap<u64, u64>, &BTreeMap<u32, Amount>),
        terms: &Terms,
    ) -> Self {
        let span = clock_span(&rows, entries, terms);
        let tells = Told::of(&rows);
        let keys = KeyNames::of(&rows, entries, aliases, terms);
        let mut names = Names::default();
        let requests: Vec<_> = entries
            .iter()
            .zip(0..)
            .map(|(entry, index)| {
                let mut one = tells.kept(request(entry, terms, span, &mut names));
                one.attributes.model = keys.of_request(one.attributes.model, entry);
                one.told = told.get(&index).map(|told| told.credits.0);
                one
            })
            .collect();
        let listed: Vec<_> = rows
            .rows
            .iter()
            .map(|row| {
                let model = if tells.model {
                    names.number(&row.model)
                } else {
                    0
                };
                let mut one = listed(row, &rows, keys.of_row(model, row));
                one.id = aliases.get(&one.id).copied().unwrap_or(one.id);
                one
            })
            .collect();
        let matching = matched(&requests, &listed);
        let mut row_of = vec![NONE; entries.len()];
        let mut charges = vec![0_i64; entries.len()];
        for (row, owner) in matching.owners.iter().enumerate() {
            if let Some(owner) = owner {
                let owner = *owner as usize;
                row_of[owner] = row_of[owner].min(u32::try_from(row).unwrap_or(NONE));
                charges[owner] = charges[owner].saturating_add(listed[row].charge);
            }
        }
        for ((entry, charge), row) in entries.iter_mut().zip(charges).zip(&row_of) {
            entry.set_charge(Credits(charge));
            // It was charged, and what, the row that it lacks would tell.
            if *row == NONE && terms.policy.billed(entry.class).0 > 0 {
                entry.forget_charge();
            }
        }
        Self {
            rows,
            matching,
            row_of,
        }
    }

    pub(super) fn row(&self, entry: usize) -> Option<&UsageRow> {
        self.rows.rows.get(*self.row_of.get(entry)? as usize)
    }

    /// The sum of some rows, by their numbers.
    pub(super) fn sum(&self, rows: &[u32]) -> Credits {
        let mut sum = Credits::ZERO;
        for row in rows {
            sum += self.rows.charge(&self.rows.rows[*row as usize]);
        }
        sum
    }
}

/// What the rows call each of several keys, learnt from the rows whose requests are known by their
/// ids: a row belongs to no request of another key.
struct KeyNames<'a>(HashMap<&'a str, u32>);

/// The number that stands for a key which is none of ours.
const NOT_OURS: u32 = 255;

impl<'a> KeyNames<'a> {
    fn of(rows: &'a Rows, entries: &[Entry], aliases: &HashMap<u64, u64>, terms: &Terms) -> Self {
        let nothing = Self(HashMap::new());
        if terms.key_count() == 1 {
            return nothing;
        }
        let by_id: HashMap<u64, &Entry> = entries.iter().map(|entry| (entry.id, entry)).collect();
        let mut known: HashMap<&str, u32> = HashMap::new();
        for row in rows.rows.iter().filter(|row| !row.request_id.is_empty()) {
            let id = fingerprint(&row.request_id);
            let id = aliases.get(&id).copied().unwrap_or(id);
            let Some((entry, name)) = by_id.get(&id).zip(row.key.as_deref()) else {
                continue;
            };
            if *known.entry(name).or_insert(entry.key.into()) != u32::from(entry.key) {
                return nothing;
            }
        }
        // Where one of them has no name yet, any may be its.
        let is_billed = |entry: &&Entry| terms.policy.billed(entry.class).0 > 0;
        let mut billed = entries.iter().filter(is_billed);
        let is_whole = billed.all(|entry| known.values().any(|key| *key == u32::from(entry.key)));
        if is_whole { Self(known) } else { nothing }
    }

    fn is_known(&self) -> bool {
        !self.0.is_empty()
    }

    /// A number for a model and a key.
    fn of_request(&self, model: u32, entry: &Entry) -> u32 {
        let key = if self.is_known() { entry.key.into() } else { 0 };
        model * 256 + key
    }

    fn of_row(&self, model: u32, row: &UsageRow) -> u32 {
        let known = || {
            row.key
                .as_deref()
                .and_then(|name| self.0.get(name).copied())
        };
        let key = if self.is_known() {
            known().unwrap_or(NOT_OURS)
        } else {
            0
        };
        model * 256 + key
    }
}

/// Which counts the rows tell at all: what they leave out tells no request from another.
#[derive(Debug, Clone, Copy)]
struct Told {
    model: bool,
    tokens: bool,
    units: bool,
}

impl Told {
    fn of(rows: &Rows) -> Self {
        let mut told = Self {
            model: false,
            tokens: false,
            units: false,
        };
        for row in &rows.rows {
            told.model |= !row.model.is_empty();
            told.tokens |= row.input.is_some() || row.output.is_some();
            told.units |= row.images.is_some() || row.seconds.is_some();
        }
        told
    }

    fn kept(self, mut request: Request) -> Request {
        let attributes = &mut request.attributes;
        if !self.model {
            attributes.model = 0;
        }
        if !self.tokens {
            (attributes.input, attributes.output) = (None, None);
        }
        if !self.units {
            attributes.units = None;
        }
        request
    }
}

fn request<'a>(
    entry: &Entry,
    terms: &'a Terms,
    (first, last): (i64, i64),
    names: &mut Names<'a>,
) -> Request {
    let asked = terms.asked.get(usize::from(entry.template.0));
    let model = asked.and_then(|asked| asked.model.as_deref());
    let model = terms.prices.usual_name(model.unwrap_or_default());
    let tokens = |count| (count != Entry::UNTOLD).then_some(u64::from(count));
    let (input, output) = (tokens(entry.input), tokens(entry.output));
    let has_tokens = input.is_some() || output.is_some();
    let end = entry.end();
    let to = if end.0 == u64::MAX {
        i64::MAX
    } else {
        terms.unix(end).saturating_add(last)
    };
    // What makes no tokens has none in its row either.
    let attributes = Attributes {
        model: names.number(model),
        input: Some(input.unwrap_or_default()),
        output: Some(output.unwrap_or_default()),
        units: Some(if has_tokens {
            0
        } else {
            u64::from(entry.units)
        }),
    };
    let (least, most) = terms.policy.billed(entry.class);
    Request {
        id: entry.id,
        attributes,
        from: terms.unix(entry.sent).saturating_add(first),
        to,
        told: None,
        must: least > 0,
        is_open: most > 0,
        // No page says which id a task's row bears.
        has_other_ids: entry.is_task(),
        key: entry.key,
    }
}

fn listed(row: &UsageRow, rows: &Rows, model: u32) -> Listed {
    let tells_tokens = row.input.is_some() || row.output.is_some();
    let units = match (row.images, row.seconds) {
        (None, None) => None,
        (images, seconds) => Some(images.unwrap_or_default() + seconds.unwrap_or_default()),
    };
    Listed {
        id: if row.request_id.is_empty() {
            0
        } else {
            fingerprint(&row.request_id)
        },
        attributes: Attributes {
            model,
            input: row.input.or(tells_tokens.then_some(0)),
            output: row.output.or(tells_tokens.then_some(0)),
            units,
        },
        at: row.at,
        charge: rows.charge(row).0,
    }
}

/// How far the target's clock may stand from ours: what is added to the moment of sending, and to
/// the end, so that all rows that are known by their ids lie between. Rows without ids leave it
/// open.
fn clock_span(rows: &Rows, entries: &[Entry], terms: &Terms) -> (i64, i64) {
    let by_id: HashMap<u64, &Entry> = entries
        .iter()
        .filter(|entry| entry.id != 0)
        .map(|entry| (entry.id, entry))
        .collect();
    let mut span: Option<(i64, i64)> = None;
    for row in &rows.rows {
        let entry = by_id.get(&fingerprint(&row.request_id));
        let Some((entry, at)) = entry.filter(|_| !row.request_id.is_empty()).zip(row.at) else {
            continue;
        };
        let first = at - terms.unix(entry.sent);
        let last = if entry.end().0 == u64::MAX {
            first
        } else {
            at - terms.unix(entry.end())
        };
        let (least, most) = span.unwrap_or((first, last));
        span = Some((least.min(first), most.max(last)));
    }
    let longest = i64::try_from(terms.longest().0 / 1_000_000_000).unwrap_or(i64::MAX / 4);
    // Both clocks are told in whole seconds.
    span.map_or((i64::MIN / 4, i64::MAX / 4), |(first, last)| {
        (first - 2, last + longest + 2)
    })
}

/// Whether a class may not even leave a row that costs nothing: it was refused with a status.
pub(super) fn is_refusal(class: Class) -> bool {
    matches!(
        class,
        Class::Mistake(_)
            | Class::Refused
            | Class::RateLimited
            | Class::ConcurrencyLimited
            | Class::UpstreamError
    )
}
