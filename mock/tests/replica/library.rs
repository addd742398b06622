//! What the library promises to whoever holds its types.

use spikeproof_mock::script::Script;
use spikeproof_mock::{
    Answered, Config, Engine, Incoming, LedgerSnapshot, ListenerCounts, Replica, ReplicaBuilder,
    StartError, Written,
};

use crate::fronts::{fast, start};

#[test]
fn what_users_hold_may_go_to_other_threads_and_can_be_shown() {
    fn fits<T: Send + Sync + std::fmt::Debug + 'static>() {}
    fits::<Engine>();
    fits::<Replica>();
    fits::<ReplicaBuilder>();
    fits::<Config>();
    fits::<StartError>();
    fits::<(Incoming, Answered, Script)>();
    fits::<(LedgerSnapshot, ListenerCounts, Written)>();
}

#[test]
fn a_replica_shows_where_it_listens_and_no_state() {
    let replica = start(fast());
    let shown = format!("{replica:?}");
    assert!(shown.contains(&replica.address().to_string()), "{shown}");
    assert!(
        shown.len() < 400 && !shown.contains(replica.key()),
        "{shown}"
    );
    let engine = format!("{:?}", replica.engine());
    assert!(!engine.contains(replica.key()), "{engine}");
}

#[test]
fn a_builder_sets_what_it_says() {
    let builder = Replica::builder().config(fast()).threads(2);
    let replica = builder.log_writes(true).start().expect("a free port");
    assert!(replica.engine().config().log_writes);
    assert!(replica.address().port() > 0 && replica.address().ip().is_loopback());
    assert_eq!(replica.base_url(), format!("http://{}", replica.address()));
    assert!(format!("{replica:?}").contains("threads: 2"));
    assert_eq!(replica.counts(), ListenerCounts::default());
}
