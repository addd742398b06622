//! An answer saved with its head, as `curl -i` writes it.

use crate::protocol::Head;

/// Bytes of a head.
const LONGEST: usize = 64 << 10;

/// The head and its length. `None`: there is none.
///
/// Interim answers (`100 Continue`) and those of proxies before the last head are passed over.
pub fn head(bytes: &[u8]) -> Option<(Head, usize)> {
    let mut from = 0;
    let mut last = None;
    while let Some((head, length)) = one(&bytes[from..]) {
        from += length;
        last = Some((head, from));
        if !bytes[from..].starts_with(b"HTTP/") {
            break;
        }
    }
    last
}

fn one(bytes: &[u8]) -> Option<(Head, usize)> {
    if !bytes.starts_with(b"HTTP/") {
        return None;
    }
    let window = &bytes[..bytes.len().min(LONGEST)];
    let mut length = 0;
    let mut lines: Vec<String> = Vec::new();
    for line in window.split_inclusive(|byte| *byte == b'\n') {
        length += line.len();
        let text = line.strip_suffix(b"\n")?;
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if text.is_empty() {
            let head = Head::new(status(lines.first()?)?, headers(&lines[1..]));
            return Some((head, length));
        }
        lines.push(String::from_utf8_lossy(text).into_owned());
    }
    None
}

fn status(line: &str) -> Option<u16> {
    let status = line.split(' ').nth(1)?.parse().ok()?;
    (100..1000).contains(&status).then_some(status)
}

fn headers(lines: &[String]) -> impl Iterator<Item = (String, String)> {
    let pairs = lines.iter().filter_map(|line| line.split_once(':'));
    pairs.map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_head_counts_and_the_body_is_what_follows() {
        let saved =
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/2 200 \r\nContent-Type: a/b\r\n\r\ndata: x\n";
        let (head_of, length) = head(saved).unwrap();
        assert_eq!((head_of.status, &saved[length..]), (200, &b"data: x\n"[..]));
        assert_eq!(head_of, Head::new(200, [("content-type", "a/b")]));
        for none in [
            "",
            "HTTP/",
            "HTTP/1.1 200 OK",
            "HTTP/1.1 x\n\n",
            "data: HTTP/1.1 200\n\n",
        ] {
            assert_eq!(head(none.as_bytes()), None, "{none}");
        }
    }
}
