//! `check`: judges captured traffic offline.

mod beside;
mod options;
mod walk;

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::environment::ProcessEnvironment;
use super::load::{read_at_most, read_from};
use super::output::{data, error, talk};
use crate::check::form::{Form, form};
use crate::check::view::{self, Style};
use crate::check::{Capture, FileRow, Settings, Verdict, har, is_too_much, judge, message};
use crate::contract::{Profile, RuleSetting};
use crate::endpoint::{Endpoint, ProtocolId};
use crate::exit::Exit;
use crate::protocol::Delivery;
use crate::recording;
use crate::scenario::Environment;
use beside::Beside;

/// Bytes of one file that are read.
const LONGEST: u64 = 256 << 20;
/// Names of what has none.
const STDIN: &str = "(stdin)";
const OF_ENTRIES: &str = "the entry was passed over; the others were judged";

/// Judge captured traffic: event streams, JSON bodies, Gemini arrays, recordings of runs, HAR, and
/// what `curl -i` saves.
#[derive(Debug, Args)]
#[command(after_help = "\
Beside a body NAME.sse or NAME.json, its request may lie as NAME.request.json and its headers as
NAME.headers.json; a folder may have a manifest.csv with the columns path, protocol, status,
url_path, url_query and byte_exact. What is not known is guessed and said so, or the rules that need
it stay silent.

Examples:
  curl -sN … | spikeproof check -
  spikeproof check answer.sse --protocol anthropic-messages --request request.json
  spikeproof check trace.har captures/ --format junit >check.xml

Exit codes: 0 no MUST was broken · 1 one was (with --strict: a MUST or a SHOULD) · 2 wrong usage, or
something could not be read or told apart")]
pub(super) struct CheckArguments {
    /// Files, folders, or - for stdin
    #[arg(required = true, value_name = "FILE|DIR|-")]
    paths: Vec<PathBuf>,
    /// What they speak [default: guessed from the content, and said]
    #[arg(long, value_parser = options::protocol)]
    protocol: Option<ProtocolId>,
    /// Path that was asked, such as /v1/usage, where an answer does not show its route
    #[arg(long, value_name = "PATH", value_parser = options::endpoint, conflicts_with = "protocol")]
    path: Option<Endpoint>,
    /// How they were delivered: sse, json, array [default: by the first bytes]
    #[arg(long, value_parser = options::delivery)]
    delivery: Option<Delivery>,
    /// The JSON request that they answer, for rules that compare the two
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    /// Their HTTP status [default: 200, or what an error body says]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(100..1000))]
    status: Option<u16>,
    /// Whose promises they are held to [default: gateway for recordings, else native]
    #[arg(long, value_enum)]
    profile: Option<Profile>,
    /// Reading of a contradiction in the gateway's documents, such as C-06=done (repeatable)
    #[arg(long = "contract", value_name = "C-NN=READING", value_parser = options::reading)]
    contract: Vec<(String, String)>,
    /// Weighs a rule otherwise: ID=error, ID=warn or ID=off (repeatable)
    #[arg(long = "set-rule", value_name = "ID=WORD", value_parser = options::set_rule)]
    set_rules: Vec<(&'static str, RuleSetting)>,
    /// Only this rule, by id or name, or all of a family such as ANT (repeatable)
    #[arg(long = "rule", value_name = "RULE")]
    rules: Vec<String>,
    /// A broken SHOULD fails like a MUST
    #[arg(long)]
    strict: bool,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Do not list files without findings
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    /// A suite a file, a case a rule that had something to say
    Junit,
}

/// What has been judged so far.
struct Checking {
    settings: Settings,
    endpoint: Option<Endpoint>,
    format: Format,
    style: Style,
    beside: Beside,
    rows: Vec<FileRow>,
    notes: Vec<String>,
    /// Files found in folders that are JSON, but no answers.
    other_json: Vec<String>,
}

pub(super) fn check(arguments: &CheckArguments) -> Exit {
    let settings = match options::settings(arguments) {
        Ok(settings) => settings,
        Err(exit) => return exit,
    };
    let mut checking = Checking {
        settings,
        endpoint: arguments.path,
        format: arguments.format,
        style: Style {
            colour: is_coloured(),
            quiet: arguments.quiet,
        },
        beside: Beside::default(),
        rows: Vec::new(),
        notes: Vec::new(),
        other_json: Vec::new(),
    };
    for path in &arguments.paths {
        checking.path(path);
    }
    checking.told()
}

fn is_coloured() -> bool {
    let set = |name: &str| {
        ProcessEnvironment
            .variable(name)
            .is_some_and(|v| !v.is_empty())
    };
    let is_dumb = ProcessEnvironment
        .variable("TERM")
        .is_some_and(|term| term == "dumb");
    io::stdout().is_terminal() && !set("NO_COLOR") && !is_dumb
}

impl Checking {
    fn path(&mut self, path: &Path) {
        if path == Path::new("-") {
            return self.stdin();
        }
        if !path.is_dir() {
            return self.file(path, true);
        }
        let walked = walk::files(path);
        self.notes.extend(walked.notes);
        if walked.files.is_empty() {
            let why = "the folder has no file of a known kind".to_owned();
            let help = "known are .sse, .json, .jsonl, .ndjson, .array, .har, .http";
            self.take(FileRow::unjudged(shown(path), None, why, help));
        }
        for file in &walked.files {
            self.file(file, false);
        }
    }

