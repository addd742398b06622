//! What is right for each outcome class: data, because vendors differ.

use super::class::Class;

/// What a call of a class may be charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// Nothing.
    Free,
    /// What was delivered.
    Actual,
    /// What all of it would have cost.
    Full,
    /// Recorded, not judged: the documents disagree or say nothing.
    Unspecified,
}

impl Right {
    pub const ALL: [Self; 4] = [Self::Free, Self::Actual, Self::Full, Self::Unspecified];

    pub fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Actual => "actual",
            Self::Full => "full",
            Self::Unspecified => "unspecified",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.name() == text)
    }
}

/// One word of a policy: classes that are charged alike.
#[derive(Debug)]
pub struct Kind {
    pub name: &'static str,
    pub about: &'static str,
    /// What the documents say, and where.
    pub documented: Right,
    pub source: &'static str,
}

const fn kind(
    name: &'static str,
    about: &'static str,
    documented: Right,
    source: &'static str,
) -> Kind {
    Kind {
        name,
        about,
        documented,
        source,
    }
}

const NON_2XX: &str = "concepts/error-handling: a non-2xx never bills";

/// Every word that a policy may have. Calls that end well are no matter of policy.
pub static KINDS: &[Kind] = &[
    kind(
        "client-error",
        "refused for the client's own fault",
        Right::Free,
        NON_2XX,
    ),
    kind("refused", "any other refusal", Right::Free, NON_2XX),
    kind(
        "rate-limited",
        "429 for a spend bucket",
        Right::Free,
        NON_2XX,
    ),
    kind(
        "concurrency-limited",
        "429 for too many calls in flight",
        Right::Free,
        NON_2XX,
    ),
    kind(
        "upstream-error",
        "status 500 and above",
        Right::Free,
        NON_2XX,
    ),
    kind(
        "blocked",
        "a success that says that the prompt was refused",
        Right::Free,
        "blog/how-failures-dont-bill-actually-works: a refused prompt does not bill",
    ),
    kind(
        "stream-error",
        "an error inside a stream that began with 200",
        Right::Free,
        "concepts/streaming: a failure in mid-stream does not bill",
    ),
    kind(
        "cut-short",
        "an answer that ended early, or whose connection broke",
        Right::Unspecified,
        "C-10: whose connection dropped is not said",
    ),
    kind(
        "timeout",
        "an answer that did not end in our time",
        Right::Unspecified,
        "C-10: to the gateway it is a client that leaves",
    ),
    kind(
        "disconnect-before-first-token",
        "left by us before the first token",
        Right::Free,
        "blog/how-failures-dont-bill-actually-works: before the first token is free",
    ),
    kind(
        "disconnect-after-first-token",
        "left by us after the first token",
        Right::Unspecified,
        "C-10: partial output, or nothing",
    ),
    kind(
        "task-failed",
        "a task that failed",
        Right::Free,
        "concepts/multimodal: a failed task does not bill",
    ),
    kind(
        "task-cancelled-pending",
        "a task cancelled before it ran",
        Right::Free,
        "video/sora-2: a free abort",
    ),
    kind(
        "task-cancelled-running",
        "a task cancelled while it ran; what is delivered is what the cancel's answer says",
        Right::Actual,
        "concepts/credits-and-billing: its credits_used is authoritative",
    ),
];

/// The documents, but for what a scenario says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    said: Vec<(&'static str, Right)>,
}

impl Policy {
    /// As a scenario writes it.
    pub fn of_words(words: &[(&'static str, &'static str)]) -> Self {
        let mut policy = Self::default();
        for (name, right) in words {
            let right = Right::parse(right).unwrap_or(Right::Unspecified);
            let known = policy.say(name, right);
            debug_assert!(known.is_some(), "{name}");
        }
        policy
    }

    /// `None`: no kind has this name.
    pub fn say(&mut self, name: &str, right: Right) -> Option<()> {
        let kind = KINDS.iter().find(|kind| kind.name == name)?;
        self.said.retain(|(said, _)| *said != kind.name);
        self.said.push((kind.name, right));
        Some(())
    }

    /// What is right for a class, and whether it was said rather than read in the documents.
    pub fn of(&self, class: Class) -> Right {
        let Some(name) = class.kind() else {
            let ends_well = matches!(
                class,
                Class::Success | Class::UnexpectedSuccess | Class::TaskCompleted
            );
            return if ends_well {
                Right::Full
            } else if matches!(class, Class::Free | Class::NotSent) {
                Right::Free
            } else {
                Right::Unspecified
            };
        };
        let said = self.said.iter().find(|(said, _)| *said == name);
        let documented = || KINDS.iter().find(|kind| kind.name == name);
        said.map(|(_, right)| *right)
            .or_else(|| documented().map(|kind| kind.documented))
            .unwrap_or(Right::Unspecified)
    }

    /// How many billed calls one of this class makes, at least and at most.
    pub fn billed(&self, class: Class) -> (u64, u64) {
        match (class, self.of(class)) {
            // What was on its way when the client left counts as delivered; a clip that was
            // cancelled in its first second costs nothing; and no page says whether a stream that
            // failed after its 200 leaves a row that costs nothing.
            (Class::LeftBeforeToken | Class::TaskCancelledRunning, _)
            | (Class::StreamError, Right::Free)
            // Perhaps nothing was delivered before it broke.
            | (Class::TimedOut | Class::CutShort, Right::Actual) => (0, 1),
            (_, Right::Free) => (0, 0),
            (_, Right::Actual | Right::Full) => (1, 1),
            (_, Right::Unspecified) => (0, 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Mistake;

    #[test]
    fn the_documents_decide_where_nobody_says_otherwise() {
        let mut policy = Policy::default();
        assert_eq!(policy.of(Class::StreamError), Right::Free);
        assert_eq!(policy.of(Class::LeftAfterToken), Right::Unspecified);
        assert_eq!(policy.say("stream-error", Right::Actual), Some(()));
        assert_eq!(policy.say("client-error", Right::Unspecified), Some(()));
        assert_eq!(policy.say("no-such-kind", Right::Free), None);
        assert_eq!(policy.of(Class::StreamError), Right::Actual);
        assert_eq!(policy.billed(Class::Mistake(Mistake::NoKey)), (0, 1));
        assert_eq!(policy.billed(Class::Success), (1, 1));
        assert_eq!(policy.say("timeout", Right::Actual), Some(()));
        assert_eq!(policy.billed(Class::TimedOut), (0, 1));
    }

    #[test]
    fn a_scenario_can_name_each_kind_and_nothing_else() {
        let schema = crate::scenario::json_schema();
        let text = schema.to_string();
        for kind in KINDS {
            let key = format!("\"{}\":", kind.name);
            assert!(text.contains(&key), "{key} is no key of `policy`");
        }
        for right in Right::ALL {
            assert_eq!(Right::parse(right.name()), Some(right));
        }
    }

    #[test]
    fn every_kind_names_a_source_and_is_named_once() {
        for (index, kind) in KINDS.iter().enumerate() {
            assert!(!kind.source.is_empty() && !kind.about.is_empty());
            assert!(KINDS[..index].iter().all(|other| other.name != kind.name));
        }
    }
}
