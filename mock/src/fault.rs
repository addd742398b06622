//! Everything the replica can be told to do wrong.
//!
//! A fault is an edit: of the script of an answer that was healthy, or of what the ledger books
//! for it. It never invents a second thing that is wrong.

use crate::edit::{self, Edit};
use crate::text::spoil::StreamFault;

/// A fault with how often it strikes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaultSetting {
    pub fault: Fault,
    /// Of the requests that it can strike; 1 is each of them. Whether one is struck follows from
    /// the seed, the request and how often the same request came before.
    pub probability: f64,
}

/// What a fault has to do with a request before it can strike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// A healthy answer of a text, image or submit route.
    Success,
    /// A healthy streamed answer of a text or image route, and the stream of a task.
    AnyStream,
    /// A failure of a text, image or submit route, planned or caused by another fault.
    Failure,
    /// Any answer under `/v1` and `/v1beta`; never the reads under `/api/v1`.
    Head,
    /// Routes that are documented as free, those under `/api/v1` included.
    Free,
    /// A task, over its whole life.
    Task,
    /// Any answer but those of `/__replica/`.
    Any,
}

macro_rules! faults {
    ($($name:ident = $text:literal, $scope:ident, $about:literal;)+) => {
        /// One thing done wrong on purpose.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Fault {
            /// Wrong bytes in a stream.
            Stream(StreamFault),
            /// A change that is written out: `edit message_start /message/role = "user"`.
            Edit(Edit),
            $(#[doc = $about] $name),+
        }

        impl Fault {
            const PLAIN: &[Self] = &[$(Self::$name),+];

            /// Kebab-case, unique over all faults.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    Self::Stream(fault) => fault.name(),
                    Self::Edit(edit) => edit.text(),
                    $(Self::$name => $text),+
                }
            }

            /// One sentence: what a client or the ledger sees.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self {
                    Self::Stream(fault) => fault.about(),
                    Self::Edit(_) => "What is written.",
                    $(Self::$name => $about),+
                }
            }

            pub(crate) fn scope(self) -> Scope {
                match self {
                    Self::Stream(_) => Scope::AnyStream,
                    Self::Edit(_) => Scope::Any,
                    $(Self::$name => Scope::$scope),+
                }
            }
        }
    };
}

