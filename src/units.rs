//! Quantities with their unit in the type.

/// Arrivals in a second, above zero and finite. YAML: `50/s`, `120/m`, `0.5/s`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate(f64);

impl Rate {
    /// The largest rate that a plan can be made for.
    pub const MAX: f64 = 1_000_000.0;

    /// `None` for zero, negative, not finite or above [`Rate::MAX`].
    pub fn per_second(rate: f64) -> Option<Self> {
        (rate.is_finite() && rate > 0.0 && rate <= Self::MAX).then_some(Self(rate))
    }

    pub fn as_per_second(self) -> f64 {
        self.0
    }
}
