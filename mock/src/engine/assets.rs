//! Pictures, clips and sound that bodies point at.
//!
//! Their names hold all that they are made from, so that none has to be kept. Their addresses are
//! pre-signed: they need no key, cannot be guessed, and end a day after they were given out.

use bytes::Bytes;

use super::problem::{Problem, Surface};
use super::reply::Reply;
use super::{Asked, Engine};
use crate::catalog::Model;
use crate::clip;
use crate::clock::Moment;
use crate::contract::AssetPath;
use crate::picture::{self, Format, Sketch};
use crate::seed;

/// Seconds.
const LIFE: u64 = 24 * 3600;

/// What an address leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asset {
    Picture(Sketch),
    Clip {
        seconds: u64,
        size: (u32, u32),
        seed: u64,
    },
    /// The sound track of a clip, silent.
    Sound {
        seconds: u64,
        seed: u64,
    },
}

impl Asset {
    fn name(&self) -> String {
        match self {
            Self::Picture(sketch) => {
                let (width, height) = sketch.size;
                let see_through = if sketch.transparent { "-t" } else { "" };
                let (seed, kind) = (sketch.seed, sketch.format.name());
                format!("{width}x{height}-{seed:016x}{see_through}.{kind}")
            }
            Self::Clip {
                seconds,
                size: (width, height),
                seed,
            } => format!("{width}x{height}-{seconds}s-{seed:016x}.mp4"),
            Self::Sound { seconds, seed } => format!("{seconds}s-{seed:016x}.wav"),
        }
    }

    fn folder(&self) -> &'static str {
        match self {
            Self::Picture(_) => "img",
            Self::Clip { .. } => "vid",
            Self::Sound { .. } => "aud",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        let (stem, extension) = name.rsplit_once('.')?;
        let mut parts = stem.split('-');
        let mut part = || parts.next();
        let seconds = |text: &str| text.strip_suffix('s')?.parse::<u64>().ok();
        let hash = |text: &str| u64::from_str_radix(text, 16).ok();
        let asset = match extension {
            "wav" => Self::Sound {
                seconds: seconds(part()?)?,
                seed: hash(part()?)?,
            },
            "mp4" => Self::Clip {
                size: parse_size(part()?)?,
                seconds: seconds(part()?)?,
                seed: hash(part()?)?,
            },
            _ => Self::Picture(Sketch {
                format: Format::parse(extension)?,
                size: parse_size(part()?)?,
                seed: hash(part()?)?,
                transparent: part() == Some("t"),
            }),
        };
        (asset.name() == name).then_some(asset)
    }

    /// Its media type and bytes.
    fn made(&self) -> (&'static str, Vec<u8>) {
        match *self {
            Self::Picture(sketch) => (sketch.format.media_type(), picture::encode(&sketch)),
            Self::Clip {
                seconds,
                size,
                seed,
            } => ("video/mp4", clip::encode(seconds, size, seed)),
            Self::Sound { seconds, .. } => ("audio/wav", silence(seconds)),
        }
    }
}

/// Samples a second, each one byte.
const PITCH: u32 = 8000;