faults! {
    RateLimited = "rate-limited", Success,
        "429 `rate_limit_error` although no bucket is used up; unbilled.";
    ConcurrencyLimited = "concurrency-limited", Success,
        "429 `concurrency_limit` although the account has room; unbilled.";
    Upstream400 = "upstream-400", Success, "400 for a request that is right; unbilled.";
    Upstream401 = "upstream-401", Success, "401 for a key that is right; unbilled.";
    Upstream402 = "upstream-402", Success, "402 although there is money; unbilled.";
    Upstream403 = "upstream-403", Success, "403 for a call that is allowed; unbilled.";
    Upstream404 = "upstream-404", Success, "404 for a model that is listed; unbilled.";
    Upstream408 = "upstream-408", Success, "408 for a request that came whole; unbilled.";
    Upstream413 = "upstream-413", Success, "413 for a request that is small; unbilled.";
    Upstream422 = "upstream-422", Success, "422 for a request that is right; unbilled.";
    Upstream451 = "upstream-451", Success, "451 for a harmless prompt; unbilled.";
    Upstream500 = "upstream-500", Success, "500 instead of the answer; unbilled.";
    Upstream502 = "upstream-502", Success, "502 instead of the answer; unbilled.";
    Upstream503 = "upstream-503", Success, "503 instead of the answer; unbilled.";
    Upstream504 = "upstream-504", Success, "504 instead of the answer; unbilled.";
    Upstream529 = "upstream-529", Success, "529 instead of the answer; unbilled.";
    ErrorIn200 = "error-in-200", Success,
        "The upstream's error body is passed through with status 200; unbilled.";
    HtmlErrorPage = "html-error-page", Success,
        "502 with the HTML page of a proxy instead of the answer; unbilled.";
    Redirect = "redirect", Success, "307 to another path instead of the answer; unbilled.";
    CloseBeforeHead = "close-before-head", Success,
        "The connection is closed without any answer; unbilled.";
    EmptyBody = "empty-body", Success, "The head of a success and no body; unbilled.";
    HalfBody = "half-body", Success,
        "The body ends in its middle, in good order: its length says so; unbilled.";
    CutBody = "cut-body", Success,
        "The connection is closed in the middle of the body, against what was announced; unbilled.";
    ContentLengthWrong = "content-length-wrong", Success,
        "The whole body comes, and `content-length` says one byte more.";
    GarbageBody = "garbage-body", Success,
        "A whole body, or the middle event of a stream, is bytes that are no text.";
    GzipUnasked = "gzip-unasked", Success,
        "The body is compressed although the request takes no compression.";
    ContentTypeMissing = "content-type-missing", Success, "A success has no `content-type`.";
    SlowFirstByte = "slow-first-byte", Success, "The head of a success comes two seconds late.";
    LongGap = "long-gap", AnyStream, "Nothing comes for two seconds in the middle of a stream.";
    BufferedStream = "buffered-stream", AnyStream,
        "A stream is held back and comes all at once when it is complete.";
    LongLine = "long-line", AnyStream,
        "An event has 66,000 spaces inside its JSON: legal, and longer than many line buffers.";
    Stall = "stall", Success,
        "The answer stops half-way, without an end, and the connection stays open.";
    Reset = "reset", Success, "The connection breaks half-way through the body; unbilled.";
    ErrorMidStream = "error-mid-stream", AnyStream,
        "The protocol's error event half-way through a stream, then its end; unbilled.";
    HeaderMissing = "header-missing", Head, "`X-Quota-Remaining-Credits` is not sent.";
    HeaderStale = "header-stale", Head,
        "The quota header comes from a cache that is renewed every 30 seconds.";
    HeaderNotDecimal = "header-not-decimal", Head, "The quota header is the word `unlimited`.";
    HeaderOtherKey = "header-other-key", Head, "The quota header tells what another key has.";
    HeaderDoubled = "header-doubled", Head, "The quota header is sent twice.";
    WrongErrorEnvelope = "wrong-error-envelope", Failure,
        "A failure is told in the envelope of another protocol.";
    WrongContentType = "wrong-content-type", Success,
        "JSON is labelled `text/plain`, an event stream `application/json`.";
    BillFailedCall = "bill-failed-call", Failure,
        "A failed call is charged what its success would have cost, or a cent; no row tells it.";
    BillTwice = "bill-twice", Success, "A call is booked twice: two rows, twice the money.";
    LoseCharge = "lose-charge", Success, "A call leaves its row but no money moves.";
    BillFreeEndpoint = "bill-free-endpoint", Free, "A free route is charged a cent.";
    CountFailedCall = "count-failed-call", Failure,
        "A failed call raises `call_count`; no money moves.";
    RowMissing = "row-missing", Success, "A call is charged and counted but leaves no row.";
    RefundAfterFailure = "refund-after-failure", Failure,
        "A failed call leaves a refund in the transactions; the balance ends where it was.";
    BillCancelledTask = "bill-cancelled-task", Task,
        "A task cancelled before it ran is charged its whole estimate, and does not say so.";
    BillEachPoll = "bill-each-poll", Task, "Every look at a completed task charges it again.";
    HoldNeverReleased = "hold-never-released", Success,
        "What was reserved for a call stays reserved after it was settled.";
    TaskFails = "task-fails", Task, "A task fails once it has run; unbilled.";
    SlowSettle = "slow-settle", Success, "A call is charged two seconds after its answer.";
    BillAtSubmit = "bill-at-submit", Success,
        "A call is charged what it may cost at most before it begins; a refund tells the rest.";
    ChargeOtherKey = "charge-other-key", Success,
        "Quota and buckets of the next key pay for a call; where there is none, nobody's do.";
    BucketStuck = "bucket-stuck", Success, "A charge does not fill the key's spend buckets.";
    BucketCountsFailures = "bucket-counts-failures", Failure,
        "A failed call fills the spend buckets with what it would have cost, or a cent.";
    OrgWalletStuck = "org-wallet-stuck", Success,
        "A charge of a key of the organisation does not move the organisation's wallet.";
    OverchargePercent = "overcharge-percent", Success,
        "A call is charged a tenth too much, in all books alike.";
    UnderchargePercent = "undercharge-percent", Success,
        "A call is charged a tenth too little, in all books alike.";
    OverchargeMicro = "overcharge-micro", Success,
        "A call is charged one micro-USD too much, in all books alike.";
    ImagesAsOne = "images-as-one", Success, "Any number of pictures is charged as one.";
    ImagePriceWrong = "image-price-wrong", Success,
        "Each picture is charged a tenth of a cent too much.";
    RowLate = "row-late", Success, "A call's row is written five seconds after all else.";
    RowDuplicated = "row-duplicated", Success,
        "A call leaves two rows; it is charged and counted once.";
    RowWrongTokens = "row-wrong-tokens", Success,
        "A call's row tells one output token too many; its sums are right.";
    RowWrongCharge = "row-wrong-charge", Success,
        "A call's row tells one micro-USD too much; the money is right.";
    CountMissing = "count-missing", Success,
        "A call is charged and has its row, but the sums of usage leave it out.";
    BillFailedStream = "bill-failed-stream", Success,
        "An answer that broke off by the gateway's fault is booked as if it were whole.";
    BillPartialInFull = "bill-partial-in-full", Success,
        "A client that leaves after the first token pays for the whole answer.";
    BillBeforeFirstToken = "bill-before-first-token", Success,
        "A client that leaves before the first token pays for the input.";
    BillDuplicateSubmit = "bill-duplicate-submit", Success,
        "A submission that is known already is charged again, and gives the task it gave before.";
    BillFailedTask = "bill-failed-task", Task, "A failed task is charged its whole estimate.";
    BillCancelInFull = "bill-cancel-in-full", Task,
        "A task cancelled while it ran is charged its whole estimate, and tells its part.";
    TaskAboveTold = "task-above-told", Task,
        "A completed task is charged a cent more than its object tells.";
    HeaderOffByOne = "header-off-by-one", Head,
        "The quota header is one unit of its last digit too small.";
    QuotaRises = "quota-rises", Head, "The quota header grows by a cent with every answer.";
    DecimalsVary = "decimals-vary", Head,
        "The quota header of every other answer has one digit more.";
    ResetInPast = "reset-in-past", Head, "`X-RateLimit-Reset` lies a minute back.";
    RemainingAboveLimit = "remaining-above-limit", Head,
        "`X-RateLimit-Remaining` is a dollar above the limit.";
    RateLimitHeadersMissing = "ratelimit-headers-missing", Head,
        "The three `X-RateLimit` headers are not sent.";
    OrgHeaderMissing = "org-header-missing", Head,
        "`X-Org-Quota-Remaining-Credits` is not sent to a key of the organisation.";
}

