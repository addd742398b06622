//! A trace, line by line: CSV with a header, or JSON lines.

use std::collections::HashMap;
use std::time::Duration;

use super::columns::{self, Column, REQUIRED};
use super::fields::{Cell, split, tokens, value_of};
use super::moment::{self, Unit};
use super::{MOST_ROWS, Trace, TraceRow, TraceSetting};
use crate::diagnostic::{Diagnostic, Excerpt, Place};
use crate::json;
use crate::units::render_duration;

/// Bytes of one line.
pub const LONGEST_LINE: usize = 1 << 20;

/// The longest replay, as the longest `duration` of other phases.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceFault {
    /// From 1; 0: the file as a whole.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    pub length: usize,
    pub message: String,
    pub help: Option<String>,
    /// The line, where it surely is a trace's and may be shown.
    shown: Option<String>,
}

impl TraceFault {
    pub fn diagnostic(&self, file: &str) -> Diagnostic {
        let place = (self.line > 0).then_some(Place {
            line: self.line,
            column: self.column,
            length: self.length,
        });
        let excerpt = self.shown.clone().map(|text| Excerpt {
            text,
            column: self.column,
            length: self.length,
        });
        Diagnostic {
            place,
            excerpt,
            help: self.help.iter().cloned().collect(),
            ..Diagnostic::error(file, self.message.clone())
        }
    }
}

/// How rows are written.
#[derive(Debug)]
enum Form {
    /// Which column stands at each position, and what times are counted in.
    Csv(Vec<Option<Column>>, Unit),
    Lines,
}

/// Takes lines in, in order, until it has enough.
#[derive(Debug)]
pub struct TraceReader {
    setting: TraceSetting,
    /// The longest that what is kept may last: replay is so many times as fast.
    longest: Duration,
    form: Option<Form>,
    line: usize,
    first: Option<i128>,
    last: i128,
    rows: Vec<(Option<u32>, TraceRow)>,
    sessions: HashMap<String, u32>,
}

#[derive(Debug, Default)]
struct Cells<'a> {
    time: Option<Cell<'a>>,
    input: Option<Cell<'a>>,
    output: Option<Cell<'a>>,
    session: Option<Cell<'a>>,
}

impl<'a> Cells<'a> {
    fn put(&mut self, column: Column, cell: Cell<'a>) {
        *match column {
            Column::Time => &mut self.time,
            Column::Input => &mut self.input,
            Column::Output => &mut self.output,
            Column::Session => &mut self.session,
        } = Some(cell);
    }
}

impl TraceReader {
    pub fn new(setting: &TraceSetting, speed: f64) -> Self {
        Self {
            setting: setting.clone(),
            longest: LONGEST.mul_f64(speed),
            form: None,
            line: 0,
            first: None,
            last: 0,
            rows: Vec::new(),
            sessions: HashMap::new(),
        }
    }

    /// Takes the next line, without its end. `false`: nothing that follows is wanted.
    pub fn line(&mut self, bytes: &[u8]) -> Result<bool, TraceFault> {
        self.line += 1;
        let text = std::str::from_utf8(bytes)
            .map_err(|_| self.fault(None, (0, 0), "this is no UTF-8 text"))?;
        let text = text.trim_end_matches('\r');
        let text = if self.line == 1 {
            text.trim_start_matches('\u{feff}')
        } else {
            text
        };
        if text.trim().is_empty() {
            return Ok(true);
        }
        match &self.form {
            None if text.trim_start().starts_with('{') => {
                self.form = Some(Form::Lines);
                self.json_row(text)
            }
            None => {
                self.form = Some(self.header(text)?);
                Ok(true)
            }
            Some(Form::Lines) => self.json_row(text),
            Some(Form::Csv(header, unit)) => {
                let unit = *unit;
                let fields = split(text);
                if fields.len() < header.len() {
                    let message = format!(
                        "this row has {} fields, the header has {}",
                        fields.len(),
                        header.len()
                    );
                    return Err(self.fault(Some(text), (0, text.len()), message));
                }
                let mut cells = Cells::default();
                for (column, field) in header.iter().zip(&fields) {
                    if let Some(column) = column {
                        cells.put(*column, *field);
                    }
                }
                self.row(text, &cells, unit)
            }
        }
    }

    /// The lines are over, or enough.
    pub fn finish(self) -> Result<Trace, TraceFault> {
        if self.rows.is_empty() {
            let mut fault = self.fault(None, (0, 0), "there is nothing to replay");
            fault.line = 0;
            fault.help = Some(match self.first {
                None => "it has no rows".to_owned(),
                Some(_) => "all its rows come before `from`".to_owned(),
            });
            return Err(fault);
        }
        let last = self.rows.last().map_or(Duration::ZERO, |(_, row)| row.at);
        let all = last + Duration::from_millis(1);
        let length = self.setting.duration.unwrap_or(all);
        Ok(Trace::grouped(self.rows, length))
    }