    fn stdin(&mut self) {
        match read_from(io::stdin().lock(), LONGEST) {
            Ok(bytes) => self.bytes(STDIN, "", bytes, Capture::default()),
            Err(why) => {
                let why = format!("cannot be read: {why}");
                self.take(FileRow::unjudged(STDIN.to_owned(), None, why, ""));
            }
        }
    }

    /// `is_named`: by the user, not found in a folder, where other files may lie as well.
    fn file(&mut self, path: &Path, is_named: bool) {
        let name = shown(path);
        let bytes = match read_at_most(path, LONGEST) {
            Ok(bytes) => bytes,
            Err(why) => {
                let why = format!("cannot be read: {why}");
                return self.take(FileRow::unjudged(name, None, why, ""));
            }
        };
        let extension = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        if !is_named && is_other_json(&bytes, &extension) && !self.beside.lists(path) {
            self.notes.push(format!(
                "{name} is JSON of another kind and was passed over"
            ));
            return;
        }
        let known = self.beside.known(path, &mut self.notes);
        self.bytes(&name, &extension, bytes, known);
    }

    fn bytes(&mut self, name: &str, extension: &str, bytes: Vec<u8>, known: Capture) {
        if let Some((head, length)) = message::head(&bytes) {
            let mut known = known;
            known.status = Some(head.status);
            // A status line alone was put there by somebody.
            known.has_all_headers = !head.headers.is_empty();
            let headers = head.headers.into_iter();
            let headers = headers.map(|(name, value)| (name.into(), value.into()));
            known.headers = Some(headers.collect());
            known
                .notes
                .push("places count from the body, behind the head".to_owned());
            let body = bytes[length..].to_vec();
            return self.capture(name, extension, Capture { body, ..known });
        }
        match form(&bytes, extension) {
            Some(Form::Har) => self.archive(name, &bytes),
            Some(Form::Recording) => self.recording(name, &bytes),
            Some(Form::Sse | Form::Array | Form::Json | Form::Lines) | None => {
                let body = bytes;
                self.capture(name, extension, Capture { body, ..known });
            }
        }
    }

    fn archive(&mut self, name: &str, bytes: &[u8]) {
        let read = match har::read(bytes, &self.settings) {
            Ok(read) => read,
            Err(why) => {
                let why = format!("is no HAR that can be read: {why}");
                let help = "save it again; HAR 1.2 is what browsers write";
                return self.take(FileRow::unjudged(name.to_owned(), None, why, help));
            }
        };
        if read.elsewhere > 0 {
            let count = read.elsewhere;
            self.notes
                .push(format!("{name}: {count} entries are of other addresses"));
        }
        if read.unread > 0 {
            let count = read.unread;
            self.notes.push(format!(
                "{name}: {count} entries beyond the limit were not read"
            ));
        }
        for (entry, why) in &read.without_body {
            self.notes
                .push(format!("{name}#{entry} cannot be judged: {why}"));
        }
        if read.captures.is_empty() {
            let why = "has no entry with an answer that can be judged".to_owned();
            let help = "save the archive with content, and name the protocol of other addresses";
            return self.take(FileRow::unjudged(name.to_owned(), None, why, help));
        }
        for capture in read.captures {
            self.capture(name, "", capture);
        }
    }