/// What gives a fault away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trace {
    /// One answer alone, by its bytes or by how it ends.
    Answer,
    /// When the bytes come.
    Times,
    /// The books, or the headers of several answers.
    Money,
    /// Nothing: what is sent is as good as without it. It tries clients.
    Nothing,
}

impl Fault {
    /// What gives it away.
    #[must_use]
    pub fn trace(self) -> Trace {
        let times = [Self::SlowFirstByte, Self::LongGap, Self::BufferedStream];
        let none = [Self::LongLine, Self::Stream(StreamFault::SplitBytes)];
        let heads = [
            Self::HeaderMissing,
            Self::HeaderNotDecimal,
            Self::HeaderDoubled,
            Self::WrongErrorEnvelope,
            Self::RemainingAboveLimit,
            Self::RateLimitHeadersMissing,
        ];
        if times.contains(&self) {
            return Trace::Times;
        }
        if none.contains(&self) {
            return Trace::Nothing;
        }
        match self.scope() {
            Scope::Head if !heads.contains(&self) => Trace::Money,
            Scope::Failure if !heads.contains(&self) => Trace::Money,
            Scope::Free | Scope::Task => Trace::Money,
            Scope::Success if self.is_of_the_ledger() => Trace::Money,
            Scope::Success | Scope::AnyStream | Scope::Head => Trace::Answer,
            Scope::Failure | Scope::Any => Trace::Answer,
        }
    }

