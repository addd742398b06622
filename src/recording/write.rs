//! Writing a recording as exchanges come, line by line.

use std::io::Write;

use serde::{Deserialize, Serialize};

use super::entry::{Answered, Body, Earlier, Entry, Header, LeftOut, Line, Sent, Times};
use super::mask::{is_credential, mask, mask_text};
use super::select::{Reason, Selection};
use super::{FOR_SAMPLES, IN_ALL, Raw, curl};
use crate::exchange::{Exchange, Nanos};
use crate::protocol::{BodyEnd, Delivery};

/// Where an exchange is to be found, and how to repeat it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// Line of the recording, from 1.
    pub line: u64,
    /// `None`: the request is too long to be kept.
    pub curl: Option<String>,
}

/// What a recording came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub file: String,
    /// Exchanges in it, and how many of them broke a rule.
    pub exchanges: u64,
    pub with_findings: u64,
    pub bytes: u64,
    pub left_out: LeftOut,
}

/// A recording being written. The first error is kept and ends the writing, not the run.
pub struct Writer<W: Write> {
    out: W,
    /// `None`: a target that is gone when the run is.
    base: Option<String>,
    keys: curl::Keys,
    selection: Selection,
    /// Bytes of whole lines and of bodies beside them.
    written: u64,
    lines: u64,
    summary: Summary,
    error: Option<String>,
}

/// Keeps a request body beside the recording: its name and its bytes; the path for a shell.
pub type KeepBody<'a> = &'a mut dyn FnMut(&str, &[u8]) -> Result<String, String>;

impl<W: Write> Writer<W> {
    pub fn new(
        out: W,
        file: &'static str,
        header: &Header,
        base: Option<String>,
        sample: u32,
    ) -> Self {
        let mut writer = Self {
            out,
            base,
            keys: curl::Keys::default(),
            selection: Selection::new(sample),
            written: 0,
            lines: 0,
            summary: Summary {
                file: file.to_owned(),
                exchanges: 0,
                with_findings: 0,
                bytes: 0,
                left_out: LeftOut::default(),
            },
            error: None,
        };
        writer.line(header);
        writer
    }

    /// Tells where a shell finds the keys.
    #[must_use]
    pub fn with_keys(mut self, keys: curl::Keys) -> Self {
        self.keys = keys;
        self
    }

    /// Writes an exchange if it is wanted and there is room. Its raw bytes are given up either way.
    pub fn take(
        &mut self,
        exchange: &mut Exchange,
        request: &str,
        phase: &str,
        keep_body: KeepBody<'_>,
    ) -> Option<Reference> {
        let raw = exchange.raw.take();
        let breaks = exchange
            .judgement
            .as_ref()
            .is_some_and(|j| !j.findings.is_empty());
        let has_room = self.error.is_none() && self.written < IN_ALL;
        let wanted = raw.filter(|_| has_room && (breaks || self.written < FOR_SAMPLES));
        let wanted = wanted.and_then(|raw| Some((raw, self.selection.take(exchange)?)));
        let reference = wanted.and_then(|(raw, reason)| {
            let entry = self.entry(exchange, &raw, request, phase, reason, keep_body);
            let curl = entry.curl.clone();
            let left_out = entry.sent.left_out + entry.answered.left_out;
            let is_written = self.line(&Line::Exchange(Box::new(entry)));
            self.summary.left_out.bytes += if is_written { left_out } else { 0 };
            is_written.then_some(Reference {
                line: self.lines,
                curl,
            })
        });
        self.summary.exchanges += u64::from(reference.is_some());
        self.summary.with_findings += u64::from(reference.is_some() && breaks);
        self.summary.left_out.exchanges += u64::from(reference.is_none() && breaks);
        reference
    }

