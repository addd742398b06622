//! What the keys of `conformance` mean.

use super::super::Vocabulary;
use super::super::fault::{Collected, Fault, quoted};
use super::super::record::{Named, Record};
use crate::contract::{Contract, ContractError, HeldTo, Profile, RuleSetting, SWITCHES, SetRule};

pub(super) fn build(
    record: &Record,
    vocabulary: &Vocabulary<'_>,
    faults: &mut Collected,
) -> HeldTo {
    let mut contract = Contract::ANY;
    for named in record.named("contract").unwrap_or_default() {
        choose(&mut contract, named, faults);
    }
    let rules = record.named("rules").unwrap_or_default().iter();
    HeldTo {
        profile: match record.word("profile") {
            Some("native") => Profile::Native,
            Some(_) | None => Profile::Gateway,
        },
        contract,
        rules: rules
            .filter_map(|named| set_rule(named, vocabulary, faults))
            .collect(),
    }
}

fn choose(contract: &mut Contract, named: &Named, faults: &mut Collected) {
    let Some(item) = &named.item else { return };
    let reading = match item.value.as_integer() {
        Some(integer) => integer.to_string(),
        None => item.value.as_text().unwrap_or_default().to_owned(),
    };
    let Err(error) = contract.choose(&named.name, &reading) else {
        return;
    };
    faults.push(match &error {
        ContractError::Switch(_) => {
            let known = SWITCHES.map(|switch| switch.id);
            Fault::new(named.place, error.to_string()).suggest(&named.name, &known)
        }
        ContractError::Reading(_, id) => {
            let switch = SWITCHES.iter().find(|switch| switch.id == *id);
            let readings = switch.map_or(&[][..], |switch| switch.readings);
            Fault::new(item.place, error.to_string())
                .suggest(&reading, readings)
                .note(format!("its readings are {}", readings.join(", ")))
        }
    });
}

fn set_rule(named: &Named, vocabulary: &Vocabulary<'_>, faults: &mut Collected) -> Option<SetRule> {
    if !vocabulary.rules.contains(&named.name.as_str()) {
        let message = format!("there is no rule {}", quoted(&named.name));
        faults.push(Fault::new(named.place, message).suggest(&named.name, vocabulary.rules));
    }
    let record = super::record_of(named)?;
    Some(SetRule {
        rule: named.name.clone(),
        set: record.word("set").and_then(RuleSetting::parse)?,
        reason: record.text("reason")?,
    })
}