/// A WAV file of that length in which nothing is heard.
fn silence(seconds: u64) -> Vec<u8> {
    let length = u32::try_from(seconds.min(3600)).unwrap_or(0) * PITCH;
    let mut file = b"RIFF".to_vec();
    file.extend((length + 36).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(PITCH.to_le_bytes());
    file.extend(PITCH.to_le_bytes());
    file.extend(b"\x01\0\x08\0data");
    file.extend(length.to_le_bytes());
    file.resize(file.len() + usize::try_from(length).unwrap_or(0), 0x80);
    file
}

impl Engine {
    /// The address of an asset of `model`, made at that time.
    pub(crate) fn asset_url(&self, model: &Model, asset: Asset, made: Moment) -> String {
        let folder = match self.config.contract.asset_path {
            AssetPath::Short => asset.folder().to_owned(),
            AssetPath::Multimodal => {
                let date = made.iso().chars().take(10).collect::<String>();
                format!("multimodal/{}/{date}", model.slug)
            }
        };
        let place = format!("{folder}/{}", asset.name());
        let expires = made.unix_seconds() + LIFE;
        let signature = self.signature(&place, expires);
        let base = self.base_url();
        format!("{base}/assets/{place}?expires={expires}&signature={signature}")
    }

    /// It proves that the replica gave an address out, and nothing more: it is no secret's.
    fn signature(&self, place: &str, expires: u64) -> String {
        let parts = [b"asset", place.as_bytes(), &expires.to_le_bytes()];
        format!("{:016x}", seed::hash(self.config.seed, &parts))
    }

    /// What lies at a place below `/assets/`.
    ///
    /// # Errors
    /// 403 where the address was not given out or has ended, 404 where it leads nowhere.
    pub(crate) fn stored(
        &self,
        place: &str,
        expires: Option<&str>,
        signature: Option<&str>,
        now: Moment,
    ) -> Result<(&'static str, Bytes), Problem> {
        let name = place.rsplit('/').next().unwrap_or_default();
        let asset = Asset::parse(name).ok_or_else(|| Problem::not_found("asset"))?;
        let expires = expires.and_then(|text| text.parse::<u64>().ok());
        let refused = |code, message| Problem::new(403, code, "permission_error", message);
        let Some(expires) =
            expires.filter(|expires| signature == Some(self.signature(place, *expires).as_str()))
        else {
            let message = "the signature of this address is missing or wrong";
            return Err(refused("asset_signature_mismatch", message));
        };
        if expires <= now.unix_seconds() {
            return Err(refused("asset_expired", "this address has expired"));
        }
        let (media_type, bytes) = asset.made();
        Ok((media_type, Bytes::from(bytes)))
    }

    /// GET and HEAD: the front leaves out the body of the latter.
    pub(super) fn asset(&self, asked: &Asked<'_>, place: &str) -> Result<Reply, Problem> {
        let incoming = asked.incoming;
        let (expires, signature) = (
            incoming.parameter("expires"),
            incoming.parameter("signature"),
        );
        let (media_type, bytes) =
            self.stored(place, expires.as_deref(), signature.as_deref(), asked.now)?;
        let whole = bytes.len();
        let tag = format!("\"{:016x}\"", seed::hash(0, &[place.as_bytes()]));
        let range = incoming
            .header("range")
            .filter(|_| incoming.header("if-range").is_none_or(|known| known == tag))
            .and_then(|text| range(text, whole));
        let mut reply = match range {
            None => Reply::whole(200, media_type, bytes),
            Some(Some((first, last))) => {
                let mut reply = Reply::whole(206, media_type, bytes.slice(first..=last));
                let told = format!("bytes {first}-{last}/{whole}");
                reply.headers.push(("content-range".to_owned(), told));
                reply
            }
            Some(None) => {
                let kind = "invalid_request_error";
                let message = format!("no byte of {whole} lies in this range");
                let problem = Problem::new(416, "range_not_satisfiable", kind, message);
                let body = problem.body(Surface::Openai, self.config.contract);
                let mut reply = Reply::json(&body);
                reply.status = problem.status;
                let told = format!("bytes */{whole}");
                reply.headers.push(("content-range".to_owned(), told));
                reply
            }
        };
        for (name, value) in [("accept-ranges", "bytes"), ("etag", tag.as_str())] {
            reply.headers.push((name.to_owned(), value.to_owned()));
        }
        Ok(reply)
    }
}

/// The first and last byte that a `range` header asks for out of `whole`; the inner none where no
/// byte lies in it, the outer where the header is to be ignored: other units, several ranges, or
/// nothing that can be read (RFC 9110, 14.2).
fn range(text: &str, whole: usize) -> Option<Option<(usize, usize)>> {
    let (first, last) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| -> Option<usize> {
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // More digits than a number has are a number beyond every end.
        is_plain.then(|| text.parse().unwrap_or(usize::MAX))
    };
    if first.is_empty() {
        let count = number(last)?.min(whole);
        return Some((count > 0).then(|| (whole - count, whole - 1)));
    }
    let first = number(first)?;
    let last = if last.is_empty() {
        whole.saturating_sub(1)
    } else {
        let last = number(last)?;
        if last < first {
            return None;
        }
        last.min(whole.saturating_sub(1))
    };
    Some((first < whole).then_some((first, last)))
}

/// `WIDTHxHEIGHT`, each side from 1 to 8192.
pub(super) fn parse_size(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once('x')?;
    let sides = 1..=picture::LONGEST_SIDE;
    let side = |text: &str| text.parse().ok().filter(|side| sides.contains(side));
    Some((side(width)?, side(height)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_back_to_what_it_was_made_from() {
        let sketch = Sketch {
            format: Format::Webp,
            size: (1024, 1536),
            seed: 7,
            transparent: true,
        };
        let clip = Asset::Clip {
            seconds: 8,
            size: (1080, 1920),
            seed: u64::MAX,
        };
        let sound = Asset::Sound {
            seconds: 5,
            seed: 1,
        };
        for asset in [Asset::Picture(sketch), clip, sound] {
            assert_eq!(Asset::parse(&asset.name()), Some(asset), "{}", asset.name());
        }
        for name in [
            "",
            ".png",
            "1x1.png",
            "1x1-.png",
            "9000x1-0000000000000001.png",
            "1x1-1.png",
            "1x1-0000000000000001-x.png",
            "5-0000000000000001.wav",
            "1x1-0000000000000001.gif",
        ] {
            assert_eq!(Asset::parse(name), None, "{name}");
        }
    }

    #[test]
    fn a_range_is_read_as_the_standard_says() {
        for (text, wanted) in [
            ("bytes=0-0", Some(Some((0, 0)))),
            ("bytes=2-4", Some(Some((2, 4)))),
            ("bytes=2-", Some(Some((2, 9)))),
            ("bytes=2-99999999999999999999", Some(Some((2, 9)))),
            ("bytes=-3", Some(Some((7, 9)))),
            ("bytes=-30", Some(Some((0, 9)))),
            ("bytes=10-", Some(None)),
            ("bytes=-0", Some(None)),
            ("bytes=4-2", None),
            ("bytes=0-1,3-4", None),
            ("bytes=-", None),
            ("bytes=+1-2", None),
            ("lines=0-1", None),
            ("", None),
        ] {
            assert_eq!(range(text, 10), wanted, "{text}");
        }
        assert_eq!(range("bytes=0-", 0), Some(None));
    }

    #[test]
    fn silence_is_as_long_as_it_says() {
        let file = silence(2);
        assert_eq!(file.len(), 44 + 16_000);
        assert_eq!(&file[40..44], 16_000_u32.to_le_bytes());
        assert_eq!(&file[4..8], 16_036_u32.to_le_bytes());
    }
}
