use proptest::prelude::*;

use super::*;

fn theirs(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice::<serde_json::Value>(bytes)
        .ok()
        .map(Value::from)
}

/// Random documents, with the strings and numbers that readers get wrong.
fn document() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        "\\PC{0,40}".prop_map(Into::into),
        "[\\x00-\\x20\"\\\\/é你😀]{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 64, 40, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
            prop::collection::hash_map("[a-e\"\\\\]{0,3}", inner, 0..40).prop_map(|members| {
                members
                    .into_iter()
                    .collect::<serde_json::Map<_, _>>()
                    .into()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn a_document_is_read_as_another_reader_reads_it(value in document(), pretty: bool) {
        let text = if pretty { format!("{value:#}") } else { value.to_string() };
        let read = parse(text.as_bytes());
        prop_assert_eq!(read.as_ref(), Ok(&Value::from(value)));
        let printed = read.expect("it was read").to_string();
        prop_assert_eq!(theirs(printed.as_bytes()), theirs(text.as_bytes()));
    }

    #[test]
    fn what_one_reader_refuses_the_other_refuses(value in document(), edits in edits()) {
        let mut bytes = value.to_string().into_bytes();
        for (place, byte) in edits {
            let place = place.index(bytes.len() + 1);
            if place < bytes.len() && byte.is_none() {
                bytes.remove(place);
            } else if let Some(byte) = byte {
                bytes.insert(place, byte);
            }
        }
        prop_assert_eq!(parse(&bytes).is_ok(), theirs(&bytes).is_some());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        prop_assert_eq!(parse(&bytes).is_ok(), theirs(&bytes).is_some());
    }
}

/// No `e`: a number beyond all doubles is where the two readers differ on purpose.
fn edits() -> impl Strategy<Value = Vec<(prop::sample::Index, Option<u8>)>> {
    let byte = prop_oneof![
        Just(None),
        prop::sample::select(&b"\"\\{}[],:0-+.u \x00\x1f\xff\xc3"[..]).prop_map(Some),
    ];
    prop::collection::vec((any::<prop::sample::Index>(), byte), 1..4)
}

#[test]
fn hard_documents_are_read_as_another_reader_reads_them() {
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    let (held, too_deep) = (deep(127), deep(128));
    let documents = [
        "",
        " ",
        "nul",
        "nulls",
        "null ",
        "true",
        "tru e",
        "-",
        "00",
        "01",
        "1.",
        ".5",
        "1.5e",
        "1e+",
        "1E-2",
        "1e5",
        "+1",
        "0x1",
        "\"",
        "\"\\",
        "\"\\u",
        "\"\\u12\"",
        "\"\\ud83d\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ude00\\ud83d\"",
        "\"\\ud83d\\u0041\"",
        "\"\\u+123\"",
        "\"\\x\"",
        "\"\u{7f}\"",
        "\"\t\"",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1}}",
        "[]]",
        "\u{feff}1",
        "{\"a\":1,\"a\":2}",
        "1 1",
        "\u{a0}1",
        &held,
        &too_deep,
    ];
    for document in documents {
        assert_eq!(
            parse(document.as_bytes()).ok(),
            theirs_once(document),
            "{document}"
        );
    }
}

/// As they read it; a repeated name keeps both its members here, and the last one counts.
fn theirs_once(document: &str) -> Option<Value> {
    if document == "{\"a\":1,\"a\":2}" {
        let read = parse(document.as_bytes()).expect("it is one");
        assert_eq!(read["a"], 2);
        return Some(read);
    }
    theirs(document.as_bytes())
}

#[test]
fn a_number_keeps_its_digits() {
    for text in [
        "1.50",
        "0.1000000000000000055",
        "123456789012345678901234567890",
        "1e999",
        "-0",
        "-0.0",
    ] {
        let value = parse(text.as_bytes()).expect("a number");
        assert_eq!(value.as_number().map(Number::text), Some(text));
    }
    let value = parse(b"[7, -7, 7.0, 18446744073709551616]").expect("numbers");
    assert_eq!(value[0].as_u64(), Some(7));
    assert_eq!((value[1].as_u64(), value[1].as_i64()), (None, Some(-7)));
    assert_eq!((value[2].as_u64(), value[2].as_f64()), (None, Some(7.0)));
    assert_eq!(value[3].as_u64(), None);
}

#[test]
fn an_exponent_moves_the_point_and_loses_no_digit() {
    let plain = |text: &str| {
        let value = parse(text.as_bytes()).expect("a number");
        value.as_number().and_then(Number::plain).map(String::from)
    };
    for (text, without) in [
        ("1.50", "1.50"),
        ("1.5e-7", "0.00000015"),
        ("-2.50E+1", "-25.0"),
        ("12e3", "12000"),
        ("0e0", "0"),
        ("1.25e1", "12.5"),
        ("100e-2", "1.00"),
    ] {
        assert_eq!(plain(text).as_deref(), Some(without), "{text}");
    }
    assert_eq!(plain("1e999"), None);
}

#[test]
fn a_long_object_is_searched_like_a_short_one() {
    let members: Vec<String> = (0..1000).map(|n| format!("\"k{}\":{n}", n % 700)).collect();
    let value = parse(format!("{{{}}}", members.join(",")).as_bytes()).expect("an object");
    assert_eq!(value["k0"], 700);
    assert_eq!(value["k299"], 999);
    assert_eq!(value["k300"], 300);
    assert_eq!(value["k699"], 699);
    assert!(value.get("k700").is_none() && value.get("").is_none() && value.get("z").is_none());
}

#[test]
fn a_refusal_names_the_place() {
    let error = parse(b"{\"a\": 1,, \"b\": 2}").expect_err("two commas");
    assert_eq!(
        error.to_string(),
        "expected a member's name in quotes at byte 8"
    );
    assert_eq!(parse(b"[\"\xff\"]").expect_err("no UTF-8").at, 2);
}

#[test]
fn what_is_missing_is_null() {
    let value = parse(br#"{"a": {"b": [1, "x"]}}"#).expect("an object");
    assert_eq!(value["a"]["b"][1], "x");
    assert_eq!(value["a"]["c"][9], Value::Null);
    assert_eq!(value.pointer("/a/b/0").and_then(Value::as_u64), Some(1));
    assert_eq!(value.pointer("/a/b/x"), None);
    assert_eq!(value.pointer(""), Some(&value));
}
