//! The JSON reader against `serde_json`: what the one takes the other takes, and reads the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spikeproof::json;

fuzz_target!(|body: &[u8]| {
    let ours = json::parse(body);
    let theirs = serde_json::from_slice::<serde_json::Value>(body);
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => {
            assert!(is_same(&ours, &theirs), "{ours:?} {theirs:?}");
            // What is written again is read as the same.
            let again = json::parse(ours.to_string().as_bytes()).expect("it was written by us");
            assert_eq!(ours, again);
        }
        (Err(_), Err(_)) => {}
        // Numbers are kept however large they are.
        (Ok(_), Err(error)) => assert!(error.to_string().contains("out of range"), "{error}"),
        (Err(error), Ok(theirs)) => panic!("{error}, but it is {theirs}"),
    }
});

fn is_same(ours: &json::Value, theirs: &serde_json::Value) -> bool {
    match (ours, theirs) {
        (json::Value::Null, serde_json::Value::Null) => true,
        (json::Value::Bool(one), serde_json::Value::Bool(two)) => one == two,
        (json::Value::String(one), serde_json::Value::String(two)) => one == two.as_str(),
        (json::Value::Number(one), serde_json::Value::Number(two)) => {
            let near = two.as_f64().is_some_and(|two| {
                let one = one.as_f64();
                // `serde_json` is off by a bit where it is not asked to be exact.
                (one - two).abs() <= two.abs() * 4.0 * f64::EPSILON + f64::MIN_POSITIVE
            });
            near && two.as_u64().is_none_or(|two| one.as_u64() == Some(two))
        }
        (json::Value::Array(one), serde_json::Value::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| is_same(one, two))
        }
        (json::Value::Object(one), serde_json::Value::Object(two)) => {
            // Of a name that comes twice both take the last.
            two.iter()
                .all(|(name, two)| one.get(name).is_some_and(|one| is_same(one, two)))
                && one.keys().all(|name| two.contains_key(name))
        }
        _ => false,
    }
}
