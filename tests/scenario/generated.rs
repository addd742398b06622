//! Texts that are made from the tables and committed.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use spikeproof::scenario::{json_schema, markdown};

use crate::parse;

#[test]
fn the_page_on_scenarios_is_what_the_tables_say() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scenario.md");
    expect_test::expect_file![page].assert_eq(&markdown());
}

#[test]
fn the_example_of_the_page_parses() {
    let page = markdown();
    let (_, rest) = page.split_once("```yaml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    if let Err(faults) = parse("docs/scenario.md", example) {
        panic!("{faults}");
    }
}

#[test]
fn every_reference_of_the_schema_leads_somewhere_and_every_definition_is_used() {
    let schema = json_schema();
    let mut used = BTreeSet::new();
    collect_references(&schema, &mut used);
    let defined: BTreeSet<String> = schema["$defs"]
        .as_object()
        .unwrap()
        .keys()
        .map(|key| format!("#/$defs/{key}"))
        .collect();
    assert_eq!(used, defined);
}

#[test]
fn the_schema_has_one_closed_definition_for_each_call() {
    let schema = json_schema();
    let calls = schema["$defs"]["request"]["properties"]["call"]["enum"]
        .as_array()
        .unwrap();
    assert_eq!(calls.len(), 19);
    for call in calls {
        let definition = &schema["$defs"][format!("request.{}", call.as_str().unwrap())];
        assert_eq!(
            definition["additionalProperties"],
            Value::Bool(false),
            "{call}"
        );
        assert_eq!(&definition["properties"]["call"]["const"], call);
        assert!(definition["properties"]["timeout"].is_object(), "{call}");
    }
}

fn collect_references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                found.insert(reference.clone());
            }
            members
                .values()
                .for_each(|value| collect_references(value, found));
        }
        Value::Array(values) => values
            .iter()
            .for_each(|value| collect_references(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
