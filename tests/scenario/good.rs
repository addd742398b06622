//! What good scenarios mean.

use std::fs;
use std::path::Path;
use std::time::Duration;

use spikeproof::scenario::replica::OutageKind;
use spikeproof::scenario::request::{
    Call, Delivery, Follow, Prompt, TaskRoute, TextProtocol, Tool, UtilityCall,
};
use spikeproof::scenario::{
    Arrivals, AuditLevel, Budget, Executor, HttpVersion, KeySource, Mistake, Scenario,
    SettingValue, Spread, Target, TemplateId,
};

use crate::parse;

pub(crate) fn good(text: &str) -> Scenario {
    parse("good.yaml", text).unwrap_or_else(|faults| panic!("{faults}"))
}

/// A scenario of one request and one phase, with more lines at its top.
pub(crate) fn with(lines: &str, request: &str) -> Scenario {
    good(&format!(
        "name: a\n{lines}\nrequests:\n  r: {request}\nphases:\n  \
         - {{ name: p, executor: constant-vus, vus: 1, duration: 1s }}\n"
    ))
}

fn call(request: &str) -> Call {
    with("", request).requests.remove(0).call
}

#[test]
fn every_file_of_good_scenarios_parses() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenario/good");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        good(&fs::read_to_string(path).unwrap());
    }
}

#[test]
fn the_example_of_the_design_means_what_it_says() {
    let scenario = good(include_str!("good/design.yaml"));
    assert_eq!(scenario.name, "smoke");
    assert_eq!(scenario.target, Target::Replica);
    assert_eq!(scenario.seed, 7);
    let names: Vec<&str> = scenario
        .requests
        .iter()
        .map(|request| request.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["claude-stream", "claude-tools", "bad-model", "clip"]
    );
    assert_eq!(
        scenario.requests[2].expect.as_ref().unwrap().status,
        [400, 403, 404]
    );
    let steady = &scenario.phases[1];
    let mix = [
        (TemplateId(0), 5),
        (TemplateId(1), 2),
        (TemplateId(2), 1),
        (TemplateId(3), 1),
    ];
    assert_eq!(steady.mix, mix);
    let Executor::ConstantArrivalRate {
        rate,
        arrivals,
        duration,
        max_in_flight,
    } = steady.executor
    else {
        panic!("{:?}", steady.executor)
    };
    assert_eq!(
        (rate.as_per_second(), arrivals, max_in_flight),
        (50.0, Arrivals::Poisson, 500)
    );
    assert_eq!(duration, Duration::from_secs(30));
    let median = Duration::from_millis(180);
    assert_eq!(
        scenario.replica.value("first_token"),
        Some(SettingValue::Spread(Spread::LogNormal {
            median,
            sigma: 0.4
        }))
    );
    assert_eq!(scenario.budget, Some(Budget { requests: 10_000 }));
    assert_eq!(
        scenario.thresholds[3].request.as_deref(),
        Some("claude-stream")
    );
}

#[test]
fn requests_phases_and_thresholds_know_their_lines() {
    let scenario = good(include_str!("good/design.yaml"));
    let requests: Vec<usize> = scenario.requests.iter().map(|one| one.line).collect();
    let phases: Vec<usize> = scenario.phases.iter().map(|one| one.line).collect();
    let thresholds: Vec<usize> = scenario.thresholds.iter().map(|one| one.line).collect();
    assert_eq!(requests, [8, 9, 10, 11]);
    assert_eq!(phases, [14, 15]);
    assert_eq!(thresholds, [24, 25, 26, 27]);
}

#[test]
fn what_is_left_out_has_its_documented_default() {
    let scenario = with(
        "",
        "{ call: tasks.video, model: sora-2, duration_seconds: 4 }",
    );
    assert_eq!(scenario.about, "");
    assert_eq!(scenario.seed, 1);
    assert_eq!(scenario.key, None);
    assert_eq!(scenario.budget, None);
    assert!(scenario.thresholds.is_empty());
    assert_eq!(scenario.billing.audit, AuditLevel::Full);
    assert_eq!(scenario.billing.probes.of("bad-model"), 5);
    assert_eq!(scenario.billing.settle_timeout, Duration::from_secs(10));
    assert_eq!(scenario.requests[0].timeout, Duration::from_secs(60));
    assert_eq!(scenario.phases[0].mix, [(TemplateId(0), 1)]);
    assert!(scenario.phases[0].record);
    let Call::Task(task) = &scenario.requests[0].call else {
        panic!()
    };
    assert_eq!((task.route, task.follow), (TaskRoute::Video, Follow::Poll));
    assert_eq!(
        (task.poll_every, task.download),
        (Duration::from_secs(2), false)
    );
    assert_eq!(task.prompt, Prompt::Tokens(32));
}