    fn entry(
        &mut self,
        exchange: &Exchange,
        raw: &Raw,
        request: &str,
        phase: &str,
        reason: Reason,
        keep_body: KeepBody<'_>,
    ) -> Entry {
        let mut rules = Vec::new();
        for finding in exchange
            .judgement
            .iter()
            .flat_map(|judgement| &judgement.findings)
        {
            if !rules.iter().any(|id| id == finding.rule.id) {
                rules.push(finding.rule.id.to_owned());
            }
        }
        let curl = match reason {
            Reason::Finding => self.curl(exchange, raw, phase, keep_body),
            Reason::Sample => None,
        };
        Entry {
            request: request.to_owned(),
            phase: phase.to_owned(),
            call: exchange.call.number,
            ordinal: exchange.ordinal,
            step: exchange.step.name().to_owned(),
            reason: match reason {
                Reason::Finding => "finding".to_owned(),
                Reason::Sample => "sample".to_owned(),
            },
            rules,
            request_id: exchange.request_id().map(str::to_owned),
            outcome: exchange.outcome.name().to_owned(),
            failure: exchange.failure.as_ref().map(ToString::to_string),
            curl,
            sent: sent(raw),
            answered: answered(exchange, raw),
            times: times(exchange),
        }
    }

    /// The line that repeats the request; a long body goes into a file first.
    fn curl(
        &mut self,
        exchange: &Exchange,
        raw: &Raw,
        phase: &str,
        keep_body: KeepBody<'_>,
    ) -> Option<String> {
        if raw.unsent > 0 {
            return None;
        }
        let (base, key) = (self.base.as_deref(), self.keys.word(exchange.key));
        let mut draft = raw.draft.clone();
        draft.path = mask_text(&draft.path);
        let mut body = draft.body.to_vec();
        mask(&mut body);
        draft.body = body.into();
        if curl::fits_inline(&draft.body) {
            return Some(curl::line(base, key, &draft, curl::Source::Line));
        }
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let phase: String = phase.chars().map(plain).collect();
        let name = format!("{phase}-{}-{}", exchange.call.number, exchange.ordinal);
        match keep_body(&name, &draft.body) {
            Ok(path) => {
                self.written += draft.body.len() as u64;
                Some(curl::line(base, key, &draft, curl::Source::File(&path)))
            }
            Err(why) => {
                self.error.get_or_insert(why);
                None
            }
        }
    }

    /// Writes one line whole, or none: a broken write ends the recording.
    fn line(&mut self, line: &impl Serialize) -> bool {
        if self.error.is_some() {
            return false;
        }
        let text = serde_json::to_vec(line).map_err(|why| why.to_string());
        let written = text.and_then(|mut text| {
            text.push(b'\n');
            let written = self.out.write_all(&text).map_err(|why| why.to_string());
            written.map(|()| text.len() as u64)
        });
        match written {
            Ok(bytes) => {
                self.lines += 1;
                self.written += bytes;
                self.summary.bytes += bytes;
                true
            }
            Err(why) => {
                self.error = Some(why);
                false
            }
        }
    }

    /// Writes the last line. What the recording came to, how long its whole lines are, and what
    /// went wrong, if anything did.
    pub fn finish(mut self) -> (Summary, Option<String>) {
        let left_out = self.summary.left_out;
        self.line(&Line::End(left_out));
        (self.summary, self.error)
    }
}

fn sent(raw: &Raw) -> Sent {
    let draft = &raw.draft;
    let mut body = draft.body.to_vec();
    mask(&mut body);
    let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(&draft.body).is_ok();
    let headers = draft.headers.iter();
    Sent {
        method: draft.method.to_owned(),
        path: mask_text(&draft.path),
        endpoint: draft.asked.endpoint.path().to_owned(),
        delivery: delivery(draft.asked.delivery).to_owned(),
        headers: headers
            .filter(|(name, _)| !is_credential(name))
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
        left_out: raw.unsent,
        body: Body::of(&body),
        asked: (draft.asked.body.as_ref().filter(|_| !is_json)).map(Into::into),
        mistake: draft.asked.mistake.map(|mistake| mistake.name().to_owned()),
        earlier: draft.asked.earlier.as_ref().map(|earlier| Earlier {
            task_id: earlier.task_id.clone(),
            status: earlier.status.clone(),
            resubmitted: earlier.resubmitted,
        }),
    }
}

