//! What each call cost, as the target's books tell it before and after.

use std::collections::HashMap;
use std::time::Duration;

use super::Prepared;
use super::asking::Interview;
use crate::billing::Books;
use crate::cross::{Aspect, Charge, Charged, Report};
use crate::scenario::request::{UsagePath, UtilityCall};

/// A charge may be applied later than its call is answered: so long it is waited for.
const LATEST: Duration = Duration::from_secs(6);
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Reads the books after each call.
pub(super) struct Till {
    /// `None`: charges are not compared, and nothing is read.
    last: Option<Books>,
    /// Charges are applied at once, and nobody else uses the key.
    own: bool,
    /// The finest step that each book has shown: trailing zeros of a number are not written.
    finest: HashMap<&'static str, i64>,
}

impl Till {
    pub(super) async fn open(interview: &mut Interview, prepared: &Prepared) -> Self {
        let mut till = Self {
            last: None,
            own: prepared.own,
            finest: HashMap::new(),
        };
        if !prepared.skipped.contains(&Aspect::Charge) {
            till.last = Some(books(interview).await);
        }
        till
    }

    /// What the call that has just ended has cost.
    pub(super) async fn charged(&mut self, interview: &mut Interview) -> Charged {
        let Some(before) = self.last.take() else {
            return Charged::Untold("charges are not compared".to_owned());
        };
        let after = self.settled(&before, interview).await;
        let charged = self.between(&before, &after);
        self.last = Some(after);
        charged
    }

    async fn settled(&self, before: &Books, interview: &mut Interview) -> Books {
        let mut last = books(interview).await;
        if self.own || !before.can_compare(&last) {
            return last;
        }
        let (mut pause, mut waited) = (FIRST_PAUSE, Duration::ZERO);
        while waited < LATEST && !interview.is_over_budget() {
            interview.rest(pause).await;
            waited += pause;
            pause *= 2;
            let next = books(interview).await;
            let rests = last.agrees_with(&next) && !before.agrees_with(&next);
            last = next;
            if rests {
                break;
            }
        }
        last
    }

    fn between(&mut self, before: &Books, after: &Books) -> Charged {
        if let (false, Some(earlier), Some(later)) = (self.own, before.calls, after.calls)
            && later != earlier + 1
        {
            let counted = i128::from(later) - i128::from(earlier);
            return Charged::Untold(format!(
                "the books count {counted} calls where one was made: charged late, or others use \
                 the key"
            ));
        }
        let charges = before.charged(after).into_iter().map(|charged| Charge {
            credits: charged.credits.0,
            quantum: charged.quantum.0,
            source: charged.source,
        });
        let charges: Vec<_> = charges.collect();
        for charge in &charges {
            let finest = self.finest.entry(charge.source).or_insert(i64::MAX);
            *finest = charge.quantum.min(*finest);
        }
        if charges.is_empty() {
            return Charged::Untold("neither account nor usage tells what was spent".to_owned());
        }
        Charged::Told(charges)
    }

    /// Once all is read: a book that has shown a fine step once is that fine throughout.
    pub(super) fn refine(&self, report: &mut Report) {
        let questions = report
            .models
            .iter_mut()
            .flat_map(|model| &mut model.questions);
        for heard in questions.flat_map(|asked| &mut asked.heard) {
            let Charged::Told(charges) = &mut heard.charged else {
                continue;
            };
            for charge in charges {
                charge.quantum = self
                    .finest
                    .get(charge.source)
                    .copied()
                    .unwrap_or(charge.quantum);
            }
        }
    }
}

async fn books(interview: &mut Interview) -> Books {
    let mut books = Books::default();
    let account = interview.free(UtilityCall::AccountGet).await;
    let usage = UtilityCall::UsageList {
        path: UsagePath::Me,
        group_by: None,
        limit: None,
        page: None,
    };
    let usage = interview.free(usage).await;
    for (exchange, is_account) in [(account, true), (usage, false)] {
        let (Some(head), Some(judgement)) = (&exchange.head, &exchange.judgement) else {
            continue;
        };
        books.head(0, head);
        match judgement.body.as_ref().filter(|_| head.is_success()) {
            Some(body) if is_account => books.account(body),
            Some(body) => books.usage(body),
            None => {}
        }
    }
    books
}
