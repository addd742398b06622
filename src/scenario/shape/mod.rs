//! Reads a YAML tree by the tables of `definition`: values with their places, or faults.

mod object;
mod scalar;

use super::definition::{Kind, NAME};
use super::fault::{Collected, Fault, quoted};
use super::key;
use super::record::{Item, Named, Value};
use super::tree::{Content, Entry, Node};
use super::variables::Environment;
use crate::diagnostic::Place;
use crate::scenario::definition::Object;
use crate::scenario::record::Record;

/// Reads one tree; faults gather in it.
pub(crate) struct Reader<'a> {
    pub(crate) text_lines: &'a [&'a str],
    pub(crate) environment: &'a dyn Environment,
    pub(crate) faults: &'a mut Collected,
}

impl Reader<'_> {
    /// The whole file.
    pub(crate) fn read_root(&mut self, object: &'static Object, node: &Node) -> Option<Record> {
        if !matches!(node.content, Content::Map(_)) {
            let message = format!("expected a mapping of keys, found {}", node.found());
            self.faults
                .push(Fault::new(node.place, message).help(beginning(object)));
            return None;
        }
        let place = Place {
            line: node.place.line,
            column: node.place.column,
            length: 1,
        };
        let item = self.read(Kind::Object(object), node, place)?;
        let Value::Record(record) = item.value else {
            return None;
        };
        Some(record)
    }

    /// `owner`: the place of the key that this is the value of; what is missing is told there.
    fn read(&mut self, kind: Kind, node: &Node, owner: Place) -> Option<Item> {
        if node.is_broken() {
            return None;
        }
        match kind {
            Kind::Either(kinds) => self.read_either(kinds, node, owner),
            Kind::List { item, of, min, max } => {
                let Content::List(nodes) = &node.content else {
                    return self.unexpected(kind, node);
                };
                self.count(node.place, of, nodes.len(), min, max)?;
                let items = nodes.iter().filter_map(|node| {
                    self.read(
                        *item,
                        node,
                        Place {
                            length: 1,
                            ..node.place
                        },
                    )
                });
                let items: Vec<Item> = items.collect();
                Some(item_at(node, Value::List(items)))
            }
            Kind::Named { item, of, min, max } => {
                let Content::Map(entries) = &node.content else {
                    return self.unexpected(kind, node);
                };
                self.count(node.place, of, entries.len(), min, max)?;
                let named = entries
                    .iter()
                    .map(|entry| self.read_named(*item, of, entry));
                let named: Vec<Named> = named.collect();
                Some(item_at(node, Value::Named(named)))
            }
            Kind::Object(object) => {
                let Content::Map(entries) = &node.content else {
                    return self.unexpected(kind, node);
                };
                let record = self.read_object(object, entries, owner);
                Some(item_at(node, Value::Record(record)))
            }
            Kind::SecretReference => self.read_key(node),
            Kind::Text { .. }
            | Kind::Formed(_)
            | Kind::Integer { .. }
            | Kind::Number { .. }
            | Kind::Truth
            | Kind::Duration { .. }
            | Kind::Rate
            | Kind::Level
            | Kind::Spread
            | Kind::Word(_) => self.read_scalar(kind, node),
        }
    }

    fn read_key(&mut self, node: &Node) -> Option<Item> {
        let source = match &node.content {
            Content::Scalar(scalar) => key::parse(&scalar.text, node.place, self.environment),
            Content::List(_) | Content::Map(_) => Err(key::literal(node.place)),
        };
        source
            .map_err(|fault| self.faults.push(fault))
            .ok()
            .map(|source| item_at(node, Value::Key(source)))
    }

    fn read_named(&mut self, kind: Kind, of: &str, entry: &Entry) -> Named {
        if let Err(reason) = (NAME.check)(&entry.key) {
            let message = match entry.key.as_str() {
                "" => format!("a {of} needs a name"),
                name => format!("{} is no name for a {of}", quoted(name)),
            };
            self.faults
                .push(Fault::new(entry.key_place, message).note(reason));
        }
        let item = self.read(kind, &entry.value, entry.key_place);
        Named {
            name: entry.key.clone(),
            place: entry.key_place,
            item,
        }
    }

    /// Reads by the first kind that has the value's YAML type.
    fn read_either(&mut self, kinds: &'static [Kind], node: &Node, owner: Place) -> Option<Item> {
        match kinds.iter().find(|kind| scalar::is_of_type(**kind, node)) {
            Some(kind) => self.read(*kind, node, owner),
            None => self.unexpected(Kind::Either(kinds), node),
        }
    }

    fn count(
        &mut self,
        place: Place,
        of: &str,
        count: usize,
        min: usize,
        max: usize,
    ) -> Option<()> {
        if (min..=max).contains(&count) {
            return Some(());
        }
        let message = if count < min {
            format!("there must be at least {min} {of} here")
        } else {
            format!("there are {count} entries here, at most {max} are allowed")
        };
        self.faults.push(Fault::new(place, message));
        None
    }

    fn unexpected(&mut self, kind: Kind, node: &Node) -> Option<Item> {
        let fault = scalar::expected(kind, node);
        self.faults.push(fault);
        None
    }
}

fn beginning(object: &Object) -> String {
    let first = object.fields.iter().find(|field| !field.example.is_empty());
    first.map_or_else(String::new, |field| {
        let (name, key, example) = (object.name, field.key, field.example);
        format!("a {name} begins like `{key}: {example}`")
    })
}

fn item_at(node: &Node, value: Value) -> Item {
    Item {
        place: node.place,
        verbatim: None,
        value,
    }
}
