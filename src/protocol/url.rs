//! The two things that are done to URLs here: writing an id into one, and finding out whose it is.

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
