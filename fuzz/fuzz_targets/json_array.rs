//! The array reader: no panic, the same elements however the bytes are cut; and where the whole
//! body is a JSON array, its elements and no fault.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use spikeproof::wire::json_array::{ArrayFault, Reader};

type Read = (Vec<(u64, Vec<u8>, Vec<u8>)>, Option<ArrayFault>);

fn read<'a>(mut reader: Reader, pieces: impl Iterator<Item = &'a [u8]>) -> Read {
    let mut elements = Vec::new();
    pieces.for_each(|piece| {
        reader.push(piece, &mut |frame| {
            elements.push((frame.offset, frame.raw.to_vec(), frame.data.to_vec()));
        });
    });
    reader.finish();
    (elements, reader.fault())
}

fuzz_target!(|input: &[u8]| {
    let [step, limit, body @ ..] = input else {
        return;
    };
    let step = usize::from(*step) + 1;
    for limit in [usize::from(*limit) + 2, usize::MAX] {
        let reader = || Reader::with_max_element(limit);
        let whole = read(reader(), std::iter::once(body));
        assert_eq!(whole, read(reader(), body.chunks(step)));
        assert_eq!(whole, read(reader(), body.chunks(1)));
    }
    let (elements, fault) = read(Reader::new(), std::iter::once(body));
    let mut end = 0;
    for (offset, raw, _) in &elements {
        assert_eq!(
            usize::try_from(*offset).expect("it is within the body"),
            end
        );
        end += raw.len();
    }
    if let Ok(Value::Array(items)) = serde_json::from_slice::<Value>(body) {
        assert_eq!(fault, None);
        let read = elements
            .iter()
            .map(|(_, _, data)| serde_json::from_slice::<Value>(data));
        let read: Vec<Value> = read
            .map(|value| value.expect("it was JSON within"))
            .collect();
        assert_eq!(read, items);
    }
});
