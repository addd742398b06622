//! Whom the replica may call: plain HTTP on this machine, and nobody else.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// A loopback address with what a request to it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Callee {
    pub(crate) address: SocketAddr,
    /// As the `host` header has it.
    pub(crate) host: String,
    /// With the query.
    pub(crate) path: String,
}

impl Callee {
    /// Names are not looked up: `localhost` is 127.0.0.1, every other name is somebody else.
    ///
    /// # Errors
    /// Why nobody may be called there.
    pub(crate) fn parse(url: &str) -> Result<Self, &'static str> {
        const LOOPBACK: &str = "the replica calls plain http on loopback addresses only";
        let rest = url.strip_prefix("http://").ok_or(LOOPBACK)?;
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("the path is not a legal one");
        }
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => {
                let is_plain = port.bytes().all(|byte| byte.is_ascii_digit());
                let port = port.parse().ok().filter(|port| is_plain && *port > 0);
                (name, port.ok_or("the port is not a number")?)
            }
            Some(_) | None => (host, 80),
        };
        let bare = name
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'));
        let ip = match bare {
            Some(bare) => bare.parse().ok().map(IpAddr::V6),
            None if name.eq_ignore_ascii_case("localhost") => Some(Ipv4Addr::LOCALHOST.into()),
            None => name.parse().ok().map(IpAddr::V4),
        };
        let ip = ip.filter(IpAddr::is_loopback).ok_or(LOOPBACK)?;
        let slash = if path.starts_with('/') { "" } else { "/" };
        Ok(Self {
            address: SocketAddr::new(ip, port),
            host: host.to_owned(),
            path: format!("{slash}{path}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loopback_address_is_taken_apart() {
        for (url, address, path) in [
            (
                "http://127.0.0.1:4000/hook?a=b#c",
                "127.0.0.1:4000",
                "/hook?a=b",
            ),
            ("http://127.9.9.9", "127.9.9.9:80", "/"),
            ("http://LocalHost:81?x", "127.0.0.1:81", "/?x"),
            ("http://[::1]:8080/", "[::1]:8080", "/"),
            ("http://[::1]", "[::1]:80", "/"),
        ] {
            let callee = Callee::parse(url).expect(url);
            assert_eq!(callee.address.to_string(), address);
            assert_eq!(callee.path, path);
        }
    }

    #[test]
    fn nobody_else_is_called_however_the_address_is_dressed() {
        for url in [
            "",
            "http://",
            "https://127.0.0.1/",
            "http://127.0.0.1.example/",
            "http://127.0.0.1@example.com/",
            "http://user@127.0.0.1/",
            "http://example.com/127.0.0.1",
            "http://10.0.0.1/",
            "http://0.0.0.0/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::1",
            "http://127.0.0.1:0/",
            "http://127.0.0.1:99999/",
            "http://127.0.0.1:+80/",
            "http://127.0.0.1/a b",
            "http://127.0.0.1/a\r\nx: y",
            "http://127.0.0.1\\@example.com/",
            "http://localhost.example/",
            "file:///etc/passwd",
        ] {
            assert!(Callee::parse(url).is_err(), "{url}");
        }
    }
}
