//! Usage rows: one a billed call, wherever the target lists them (C-01).
//!
//! The pages name three paths and few fields, so each fact is looked for under the names that they
//! use or that are usual. What a row does not tell is absent, not zero.

use super::credits::{Amount, Credits};
use super::entry::fingerprint;
use crate::json::Value;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct UsageRow {
    /// The row's own id, where it has one.
    pub number: Option<String>,
    /// The id of the request that it is about; empty: not told.
    pub request_id: String,
    pub key: Option<String>,
    pub model: String,
    /// Unix seconds.
    pub at: Option<i64>,
    /// All input, cached parts included.
    pub input: Option<u64>,
    pub output: Option<u64>,
    pub cache_read: Option<u64>,
    pub cache_write: Option<u64>,
    pub images: Option<u64>,
    pub seconds: Option<u64>,
    /// As written, read as USD.
    pub amount: Amount,
}

/// One page of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    pub rows: Vec<UsageRow>,
    /// Entries that could not be read as rows.
    pub unread: usize,
    /// How many rows there are on all pages.
    pub total: Option<u64>,
}

/// All rows of a run.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    pub rows: Vec<UsageRow>,
    /// What one unit of the written amounts is worth, in credits of the amounts as they were read.
    pub micros: bool,
}

impl Page {
    /// Reads a body that lists rows; `None`: it lists none, whatever else it says.
    pub fn of(body: &Value) -> Option<Self> {
        let names = ["items", "data", "rows", "usage"];
        let list = body.as_array().or_else(|| {
            let mut lists = names.iter().filter_map(|name| body.get(*name)?.as_array());
            lists.next()
        })?;
        let rows: Vec<_> = list.iter().filter_map(UsageRow::of).collect();
        Some(Self {
            unread: list.len() - rows.len(),
            rows,
            total: body.get("total").and_then(Value::as_u64),
        })
    }
}

impl UsageRow {
    fn of(value: &Value) -> Option<Self> {
        let find = |names: &[&str]| names.iter().find_map(|name| value.get(*name));
        let text = |names: &[&str]| find(names)?.plain().map(String::from);
        let count = |names: &[&str]| find(names).and_then(Value::as_u64);
        let amount = find(&[
            "credits",
            "credits_used",
            "cost_usd",
            "total_usd",
            "amount_usd",
        ]);
        Some(Self {
            amount: amount.and_then(Amount::of_json)?,
            number: text(&["id"]),
            request_id: text(&["request_id", "requestId", "request"]).unwrap_or_default(),
            key: text(&["api_key_id", "api_key", "key_id"]),
            model: text(&["model"]).unwrap_or_default(),
            at: text(&["created_at", "timestamp", "created", "time"]).and_then(|at| unix(&at)),
            input: count(&["prompt_tokens", "input_tokens"]),
            output: count(&["completion_tokens", "output_tokens"]),
            cache_read: count(&[
                "cache_read_tokens",
                "cached_tokens",
                "cache_read_input_tokens",
            ]),
            cache_write: count(&["cache_write_tokens", "cache_creation_input_tokens"]),
            images: count(&["images", "image_count"]),
            seconds: count(&["seconds", "duration_seconds"]),
        })
    }

    /// Tells it from others of the same listing.
    pub fn identity(&self) -> u64 {
        match &self.number {
            Some(number) => fingerprint(number),
            None => fingerprint(&format!("{self:?}")),
        }
    }
}

/// Unix seconds of an ISO time, or of a number of seconds.
fn unix(text: &str) -> Option<i64> {
    let time = text.parse::<jiff::Timestamp>();
    time.map(jiff::Timestamp::as_second)
        .ok()
        .or_else(|| text.parse().ok())
}

impl Rows {
    /// C-04: amounts are USD, or whole micro-USD. `told`: what the buckets say of the same time.
    pub fn new(rows: Vec<UsageRow>, told: Option<Credits>) -> Self {
        let usd: i64 = rows.iter().map(|row| row.amount.credits.0).sum();
        let is_whole = |row: &UsageRow| row.amount.quantum.0 == 1_000_000;
        let as_micros = usd / 1_000_000;
        // A call for whole dollars is as good as unheard of; a run of nothing else is micro-USD.
        let is_micros = usd > 0 && rows.iter().all(is_whole) && told != Some(Credits(usd));
        let fits = told.is_none_or(|told| told == Credits(as_micros) || is_micros);
        Self {
            rows,
            micros: is_micros && fits,
        }
    }

    pub fn charge(&self, row: &UsageRow) -> Credits {
        if self.micros {
            return Credits(row.amount.credits.0 / 1_000_000);
        }
        row.amount.credits
    }

    pub fn sum(&self) -> Credits {
        let mut sum = Credits::ZERO;
        self.rows.iter().for_each(|row| sum += self.charge(row));
        sum
    }
}

/// Reading a listing page by page, newest first, down to what was there before the run.
#[derive(Debug, Default)]
pub struct Listing {
    known: Vec<u64>,
    seen: std::collections::HashSet<u64>,
    rows: Vec<UsageRow>,
    total: Option<u64>,
    fault: Option<String>,
    is_over: bool,
}

impl Listing {
    /// `known`: rows of the first page before the run, by their identities.
    pub fn new(known: Vec<u64>) -> Self {
        Self {
            known,
            ..Self::default()
        }
    }

