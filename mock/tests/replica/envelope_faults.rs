//! Each bug of the quota envelope: one header is wrong, the others are right.

use crate::client::*;
use crate::scenes::Scene;

/// The envelope of each answer, twice asked for.
fn envelopes(client: &Client) -> Vec<Vec<(String, String)>> {
    let answers = [client.post(IMAGES, &image()), client.get("/v1/models")];
    let shown = |answer: &Answer| {
        let headers = answer.headers.iter();
        let headers =
            headers.filter(|(name, _)| name.contains("ratelimit") || name.contains("quota"));
        headers.cloned().collect()
    };
    answers.iter().map(shown).collect()
}

#[test]
fn faults_of_the_envelope_change_their_own_header_in_their_own_way() {
    let quota = "x-quota-remaining-credits";
    let sound = envelopes(&Scene::Chat.client(None));
    assert_eq!(sound[0].len(), 5);
    let value = |told: &[(String, String)], name: &str| -> Option<String> {
        let header = told.iter().find(|(known, _)| known == name);
        header.map(|(_, value)| value.clone())
    };
    for (fault, name, first, second) in [
        (
            "header-off-by-one",
            quota,
            Some("49999.974999"),
            Some("49999.974999"),
        ),
        (
            "quota-rises",
            quota,
            Some("49999.985000"),
            Some("49999.995000"),
        ),
        (
            "decimals-vary",
            quota,
            Some("49999.97500"),
            Some("49999.975000"),
        ),
        (
            "reset-in-past",
            "x-ratelimit-reset",
            Some("1779717540"),
            Some("1779717540"),
        ),
        (
            "remaining-above-limit",
            "x-ratelimit-remaining",
            Some("20001.000000"),
            Some("20001.000000"),
        ),
        (
            "org-header-missing",
            "x-org-quota-remaining-credits",
            None,
            None,
        ),
    ] {
        let sick = envelopes(&Scene::Chat.client(Some(fault)));
        for ((one, other), expected) in sick.iter().zip(&sound).zip([first, second]) {
            assert_eq!(value(one, name).as_deref(), expected, "{fault}");
            for (known, right) in other.iter().filter(|(known, _)| known != name) {
                assert_eq!(value(one, known).as_ref(), Some(right), "{fault}: {known}");
            }
        }
    }
}

#[test]
fn missing_bucket_headers_leave_the_others() {
    let sick = envelopes(&Scene::Chat.client(Some("ratelimit-headers-missing")));
    for told in &sick {
        let names: Vec<_> = told.iter().map(|(name, _)| name.as_str()).collect();
        let left = ["x-quota-remaining-credits", "x-org-quota-remaining-credits"];
        assert_eq!(names, left);
    }
}
