//! The key for a target, from wherever the user put it; and whether the target is on this machine.

use std::io;
use std::net::IpAddr;
use std::path::Path;

use super::environment::ProcessEnvironment;
use super::load::read_at_most;
use super::output::{error, talk};
use crate::exit::Exit;
use crate::recording::curl;
use crate::scenario::{Environment, KeySource, Secret};

/// The usual place of the key.
const KEY_VARIABLE: &str = "BYTESPIKE_API_KEY";

/// Bytes of a key file, of which only the first line counts.
const LONGEST_KEY_FILE: u64 = 64 << 10;

/// Whether a base URL is of this machine.
pub(super) fn is_loopback(base: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(base) else {
        return false;
    };
    let Some(host) = url.host_str() else {
        return false;
    };
    let address = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    address.map_or(host == "localhost", |address| address.is_loopback())
}

/// The command line's place, then the scenario's, then the usual one.
pub(super) fn key(
    key_env: Option<&str>,
    key_file: Option<&Path>,
    scenario: Option<&KeySource>,
) -> Result<Secret, Exit> {
    sendable(found(key_env, key_file, scenario)?)
}

/// Where a shell finds the key that [`key`] takes.
pub(super) fn place(
    keys: &mut curl::Keys,
    key_env: Option<&str>,
    key_file: Option<&Path>,
    scenario: Option<&KeySource>,
) {
    match (key_env, key_file, scenario) {
        (Some(name), _, _) => keys.variable(name),
        (None, Some(path), _) => keys.file(&path.to_string_lossy()),
        (None, None, Some(KeySource::File(path))) => keys.file(path),
        (None, None, Some(KeySource::Variable { name, .. })) => keys.variable(name),
        (None, None, None) => keys.variable(KEY_VARIABLE),
    }
}

fn found(
    key_env: Option<&str>,
    key_file: Option<&Path>,
    scenario: Option<&KeySource>,
) -> Result<Secret, Exit> {
    let from_variable = |name: &str| match ProcessEnvironment.variable(name) {
        Some(key) if !key.trim().is_empty() => Ok(Secret::new(key.trim())),
        _ => {
            error(format_args!(
                "no key: the environment variable `{name}` is not set"
            ));
            talk(format_args!(
                "  = help: put `{name}=…` before the command, or give --key-file PATH"
            ));
            Err(Exit::Usage)
        }
    };
    if let Some(name) = key_env {
        return from_variable(name);
    }
    if let Some(path) = key_file {
        return from_file(path);
    }
    match scenario {
        Some(KeySource::File(path)) => from_file(Path::new(path)),
        Some(KeySource::Variable { value, .. }) if !value.expose().trim().is_empty() => {
            Ok(Secret::new(value.expose().trim()))
        }
        Some(KeySource::Variable { name, .. }) => from_variable(name),
        None => from_variable(KEY_VARIABLE),
    }
}

/// A key that no header can hold would fail every request.
fn sendable(key: Secret) -> Result<Secret, Exit> {
    if key.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(key);
    }
    error("the key has characters that no request header can hold, such as spaces");
    talk("  = help: was it copied whole, and nothing with it?");
    Err(Exit::Usage)
}

fn from_file(path: &Path) -> Result<Secret, Exit> {
    let text = read_at_most(path, LONGEST_KEY_FILE).and_then(|bytes| {
        String::from_utf8(bytes).map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))
    });
    let text = text.map_err(|why| {
        error(format_args!(
            "cannot read the key from `{}`: {why}",
            path.display()
        ));
        Exit::Usage
    })?;
    let key = text.lines().next().unwrap_or_default().trim();
    if key.is_empty() {
        error(format_args!(
            "the first line of `{}` is empty: no key",
            path.display()
        ));
        return Err(Exit::Usage);
    }
    Ok(Secret::new(key))
}
