//! The nearest known name to one that is not known. Says nothing rather than something far-fetched.

/// The known name that `wrong` was probably meant to be; `None` when nothing is near.
///
/// Near: as many edits (a swap of neighbours counts once) as a third of the longer name, at least
/// one; case, `_` and `-` do not count. Of equally near names the first wins.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = folded(wrong);
    // Distance is quadratic: an absurdly long name has no near one anyway.
    if wrong.is_empty() || wrong.len() > 200 {
        return None;
    }
    known
        .into_iter()
        .filter_map(|name| {
            let candidate = folded(name);
            let distance = strsim::osa_distance(&wrong, &candidate);
            let longer = wrong.chars().count().max(candidate.chars().count());
            (distance <= (longer / 3).max(1) && distance < longer).then_some((distance, name))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

fn folded(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::nearest;

    const KNOWN: [&str; 5] = ["rate", "duration", "max_in_flight", "mix", "vus"];

    #[test]
    fn a_slip_finds_the_name_that_was_meant() {
        for (wrong, meant) in [
            ("rtae", "rate"),
            ("Rate", "rate"),
            ("max-in-flight", "max_in_flight"),
            ("durations", "duration"),
            ("maxinflight", "max_in_flight"),
            ("vu", "vus"),
        ] {
            assert_eq!(nearest(wrong, KNOWN), Some(meant), "{wrong}");
        }
    }

    #[test]
    fn what_is_far_from_everything_gets_no_suggestion() {
        for wrong in ["", "x", "temperature", "zzzz", &"rate".repeat(1000)] {
            assert_eq!(nearest(wrong, KNOWN), None, "{wrong}");
        }
    }
}