#[test]
fn every_text_key_arrives_in_the_call() {
    let Call::Text(text) = call(
        "{ call: gemini.generate, model: m, stream: array, prompt: { text: hi }, system: s, \
         tools: [time, search], tool_choice: first, thinking: 2048, image: true, stop: [END], \
         max_tokens: 9, temperature: 0.25, n: 2, json: true, auth: query }",
    ) else {
        panic!("no text call")
    };
    assert_eq!(text.protocol, TextProtocol::Gemini);
    assert_eq!(text.delivery, Delivery::Array);
    assert_eq!(text.prompt, Prompt::Text("hi".to_owned()));
    assert_eq!(text.tools, [Tool::Time, Tool::Search]);
    assert_eq!(
        (text.thinking, text.max_tokens, text.n),
        (Some(2048), Some(9), Some(2))
    );
    assert_eq!(
        (text.temperature, text.image, text.json),
        (Some(250), true, true)
    );
    assert_eq!(text.stop, ["END"]);
}

#[test]
fn every_call_can_be_written() {
    for request in [
        "{ call: anthropic.messages, model: m, thinking: true }",
        "{ call: openai.chat, model: m, mistake: context-too-long }",
        "{ call: openai.responses, model: m, stream: true }",
        "{ call: openai.images, model: m, edit: multipart, size: 1024x1024, quality: hd }",
        "{ call: openai.images, model: m, stream: true, partial_images: 2 }",
        "{ call: tasks.image, model: m, duplicate: same, cancel: running, follow: stream }",
        "{ call: tasks.image, model: m, cancel: pending, follow: none }",
        "{ call: videos.generate, model: m, duration_seconds: 5, poll_every: 10ms }",
        "{ call: tasks.video, model: m, duration_seconds: 5, mistake: both-ids }",
        "{ call: models.list, capability: vision }",
        "{ call: models.get, model: m, mistake: unknown-model }",
        "{ call: models.available }",
        "{ call: usage.list, path: v1, limit: 10 }",
        "{ call: balance.get, mistake: no-key }",
        "{ call: account.get }",
        "{ call: transactions.list, page_size: 5, kind: topup }",
        "{ call: webhooks.cycle }",
        "{ call: keys.cycle }",
        "{ call: groups.list }",
        "{ call: embeddings.create, model: m, mistake: malformed-json }",
    ] {
        call(request);
    }
    let mistaken = with("", "{ call: models.available, mistake: no-key }");
    assert_eq!(mistaken.requests[0].mistake, Some(Mistake::NoKey));
    assert_eq!(
        call("{ call: keys.cycle }"),
        Call::Utility(UtilityCall::KeysCycle)
    );
}

#[test]
fn variables_are_filled_in_and_read_as_what_the_key_wants() {
    let scenario = good(
        "name: a\n\
         about: \"costs $${5}, ${WORD} and ${UNSET:none}\"\n\
         seed: ${VUS}\n\
         requests:\n  r: { call: openai.chat, model: \"${WORD}\", max_tokens: \"${VUS:9}\" }\n\
         phases:\n  - name: p\n    executor: constant-arrival-rate\n    rate: ${RATE:50/s}\n    \
         duration: ${UNSET:3}s\n    max_in_flight: ${VUS}\n",
    );
    assert_eq!(scenario.about, "costs ${5}, gpt-5-4 and none");
    assert_eq!(scenario.seed, 4);
    let Call::Text(text) = &scenario.requests[0].call else {
        panic!()
    };
    assert_eq!((text.model.as_str(), text.max_tokens), ("gpt-5-4", Some(4)));
    let Executor::ConstantArrivalRate {
        rate,
        duration,
        max_in_flight,
        ..
    } = scenario.phases[0].executor
    else {
        panic!()
    };
    assert_eq!((rate.as_per_second(), max_in_flight), (25.0, 4));
    assert_eq!(duration, Duration::from_secs(3));
}

#[test]
fn what_a_variable_brings_in_is_never_a_structure() {
    let environment = spikeproof::scenario::variables([("X", "[a, b]\nseed: 3 # {")]);
    let vocabulary = spikeproof::scenario::Vocabulary::default();
    let text = "name: a\nabout: ${X}\nrequests: { r: { call: groups.list } }\nphases: [{ name: p, \
                executor: constant-vus, vus: 1, duration: 1s }]";
    let source = spikeproof::scenario::Source::new("a.yaml", text);
    let scenario = Scenario::parse(&source, &environment, &vocabulary).unwrap();
    assert_eq!(scenario.about, "[a, b]\nseed: 3 # {");
    assert_eq!(scenario.seed, 1);
}

