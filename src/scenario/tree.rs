//! YAML text as a tree in which every key and every value knows its place.
//!
//! `serde_yaml` decides whether the text is YAML at all, and what a plain scalar is (a number, a
//! boolean, nothing or text): see [`Scalar::read`]. It keeps no places, so the tree itself is built
//! from the events of `saphyr-parser`, which does. Aliases and merge keys (`<<`) are resolved here:
//! later stages see a plain tree. Knows nothing of scenarios.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use super::fault::{Collected, Fault, Secrecy, quoted};
use crate::diagnostic::Place;

/// Deeper than anything a scenario may say, and shallow enough to recurse over.
const MOST_DEPTH: usize = 24;
/// Brackets may stand in texts, too, so that this is no measure of depth.
const MOST_UNCLOSED: usize = 500;
/// Aliases can make a small file huge.
const MOST_NODES: usize = 100_000;

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) place: Place,
    /// The whole of it, over several lines if need be.
    pub(crate) stretch: Secrecy,
    pub(crate) content: Content,
}

#[derive(Debug, Clone)]
pub(crate) enum Content {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_place: Place,
    pub(crate) value: Node,
}

#[derive(Debug, Clone)]
pub(crate) struct Scalar {
    /// Without quotes and escapes, variables filled in.
    pub(crate) text: String,
    /// Not quoted, so that it may be other than text.
    pub(crate) plain: bool,
    /// Names of the variables that were filled in.
    pub(crate) variables: Vec<String>,
    /// A variable could not be filled in; that is told, and the text means nothing.
    pub(crate) broken: bool,
}

/// What a scalar is by YAML's own rules.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Resolved {
    Nothing,
    Truth(bool),
    Integer(u64),
    /// Whole or not, also negative.
    Number(f64),
    Text,
}

impl Scalar {
    /// Reads a plain scalar as YAML does; a quoted one is text.
    pub(crate) fn read(&self) -> Resolved {
        if self.plain {
            read_plain(&self.text)
        } else {
            Resolved::Text
        }
    }

    /// Reads the text as if it had not been quoted.
    pub(crate) fn read_unquoted(&self) -> Resolved {
        read_plain(&self.text)
    }
}

fn read_plain(text: &str) -> Resolved {
    if text.is_empty() {
        return Resolved::Nothing;
    }
    // Only words can be anything else; what a variable brings in must not be read as a structure.
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_' | '~');
    if text.len() > 64 || !text.chars().all(word) || text.starts_with("---") {
        return Resolved::Text;
    }
    match serde_yaml::from_str::<serde_yaml::Value>(text) {
        Ok(serde_yaml::Value::Null) => Resolved::Nothing,
        Ok(serde_yaml::Value::Bool(truth)) => Resolved::Truth(truth),
        Ok(serde_yaml::Value::Number(number)) => number
            .as_u64()
            .map(Resolved::Integer)
            .or(number.as_f64().map(Resolved::Number))
            .unwrap_or(Resolved::Text),
        Ok(_) | Err(_) => Resolved::Text,
    }
}

impl Node {
    /// What it is, for "found ...".
    pub(crate) fn found(&self) -> String {
        match &self.content {
            Content::List(_) => "a list".to_owned(),
            Content::Map(_) => "a mapping".to_owned(),
            Content::Scalar(scalar) => match scalar.read() {
                Resolved::Nothing => "nothing".to_owned(),
                Resolved::Truth(truth) => format!("`{truth}`"),
                Resolved::Integer(_) | Resolved::Number(_) => quoted(&scalar.text),
                Resolved::Text if scalar.text.is_empty() => "an empty text".to_owned(),
                Resolved::Text if scalar.plain => quoted(&scalar.text),
                Resolved::Text => format!("the text {}", quoted(&scalar.text)),
            },
        }
    }

    pub(crate) fn is_broken(&self) -> bool {
        matches!(&self.content, Content::Scalar(scalar) if scalar.broken)
    }

    fn size(&self) -> usize {
        1 + match &self.content {
            Content::Scalar(_) => 0,
            Content::List(nodes) => nodes.iter().map(Self::size).sum(),
            Content::Map(entries) => entries.iter().map(|entry| entry.value.size()).sum(),
        }
    }
}

/// The tree of the file's only document, or nothing when a fault made it useless. Faults that leave
/// a tree (a key written twice) are collected and the tree is still given.
pub(crate) fn parse(text: &str, faults: &mut Collected) -> Option<Node> {
    if let Some(place) = unclosed(text) {
        faults.push(too_deep(place));
        return None;
    }
    let built = build(text, faults);
    if let Err(Stop::Fault(fault)) = built {
        faults.push(fault);
        return None;
    }
    // Its word on syntax comes first; it goes second, because it has no limit on depth.
    if let Err(error) = serde_yaml::from_str::<serde::de::IgnoredAny>(text) {
        faults.push(syntax_fault(text, &error));
        return None;
    }
    match built {
        Ok(Some(node)) => Some(node),
        Ok(None) => {
            faults.push(
                Fault::new(at(1, 1), "the scenario is empty")
                    .help("it needs at least `name`, `requests` and `phases`"),
            );
            None
        }
        Err(Stop::Fault(fault)) => {
            faults.push(fault);
            None
        }
        Err(Stop::Syntax(error)) => {
            let mark = error.marker();
            faults.push(syntax(text, at(mark.line(), mark.col() + 1), error.info()));
            None
        }
    }
}

