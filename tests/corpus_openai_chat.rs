//! No alarm on what the vendor really sent.

mod corpus_support;

use spikeproof::endpoint::Endpoint;

/// Rules about bytes that a recorder may have changed.
const FRAMING: &[&str] = &[];

/// Recording, rule, and why the finding is right or cannot be avoided.
const EXCUSED: &[(&str, &str, &str)] = &[(
    "222c809d124d8863",
    "OAC-079",
    "a preview model of 2023 with `finish_details` in place of the reason",
)];

#[test]
fn recorded_answers_raise_no_alarm() {
    let alarms = corpus_support::alarms("openai-chat", Endpoint::ChatCompletions, FRAMING, EXCUSED);
    assert!(alarms.is_empty(), "{}", alarms.join("\n"));
}
