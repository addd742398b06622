//! Checks of the balance while calls are in flight, and of one book against another.

use crate::rules::{Check, Rule, Sample, Severity};

pub(in crate::billing) static INTERVAL: Rule = Rule {
    id: "BIL-004",
    name: "balance-out-of-bounds",
    severity: Severity::Must,
    source: "gateway credits and billing: the quota header falls by what calls cost, and by \
             nothing else",
    explanation: "Whatever is in flight, a balance that is seen lies between two sums: the charges \
                  of all requests that were over, and long enough for a charge to be applied, when \
                  the request was sent; and those of all that had been sent when the answer's head \
                  came. With a balance of two decimals both are a cent wide of the mark. What \
                  is gone beyond them was charged wrongly, and the first balance out of bounds \
                  says when. `lambda` in the scenario says how long a charge may take.",
    violations: &[
        Sample::History(
            "books quota=9.00\ncall refused id=a at=1..2 quota=9.00\n\
             call refused id=b at=3..4 quota=8.95\nbooks quota=8.95\nrows",
        ),
        Sample::History(
            "terms lambda=1s\nbooks quota=9.00\ncall ok id=a at=1..2 quota=9.00\n\
             call ok id=b at=5..6 quota=9.00\nbooks quota=8.90\n\
             row id=a credits=0.05\nrow id=b credits=0.05",
        ),
    ],
    conforming: &[Sample::History(
        "terms lambda=1s\nbooks quota=9.00\ncall ok id=a at=1..2 quota=9.00\n\
         call ok id=b at=5..6 quota=8.95\nbooks quota=8.90\n\
         row id=a credits=0.05\nrow id=b credits=0.05",
    )],
    faults: &["slow-settle"],
    check: Check::Audit,
};

pub(in crate::billing) static ORG: Rule = Rule {
    id: "BIL-010",
    name: "organisation-not-charged",
    severity: Severity::Must,
    source: "gateway balance: calls of an organisation's keys are paid by its wallet",
    explanation: "The organisation's wallet falls by what its keys in use are charged. If it falls \
                  by less, somebody's calls are free; if by more, others of the organisation may \
                  have spent, which leaves it open. Its header may come from a cache that is half \
                  a minute old, so \
                  the scenario must wait that long, or promise less with `lambda`.",
    violations: &[Sample::History(
        "terms lambda=1s\nbooks org=50.00 spent=1.000001\ncall ok id=a\n\
         books org=50.00 spent=1.100001\nrow id=a credits=0.1",
    )],
    conforming: &[Sample::History(
        "books org=50.00 spent=1.000001\ncall ok id=a\n\
         books org=49.90 spent=1.100001\nrow id=a credits=0.1",
    )],
    faults: &["org-wallet-stuck"],
    check: Check::Audit,
};

pub(in crate::billing) static TRANSACTIONS: Rule = Rule {
    id: "BIL-014",
    name: "refund-written",
    severity: Severity::Must,
    source: "gateway blog on five mistakes: the refund column is empty now; C-11",
    explanation: "A call is charged once, when it has succeeded; nothing is charged before and \
                  given back later. So no refund is written during a run, neither for a failure \
                  nor for a success that cost less than was reserved.",
    violations: &[Sample::History(
        "books refunds=1 transactions=4\ncall ok\nbooks refunds=2 transactions=5",
    )],
    conforming: &[Sample::History(
        "books refunds=1 transactions=4\ncall ok\nbooks refunds=1 transactions=4",
    )],
    faults: &["bill-at-submit"],
    check: Check::Audit,
};

pub(in crate::billing) static HOLDS: Rule = Rule {
    id: "BIL-015",
    name: "hold-not-released",
    severity: Severity::Must,
    source: "gateway account endpoint: available_usd is net of holds; blog on failures: the rest \
             of a hold is released",
    explanation: "While calls are in flight the account may have less available than its top-ups \
                  less its spend. Once all is settled the two are the same again: what is not is \
                  money that the client can neither use nor see spent.",
    violations: &[Sample::History(
        "books topup=10.00 spent=1.000001 available=8.999999\ncall ok\n\
         books topup=10.00 spent=1.100001 available=8.799999",
    )],
    conforming: &[Sample::History(
        "books topup=10.00 spent=1.000001 available=8.999999\ncall ok\n\
         books topup=10.00 spent=1.100001 available=8.899999",
    )],
    faults: &["hold-never-released"],
    check: Check::Audit,
};

pub(in crate::billing) static BUCKET: Rule = Rule {
    id: "BIL-016",
    name: "bucket-not-filled",
    severity: Severity::Must,
    source: "gateway rate limits: what remains of a bucket is its limit less the spend in its \
             window",
    explanation: "The spend bucket of the rate-limit headers fills by what the calls were charged, \
                  and by nothing for a failure. If by more, the client is refused too early; if by \
                  less, its cap does not hold, unless old spend has left the window meanwhile.",
    violations: &[Sample::History(
        "books limit=50.00 remaining=50.00 spent=1.000001\ncall ok id=a\n\
         books limit=50.00 remaining=50.00 spent=1.100001\nrow id=a credits=0.1",
    )],
    conforming: &[Sample::History(
        "books limit=50.00 remaining=50.00 spent=1.000001\ncall ok id=a\n\
         books limit=50.00 remaining=49.90 spent=1.100001\nrow id=a credits=0.1",
    )],
    faults: &["bucket-stuck", "bucket-counts-failures"],
    check: Check::Audit,
};