/// Where more brackets are open than any text has. Without this look the scanner reads all of them
/// before it tells of the first, in time that grows with the square of their number.
fn unclosed(text: &str) -> Option<Place> {
    let mut open: usize = 0;
    for (line, text) in text.lines().enumerate() {
        for (column, c) in text.chars().enumerate() {
            match c {
                '[' | '{' => open += 1,
                ']' | '}' => open = open.saturating_sub(1),
                _ => {}
            }
            if open > MOST_UNCLOSED {
                return Some(at(line + 1, column + 1));
            }
        }
    }
    None
}

fn too_deep(place: Place) -> Fault {
    Fault::new(place, format!("nested more than {MOST_DEPTH} levels deep"))
}

enum Stop {
    Syntax(ScanError),
    Fault(Fault),
}

impl From<ScanError> for Stop {
    fn from(error: ScanError) -> Self {
        Self::Syntax(error)
    }
}

/// A list or mapping that has not ended yet.
struct Open {
    place: Place,
    start: (usize, usize),
    anchor: usize,
    content: Content,
    /// Of a mapping: the key whose value comes next.
    key: Option<(String, Place, bool)>,
    /// Of a mapping: where `<<` brought in something.
    merged: Vec<(Place, Node)>,
}

struct Builder<'f> {
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    root: Option<Node>,
    faults: &'f mut Collected,
}

fn build(text: &str, faults: &mut Collected) -> Result<Option<Node>, Stop> {
    let mut parser = Parser::new_from_str(text);
    let mut builder = Builder {
        open: Vec::new(),
        anchors: HashMap::new(),
        nodes: 0,
        root: None,
        faults,
    };
    while let Some(event) = parser.next_event() {
        let (event, span) = event?;
        builder.take(event, span).map_err(Stop::Fault)?;
    }
    Ok(builder.root)
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Fault> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(Fault::new(place(span), "a second document begins here")
                    .help("a scenario is one document; put the other one in its own file"))
            }
            Event::DocumentStart(_) => Ok(()),
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned().ok_or_else(|| {
                    Fault::new(place(span), "this alias stands inside what it stands for")
                })?;
                self.nodes += node.size();
                self.add(node)
            }
            Event::Scalar(text, style, anchor, tag) => {
                no_tag(tag.is_some(), span)?;
                let plain = style == ScalarStyle::Plain;
                let text = text.into_owned();
                let content = Content::Scalar(Scalar {
                    text,
                    plain,
                    variables: Vec::new(),
                    broken: false,
                });
                let stretch = Secrecy {
                    start: start(span),
                    end: end(span),
                };
                let node = Node {
                    place: place(span),
                    stretch,
                    content,
                };
                self.nodes += 1;
                self.remember(anchor, &node);
                self.add(node)
            }
            Event::SequenceStart(anchor, tag) => {
                no_tag(tag.is_some(), span)?;
                self.begin(span, anchor, Content::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                no_tag(tag.is_some(), span)?;
                self.begin(span, anchor, Content::Map(Vec::new()))
            }
            Event::SequenceEnd | Event::MappingEnd => self.finish(span),
        }
    }

    fn begin(&mut self, span: Span, anchor: usize, content: Content) -> Result<(), Fault> {
        if self.open.len() >= MOST_DEPTH {
            return Err(too_deep(place(span)));
        }
        self.nodes += 1;
        let (place, start) = (place(span), start(span));
        self.open.push(Open {
            place,
            start,
            anchor,
            content,
            key: None,
            merged: Vec::new(),
        });
        Ok(())
    }

    fn finish(&mut self, span: Span) -> Result<(), Fault> {
        let Some(mut open) = self.open.pop() else {
            return Ok(());
        };
        let end = end(span);
        let mut place = open.place;
        if end.0 == place.line && end.1 > place.column {
            place.length = end.1 - place.column;
        }
        if let Content::Map(entries) = &mut open.content {
            for (at, node) in open.merged {
                merge(entries, at, node, self.faults);
            }
        }
        let stretch = Secrecy {
            start: open.start,
            end,
        };
        let node = Node {
            place,
            stretch,
            content: open.content,
        };
        self.remember(open.anchor, &node);
        self.add(node)
    }

    fn remember(&mut self, anchor: usize, node: &Node) {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
    }

    fn add(&mut self, node: Node) -> Result<(), Fault> {
        if self.nodes > MOST_NODES {
            let message = format!("more than {MOST_NODES} values, aliases included");
            return Err(Fault::new(node.place, message));
        }
        let depth = self.open.len();
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        if depth + depth_of(&node) > MOST_DEPTH {
            return Err(too_deep(node.place));
        }
        match &mut open.content {
            Content::List(nodes) => nodes.push(node),
            Content::Map(entries) => match open.key.take() {
                Some((_, at, true)) => open.merged.push((at, node)),
                Some((key, key_place, false)) => {
                    entries.push(Entry {
                        key,
                        key_place,
                        value: node,
                    });
                }
                None => match node.content {
                    Content::Scalar(scalar) => {
                        let merge = scalar.plain && scalar.text == "<<";
                        open.key = Some((scalar.text, node.place, merge));
                    }
                    Content::List(_) | Content::Map(_) => {
                        return Err(Fault::new(node.place, "a key is a word, not a structure"));
                    }
                },
            },
            Content::Scalar(_) => {}
        }
        Ok(())
    }
}