    /// Takes the next page in; whether another is needed.
    pub fn take(&mut self, page: Option<Page>, size: usize) -> bool {
        let Some(page) = page else {
            self.fail("a page of the usage rows could not be read");
            return false;
        };
        if page.unread > 0 {
            self.fail("a usage row tells no amount");
        }
        if self.total.is_some() && self.total != page.total {
            self.fail("the usage rows were still growing while they were read");
        }
        self.total = page.total;
        let count = page.rows.len();
        for row in page.rows {
            let identity = row.identity();
            if self.known.contains(&identity) {
                self.is_over = true;
                return false;
            }
            if row.number.is_none() || self.seen.insert(identity) {
                self.rows.push(row);
            }
        }
        self.is_over = self.known.is_empty() && count < size;
        count == size && self.fault.is_none()
    }

    fn fail(&mut self, why: &str) {
        self.fault.get_or_insert_with(|| why.to_owned());
    }

    /// All rows since the run began, or why they are not known.
    pub fn finish(self) -> Result<Vec<UsageRow>, String> {
        // Some rows may stand above younger ones: they were written later than their calls.
        let mut told = self.rows.iter().filter_map(|row| row.at);
        if let Some((first, last)) = told.next().zip(told.next_back())
            && first < last
        {
            return Err("the usage rows are not listed newest first".to_owned());
        }
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if !self.is_over {
            return Err("the usage rows do not reach back to before the run".to_owned());
        }
        Ok(self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Option<Page> {
        Page::of(&crate::json::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn rows_are_read_under_the_names_that_pages_use() {
        let read = page(
            r#"{"items":[{"id":7,"created_at":"2026-05-26T06:40:00Z","request_id":"req_1",
            "api_key_id":1,"model":"m","prompt_tokens":3,"completion_tokens":4,
            "credits":0.000123}],"total":1}"#,
        )
        .unwrap();
        let row = &read.rows[0];
        assert_eq!(
            (row.input, row.output, row.images),
            (Some(3), Some(4), None)
        );
        assert_eq!(row.at, Some(1_779_777_600));
        assert_eq!(row.amount.credits, Credits(123));
        assert_eq!(
            (row.number.as_deref(), row.key.as_deref()),
            (Some("7"), Some("1"))
        );
        let bare = page(r#"[{"input_tokens":1,"output_tokens":2,"credits":"0.5"}]"#).unwrap();
        assert_eq!(bare.rows[0].input, Some(1));
        assert_eq!(page(r#"{"buckets":[],"totals":{}}"#), None);
        assert_eq!(page(r#"{"items":[{"model":"m"}]}"#).unwrap().unread, 1);
    }

    #[test]
    fn whole_numbers_alone_are_micro_usd_unless_the_sums_say_otherwise() {
        let read = |text: &str, told| {
            let rows = Rows::new(page(text).unwrap().rows, told);
            (rows.micros, rows.sum())
        };
        let whole = r#"[{"credits":200},{"credits":25000}]"#;
        assert_eq!(read(whole, None), (true, Credits(25_200)));
        let usd = Credits(25_200_000_000);
        assert_eq!(read(whole, Some(usd)), (false, usd));
        let mixed = r#"[{"credits":2},{"credits":0.5}]"#;
        assert_eq!(read(mixed, None), (false, Credits(2_500_000)));
        assert_eq!(read(r#"[{"credits":0}]"#, None), (false, Credits(0)));
    }

    #[test]
    fn a_listing_is_whole_only_when_it_reaches_what_was_known_before() {
        let pages = |known: Vec<u64>, texts: &[&str]| {
            let mut listing = Listing::new(known);
            for text in texts {
                listing.take(page(text), 2);
            }
            listing.finish().map(|rows| rows.len())
        };
        let one = r#"{"items":[{"id":3,"credits":1},{"id":2,"credits":1}],"total":3}"#;
        let two = r#"{"items":[{"id":1,"credits":1}],"total":3}"#;
        assert_eq!(pages(vec![], &[one, two]), Ok(3));
        assert_eq!(pages(vec![fingerprint("2")], &[one]), Ok(1));
        assert!(pages(vec![fingerprint("0")], &[one, two]).is_err());
        assert!(pages(vec![], &[one]).is_err());
        // A row that was written late stands above younger ones.
        let row = |id: u8, at: u8| format!(r#"{{"id":{id},"credits":1,"created_at":{at}}}"#);
        let listed = |rows: [String; 3]| format!(r#"{{"items":[{}],"total":3}}"#, rows.join(","));
        let late = listed([row(4, 15), row(3, 19), row(2, 11)]);
        let oldest_first = listed([row(2, 11), row(3, 15), row(4, 19)]);
        let all = |text: &str| {
            let mut listing = Listing::new(vec![]);
            listing.take(page(text), 200);
            listing.finish().map(|rows| rows.len())
        };
        assert_eq!(all(&late), Ok(3));
        assert!(all(&oldest_first).unwrap_err().contains("newest first"));
        let grown = r#"{"items":[{"id":2,"credits":1}],"total":4}"#;
        assert!(
            pages(vec![], &[one, grown])
                .unwrap_err()
                .contains("growing")
        );
    }
}