#[test]
fn a_key_comes_from_a_variable_or_a_file_and_is_never_shown() {
    let request = "{ call: groups.list }";
    let scenario = with("key: ${SECRET_KEY}", request);
    let Some(KeySource::Variable { name, value }) = &scenario.key else {
        panic!()
    };
    assert_eq!(
        (name.as_str(), value.expose()),
        ("SECRET_KEY", "hunter2-hunter2")
    );
    assert!(!format!("{scenario:?}").contains("hunter2"));
    let Some(KeySource::Variable { value, .. }) = with("key: \"${UNSET:}\"", request).key else {
        panic!()
    };
    assert!(value.is_empty());
    let file = KeySource::File("gpt-5-4.key".to_owned());
    assert_eq!(
        with("key: { file: \"${WORD}.key\" }", request).key,
        Some(file)
    );
}

#[test]
fn anchors_and_merge_keys_share_what_requests_have_in_common() {
    let scenario = good(
        "name: a\nrequests:\n  \
         one: &base { call: openai.chat, model: m, max_tokens: 5 }\n  two:\n    \
         <<: *base\n    max_tokens: 6\n  three: *base\n\
         phases:\n  - { name: p, executor: constant-vus, vus: 1, duration: 1s }\n",
    );
    let tokens = scenario.requests.iter().map(|request| {
        let Call::Text(text) = &request.call else {
            panic!("{request:?}")
        };
        text.max_tokens
    });
    let tokens: Vec<Option<u32>> = tokens.collect();
    assert_eq!(tokens, [Some(5), Some(6), Some(5)]);
}

#[test]
fn faults_of_the_replica_have_a_probability() {
    let request = "{ call: groups.list }";
    let scenario = with(
        "replica: { faults: [stall, missing-done=0.5, event-doubled=1%] }",
        request,
    );
    let faults = [
        ("stall", 1.0),
        ("missing-done", 0.5),
        ("event-doubled", 0.01),
    ];
    assert_eq!(
        scenario.replica.faults,
        faults.map(|(name, p)| (name.to_owned(), p))
    );
}

#[test]
fn the_replica_is_set_up_by_its_keys() {
    let scenario = with(
        "replica:
  contract: { C-09: 400, C-12: per-model }
  account: { wallet: 0.05, decimals: 6, rounding: up, org: true }
  upstream:
    slots: 4
    models: [{ model: claude, first_token: 1s }]
    outages: [{ from: 1s, for: 2s, every: 3s, kind: 503 }, { from: 0s, for: 1s, kind: slow(2.5) }]
  admin: false",
        "{ call: groups.list }",
    );
    let replica = scenario.replica;
    let reading = |id: &str, reading: &str| (id.to_owned(), reading.to_owned());
    let contract = [reading("C-09", "400"), reading("C-12", "per-model")];
    assert_eq!(replica.contract, contract);
    for (path, value) in [
        ("account.wallet", SettingValue::Number(0.05)),
        ("account.decimals", SettingValue::Integer(6)),
        ("account.rounding", SettingValue::Word("up")),
        ("account.org", SettingValue::Truth(true)),
        ("upstream.slots", SettingValue::Integer(4)),
        ("admin", SettingValue::Truth(false)),
    ] {
        assert_eq!(replica.value(path), Some(value), "{path}");
    }
    assert_eq!(replica.value("upstream.queue"), None, "nobody wrote it");
    assert_eq!(replica.models[0].model, "claude");
    let kinds: Vec<_> = replica.outages.iter().map(|outage| outage.kind).collect();
    assert_eq!(kinds, [OutageKind::Status(503), OutageKind::Slow(2.5)]);
    assert_eq!(replica.outages[0].every, Some(Duration::from_secs(3)));
}

#[test]
fn the_version_of_http_and_the_addresses_are_as_written() {
    const REQUEST: &str = "{ call: models.list }";
    let usual = with("", REQUEST);
    assert_eq!(usual.http, HttpVersion::Agreed);
    assert!(usual.source_addresses.is_empty());
    let versions = [("http1", HttpVersion::One), ("http2", HttpVersion::Two)];
    for (word, version) in versions {
        assert_eq!(with(&format!("http: {word}"), REQUEST).http, version);
    }
    let several = with("source_addresses: [127.0.0.2, \"::1\"]", REQUEST);
    let addresses = several.source_addresses.iter().map(ToString::to_string);
    assert_eq!(addresses.collect::<Vec<_>>(), ["127.0.0.2", "::1"]);
    for (lines, needle) in [
        ("http: http3", "`http3`"),
        ("source_addresses: [localhost]", "an address such as"),
        ("source_addresses: [127.0.0.256]", "IPv4 or IPv6"),
    ] {
        let text = format!(
            "name: a\n{lines}\nrequests: {{ r: {REQUEST} }}\n\
             phases: [{{ name: p, executor: constant-vus, vus: 1, duration: 1s }}]\n"
        );
        let faults = parse("bad.yaml", &text).expect_err("it is wrong");
        let faults = faults.to_string();
        assert!(faults.contains(needle), "{lines}: {faults}");
    }
}