fn depth_of(node: &Node) -> usize {
    match &node.content {
        Content::Scalar(_) => 0,
        Content::List(nodes) => 1 + nodes.iter().map(depth_of).max().unwrap_or(0),
        Content::Map(entries) => {
            1 + entries
                .iter()
                .map(|entry| depth_of(&entry.value))
                .max()
                .unwrap_or(0)
        }
    }
}

/// Takes over the entries of `node` whose keys are not there yet.
fn merge(entries: &mut Vec<Entry>, at: Place, node: Node, faults: &mut Collected) {
    let sources = match node.content {
        Content::List(nodes) => nodes,
        Content::Map(_) | Content::Scalar(_) => vec![node],
    };
    for source in sources {
        let Content::Map(more) = source.content else {
            faults.push(
                Fault::new(at, "`<<` takes a mapping, or a list of mappings")
                    .help("name one with `&name` and merge it with `<<: *name`"),
            );
            continue;
        };
        let present: HashSet<String> = entries.iter().map(|entry| entry.key.clone()).collect();
        entries.extend(
            more.into_iter()
                .filter(|entry| !present.contains(&entry.key)),
        );
    }
}

/// Removes keys written twice from every mapping, and says so.
pub(crate) fn drop_doubles(node: &mut Node, faults: &mut Collected) {
    match &mut node.content {
        Content::Scalar(_) => {}
        Content::List(nodes) => nodes.iter_mut().for_each(|node| drop_doubles(node, faults)),
        Content::Map(entries) => {
            let mut first: HashMap<String, usize> = HashMap::new();
            entries.retain(|entry| {
                if let Some(line) = first.get(&entry.key) {
                    let message = format!("key {} is written twice", quoted(&entry.key));
                    faults.push(
                        Fault::new(entry.key_place, message)
                            .note(format!("it is first written in line {line}")),
                    );
                    return false;
                }
                first.insert(entry.key.clone(), entry.key_place.line);
                true
            });
            entries
                .iter_mut()
                .for_each(|entry| drop_doubles(&mut entry.value, faults));
        }
    }
}

fn no_tag(tagged: bool, span: Span) -> Result<(), Fault> {
    if tagged {
        return Err(
            Fault::new(place(span), "YAML tags have no meaning in a scenario")
                .help("leave out the word that begins with `!`"),
        );
    }
    Ok(())
}

fn syntax_fault(text: &str, error: &serde_yaml::Error) -> Fault {
    let whole = error.to_string();
    let place = error
        .location()
        .map_or(at(1, 1), |place| at(place.line(), place.column()));
    // The place is shown on its own; the message repeats it.
    let message = whole.split(" at line ").next().unwrap_or(&whole);
    syntax(text, place, message)
}

fn syntax(text: &str, place: Place, message: &str) -> Fault {
    let fault = Fault::new(place, format!("not valid YAML: {message}"));
    let line = text.lines().nth(place.line.saturating_sub(1)).unwrap_or("");
    if line.contains('\t') && line.trim_start_matches(' ').starts_with('\t') {
        return fault.help("YAML is indented with spaces, never with tabs");
    }
    match (line.find('{'), line.find("${")) {
        (Some(brace), Some(variable)) if brace < variable => {
            fault.help("between `{` and `}` a variable stands in quotes: `\"${NAME}\"`")
        }
        _ => fault,
    }
}

fn at(line: usize, column: usize) -> Place {
    Place {
        line: line.max(1),
        column: column.max(1),
        length: 1,
    }
}

fn place(span: Span) -> Place {
    let (line, column) = start(span);
    let last = end(span);
    let length = if last.0 == line {
        last.1.saturating_sub(column).max(1)
    } else {
        1
    };
    Place {
        line,
        column,
        length,
    }
}

fn start(span: Span) -> (usize, usize) {
    (span.start.line().max(1), span.start.col() + 1)
}

fn end(span: Span) -> (usize, usize) {
    (span.end.line().max(1), span.end.col() + 1)
}
