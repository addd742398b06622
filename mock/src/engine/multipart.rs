//! `multipart/form-data`, as far as uploads of pictures need it (RFC 7578).

use super::problem::Problem;

/// One part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    pub(crate) name: String,
    pub(crate) is_file: bool,
    pub(crate) bytes: &'a [u8],
}

/// More parts than that are refused.
const MOST_PARTS: usize = 64;

/// The boundary that a content type names.
pub(crate) fn boundary(content_type: &str) -> Option<String> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let value = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.trim().split_once('=')?;
        name.eq_ignore_ascii_case("boundary").then_some(value)
    })?;
    let value = value.trim_matches('"');
    (1..=70).contains(&value.len()).then(|| value.to_owned())
}

/// The parts of a whole body.
///
/// # Errors
/// 400 where the body is not made of parts between that boundary.
pub(crate) fn parts<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<Part<'a>>, Problem> {
    let broken = |why| Problem::invalid("body", format!("broken multipart body: {why}"));
    let mark = format!("--{boundary}");
    let start = find(body, mark.as_bytes()).ok_or_else(|| broken("the boundary is missing"))?;
    let mut rest = &body[start + mark.len()..];
    let separator = format!("\r\n{mark}");
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let section = rest
            .strip_prefix(b"\r\n")
            .ok_or_else(|| broken("a part has no start"))?;
        let end = find(section, separator.as_bytes()).ok_or_else(|| broken("it has no end"))?;
        let part = part(&section[..end]).ok_or_else(|| broken("a part has no name"))?;
        parts.push(part);
        if parts.len() > MOST_PARTS {
            return Err(broken("too many parts"));
        }
        rest = &section[end + separator.len()..];
    }
    Ok(parts)
}

fn part(section: &[u8]) -> Option<Part<'_>> {
    let (head, bytes) = match find(section, b"\r\n\r\n") {
        Some(end) => (&section[..end], &section[end + 4..]),
        None => (section, &section[section.len()..]),
    };
    let head = String::from_utf8_lossy(head);
    let disposition = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition")
            .then(|| value.to_owned())
    })?;
    let parameter = |wanted: &str| {
        disposition.split(';').find_map(|parameter| {
            let (name, value) = parameter.trim().split_once('=')?;
            (name == wanted).then(|| value.trim_matches('"').to_owned())
        })
    };
    let name = parameter("name")?;
    Some(Part {
        name,
        is_file: parameter("filename").is_some(),
        bytes,
    })
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    while let Some(at) = text[from..].iter().position(|byte| *byte == first) {
        if text[from + at..].starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_keep_their_bytes_and_files_are_told_from_fields() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na kite\r\n\
            --x\r\nContent-Disposition: form-data; name=\"image[]\"; filename=\"a.png\"\r\n\
            Content-Type: image/png\r\n\r\n\x89PNG\r\n--\r\n--x--\r\n";
        let parts = parts(body, "x").unwrap();
        assert_eq!(
            parts[0],
            Part {
                name: "prompt".into(),
                is_file: false,
                bytes: b"a kite"
            }
        );
        assert_eq!(parts[1].name, "image[]");
        assert!(parts[1].is_file);
        assert_eq!(parts[1].bytes, b"\x89PNG\r\n--");
    }

    #[test]
    fn a_broken_body_is_refused_and_never_panics() {
        for body in [
            &b""[..],
            b"--x",
            b"--x\r\n",
            b"--x\r\n\r\n\r\n--x--",
            b"no boundary here",
        ] {
            assert!(parts(body, "x").is_err(), "{body:?}");
        }
        assert_eq!(
            boundary("multipart/form-data; boundary=\"a b\""),
            Some("a b".to_owned())
        );
        assert_eq!(boundary("application/json"), None);
        assert_eq!(boundary("multipart/form-data; boundary="), None);
    }
}
