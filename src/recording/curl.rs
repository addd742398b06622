//! A request as a line for a shell, with the key left to where it came from.

use crate::protocol::{Auth, Credential, Draft};
use crate::wire::http::WRONG_KEY;

/// Bytes of a body that stand in the line; a longer one is read from a file.
pub const INLINE: usize = 400;

/// The usual place of the key.
const USUAL: &str = "\"$BYTESPIKE_API_KEY\"";
const TARGET: &str = "\"$SPIKEPROOF_TARGET\"";

/// Where the request's body comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'a> {
    /// The line itself; only for a body that [`fits_inline`].
    Line,
    /// A file, as the shell should find it.
    File(&'a str),
}

/// Where a shell finds each key of a run, in the order of their numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keys(Vec<String>);

impl Keys {
    /// The next key is in an environment variable.
    pub fn variable(&mut self, name: &str) {
        self.0.push(format!("\"${name}\""));
    }

    /// It is the first line of a file.
    pub fn file(&mut self, path: &str) {
        self.0.push(format!("\"$(head -n 1 {})\"", quoted(path)));
    }

    /// The word that stands for a key.
    pub fn word(&self, number: u8) -> &str {
        self.0
            .get(usize::from(number))
            .map_or(USUAL, String::as_str)
    }
}

/// Whether a body can stand in the line: short text without control characters.
pub fn fits_inline(body: &[u8]) -> bool {
    let is_plain = |text: &str| !text.chars().any(char::is_control);
    body.len() <= INLINE && std::str::from_utf8(body).is_ok_and(is_plain)
}

/// The line. `base`: scheme, host and port; `None`: a target that is gone when the run is, for
/// which the shell's `SPIKEPROOF_TARGET` stands. `key`: a word of [`Keys`].
pub fn line(base: Option<&str>, key: &str, draft: &Draft, body: Source<'_>) -> String {
    let mut line = format!("curl -sSN -i -g -X {}", draft.method);
    line.push(' ');
    let is_absolute = !draft.path.starts_with('/');
    match base {
        _ if is_absolute => {}
        Some(base) => line.push_str(&quoted(base)),
        None => line.push_str(TARGET),
    }
    line.push_str(&quoted(&draft.path));
    let key = match draft.auth {
        Credential::Key(auth) => Some((auth, key.to_owned())),
        Credential::Wrong(auth) => Some((auth, quoted(WRONG_KEY))),
        Credential::Absent => None,
    };
    if let Some((Auth::Query, key)) = &key {
        let joint = if draft.path.contains('?') {
            "&key="
        } else {
            "?key="
        };
        line.push_str(&quoted(joint));
        line.push_str(key);
    }
    for (name, value) in &draft.headers {
        // A name and a colon alone would take the header away.
        let header = match value.as_str() {
            "" => format!("{name};"),
            value => format!("{name}: {value}"),
        };
        line.push_str(&format!(" -H {}", quoted(&header)));
    }
    match key {
        Some((Auth::Bearer, key)) => line.push_str(&format!(" -H 'authorization: Bearer '{key}")),
        Some((Auth::XApiKey, key)) => line.push_str(&format!(" -H 'x-api-key: '{key}")),
        Some((Auth::XGoogApiKey, key)) => line.push_str(&format!(" -H 'x-goog-api-key: '{key}")),
        Some((Auth::Query, _)) | None => {}
    }
    match body {
        _ if draft.body.is_empty() => {}
        // `--data-binary` would take a body that starts with `@` for the name of a file.
        Source::Line => {
            let text = String::from_utf8_lossy(&draft.body);
            line.push_str(&format!(" --data-raw {}", quoted(&text)));
        }
        Source::File(path) => {
            line.push_str(&format!(" --data-binary {}", quoted(&format!("@{path}"))));
        }
    }
    line
}

