//! The judge with the whole catalogue: no panic whatever a peer sends, the same findings however
//! the bytes are cut, and all the same whether or not events, bodies and heads are known at sight.
//! The first byte picks route and delivery, the second the status and the pieces.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use spikeproof::endpoint::Endpoint;
use spikeproof::judge::{Basis, Judge, Memory, Shared};
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
    let status = [200, 200, 200, 400][usize::from(way >> 1 & 3)];
    let head = Head::new(status, [("content-type", media_type)]);
    let end = [BodyEnd::Clean, BodyEnd::Broken, BodyEnd::Left][usize::from(way >> 3 & 3) % 3];
    let asked = Arc::new(asked);
    let judged_by = |memory: &Shared, body: &[u8], step: usize, reads_all: bool| {
        let basis = Basis {
            reads_all,
            ..Basis::WIRE
        };
        let mut judge = Judge::knowing(memory, basis, Arc::clone(&asked), head.clone());
        body.chunks(step).for_each(|piece| {
            judge.bytes(piece);
        });
        judge.end(end).1
    };
    let judged = |step, reads_all| judged_by(&Memory::shared(), body, step, reads_all);
    let whole = judged(body.len().max(1), false);
    let pieces = judged(usize::from(way >> 5) + 1, false);
    assert_eq!(whole.findings, pieces.findings);
    assert_eq!((whole.unkept, &whole.facts), (pieces.unkept, &pieces.facts));
    assert_eq!(whole, judged(body.len().max(1), true));
    // What answers like it have taught changes nothing.
    let memory = Memory::shared();
    let other: Vec<u8> = body.iter().map(|byte| another(*byte)).collect();
    for taught in [body, &other, body, &other] {
        judged_by(&memory, taught, 64, false);
    }
    assert_eq!(whole, judged_by(&memory, body, 64, false));
});

/// Other digits and letters here and there, as ids and texts have them.
fn another(byte: u8) -> u8 {
    match byte {
        b'7' => b'8',
        b'e' => b'a',
        b'x' => b'y',
        _ => byte,
    }
}
