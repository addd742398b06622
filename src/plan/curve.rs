//! A rate over time, in straight pieces, and when it has made how many calls due.

use std::time::Duration;

/// Rates that change in straight lines, one piece after the other.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Curve {
    pieces: Vec<Piece>,
    duration: Duration,
}

/// One piece: seconds, calls a second, calls.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Piece {
    start: f64,
    length: f64,
    from: f64,
    to: f64,
    /// Calls due before it begins.
    before: f64,
}

impl Piece {
    fn area(&self) -> f64 {
        (self.from + self.to) / 2.0 * self.length
    }

    /// How long after its beginning the piece has made so many calls due. The root of a quadratic
    /// equation, in the form that loses no digits where the slope is small.
    fn after(&self, calls: f64) -> f64 {
        if calls <= 0.0 {
            return 0.0;
        }
        let slope = (self.to - self.from) / self.length;
        let root = (self.from * self.from + 2.0 * slope * calls)
            .max(0.0)
            .sqrt();
        (2.0 * calls / (self.from + root)).min(self.length)
    }
}

impl Curve {
    /// From `start` on, in so many seconds to each of the targets. A stage of no length is a jump.
    pub(super) fn new(start: f64, stages: impl IntoIterator<Item = (f64, Duration)>) -> Self {
        let mut pieces = Vec::new();
        let (mut level, mut elapsed, mut before) = (start, Duration::ZERO, 0.0);
        for (target, duration) in stages {
            let piece = Piece {
                start: elapsed.as_secs_f64(),
                length: duration.as_secs_f64(),
                from: level,
                to: target,
                before,
            };
            // Added up as durations, so that no rounding gathers over many stages.
            elapsed += duration;
            level = target;
            before += piece.area();
            if !duration.is_zero() {
                pieces.push(piece);
            }
        }
        Self {
            pieces,
            duration: elapsed,
        }
    }

    pub(super) fn duration(&self) -> Duration {
        self.duration
    }

    /// Calls due in all of it.
    pub(super) fn area(&self) -> f64 {
        let last = self.pieces.last();
        last.map_or(0.0, |piece| piece.before + piece.area())
    }

    /// When so many calls have become due, exactly: the last such moment, so that a call that falls
    /// on a time without any rate is due when that time is over. `None`: not before the end.
    pub(super) fn due(&self, calls: f64) -> Option<Duration> {
        let begun = self.pieces.partition_point(|piece| piece.before <= calls);
        let piece = self.pieces.get(begun.checked_sub(1)?)?;
        let within = calls - piece.before;
        let is_over = begun == self.pieces.len() && within >= piece.area();
        if is_over {
            return None;
        }
        let seconds = piece.start + piece.after(within);
        let due = Duration::try_from_secs_f64(seconds).ok()?;
        (due < self.duration).then_some(due)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    /// The calls due until a moment: trapezoids, one after the other.
    fn summed(start: f64, stages: &[(f64, Duration)], until: f64) -> f64 {
        let (mut level, mut begun, mut sum) = (start, 0.0, 0.0);
        for (target, duration) in stages {
            let length = duration.as_secs_f64();
            let within = (until - begun).clamp(0.0, length);
            let there = level + (target - level) * within / length;
            sum += (level + there) / 2.0 * within;
            begun += length;
            level = *target;
        }
        sum
    }

    #[test]
    fn a_ramp_is_inverted_exactly() {
        // 0 to 10 a second in 10 s: n calls after sqrt(2n) seconds.
        let curve = Curve::new(0.0, [(10.0, seconds(10.0))]);
        for calls in [0.0, 1.0, 2.0, 8.0, 32.0, 49.0] {
            let due = curve.due(calls).unwrap().as_secs_f64();
            assert!((due - (2.0 * calls).sqrt()).abs() < 1e-9, "{calls}: {due}");
        }
        assert_eq!(curve.due(50.0), None, "the phase is over by then");
    }

    #[test]
    fn a_steady_rate_loses_no_nanosecond_in_a_day() {
        let curve = Curve::new(3.0, [(3.0, seconds(86_400.0))]);
        assert_eq!(curve.due(3.0 * 86_399.0), Some(seconds(86_399.0)));
    }

    #[test]
    fn a_call_that_falls_on_a_time_without_rate_is_due_after_it() {
        let nothing = Curve::new(0.0, [(0.0, seconds(5.0)), (4.0, seconds(2.0))]);
        assert_eq!(nothing.due(0.0), Some(seconds(5.0)));
        // 2/s for 2 s, nothing for 3 s, 2/s again: the fifth call waits for the third stage.
        let jump = Duration::ZERO;
        let pause = Curve::new(
            2.0,
            [
                (2.0, seconds(2.0)),
                (0.0, jump),
                (0.0, seconds(3.0)),
                (2.0, jump),
                (2.0, seconds(1.0)),
            ],
        );
        let due: Vec<_> = (0..6).map_while(|n| pause.due(f64::from(n))).collect();
        assert_eq!(due, [0.0, 0.5, 1.0, 1.5, 5.0, 5.5].map(seconds));
        let at_the_end = Curve::new(2.0, [(2.0, seconds(1.0)), (0.0, jump), (0.0, seconds(9.0))]);
        assert_eq!(at_the_end.due(2.0), None);
    }

    proptest! {
        #[test]
        fn due_times_agree_with_the_area_below_the_curve(
            start in 0.0..50.0_f64,
            stages in prop::collection::vec((0.0..50.0_f64, 1_u64..4000), 1..6),
        ) {
            let stages: Vec<_> = stages
                .into_iter()
                .map(|(target, millis)| (target, Duration::from_millis(millis)))
                .collect();
            let curve = Curve::new(start, stages.iter().copied());
            let mut last = Duration::ZERO;
            let mut calls = 0.0;
            while let Some(due) = curve.due(calls) {
                prop_assert!(due >= last, "{due:?} after {last:?}");
                let area = summed(start, &stages, due.as_secs_f64());
                prop_assert!((area - calls).abs() < 1e-5, "{calls} calls at {due:?}, area {area}");
                last = due;
                calls += 1.0;
            }
            prop_assert!((calls - curve.area()).abs() <= 1.0, "{calls} of {}", curve.area());
        }
    }
}
