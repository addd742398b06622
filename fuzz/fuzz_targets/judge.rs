//! The judge with the whole catalogue: no panic whatever a peer sends, and the same findings
//! however the bytes are cut. The first byte picks route and delivery, the second the status and
//! the pieces.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use spikeproof::endpoint::Endpoint;
use spikeproof::judge::Judge;
use spikeproof::protocol::{Asked, BodyEnd, Delivery, Head};

fuzz_target!(|input: &[u8]| {
    let [route, way, body @ ..] = input else {
        return;
    };
    let endpoint = Endpoint::ALL[usize::from(*route >> 2) % Endpoint::ALL.len()];
    let delivery = [Delivery::Sse, Delivery::Array, Delivery::Unary][usize::from(*route & 3) % 3];
    let media_type = match delivery {
        Delivery::Sse => "text/event-stream",
        Delivery::Array | Delivery::Unary => "application/json",
    };
    let mut asked = Asked::of(endpoint, delivery);
    asked.gateway = way & 1 == 0;
    let head = Head {
        status: [200, 200, 200, 400][usize::from(way >> 1 & 3)],
        headers: vec![("content-type".to_owned(), media_type.to_owned())],
    };
    let end = [BodyEnd::Clean, BodyEnd::Broken, BodyEnd::Left][usize::from(way >> 3 & 3) % 3];
    let asked = Arc::new(asked);
    let judged = |step: usize| {
        let mut judge = Judge::new(Arc::clone(&asked), head.clone());
        body.chunks(step).for_each(|piece| {
            judge.bytes(piece);
        });
        let judgement = judge.end(end).1;
        let findings = judgement.findings.into_iter();
        let findings: Vec<_> = findings
            .map(|finding| (finding.rule.id, finding.message, finding.evidence))
            .collect();
        (findings, judgement.unkept, judgement.facts)
    };
    let whole = judged(body.len().max(1));
    assert_eq!(whole, judged(usize::from(way >> 5) + 1));
});
