//! Generated pages are fresh. `UPDATE_EXPECT=1 cargo test --test docs` rewrites them.

use expect_test::expect_file;

#[test]
fn the_page_of_rules_is_what_the_catalogue_makes() {
    expect_file!["../docs/rules.md"].assert_eq(&spikeproof::rules::catalogue::markdown());
}

#[test]
fn the_page_of_metrics_is_what_the_metrics_make() {
    expect_file!["../docs/metrics.md"].assert_eq(&spikeproof::measure::markdown());
}

#[test]
fn the_page_of_faults_is_what_the_replica_and_the_catalogue_make() {
    expect_file!["../docs/faults.md"].assert_eq(&spikeproof::fault_page::markdown());
}