    fn is_of_the_ledger(self) -> bool {
        let books = [
            Self::BillTwice,
            Self::LoseCharge,
            Self::RowMissing,
            Self::HoldNeverReleased,
            Self::SlowSettle,
            Self::BillAtSubmit,
            Self::ChargeOtherKey,
            Self::BucketStuck,
            Self::OrgWalletStuck,
            Self::OverchargePercent,
            Self::UnderchargePercent,
            Self::OverchargeMicro,
            Self::ImagesAsOne,
            Self::ImagePriceWrong,
            Self::RowLate,
            Self::RowDuplicated,
            Self::RowWrongTokens,
            Self::RowWrongCharge,
            Self::CountMissing,
            Self::BillFailedStream,
            Self::BillPartialInFull,
            Self::BillBeforeFirstToken,
            Self::BillDuplicateSubmit,
        ];
        books.contains(&self)
    }

    /// Which requests it can strike, in words.
    #[must_use]
    pub fn strikes(self) -> &'static str {
        match self.scope() {
            Scope::Success => "text, image and submit calls that would succeed",
            Scope::AnyStream => "streamed text and image answers",
            Scope::Failure => "text, image and submit calls that fail",
            Scope::Head => "every answer but the reads under `/api/v1`",
            Scope::Free => "free routes",
            Scope::Task => "tasks",
            Scope::Any => "any answer",
        }
    }

    /// Every fault that has a name; edits are without number.
    pub fn all() -> impl Iterator<Item = Self> {
        let streams = StreamFault::ALL.into_iter().map(Self::Stream);
        Self::PLAIN.iter().copied().chain(streams)
    }

    /// The fault of that name, or the edit that is written there.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.starts_with(edit::WORD) {
            return Self::edit(text).ok();
        }
        Self::all().find(|fault| fault.name() == text)
    }

    /// An edit, with the word that begins it.
    ///
    /// # Errors
    /// What was expected instead, in words.
    pub fn edit(text: &str) -> Result<Self, String> {
        Edit::read(text).map(Self::Edit)
    }

    pub(crate) fn of_edit(self) -> Option<Edit> {
        if let Self::Edit(edit) = self {
            Some(edit)
        } else {
            None
        }
    }

    pub(crate) fn of_stream(self) -> Option<StreamFault> {
        if let Self::Stream(fault) = self {
            Some(fault)
        } else {
            None
        }
    }

    /// The status that stands in for the upstream's failure.
    pub(crate) fn upstream_status(self) -> Option<u16> {
        let statuses = [
            (Self::Upstream400, 400),
            (Self::Upstream401, 401),
            (Self::Upstream402, 402),
            (Self::Upstream403, 403),
            (Self::Upstream404, 404),
            (Self::Upstream408, 408),
            (Self::Upstream413, 413),
            (Self::Upstream422, 422),
            (Self::Upstream451, 451),
            (Self::Upstream500, 500),
            (Self::Upstream502, 502),
            (Self::Upstream503, 503),
            (Self::Upstream504, 504),
            (Self::Upstream529, 529),
        ];
        statuses
            .iter()
            .find(|(fault, _)| *fault == self)
            .map(|(_, status)| *status)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_fault_has_its_own_name_and_can_be_found_by_it() {
        let mut seen = HashSet::new();
        for fault in Fault::all() {
            assert!(seen.insert(fault.name()), "{} twice", fault.name());
            assert_eq!(Fault::parse(fault.name()), Some(fault));
            assert!(!fault.about().is_empty(), "{}", fault.name());
        }
        assert_eq!(Fault::parse("no-such-fault"), None);
    }
}