fn answered(exchange: &Exchange, raw: &Raw) -> Answered {
    let mut body = raw.keep.bytes().to_vec();
    mask(&mut body);
    let headers = exchange.head.iter().flat_map(|head| &head.headers);
    Answered {
        status: exchange.status().unwrap_or_default(),
        headers: headers
            .filter(|(name, _)| !is_credential(name))
            .map(|(name, value)| (name.to_string(), mask_text(value)))
            .collect(),
        left_out: raw.keep.left_out(),
        pieces: raw
            .keep
            .pieces()
            .iter()
            .map(|(at, bytes)| (at.0, *bytes))
            .collect(),
        body: Body::of(&body),
        end: end(raw.end).to_owned(),
    }
}

fn times(exchange: &Exchange) -> Times {
    let times = &exchange.times;
    let nanos = |at: Option<Nanos>| at.map(|at| at.0);
    Times {
        due: times.due.0,
        dispatched: times.dispatched.0,
        sent: nanos(times.sent),
        head: nanos(times.head),
        first_byte: nanos(times.first_byte),
        first_token: nanos(times.first_token),
        terminal: nanos(times.terminal),
        closed: nanos(times.closed),
    }
}

pub(super) fn delivery(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Unary => "json",
        Delivery::Sse => "sse",
        Delivery::Array => "array",
    }
}

