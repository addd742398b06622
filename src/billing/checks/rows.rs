//! Checks that read the usage rows.

use crate::rules::{Check, Rule, Sample, Severity};

pub(in crate::billing) static BIJECTION: Rule = Rule {
    id: "BIL-006",
    name: "rows-not-requests",
    severity: Severity::Must,
    source: "gateway credits and billing, multimodal: one usage row a billed request; error \
             handling: none for a failure",
    explanation: "Usage rows and billable requests match one to one: by the request's id where \
                  rows tell it, else by model, counts and time, with as few left over as possible. \
                  No billable request without a row, no request with two, none that failed with \
                  one. A row of no request at all means that others use the key, which leaves the \
                  audit open. A row may come late; later than `lambda`, where the scenario has \
                  one, is too late.",
    violations: &[
        Sample::History("call ok id=a\ncall ok id=b\nrow id=a credits=0.01"),
        Sample::History("call ok id=a\nrow id=a credits=0.01\nrow id=a credits=0.01"),
        Sample::History("call refused id=a\nrow id=a credits=0.01"),
    ],
    conforming: &[
        Sample::History("call ok id=a\ncall refused id=b\nrow id=a credits=0.01"),
        Sample::History("call ok\ncall ok\nrow credits=0.01\nrow credits=0.01"),
    ],
    faults: &["row-missing", "row-duplicated", "row-late"],
    check: Check::Audit,
};

pub(in crate::billing) static ARITHMETIC: Rule = Rule {
    id: "BIL-008",
    name: "price-wrong",
    severity: Severity::Must,
    source: "gateway credits and billing: tokens, images and seconds at the listed rates",
    explanation: "Each row costs what the price list says for its tokens, images or seconds. How \
                  the gateway rounds is not documented, so every usual way is tried, and one of \
                  them must explain all rows of the run. The built-in list is as old as its date: \
                  a model none of whose rows fits is reported as perhaps repriced, not as wrong, \
                  unless the scenario gives the prices.",
    violations: &[Sample::History(
        "call ok id=a model=seedream-v4 images=1\ncall ok id=b model=seedream-v4 images=1\n\
         row id=a model=seedream-v4 images=1 credits=0.025\n\
         row id=b model=seedream-v4 images=1 credits=0.026",
    )],
    conforming: &[Sample::History(
        "call ok id=a model=claude-sonnet-4-6 in=100 out=10\n\
         row id=a model=claude-sonnet-4-6 in=100 out=10 credits=0.00045",
    )],
    faults: &[
        "overcharge-percent",
        "undercharge-percent",
        "overcharge-micro",
        "images-as-one",
        "image-price-wrong",
        "row-wrong-charge",
    ],
    check: Check::Audit,
};

pub(in crate::billing) static TOKENS: Rule = Rule {
    id: "BIL-009",
    name: "row-tokens-differ",
    severity: Severity::Must,
    source: "gateway usage endpoint: rows and sums count the tokens of the answers' usage",
    explanation: "A row tells the input and output tokens that the answer's own usage told the \
                  client. What differs was either told wrongly or billed wrongly, and the client \
                  cannot know which.",
    violations: &[Sample::History(
        "call ok id=a model=m in=100 out=10\nrow id=a model=m in=100 out=11 credits=0.001",
    )],
    conforming: &[Sample::History(
        "call ok id=a model=m in=100 out=10\nrow id=a model=m in=100 out=10 credits=0.001",
    )],
    faults: &["row-wrong-tokens"],
    check: Check::Audit,
};

pub(in crate::billing) static TASKS: Rule = Rule {
    id: "BIL-012",
    name: "task-charge-wrong",
    severity: Severity::Must,
    source: "gateway multimodal, credits and billing: a failed task is free, credits_used is what \
             a task cost",
    explanation: "A task that failed, or was cancelled before it ran, costs nothing. One that \
                  completed costs what its `credits_used` says, once, however often it is looked \
                  at. One cancelled while it ran costs what the cancel's answer says.",
    violations: &[
        Sample::History(
            "task completed told=0.40 model=v seconds=4\nrow model=v seconds=4 credits=0.41",
        ),
        Sample::History(
            "task cancelled-running told=0.10 model=v seconds=4\n\
             row model=v seconds=1 credits=0.40",
        ),
    ],
    conforming: &[Sample::History(
        "task completed told=0.40 model=v seconds=4\ntask failed model=v seconds=4\n\
         row model=v seconds=4 credits=0.40",
    )],
    faults: &["bill-cancel-in-full", "task-above-told"],
    check: Check::Audit,
};

pub(in crate::billing) static STREAM_FAILURE: Rule = Rule {
    id: "BIL-013",
    name: "broken-stream-billed",
    severity: Severity::Must,
    source: "gateway streaming: a failure in mid-stream does not bill; C-10 on clients that leave",
    explanation: "An answer that began with 200 and did not end well costs what the policy of its \
                  class allows. By the documents that is nothing for an error in mid-stream and \
                  for a client that leaves before the first token; for one that leaves later they \
                  disagree, so only a scenario's own policy is judged. A row with output tokens \
                  for a client that left without one says that a token was on its way.",
    violations: &[Sample::History(
        "call broken id=a model=m\nrow id=a model=m in=5 out=3 credits=0.001",
    )],
    conforming: &[Sample::History(
        "call broken id=a model=m\ncall ok id=b model=m in=5 out=3\n\
         row id=b model=m in=5 out=3 credits=0.001",
    )],
    faults: &[
        "bill-failed-stream",
        "bill-before-first-token",
        "bill-partial-in-full",
    ],
    check: Check::Audit,
};
