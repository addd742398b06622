//! Reading the usage rows, wherever they are.

use super::{Auditor, Gathering};
use crate::billing::{Listing, Page, UsageRow};
use crate::exchange::Exchange;
use crate::scenario::TemplateId;
use crate::scenario::request::{Call, UsagePath, UtilityCall};

/// A path that is not there, or whose parameters are others, is no mistake of the target (C-01).
pub(super) const STATUSES: [u16; 5] = [200, 400, 403, 404, 405];
/// The most that a page of the transactions has, and so, perhaps, of these.
const PAGE: u32 = 200;
/// Pages of one listing at most.
const MOST_PAGES: u32 = 10_000;

/// The documents' paths, those that tell most first.
pub(super) fn paths() -> [(&'static str, UsagePath); 3] {
    [
        ("(usage rows)", UsagePath::Api),
        ("(usage rows, v1)", UsagePath::V1),
        ("(usage rows, me)", UsagePath::Me),
    ]
}

pub(super) fn call(path: UsagePath, limit: u32, page: u32) -> UtilityCall {
    UtilityCall::UsageList {
        path,
        group_by: None,
        limit: Some(limit),
        page: (page > 1).then_some(page),
    }
}

/// Where rows are, and which were there before the run.
pub(super) struct Place {
    pub(super) id: TemplateId,
    path: UsagePath,
    known: Vec<u64>,
}

impl Auditor<'_> {
    /// The first of the documents' paths that lists rows.
    pub(super) async fn find_rows(&mut self, gathering: &mut Gathering) {
        for (id, (_, path)) in self.requests.rows.into_iter().zip(paths()) {
            if let Some(page) = self.page((id, path), 1, gathering).await {
                let known = page.rows.iter().map(UsageRow::identity).collect();
                self.rows = Some(Place { id, path, known });
                return;
            }
        }
    }

    async fn page(
        &mut self,
        (id, path): (TemplateId, UsagePath),
        number: u32,
        gathering: &mut Gathering,
    ) -> Option<Page> {
        let mut template = self.scenario.requests[usize::from(id.0)].clone();
        template.call = Call::Utility(call(path, PAGE, number));
        let mut page = None;
        let note = &mut |exchange: &Exchange| {
            let is_success = exchange
                .head
                .as_ref()
                .is_some_and(crate::protocol::Head::is_success);
            let body = exchange
                .judgement
                .as_ref()
                .and_then(|one| one.body.as_ref());
            page = body.filter(|_| is_success).and_then(Page::of);
        };
        self.call_as(&template, id, gathering, note).await;
        page
    }

    /// All rows since the baseline.
    pub(in crate::cli::run) async fn read_rows(&mut self, gathering: &mut Gathering) {
        let Some(place) = self.rows.take() else {
            return;
        };
        let mut listing = Listing::new(place.known.clone());
        for number in 1..=MOST_PAGES {
            let page = self.page((place.id, place.path), number, gathering).await;
            let size = usize::try_from(PAGE).unwrap_or(usize::MAX);
            if !listing.take(page, size) || self.caller.is_stopped() {
                break;
            }
        }
        gathering.audit.rows(listing.finish());
        self.rows = Some(place);
    }
}
