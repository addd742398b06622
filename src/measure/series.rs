//! Samples of one metric: a histogram, and beside it what a histogram only approximates.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer as _, V2DeflateSerializer};
use serde::{Deserialize, Serialize};

/// One microsecond: below it nothing is told apart.
const LOWEST: u64 = 1_000;
/// One hour, in nanoseconds. Longer samples are counted there, and counted as clipped.
const HIGHEST: u64 = 3_600_000_000_000;
/// Two values that differ in the third decimal digit are told apart.
const DIGITS: u8 = 3;

/// All series share one configuration, so that any two can be added without loss.
/// On disk the histogram is in the V2 form with deflate, as base64.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct Series {
    histogram: Histogram<u64>,
    sum: u128,
    min: u64,
    max: u64,
    clipped: u64,
}

#[derive(Serialize, Deserialize)]
struct Written {
    histogram: String,
    /// A decimal number of up to 128 bits.
    sum: String,
    min: u64,
    max: u64,
    clipped: u64,
}

impl From<Series> for Written {
    fn from(series: Series) -> Self {
        let mut bytes = Vec::new();
        V2DeflateSerializer::new()
            .serialize(&series.histogram, &mut bytes)
            .expect("a vector takes any number of bytes");
        Self {
            histogram: BASE64.encode(bytes),
            sum: series.sum.to_string(),
            min: series.min,
            max: series.max,
            clipped: series.clipped,
        }
    }
}

impl TryFrom<Written> for Series {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let bytes = BASE64.decode(&written.histogram);
        let bytes = bytes.map_err(|why| why.to_string())?;
        let read: Histogram<u64> = Deserializer::new()
            .deserialize(&mut bytes.as_slice())
            .map_err(|why| format!("no histogram: {why}"))?;
        // What was read has bounds of its own; added to an empty one it has those of all others.
        let mut series = Self::new();
        series
            .histogram
            .add(&read)
            .map_err(|why| format!("a histogram beyond the range: {why}"))?;
        series.sum = written.sum.parse().map_err(|_| "no sum".to_owned())?;
        series.min = written.min;
        series.max = written.max;
        series.clipped = written.clipped;
        Ok(series)
    }
}

/// What a report says of a series. Values are in the metric's held unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    pub count: u64,
    pub min: u64,
    pub mean: f64,
    pub max: u64,
    /// (percent, value); `None` when there are too few samples for it.
    pub percentiles: Vec<(f64, Option<u64>)>,
    /// Samples above the histogram's range.
    pub clipped: u64,
}

/// The percentiles of every report.
pub const PERCENTILES: [f64; 5] = [50.0, 90.0, 95.0, 99.0, 99.9];

impl Default for Series {
    fn default() -> Self {
        Self::new()
    }
}

impl Series {
    pub fn new() -> Self {
        let mut histogram = Histogram::new_with_bounds(LOWEST, 2 * LOWEST, DIGITS)
            .expect("the bounds are valid for three digits");
        histogram.auto(true);
        Self {
            histogram,
            sum: 0,
            min: u64::MAX,
            max: 0,
            clipped: 0,
        }
    }

    pub fn record(&mut self, value: u64) {
        self.record_n(value, 1);
    }

    /// So many samples of the same value.
    pub fn record_n(&mut self, value: u64, count: u64) {
        if count == 0 {
            return;
        }
        self.clipped += if value > HIGHEST { count } else { 0 };
        self.histogram
            .record_n(value.min(HIGHEST), count)
            .expect("the histogram grows to any value up to the highest");
        self.sum += u128::from(value) * u128::from(count);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    pub fn merge(&mut self, other: &Self) {
        self.histogram
            .add(&other.histogram)
            .expect("the histogram grows as it must");
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.clipped += other.clipped;
    }

    pub fn count(&self) -> u64 {
        self.histogram.len()
    }

    pub fn histogram(&self) -> &Histogram<u64> {
        &self.histogram
    }

    /// The smallest value that at least this share of samples does not exceed; `None` when there
    /// are fewer samples than [`samples_needed`].
    pub fn percentile(&self, percent: f64) -> Option<u64> {
        if self.count() < samples_needed(percent) {
            return None;
        }
        // A bucket's upper edge may lie beyond the largest sample, which is known exactly.
        Some(
            self.histogram
                .value_at_percentile(percent)
                .clamp(self.min, self.max),
        )
    }

    /// `None` for a series without samples.
    pub fn summary(&self) -> Option<Summary> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "a mean is shown to a few digits"
        )]
        let mean = self.sum as f64 / count as f64;
        let percentiles = PERCENTILES.map(|percent| (percent, self.percentile(percent)));
        let (min, max, clipped) = (self.min, self.max, self.clipped);
        Some(Summary {
            count,
            min,
            mean,
            max,
            percentiles: percentiles.to_vec(),
            clipped,
        })
    }
}

/// Samples that a percentile needs: fewer than 1 / (1 - p), and it is only the maximum under
/// another name.
pub fn samples_needed(percent: f64) -> u64 {
    let rest = (100.0 - percent) / 100.0;
    if rest <= 0.0 {
        return 1;
    }
    // The nudge keeps 1 / 0.001 from becoming 1001.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float cast saturates, and the value is not negative"
    )]
    let needed = ((1.0 / rest) - 1e-6).ceil() as u64;
    needed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_needs_enough_samples() {
        let needed: Vec<_> = PERCENTILES.iter().map(|p| samples_needed(*p)).collect();
        assert_eq!(needed, [2, 10, 20, 100, 1000]);
        let mut series = Series::new();
        for value in 1..=99 {
            series.record(value * 1_000_000);
        }
        assert_eq!(series.percentile(99.0), None);
        series.record(100_000_000);
        let p99 = series.percentile(99.0).unwrap();
        assert!((98_900_000..=99_200_000).contains(&p99), "{p99}");
    }

    #[test]
    fn merging_is_as_good_as_recording_together() {
        let (mut whole, mut one, mut two) = (Series::new(), Series::new(), Series::new());
        for value in 0..10_000_u64 {
            let value = value * value * 37;
            whole.record(value);
            let part = if value % 3 == 0 { &mut one } else { &mut two };
            part.record(value);
        }
        one.merge(&two);
        assert_eq!(one.summary(), whole.summary());
    }

    #[test]
    fn many_of_one_value_are_as_good_as_each_by_itself() {
        let (mut each, mut many) = (Series::new(), Series::new());
        for (value, count) in [(0, 40), (7_000_000, 3), (u64::MAX, 2), (5_000, 0)] {
            many.record_n(value, count);
            (0..count).for_each(|_| each.record(value));
        }
        assert_eq!(each, many);
        assert_eq!(many.summary().unwrap().clipped, 2);
    }

    #[test]
    fn values_out_of_range_are_kept_exactly_beside_the_histogram() {
        let mut series = Series::new();
        series.record(0);
        series.record(u64::MAX);
        let summary = series.summary().unwrap();
        assert_eq!(
            (summary.min, summary.max, summary.clipped),
            (0, u64::MAX, 1)
        );
    }
}
