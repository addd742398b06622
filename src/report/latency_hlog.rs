//! `latency.hlog`: the HdrHistogram interval log, one line a series and second.
//!
//! Histograms are in the V2 form with deflate, which is what the readers in other languages take.
//! Values are nanoseconds (rates: thousandths a second); the maxima, which are there for people,
//! are divided to milliseconds. Tags are `request.metric`.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, SystemTime};

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};

use super::rows::series_name;
use crate::measure::{Interval, Series, SeriesKey};
use crate::scenario::Scenario;

/// The log being written. The first error is kept and ends the writing, not the run.
pub struct LatencyLog<W: io::Write> {
    out: W,
    serializer: V2DeflateSerializer,
    second: u64,
    open: BTreeMap<SeriesKey, Series>,
    error: Option<String>,
}

impl<W: io::Write> LatencyLog<W> {
    pub fn new(mut out: W, started: SystemTime) -> Self {
        let mut serializer = V2DeflateSerializer::new();
        let error = IntervalLogWriterBuilder::new()
            .add_comment("[spikeproof: values in nanoseconds, tags are request.metric]")
            .with_start_time(started)
            .with_base_time(started)
            .with_max_value_divisor(1e6)
            .begin_log_with(&mut out, &mut serializer)
            .err()
            .map(|error| error.to_string());
        Self {
            out,
            serializer,
            second: 0,
            open: BTreeMap::new(),
            error,
        }
    }

    /// Samples that were taken up to now, `second` seconds into the run.
    pub fn take(&mut self, interval: &Interval, second: u64, scenario: &Scenario) {
        if second > self.second {
            self.close(second, scenario);
        }
        for (key, series) in interval {
            // One line a series and second, though phases may run beside one another.
            let key = SeriesKey { phase: 0, ..*key };
            self.open.entry(key).or_default().merge(series);
        }
    }

    /// Hands whole lines on, so that they are there if the run is killed.
    pub fn flush(&mut self) {
        if self.error.is_none() {
            self.error = self.out.flush().err().map(|error| error.to_string());
        }
    }

    /// What went wrong in writing, if anything did.
    pub fn finish(mut self, scenario: &Scenario) -> Option<String> {
        self.close(self.second + 1, scenario);
        self.flush();
        self.error
    }

    fn close(&mut self, until: u64, scenario: &Scenario) {
        let open = std::mem::take(&mut self.open);
        let (start, length) = (
            Duration::from_secs(self.second),
            Duration::from_secs(until - self.second),
        );
        self.second = until;
        for (key, series) in &open {
            if self.error.is_none() {
                self.error = self.line(key, series, (start, length), scenario).err();
            }
        }
    }

    fn line(
        &mut self,
        key: &SeriesKey,
        series: &Series,
        (start, length): (Duration, Duration),
        scenario: &Scenario,
    ) -> Result<(), String> {
        let template = scenario.requests.get(usize::from(key.template.0));
        let name = template.map_or("?", |template| template.name.as_str());
        let name = format!(
            "{}.{}",
            series_name(name, key.step),
            key.metric.metric().name
        );
        // Commas and white space end a tag.
        let name = name.replace(|c: char| c == ',' || c.is_whitespace(), "_");
        let mut lines = Vec::new();
        let mut builder = IntervalLogWriterBuilder::new();
        builder.with_max_value_divisor(1e6);
        builder
            .begin_log_with(&mut lines, &mut self.serializer)
            .map_err(|error| error.to_string())?
            .write_histogram(series.histogram(), start, length, Tag::new(&name))
            .map_err(|error| error.to_string())?;
        // A writer opens with comments, which this log has had.
        let lines = lines
            .split_inclusive(|byte| *byte == b'\n')
            .filter(|l| !l.starts_with(b"#"));
        let lines: Vec<u8> = lines.flatten().copied().collect();
        self.out
            .write_all(&lines)
            .map_err(|error| error.to_string())
    }
}

/// Several logs as one: each with how much later its clock was started. Lines stand in the order of
/// their seconds; a reader adds up those of one tag.
pub fn merge_logs(
    out: &mut impl io::Write,
    started: SystemTime,
    logs: &[(Duration, String)],
) -> Result<(), String> {
    let mut lines = Vec::new();
    for (offset, log) in logs {
        let is_histogram = |line: &&str| line.starts_with("Tag=");
        for line in log.lines().filter(is_histogram) {
            let mut fields = line.splitn(3, ',');
            let (tag, at, rest) = (fields.next(), fields.next(), fields.next());
            let (Some(tag), Some(at), Some(rest)) = (tag, at, rest) else {
                return Err(format!("a log has the line `{line}`"));
            };
            let at: f64 = at
                .parse()
                .map_err(|_| format!("a log has the time `{at}`"))?;
            let at = at + offset.as_secs_f64();
            lines.push((at, format!("{tag},{at:.3},{rest}")));
        }
    }
    lines.sort_by(|one, other| one.0.total_cmp(&other.0).then_with(|| one.1.cmp(&other.1)));
    if let Some(error) = LatencyLog::new(&mut *out, started).error {
        return Err(error);
    }
    let mut lines = lines.iter();
    lines.try_for_each(|(_, line)| writeln!(out, "{line}").map_err(|why| why.to_string()))
}
