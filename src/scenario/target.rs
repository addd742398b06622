//! Reads a [`Target`]. The command line's `--target` goes through the same code.

use thiserror::Error;

pub use super::Target;

/// Why a text is no target. Never repeats it: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TargetError {
    #[error("it is neither `replica` nor a URL that begins with `http://` or `https://`")]
    NotAUrl,
    #[error("only `http` and `https` can be spoken")]
    Scheme,
    #[error("a user or password has no place in the URL: the key comes from `key`")]
    Credentials,
    #[error("each call has its own path: the URL ends after host and port")]
    Path,
    #[error("a base URL has no query and no fragment")]
    Query,
}

impl Target {
    /// `replica`, or a base URL: `http` or `https`, host, perhaps a port, nothing else. A slash at
    /// the end is dropped.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let text = text.trim();
        if text == "replica" {
            return Ok(Self::Replica);
        }
        let url = reqwest::Url::parse(text).map_err(|_| TargetError::NotAUrl)?;
        if !matches!(url.scheme(), "http" | "https") {
            // `localhost:8080` reads as a scheme and a path.
            let known = text.contains("://");
            return Err(if known {
                TargetError::Scheme
            } else {
                TargetError::NotAUrl
            });
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::Credentials);
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(TargetError::NotAUrl);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(TargetError::Query);
        }
        if !matches!(url.path(), "" | "/") {
            return Err(TargetError::Path);
        }
        Ok(Self::Url(url.as_str().trim_end_matches('/').to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_the_replica_or_a_base_url() {
        assert_eq!(Target::parse("replica"), Ok(Target::Replica));
        for (text, url) in [
            ("https://gateway.example", "https://gateway.example"),
            ("https://gateway.example/", "https://gateway.example"),
            ("HTTP://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(
                Target::parse(text),
                Ok(Target::Url(url.to_owned())),
                "{text}"
            );
        }
    }

    #[test]
    fn anything_more_than_a_base_url_is_refused() {
        for (text, error) in [
            ("", TargetError::NotAUrl),
            ("gateway.example", TargetError::NotAUrl),
            ("localhost:8080", TargetError::NotAUrl),
            ("Replica", TargetError::NotAUrl),
            ("https://", TargetError::NotAUrl),
            ("ftp://gateway.example", TargetError::Scheme),
            (
                "https://me:secret@gateway.example",
                TargetError::Credentials,
            ),
            ("https://gateway.example/v1", TargetError::Path),
            ("https://gateway.example?key=1", TargetError::Query),
            ("https://gateway.example#a", TargetError::Query),
        ] {
            assert_eq!(Target::parse(text), Err(error), "{text}");
        }
    }
}
