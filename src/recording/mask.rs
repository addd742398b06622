//! Overwriting what would let somebody in, wherever it stands in text that is kept.
//!
//! Lengths stay, so that evidence still points at the right bytes.

use memchr::memmem;

/// Beginnings of keys, and how many further characters make one.
const KEYS: [(&[u8], usize); 4] = [
    (b"sk-byts-", 8),
    (b"sk-", 16),
    (b"whsec_", 8),
    (b"AIza", 24),
];
/// Members of queries whose value is a credential.
const QUERY: [&[u8]; 12] = [
    b"key",
    b"api_key",
    b"apikey",
    b"access_token",
    b"token",
    b"sig",
    b"signature",
    b"x-amz-signature",
    b"x-amz-security-token",
    b"x-amz-credential",
    b"x-goog-signature",
    b"x-goog-credential",
];
/// Members of JSON objects whose value is one.
const MEMBERS: [&[u8]; 5] = [
    b"\"secret\"",
    b"\"custom_key\"",
    b"\"api_key\"",
    b"\"access_token\"",
    b"\"password\"",
];
/// Headers whose value is one.
const HEADERS: [&str; 7] = [
    "authorization",
    "proxy-authorization",
    "x-api-key",
    "x-goog-api-key",
    "api-key",
    "cookie",
    "set-cookie",
];

/// Whether a header, by its lower-case name, is left out of what is kept.
pub(super) fn is_credential(header: &str) -> bool {
    HEADERS.contains(&header)
}

/// Overwrites keys, signatures in addresses and secrets in JSON.
pub fn mask(bytes: &mut [u8]) {
    for (start, further) in KEYS {
        mask_keys(bytes, start, further);
    }
    mask_queries(bytes);
    for member in MEMBERS {
        mask_members(bytes, member);
    }
}

pub(super) fn mask_text(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    mask(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn is_of_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn mask_keys(bytes: &mut [u8], start: &[u8], further: usize) {
    let mut from = 0;
    while let Some(found) = memmem::find(&bytes[from..], start) {
        let at = from + found;
        let rest = at + start.len();
        let length = bytes[rest..].iter().take_while(|b| is_of_key(**b)).count();
        let is_word = at > 0 && is_of_key(bytes[at - 1]);
        // A word such as `task-force` has the letters of a beginning within.
        if length >= further && !is_word {
            bytes[rest..rest + length].fill(b'*');
        }
        from = rest + length;
    }
}

fn mask_queries(bytes: &mut [u8]) {
    let places: Vec<_> = memchr::memchr_iter(b'=', bytes).collect();
    for equals in places {
        let name_length = |byte: &&u8| is_of_key(**byte);
        let name = bytes[..equals].iter().rev().take_while(name_length).count();
        let start = equals - name;
        let is_query = start > 0 && matches!(bytes[start - 1], b'?' | b'&' | b';');
        let is_known = || {
            QUERY
                .iter()
                .any(|known| bytes[start..equals].eq_ignore_ascii_case(known))
        };
        if is_query && is_known() {
            let is_value =
                |byte: &&u8| byte.is_ascii_alphanumeric() || b"-._~%+/:*,".contains(byte);
            let value = equals + 1;
            let length = bytes[value..].iter().take_while(is_value).count();
            bytes[value..value + length].fill(b'*');
        }
    }
}

/// Zeroes, where a rule may ask for hexadecimal digits.
fn mask_members(bytes: &mut [u8], member: &[u8]) {
    let mut from = 0;
    while let Some(found) = memmem::find(&bytes[from..], member) {
        from += found + member.len();
        let is_between = |byte: &&u8| byte.is_ascii_whitespace() || **byte == b':';
        let start = from + bytes[from..].iter().take_while(is_between).count();
        if bytes.get(start) != Some(&b'"') {
            continue;
        }
        let value = start + 1;
        let mut end = value;
        while let Some(byte) = bytes.get(end).filter(|byte| **byte != b'"') {
            end = (end + if *byte == b'\\' { 2 } else { 1 }).min(bytes.len());
        }
        bytes[value..end].fill(b'0');
        from = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lets_somebody_in_is_overwritten_and_nothing_else() {
        let cases = [
            ("a sk-byts-0123456789 b", "a sk-byts-********** b"),
            (
                "\"sk-proj-0123456789abcdef\"",
                "\"sk-*********************\"",
            ),
            ("task-force and sk-short", "task-force and sk-short"),
            (
                "https://h/a.mp4?sig=ab%2Fc&x=1",
                "https://h/a.mp4?sig=******&x=1",
            ),
            ("/v1?alt=sse&KEY=abc\"", "/v1?alt=sse&KEY=***\""),
            ("monkey=abc", "monkey=abc"),
            (
                r#"{"secret" : "a\"b","id":1}"#,
                r#"{"secret" : "0000","id":1}"#,
            ),
            (r#"{"secret":null}"#, r#"{"secret":null}"#),
            ("whsec_0123456789", "whsec_**********"),
        ];
        for (text, wanted) in cases {
            assert_eq!(mask_text(text), wanted);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_keep_their_length(
            mut bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
        ) {
            let length = bytes.len();
            bytes.extend_from_slice(b"\"secret\":\"\\");
            mask(&mut bytes);
            proptest::prop_assert_eq!(bytes.len(), length + 11);
        }
    }
}
