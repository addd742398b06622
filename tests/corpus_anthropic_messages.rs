//! No alarm on what the vendor really sent.

mod corpus_support;

use spikeproof::endpoint::Endpoint;

/// Rules about bytes that a recorder may have changed.
const FRAMING: &[&str] = &[];

/// Recording, rule, and why the finding is right or cannot be avoided.
const EXCUSED: &[(&str, &str, &str)] = &[(
    "27b248a1e0adcd6d",
    "ANT-121",
    "a fixture that its maintainers cut down: no other body lacks the key",
)];

#[test]
fn recorded_answers_raise_no_alarm() {
    let alarms = corpus_support::alarms("anthropic-messages", Endpoint::Messages, FRAMING, EXCUSED);
    assert!(alarms.is_empty(), "{}", alarms.join("\n"));
}