    fn recording(&mut self, name: &str, bytes: &[u8]) {
        let read = match recording::read(bytes) {
            Ok(read) => read,
            Err(why) => {
                let why = format!("is no recording that can be read: {why}");
                let help = "recordings of this version are written by `spikeproof run`";
                return self.take(FileRow::unjudged(name.to_owned(), None, why, help));
            }
        };
        for (line, why) in &read.unusable {
            self.notes
                .push(format!("{name}#{line} is not judged: {why}"));
        }
        if read.assets > 0 {
            let count = read.assets;
            self.notes.push(format!(
                "{name}: {count} downloads are not judged: no rule reads them"
            ));
        }
        match read.left_out {
            None => self.notes.push(format!(
                "{name}: the run was killed, so this is not all of it"
            )),
            Some(left_out) if left_out.exchanges > 0 => {
                let count = left_out.exchanges;
                self.notes.push(format!(
                    "{name}: {count} exchanges with findings are not in it"
                ));
            }
            Some(_) => {}
        }
        for capture in read.captures {
            self.capture(name, "", capture);
        }
    }

    fn capture(&mut self, name: &str, extension: &str, capture: Capture) {
        let entry = capture.entry;
        let capture = Capture {
            endpoint: self.endpoint.or(capture.endpoint),
            ..capture
        };
        let mut row = match judge(capture, extension, &self.settings) {
            Ok(row) => row,
            Err(why) => {
                let row = FileRow::unjudged(String::new(), entry, why.to_string(), why.help());
                if entry.is_some() {
                    self.notes.push(format!("{name}: {OF_ENTRIES}"));
                }
                row
            }
        };
        name.clone_into(&mut row.path);
        self.take(row);
    }

    fn take(&mut self, row: FileRow) {
        if self.format == Format::Text {
            data(view::text(&row, self.style));
        }
        self.rows.push(row);
    }

    fn told(mut self) -> Exit {
        match self.other_json.as_slice() {
            [] => {}
            [only] => self
                .notes
                .push(format!("{only} is JSON of another kind: passed over")),
            [first, rest @ ..] => {
                let rest = rest.len();
                let noun = if rest == 1 { "file is" } else { "files are" };
                let note =
                    format!("{first} and {rest} further {noun} JSON of another kind: passed over");
                self.notes.push(note);
            }
        }
        match self.format {
            Format::Text => data(view::summary(&self.rows, &self.notes, self.style)),
            Format::Json => data(view::json(&self.rows, &self.notes)),
            Format::Junit => data(view::junit(&self.rows)),
        }
        if self.format != Format::Text {
            self.talk();
        }
        let has = |verdict: Verdict| self.rows.iter().any(|row| row.verdict == verdict);
        match (has(Verdict::Error), has(Verdict::Fail)) {
            (true, _) => Exit::Usage,
            (false, true) => Exit::Failed,
            (false, false) if self.rows.is_empty() => {
                error("there was nothing to judge");
                Exit::Usage
            }
            (false, false) => Exit::Held,
        }
    }

    /// What a person should know whose screen shows none of the document.
    fn talk(&self) {
        for row in self.rows.iter().filter(|row| row.verdict == Verdict::Error) {
            error(format_args!(
                "{}: {}",
                row.shown(),
                row.error.as_deref().unwrap_or_default()
            ));
            if let Some(help) = row.help {
                talk(format_args!("  = help: {help}"));
            }
        }
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// JSON documents that lie about in folders: reports, settings.
fn is_other_json(bytes: &[u8], extension: &str) -> bool {
    let is_json = extension == "json" && form(bytes, extension) == Some(Form::Json);
    // What is more than is read is told of as such.
    if !is_json || is_too_much(bytes) {
        return false;
    }
    let is_known = crate::check::guess::guess(bytes, Form::Json, None).is_ok();
    let parsed = serde_json::from_slice::<serde_json::Value>(bytes);
    !is_known && parsed.is_ok_and(|document| document.get("error").is_none())
}