/// One word of a POSIX shell, whatever is in it.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,@%+=".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::endpoint::Endpoint;
    use crate::protocol::{Asked, Delivery};

    fn draft(path: &str, auth: Credential, body: &'static [u8]) -> Draft {
        Draft {
            method: "POST",
            path: path.to_owned(),
            headers: vec![("content-type", "application/json".to_owned())],
            body: Bytes::from_static(body),
            auth,
            asked: Asked::of(Endpoint::Messages, Delivery::Sse).into(),
        }
    }

    #[test]
    fn the_key_is_left_to_the_environment_wherever_it_goes() {
        let line = |auth| {
            line(
                Some("http://h"),
                USUAL,
                &draft("/p?alt=sse", auth, b""),
                Source::Line,
            )
        };
        let head = "curl -sSN -i -g -X POST http://h'/p?alt=sse'";
        let json = "-H 'content-type: application/json'";
        let cases = [
            (
                Credential::Key(Auth::Bearer),
                format!("{head} {json} -H 'authorization: Bearer '{USUAL}"),
            ),
            (
                Credential::Key(Auth::XApiKey),
                format!("{head} {json} -H 'x-api-key: '{USUAL}"),
            ),
            (
                Credential::Key(Auth::XGoogApiKey),
                format!("{head} {json} -H 'x-goog-api-key: '{USUAL}"),
            ),
            (
                Credential::Key(Auth::Query),
                format!("{head}'&key='{USUAL} {json}"),
            ),
            (
                Credential::Wrong(Auth::XApiKey),
                format!("{head} {json} -H 'x-api-key: '{WRONG_KEY}"),
            ),
            (Credential::Absent, format!("{head} {json}")),
        ];
        for (auth, wanted) in cases {
            assert_eq!(line(auth), wanted);
        }
    }

    #[test]
    fn each_key_is_named_by_its_own_place() {
        let mut keys = Keys::default();
        assert_eq!(keys.word(0), USUAL);
        keys.variable("MY_KEY");
        keys.file("my keys/it's.txt");
        assert_eq!(keys.word(0), "\"$MY_KEY\"");
        assert_eq!(keys.word(1), r#""$(head -n 1 'my keys/it'\''s.txt')""#);
        let draft = draft("/p", Credential::Key(Auth::Bearer), b"");
        let line = line(Some("http://h"), keys.word(0), &draft, Source::Line);
        assert!(
            line.ends_with("'authorization: Bearer '\"$MY_KEY\""),
            "{line}"
        );
    }

    #[test]
    fn a_shell_reads_the_first_line_of_a_key_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("it's a \"key\"");
        std::fs::write(&path, "a-key-for-tests\nand more\n").unwrap();
        let mut keys = Keys::default();
        keys.file(path.to_str().unwrap());
        let script = format!("printf %s 'Bearer '{}", keys.word(0));
        let output = std::process::Command::new("sh")
            .args(["-c", &script])
            .output()
            .expect("there is a shell");
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "Bearer a-key-for-tests"
        );
    }

    #[test]
    fn a_body_is_one_word_or_a_file() {
        let base = Some("http://h");
        let with = |body| {
            line(
                base,
                USUAL,
                &draft("/p", Credential::Absent, body),
                Source::Line,
            )
        };
        assert!(with(b"{\"a\":\"it's\"}").ends_with(r#" --data-raw '{"a":"it'\''s"}'"#));
        assert!(with(b"@x $(y) `z`").ends_with(" --data-raw '@x $(y) `z`'"));
        let file = line(
            None,
            USUAL,
            &draft("/p", Credential::Absent, b"x"),
            Source::File("a b/c.json"),
        );
        assert!(file.ends_with(" --data-binary '@a b/c.json'"), "{file}");
        assert!(file.contains(" \"$SPIKEPROOF_TARGET\"/p "), "{file}");
        assert!(fits_inline("é".as_bytes()));
        for body in [&b"\xFF"[..], b"a\0", b"a\nb", &[b'x'; INLINE + 1]] {
            assert!(!fits_inline(body));
        }
    }

    /// What a shell makes of a word, for texts that would tempt it.
    #[test]
    fn a_shell_gives_every_text_back() {
        let texts = [
            "",
            "it's",
            "''",
            "$HOME `id` \\ \" !",
            "a\nb",
            "-n",
            "é\t*?[x]{a,b}~",
            "a'\\''b",
        ];
        for text in texts {
            let script = format!("printf %s {}", quoted(text));
            let output = std::process::Command::new("sh")
                .args(["-c", &script])
                .output();
            let output = output.expect("there is a shell");
            assert_eq!(String::from_utf8_lossy(&output.stdout), text, "{script}");
        }
    }
}
