//! Pictures in a request: whether they can be what they say. Nothing is fetched, and a picture's
//! bytes are not looked into.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::Refusal;
use super::fields::Fields;

pub(super) const IMAGE_TYPES: &[&str] = &["image/jpeg", "image/png", "image/gif", "image/webp"];

/// Bytes that the field's base64 stands for. Never none.
pub(super) fn base64(fields: &Fields<'_>, key: &str) -> Result<usize, Refusal> {
    decoded(fields.required_text(key)?)
        .ok_or_else(|| fields.invalid(key, "expected standard base64 with padding"))
}

/// The same where the alphabet for addresses is taken too, as Google does.
pub(super) fn either_base64(fields: &Fields<'_>, key: &str) -> Result<usize, Refusal> {
    let text = fields.required_text(key)?;
    let other = || URL_SAFE.decode(text).ok().map(|bytes| bytes.len());
    decoded(text)
        .or_else(other)
        .ok_or_else(|| fields.invalid(key, "expected base64 with padding"))
}

fn decoded(text: &str) -> Option<usize> {
    STANDARD.decode(text).ok().map(|bytes| bytes.len())
}

/// An address that a service can fetch.
pub(super) fn web_address(fields: &Fields<'_>, key: &str) -> Result<(), Refusal> {
    let address = fields.required_text(key)?;
    if ["https://", "http://"]
        .iter()
        .any(|scheme| address.starts_with(scheme))
    {
        Ok(())
    } else {
        Err(fields.invalid(
            key,
            "expected an address that begins with https:// or http://",
        ))
    }
}

/// An address, or the picture itself as a `data:` address.
pub(super) fn address(fields: &Fields<'_>, key: &str) -> Result<(), Refusal> {
    let Some(data) = fields.required_text(key)?.strip_prefix("data:") else {
        return web_address(fields, key);
    };
    let (kind, bytes) = data.split_once(";base64,").unwrap_or_default();
    if !IMAGE_TYPES.contains(&kind) {
        let message = format!(
            "expected `data:TYPE;base64,…`, TYPE of {}",
            IMAGE_TYPES.join(", ")
        );
        return Err(fields.invalid(key, message));
    }
    match decoded(bytes) {
        Some(1..) => Ok(()),
        Some(0) | None => Err(fields.invalid(key, "expected base64 of a picture after the comma")),
    }
}
