//! Pictures and clips that bodies point at. Their names hold all that they are made from, so that
//! none has to be kept; like pre-signed addresses they need no key and end after a day.

use bytes::Bytes;

use super::problem::Problem;
use super::reply::Reply;
use super::{Asked, Engine};
use crate::clip;
use crate::picture::{self, Format};

/// Seconds.
const LIFE: u64 = 24 * 3600;

impl Engine {
    pub(crate) fn picture_url(
        &self,
        asked: &Asked<'_>,
        format: Format,
        size: (u32, u32),
        seed: u64,
    ) -> String {
        let (width, height) = size;
        let name = format!("{width}x{height}-{seed:016x}.{}", format.name());
        self.asset_url("img", &name, asked.now.unix_seconds())
    }

    /// `made` in Unix seconds.
    pub(crate) fn clip_url(&self, seconds: u64, seed: u64, made: u64) -> String {
        self.asset_url("vid", &format!("{seconds}-{seed:016x}.mp4"), made)
    }

    pub(crate) fn asset_url(&self, folder: &str, name: &str, made: u64) -> String {
        format!(
            "{}/assets/{folder}/{name}?expires={}",
            self.base_url(),
            made + LIFE
        )
    }

    pub(super) fn asset(asked: &Asked<'_>, name: &str) -> Result<Reply, Problem> {
        let ends: Option<u64> = asked
            .incoming
            .parameter("expires")
            .and_then(|text| text.parse().ok());
        if ends.is_some_and(|ends| ends <= asked.now.unix_seconds()) {
            let message = "this address has expired";
            return Err(Problem::new(
                403,
                "asset_expired",
                "permission_error",
                message,
            ));
        }
        let found = match name.split_once('/') {
            Some(("img", name)) => image(name),
            Some(("vid", name)) => video(name),
            _ => None,
        };
        let (media_type, bytes) = found.ok_or_else(|| Problem::not_found("asset"))?;
        Ok(Reply::whole(200, media_type, Bytes::from(bytes)))
    }
}

fn image(name: &str) -> Option<(&'static str, Vec<u8>)> {
    let (stem, extension) = name.rsplit_once('.')?;
    let format = Format::parse(extension)?;
    let (size, seed) = stem.split_once('-')?;
    let (width, height) = parse_size(size)?;
    let seed = u64::from_str_radix(seed, 16).ok()?;
    Some((
        format.media_type(),
        picture::encode(format, width, height, seed),
    ))
}

fn video(name: &str) -> Option<(&'static str, Vec<u8>)> {
    let (seconds, seed) = name.strip_suffix(".mp4")?.split_once('-')?;
    let seed = u64::from_str_radix(seed, 16).ok()?;
    Some(("video/mp4", clip::encode(seconds.parse().ok()?, seed)))
}

/// `WIDTHxHEIGHT`, each side from 1 to 8192.
pub(super) fn parse_size(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once('x')?;
    let side = |text: &str| text.parse().ok().filter(|side| (1..=8192).contains(side));
    Some((side(width)?, side(height)?))
}
