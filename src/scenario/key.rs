//! Where the API key comes from. No message here ever repeats what stands in the file.

use super::fault::{Fault, quoted};
use super::tree::{Content, Node};
use super::variables::{Environment, Piece, ill_formed, not_set, pieces};
use super::{KeySource, Secret};
use crate::diagnostic::Place;

/// Reads the text of `key:`, with its variable not yet filled in.
pub(crate) fn parse(
    text: &str,
    place: Place,
    environment: &dyn Environment,
) -> Result<KeySource, Fault> {
    let pieces = pieces(text).ok_or_else(|| ill_formed(place))?;
    let [Piece::Variable { name, default }] = pieces.as_slice() else {
        return Err(literal(place));
    };
    if default.is_some_and(|default| !default.is_empty()) {
        return Err(literal(place).note("a default is written in the file, too"));
    }
    let value = match (environment.variable(name), default) {
        (Some(value), _) => value,
        (None, Some(_)) => String::new(),
        (None, None) => {
            return Err(
                Fault::new(place, not_set(place, name).message).help(format!(
                    "set it, or write `${{{name}:}}` where the key is needed only sometimes"
                )),
            );
        }
    };
    let value = value.trim();
    if value.is_empty() && default.is_none() {
        return Err(Fault::new(
            place,
            format!("variable {} is empty", quoted(name)),
        ));
    }
    if !value.chars().all(|c| c.is_ascii_graphic()) {
        let message = format!(
            "variable {} has characters that no HTTP header carries",
            quoted(name)
        );
        return Err(Fault::new(place, message));
    }
    Ok(KeySource::Variable {
        name: (*name).to_owned(),
        value: Secret::new(value),
    })
}

/// Whether what is below `key:` says where the key is and cannot hold one itself.
pub(crate) fn is_reference(node: &Node) -> bool {
    match &node.content {
        Content::Scalar(scalar) => match pieces(&scalar.text).as_deref() {
            Some([Piece::Variable { default, .. }]) => default.is_none_or(str::is_empty),
            Some(_) | None => scalar.text.is_empty(),
        },
        Content::Map(entries) => entries
            .iter()
            .all(|entry| entry.key == "file" && matches!(entry.value.content, Content::Scalar(_))),
        Content::List(_) => false,
    }
}

/// The key itself stands in the file, or something else that must not be shown.
pub(crate) fn literal(place: Place) -> Fault {
    Fault::new(place, "a key must not stand in the file")
        .help("name the variable that holds it, `key: ${VAR}`, or a file, `key: { file: PATH }`")
        .help("if this file was ever shared, revoke that key")
}
