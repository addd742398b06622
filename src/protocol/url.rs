//! What is done to URLs here: writing an id into one, reading it back, finding out whose it is.

/// Percent-encodes all but the unreserved characters, so that an id from an answer stays one
/// segment of a path or one value of a query.
pub fn segment(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(HEX[usize::from(byte >> 4)]));
            encoded.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    encoded
}

/// Undoes percent-encoding; what is not UTF-8 then is kept lossily.
pub fn decoded(text: &str) -> String {
    let hex = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let (mut rest, mut bytes) = (text.as_bytes(), Vec::with_capacity(text.len()));
    while let [first, after @ ..] = rest {
        let pair = match after {
            [high, low, ..] if *first == b'%' => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match pair {
            Some((high, low)) => {
                bytes.push(high << 4 | low);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Name and value of a `name=value` of a query, decoded. A value that is missing is empty.
pub fn parameter(pair: &str) -> (String, String) {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let text = |part: &str| decoded(&part.replace('+', " "));
    (text(name), text(value))
}

/// The model that a path names before its method, as Gemini's do.
pub fn model_in(target: &str) -> Option<String> {
    let path = target.split(['?', '#']).next()?;
    let (_, rest) = path.rsplit_once("/models/")?;
    let (model, _) = rest.split_once(':')?;
    Some(decoded(model))
}

/// An absolute `http` or `https` URL, as scheme, authority and the rest.
pub fn parts(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let known = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let clean = url
        .bytes()
        .all(|byte| byte.is_ascii_graphic() || !byte.is_ascii());
    (known && clean && !authority.is_empty()).then_some((scheme, authority, path))
}

/// Path and query of `url` when its scheme and authority are those of `base` (a base URL without a
/// path), else `None`: someone else's, or no URL at all.
pub fn path_on<'u>(url: &'u str, base: &str) -> Option<&'u str> {
    let (scheme, authority, path) = parts(url)?;
    let (base_scheme, base_authority, _) = parts(base)?;
    let same =
        scheme.eq_ignore_ascii_case(base_scheme) && authority.eq_ignore_ascii_case(base_authority);
    let path = path.split('#').next().unwrap_or(path);
    same.then_some(if path.is_empty() { "/" } else { path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_leave_its_segment() {
        assert_eq!(segment("task_01-a.b~"), "task_01-a.b~");
        assert_eq!(segment("a/b?c d\r\né"), "a%2Fb%3Fc%20d%0D%0A%C3%A9");
    }

    #[test]
    fn what_was_encoded_is_read_back() {
        for text in ["a/b?c d\r\né", "100%", "%4", "plain", ""] {
            assert_eq!(decoded(&segment(text)), text);
        }
        assert_eq!(decoded("%4"), "%4");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            parameter("group_by=day%2Cmodel"),
            pair("group_by", "day,model")
        );
        assert_eq!(parameter("a+b=c+d"), pair("a b", "c d"));
        assert_eq!(parameter("alone"), pair("alone", ""));
    }

    #[test]
    fn only_urls_of_the_target_itself_are_followed() {
        let base = "http://127.0.0.1:8080";
        assert_eq!(
            path_on("http://127.0.0.1:8080/assets/a.mp4?sig=1", base),
            Some("/assets/a.mp4?sig=1")
        );
        assert_eq!(path_on("http://127.0.0.1:8080", base), Some("/"));
        for foreign in [
            "http://127.0.0.1:8081/a",
            "https://127.0.0.1:8080/a",
            "http://127.0.0.1:8080@elsewhere/a",
            "/assets/a.mp4",
            "ftp://127.0.0.1:8080/a",
            "http://",
            "http://127.0.0.1:8080/a b",
        ] {
            assert_eq!(path_on(foreign, base), None, "{foreign}");
        }
    }
}
