//! Whose promises an answer is held to, how much each rule weighs, and which reading of the
//! gateway's documents is right where they contradict each other.
//!
//! Each switch is one contradiction (`C-nn`), each reading what one page says. Nobody who has only
//! the documents knows which one a target follows: as long as no reading is chosen, rules let every
//! documented one pass. Once one is chosen the others are findings. The ids and the words for the
//! readings are those of the replica's own switches.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Whose promises an answer is held to.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    clap::ValueEnum,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// The vendor's protocol, whoever speaks it
    Native,
    /// The protocol, and the gateway's own promises: quota headers, error envelopes
    Gateway,
}

impl Profile {
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Gateway => "gateway",
        }
    }
}

/// What a user has set a rule to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleSetting {
    /// Whoever breaks it fails.
    Error,
    /// A break is told and fails nobody.
    Warn,
    /// It is not asked.
    Off,
}

impl RuleSetting {
    pub const ALL: [Self; 3] = [Self::Error, Self::Warn, Self::Off];

    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Off => "off",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|setting| setting.name() == text)
    }
}

/// A rule that weighs other than the catalogue says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetRule {
    pub rule: String,
    pub set: RuleSetting,
    /// Why, in the author's words.
    pub reason: String,
}

/// What the answers of a run are held to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldTo {
    pub profile: Profile,
    pub contract: Contract,
    pub rules: Vec<SetRule>,
}

impl Default for HeldTo {
    fn default() -> Self {
        Self {
            profile: Profile::Gateway,
            contract: Contract::ANY,
            rules: Vec::new(),
        }
    }
}

/// A contradiction that single answers decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switch {
    pub id: &'static str,
    /// What the pages disagree about.
    pub about: &'static str,
    pub readings: &'static [&'static str],
}

const fn switch(
    id: &'static str,
    about: &'static str,
    readings: &'static [&'static str],
) -> Switch {
    Switch {
        id,
        about,
        readings,
    }
}

const COUNT: usize = 13;

/// Those of the documents' contradictions that one answer can decide; the others are about money,
/// limits or what a key may reach.
pub static SWITCHES: [Switch; COUNT] = [
    switch(
        "C-01",
        "Where one row per call can be read",
        &["on-usage-routes", "also-on-me", "nowhere"],
    ),
    switch(
        "C-02",
        "Whether `GET /v1/balance` exists",
        &["missing", "served"],
    ),
    switch(
        "C-04",
        "The unit of values called credits in bodies",
        &["usd", "micros"],
    ),
    switch("C-06", "How a Gemini stream ends", &["native", "done"]),
    switch(
        "C-07",
        "Whether a head carries an estimate of the cost",
        &["absent", "sent"],
    ),
    switch(
        "C-08",
        "The answer to a slug that is not in the catalog",
        &[
            "model-not-found-400",
            "model-not-found-404",
            "unsupported-model-400",
            "model-not-in-group-403",
            "model-not-allowed-400",
        ],
    ),
    switch(
        "C-09",
        "The status of a re-used `out_task_id`",
        &["409", "400"],
    ),
    switch(
        "C-12",
        "The shape of a task object",
        &["reference", "per-model", "videos"],
    ),
    switch(
        "C-13",
        "The word for a task that has not started",
        &["pending", "queued"],
    ),
    switch(
        "C-14",
        "Whether a cancelled task names what it cost",
        &["credits-used", "estimate-only"],
    ),
    switch(
        "C-19",
        "Whether `POST /v1/images/edits` exists",
        &["served", "missing"],
    ),
    switch(
        "C-20",
        "Whether embeddings and rerank exist",
        &["missing", "served"],
    ),
    switch("C-27", "The status of a refused prompt", &["451", "422"]),
];

/// The readings that were chosen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Contract([u8; COUNT]);

/// What was asked for is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContractError {
    #[error("there is no contract switch `{0}` that answers can be held to")]
    Switch(String),
    #[error("`{0}` is no reading of {1}")]
    Reading(String, &'static str),
}

impl Contract {
    /// Every documented reading passes.
    pub const ANY: Self = Self([0; COUNT]);

    /// Chooses a reading.
    ///
    /// # Errors
    /// There is no such switch, or it has no such reading.
    pub fn choose(&mut self, id: &str, reading: &str) -> Result<(), ContractError> {
        let place = SWITCHES.iter().position(|switch| switch.id == id);
        let place = place.ok_or_else(|| ContractError::Switch(id.to_owned()))?;
        let switch = &SWITCHES[place];
        let known = switch.readings.iter().zip(1..);
        let chosen = known.filter(|(known, _)| **known == reading).last();
        let (_, number) =
            chosen.ok_or_else(|| ContractError::Reading(reading.to_owned(), switch.id))?;
        self.0[place] = number;
        Ok(())
    }

    /// What was chosen here, and from another what was not.
    pub fn or(mut self, other: Self) -> Self {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            if *own == 0 {
                *own = other;
            }
        }
        self
    }

    /// The reading that was chosen.
    pub fn reading(&self, id: &str) -> Option<&'static str> {
        let mut all = self.chosen();
        all.find(|(switch, _)| switch.id == id)
            .map(|(_, reading)| reading)
    }

    /// Whether this reading was chosen.
    pub fn is(&self, id: &str, reading: &str) -> bool {
        self.reading(id) == Some(reading)
    }

    /// Those that were chosen, in the order of the switches.
    pub fn chosen(&self) -> impl Iterator<Item = (&'static Switch, &'static str)> + use<> {
        let all = SWITCHES.iter().zip(self.0);
        all.filter_map(|(switch, number)| {
            let at = usize::from(number).checked_sub(1)?;
            Some((switch, *switch.readings.get(at)?))
        })
    }
}

/// A mapping from switches to their readings.
impl Serialize for Contract {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.chosen().map(|(switch, reading)| (switch.id, reading)))
    }
}

impl<'de> Deserialize<'de> for Contract {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut contract = Self::ANY;
        for (id, reading) in BTreeMap::<String, String>::deserialize(deserializer)? {
            contract
                .choose(&id, &reading)
                .map_err(serde::de::Error::custom)?;
        }
        Ok(contract)
    }
}

/// As it is written: `C-06=done`.
impl std::fmt::Debug for Contract {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut list = formatter.debug_list();
        for (switch, reading) in self.chosen() {
            list.entry(&format_args!("{}={reading}", switch.id));
        }
        list.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reading_of_every_switch_can_be_chosen_and_is_remembered() {
        for switch in &SWITCHES {
            for reading in switch.readings {
                let mut contract = Contract::ANY;
                assert_eq!(contract.reading(switch.id), None);
                contract.choose(switch.id, reading).expect("it is one");
                assert!(contract.is(switch.id, reading));
                assert_eq!(contract.chosen().count(), 1);
            }
        }
    }

    #[test]
    fn what_is_no_switch_or_reading_is_told() {
        let mut contract = Contract::ANY;
        let told = contract.choose("C-99", "x").expect_err("no switch");
        assert!(told.to_string().contains("`C-99`"));
        let told = contract.choose("C-06", "x").expect_err("no reading");
        assert_eq!(told.to_string(), "`x` is no reading of C-06");
        assert_eq!(contract, Contract::ANY);
    }

    #[test]
    fn the_words_are_those_of_the_replica() {
        let replica = spikeproof_mock::Contract::switches();
        for switch in &SWITCHES {
            let own = replica.iter().find(|other| other.id == switch.id);
            let own = own.expect(switch.id);
            let mut words = switch.readings.iter();
            assert!(words.all(|word| own.readings.contains(word)), "{switch:?}");
        }
    }
}
