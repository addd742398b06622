//! The audit's own ledger: a line a request, and one a task.

use super::audit::Audit;
use super::class::Class;
use super::credits::Credits;
use super::entry::Entry;
use super::policy::Right;
use super::reconcile::NONE;

/// What one request was to cost and did.
#[derive(Debug, Clone, Copy)]
pub struct LedgerLine {
    pub entry: Entry,
    pub right: Right,
    /// `None`: nobody says what is right, or what the price is.
    pub expected: Option<Credits>,
    /// What its rows say. `None`: the rows are not known.
    pub charged: Option<Credits>,
    pub has_row: bool,
}

impl Audit {
    /// Every line, in the order in which the requests were told; after the verdict. It ends early
    /// where [`Audit::entries`] cannot be read.
    pub fn ledger(&self) -> impl Iterator<Item = LedgerLine> {
        let lines = self.entries.iter().enumerate();
        lines.map(|(index, entry)| self.line(index, entry))
    }

    fn line(&self, index: usize, entry: Entry) -> LedgerLine {
        let row = self.row_of.get(index).copied();
        let right = self.terms.policy.of(entry.class);
        let has_row = row.is_some_and(|row| row != NONE);
        let charged = row.map(|_| Credits(entry.charge));
        let wrong = self.mispriced.get(&index).copied().unwrap_or_default();
        let priced = || charged.filter(|_| has_row).map(|charged| charged - wrong);
        let expected = match right {
            Right::Free if entry.class == Class::LeftBeforeToken && has_row => {
                priced().filter(|_| wrong > Credits::ZERO)
            }
            Right::Free => Some(Credits::ZERO),
            Right::Full | Right::Actual => priced(),
            Right::Unspecified => None,
        };
        LedgerLine {
            entry,
            right,
            expected,
            charged,
            has_row,
        }
    }
}