    /// Never shows the line: a file without the columns of a trace may be any file.
    fn header(&self, text: &str) -> Result<Form, TraceFault> {
        let fields = split(text);
        let known: Vec<_> = fields
            .iter()
            .map(|field| columns::named(field.text))
            .collect();
        for (column, name) in REQUIRED {
            if !known.contains(&Some(column)) {
                let message = format!("the header has no column `{name}`, by this or a known name");
                let mut fault = self.fault(None, (0, 0), message);
                fault.help =
                    Some("known are those of the Azure, BurstGPT and Mooncake traces".to_owned());
                return Err(fault);
            }
        }
        for (position, column) in known.iter().enumerate() {
            if column.is_some() && known[..position].contains(column) {
                let field = fields[position];
                let message = format!("`{}` is there twice, by this or another name", field.text);
                let stretch = (field.at, field.text.len());
                return Err(self.fault(Some(text), stretch, message));
            }
        }
        let input = known
            .iter()
            .position(|column| *column == Some(Column::Input));
        let unit = input.map_or(Unit::Seconds, |at| columns::unit(fields[at].text));
        Ok(Form::Csv(known, unit))
    }

    fn json_row(&mut self, text: &str) -> Result<bool, TraceFault> {
        let parsed = json::parse(text.as_bytes());
        let value = parsed.map_err(|why| {
            self.fault(
                self.known(text),
                (0, text.len()),
                format!("this is no JSON: {why}"),
            )
        })?;
        let members = value.as_object();
        let members = members.ok_or_else(|| {
            self.fault(
                self.known(text),
                (0, text.len()),
                "expected an object with the columns",
            )
        })?;
        let mut cells = Cells::default();
        let mut unit = Unit::Seconds;
        let texts: Vec<_> = members
            .iter()
            .filter(|(_, value)| !value.is_null())
            .filter_map(|(name, value)| Some((name, columns::named(name)?, value)))
            .map(|(name, column, value)| {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                (name, column, text)
            })
            .collect();
        for (name, column, value) in &texts {
            if *column == Column::Input {
                unit = columns::unit(name);
            }
            let at = value_of(text, name);
            cells.put(*column, Cell { text: value, at });
        }
        self.row(text, &cells, unit)
    }

    fn row(&mut self, text: &str, cells: &Cells<'_>, unit: Unit) -> Result<bool, TraceFault> {
        let absent = |name: &str| {
            let message = format!("this row has no `{name}`, by this or a known name");
            self.fault(self.known(text), (0, text.len()), message)
        };
        let time = cells.time.ok_or_else(|| absent(REQUIRED[0].1))?;
        let input = cells.input.ok_or_else(|| absent(REQUIRED[1].1))?;
        let output = cells.output.ok_or_else(|| absent(REQUIRED[2].1))?;
        let wrong = |cell: Cell<'_>, message: String| {
            self.fault(Some(text), (cell.at, cell.text.len()), message)
        };
        let moment = moment::parse(time.text, unit).map_err(|why| wrong(time, why))?;
        let tokens = |cell: Cell<'_>| tokens(cell.text).map_err(|why| wrong(cell, why));
        let (input_tokens, output_tokens) = (tokens(input)?, tokens(output)?);
        if self.first.is_some() && moment < self.last {
            let mut fault = wrong(
                time,
                "this row is earlier than the one before it".to_owned(),
            );
            fault.help = Some("sort the file by its times".to_owned());
            return Err(fault);
        }
        let first = *self.first.get_or_insert(moment);
        self.last = moment;
        let Some(at) = since(moment, first).checked_sub(self.setting.from) else {
            return Ok(true);
        };
        if self.setting.duration.is_some_and(|duration| at >= duration) {
            return Ok(false);
        }
        self.keep(text, at, time)?;
        let session = cells.session.filter(|cell| !cell.text.trim().is_empty());
        let session = session.map(|cell| {
            let next = u32::try_from(self.sessions.len()).unwrap_or(u32::MAX);
            *self.sessions.entry(cell.text.to_owned()).or_insert(next)
        });
        self.rows.push((
            session,
            TraceRow {
                at,
                input_tokens,
                output_tokens,
            },
        ));
        let limit = self.setting.limit.unwrap_or(u64::MAX);
        Ok((self.rows.len() as u64) < limit)
    }

    /// Whether there is room for one more row.
    fn keep(&self, text: &str, at: Duration, time: Cell<'_>) -> Result<(), TraceFault> {
        let message = if self.rows.len() >= MOST_ROWS {
            format!("these are more than {MOST_ROWS} rows, which is all that one phase replays")
        } else if at > self.longest {
            format!(
                "this is more than {} after the beginning",
                render_duration(self.longest)
            )
        } else {
            return Ok(());
        };
        let mut fault = self.fault(Some(text), (time.at, time.text.len()), message);
        let help = "take a part of it with `from`, `duration` or `limit`, or raise `speed`";
        fault.help = Some(help.to_owned());
        Err(fault)
    }

    /// The line, once another has been a trace's: before that the file may be any file.
    fn known<'a>(&self, text: &'a str) -> Option<&'a str> {
        self.first.is_some().then_some(text)
    }

    /// `at`: where and how long, in bytes of the text.
    fn fault(
        &self,
        text: Option<&str>,
        (at, length): (usize, usize),
        message: impl Into<String>,
    ) -> TraceFault {
        let count = |range: std::ops::Range<usize>| {
            let part = text.and_then(|text| text.get(range));
            part.map_or(0, |part| part.chars().count())
        };
        TraceFault {
            line: self.line,
            column: count(0..at) + 1,
            length: count(at..at + length).max(1),
            message: message.into(),
            help: None,
            shown: text.map(|text| text.chars().take(1000).collect()),
        }
    }
}

fn since(moment: i128, first: i128) -> Duration {
    Duration::from_nanos(u64::try_from(moment - first).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