pub(super) fn end(end: BodyEnd) -> &'static str {
    match end {
        BodyEnd::Clean => "clean",
        BodyEnd::Broken => "broken",
        BodyEnd::Left => "left",
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use bytes::Bytes;

    use super::*;
    use crate::contract::HeldTo;
    use crate::endpoint::Endpoint;
    use crate::judge::{Judge, Judgement};
    use crate::outcome::Outcome;
    use crate::protocol::{Asked, Auth, Credential, Draft, Head};
    use crate::recording::{Budget, Keep, PER_REQUEST, Read, SCHEMA, read};

    /// A disk with room for so many bytes.
    struct Disk {
        bytes: Vec<u8>,
        room: usize,
    }

    impl Write for &mut Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let written = bytes.len().min(self.room - self.bytes.len());
            self.bytes.extend_from_slice(&bytes[..written]);
            if written == 0 {
                return Err(io::Error::from(io::ErrorKind::StorageFull));
            }
            Ok(written)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn disk(room: usize) -> Disk {
        let bytes = Vec::new();
        Disk { bytes, room }
    }

    fn writer(disk: &mut Disk) -> Writer<&mut Disk> {
        let header = Header {
            recording: SCHEMA.to_owned(),
            spikeproof: "0".to_owned(),
            scenario: "s".to_owned(),
            seed: 1,
            target: "replica".to_owned(),
            started: String::new(),
            conformance: HeldTo::default(),
        };
        Writer::new(disk, "recording.jsonl", &header, None, 1)
    }

    /// An answer with secrets in it, judged and kept.
    fn exchange(request: &'static [u8], body: &[u8]) -> Exchange {
        let asked = Asked::of(Endpoint::ChatCompletions, Delivery::Sse);
        let head = Head {
            status: 200,
            headers: vec![
                ("content-type".into(), "text/event-stream".into()),
                ("set-cookie".into(), "id=secret-cookie".into()),
            ],
        };
        let mut judge = Judge::new(Arc::new(asked.clone()), head.clone());
        let mut keep = Keep::new(&Budget::new());
        judge.bytes(body);
        keep.take(body, Nanos(7));
        let draft = Draft {
            method: "POST",
            path: "/v1/chat/completions?sig=abcdef".to_owned(),
            headers: vec![("content-type", "application/json".to_owned())],
            body: Bytes::from_static(request),
            auth: Credential::Key(Auth::Bearer),
            asked: asked.into(),
        };
        let mut exchange = Exchange::example(Outcome::Ok);
        exchange.raw = Raw::new(draft, keep, BodyEnd::Clean).map(Box::new);
        exchange.judgement = Some(judge.end(BodyEnd::Clean).1);
        exchange.head = Some(head);
        exchange
    }

    fn take(writer: &mut Writer<&mut Disk>, exchange: &mut Exchange) -> Option<Reference> {
        let mut keep_body = |name: &str, _: &[u8]| Ok(format!("bodies/{name}"));
        writer.take(exchange, "chat", "p 1/2", &mut keep_body)
    }

    const BROKEN: &[u8] = b"data: {\"key\":\"sk-byts-0123456789\",\xFF\n\n";

    #[test]
    fn nothing_that_lets_somebody_in_is_written_and_places_stay() {
        let mut disk = disk(1 << 20);
        let mut writer = writer(&mut disk);
        let reference = take(&mut writer, &mut exchange(b"{\"secret\":\"hush\"}", BROKEN));
        let curl = reference.and_then(|reference| reference.curl).unwrap();
        assert!(curl.contains("Bearer '\"$BYTESPIKE_API_KEY\""), "{curl}");
        assert!(curl.contains("?sig=******"), "{curl}");
        let (summary, error) = writer.finish();
        assert_eq!(
            (summary.exchanges, summary.with_findings, error),
            (1, 1, None)
        );
        let text = String::from_utf8_lossy(&disk.bytes).into_owned();
        for secret in ["0123456789", "hush", "secret-cookie", "abcdef"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
        let Read { captures, .. } = read(&disk.bytes).unwrap();
        assert_eq!(captures[0].body.len(), BROKEN.len());
        assert_eq!(captures[0].entry, Some(2));
    }

    #[test]
    fn a_full_disk_ends_the_recording_and_nothing_else() {
        let mut whole = disk(1 << 20);
        let mut writer_ = writer(&mut whole);
        take(&mut writer_, &mut exchange(b"{}", BROKEN));
        let (summary, _) = writer_.finish();
        let mut small = disk(usize::try_from(summary.bytes).unwrap() + 100);
        let mut writer = writer(&mut small);
        let taken: Vec<_> = (0..5)
            .map(|_| take(&mut writer, &mut exchange(b"{}", BROKEN)).is_some())
            .collect();
        assert_eq!(taken, [true, false, false, false, false]);
        let (summary, error) = writer.finish();
        assert!(error.is_some());
        assert_eq!((summary.exchanges, summary.left_out.exchanges), (1, 4));
        let kept = usize::try_from(summary.bytes).unwrap();
        assert_eq!(small.bytes[kept - 1], b'\n');
        let read = read(&small.bytes[..kept]).unwrap();
        assert_eq!((read.captures.len(), read.unusable.len()), (1, 0));
        assert_eq!(read.left_out, None);
    }

    #[test]
    fn a_long_request_goes_into_a_file_and_one_without_bounds_is_left_out() {
        let mut disk = disk(8 << 20);
        let mut writer = writer(&mut disk);
        static LONG: [u8; 5000] = [b'x'; 5000];
        static ENDLESS: [u8; PER_REQUEST + 1] = [b'x'; PER_REQUEST + 1];
        let mut curl = |request| {
            take(&mut writer, &mut exchange(request, BROKEN))
                .unwrap()
                .curl
        };
        let long = curl(&LONG).unwrap();
        assert!(long.ends_with("--data-binary @bodies/p-1-2-0-0"), "{long}");
        assert_eq!(curl(&ENDLESS), None);
        let (summary, _) = writer.finish();
        assert_eq!(summary.left_out.bytes, PER_REQUEST as u64 + 1);
    }

    #[test]
    fn exchanges_beyond_what_is_kept_of_a_kind_are_counted() {
        let mut disk = disk(1 << 20);
        let mut writer = writer(&mut disk);
        let sound = || {
            let mut exchange = exchange(b"{}", b"");
            exchange.judgement = Some(Judgement::example());
            exchange
        };
        for _ in 0..super::super::ALIKE + 3 {
            take(&mut writer, &mut exchange(b"{}", BROKEN));
            take(&mut writer, &mut sound());
        }
        let (summary, _) = writer.finish();
        assert_eq!(summary.with_findings, u64::from(super::super::ALIKE));
        assert_eq!(summary.exchanges, u64::from(super::super::ALIKE) + 1);
        assert_eq!(summary.left_out.exchanges, 3);
    }
}
