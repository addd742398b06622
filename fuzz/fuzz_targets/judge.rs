//! The judge with the whole catalogue: no panic whatever a peer sends, the same findings however
//! the bytes are cut, and all the same whether or not events are known at sight. The first byte
//! picks route and delivery, the second the status and the pieces.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use spikeproof::endpoint::Endpoint;
use spikeproof::judge::{Basis, Judge};
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
    let judged = |step: usize, reads_all: bool| {
        let basis = Basis {
            reads_all,
            ..Basis::WIRE
        };
        let mut judge = Judge::on(basis, Arc::clone(&asked), head.clone());
        body.chunks(step).for_each(|piece| {
            judge.bytes(piece);
        });
        judge.end(end).1
    };
    let whole = judged(body.len().max(1), false);
    let pieces = judged(usize::from(way >> 5) + 1, false);
    assert_eq!(whole.findings, pieces.findings);
    assert_eq!((whole.unkept, &whole.facts), (pieces.unkept, &pieces.facts));
    assert_eq!(whole, judged(body.len().max(1), true));
});
