//! The event-stream reader: no panic, the same frames however the bytes are cut, and every frame
//! where it says it lies.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spikeproof::wire::frame::Frame;
use spikeproof::wire::sse::Reader;

type Read = (u64, Vec<u8>, Option<String>, Vec<u8>, String);

fn read<'a>(mut reader: Reader, pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Read> {
    let mut frames = Vec::new();
    let mut sink = |frame: &Frame<'_>| {
        let name = frame.name.as_deref().map(str::to_owned);
        let lines = format!("{:?}", frame.lines);
        frames.push((
            frame.offset,
            frame.raw.to_vec(),
            name,
            frame.data.to_vec(),
            lines,
        ));
    };
    pieces.for_each(|piece| reader.push(piece, &mut sink));
    reader.finish(&mut sink);
    frames
}

fuzz_target!(|input: &[u8]| {
    let [step, limit, body @ ..] = input else {
        return;
    };
    let step = usize::from(*step) + 1;
    for limit in [usize::from(*limit) + 2, usize::MAX] {
        let reader = || Reader::with_max_block(limit);
        let whole = read(reader(), std::iter::once(body));
        assert_eq!(whole, read(reader(), body.chunks(step)));
        assert_eq!(whole, read(reader(), body.chunks(1)));
        for (offset, raw, ..) in &whole {
            let start = usize::try_from(*offset).expect("it is within the body");
            assert_eq!(&body[start..start + raw.len()], raw.as_slice());
        }
    }
});
