//! Builds the tree from the events of `saphyr-parser`: places, aliases, merge keys, limits.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use super::{Content, Entry, Node, Scalar};
use crate::diagnostic::Place;
use crate::scenario::fault::{Collected, Fault, Secrecy};

/// Deeper than anything a scenario may say, and shallow enough to recurse over.
const MOST_DEPTH: usize = 24;
/// Aliases can make a small file huge.
const MOST_NODES: usize = 100_000;

pub(super) enum Stop {
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

pub(super) fn build(text: &str, faults: &mut Collected) -> Result<Option<Node>, Stop> {
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

pub(super) fn too_deep(place: Place) -> Fault {
    Fault::new(place, format!("nested more than {MOST_DEPTH} levels deep"))
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
