//! What the members of an object hold, as tables that several rules read.
//!
//! A table says what a vendor documents of one kind of object. Members that it does not have are
//! passed over: vendors add some at any time. One that is a slip of the pen away from a documented
//! one that is missing is told apart from those.

use crate::json::Value;

use super::quoting::{quoted, quoted_value};

/// The members of one kind of object.
pub(crate) type Members = &'static [Member];

/// One documented member.
pub(crate) struct Member {
    name: &'static str,
    kind: Kind,
    need: Need,
    null: Null,
}

/// What a member holds.
pub(crate) enum Kind {
    /// Judged elsewhere, or free: only the name is known.
    Any,
    Text,
    /// A text that is not empty.
    Filled,
    /// A text that is one of these, or of a later version.
    Word(&'static [&'static str]),
    /// A whole number of zero or more.
    Count,
    Flag,
    List(&'static Kind),
    Object(Members),
    /// Objects of several kinds, told apart by their `type`; of other types nothing is known.
    Typed(&'static [(&'static str, Members)]),
    /// A list of the one, or else the other.
    ListOr(&'static Kind, &'static Kind),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Required,
    /// Not documented as required, and never seen missing.
    Usual,
    Optional,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Null {
    Never,
    Allowed,
    /// Documented, and never seen.
    Unseen,
}

pub(crate) const fn required(name: &'static str, kind: Kind) -> Member {
    Member::of(name, kind, Need::Required)
}

pub(crate) const fn usual(name: &'static str, kind: Kind) -> Member {
    Member::of(name, kind, Need::Usual)
}

pub(crate) const fn optional(name: &'static str, kind: Kind) -> Member {
    Member::of(name, kind, Need::Optional)
}

impl Member {
    const fn of(name: &'static str, kind: Kind, need: Need) -> Self {
        let null = Null::Never;
        Self {
            name,
            kind,
            need,
            null,
        }
    }

    pub(crate) const fn or_null(mut self) -> Self {
        self.null = Null::Allowed;
        self
    }

    pub(crate) const fn or_unseen_null(mut self) -> Self {
        self.null = Null::Unseen;
        self
    }
}

/// What is wrong, and where; the place is put together on the way back.
struct Misfit {
    path: String,
    expected: String,
    found: String,
}

impl Misfit {
    fn here(expected: impl Into<String>, found: String) -> Self {
        Self {
            path: String::new(),
            expected: expected.into(),
            found,
        }
    }

    fn within(mut self, name: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        self.path = format!("{name}{dot}{}", self.path);
        self
    }

    fn told(self) -> String {
        let Self {
            path,
            expected,
            found,
        } = self;
        if path.is_empty() {
            format!("expected {expected}, found {found}")
        } else {
            format!("expected {expected} in `{path}`, found {found}")
        }
    }
}

/// The first required member that is missing, or member of another type.
pub(crate) fn wrong(owner: &Value, members: Members) -> Option<String> {
    members_wrong(owner, members).map(Misfit::told)
}

/// The same of a value that is no object of known members itself.
pub(crate) fn wrong_value(value: &Value, kind: &Kind) -> Option<String> {
    kind_wrong(value, kind).map(Misfit::told)
}

fn members_wrong(owner: &Value, members: Members) -> Option<Misfit> {
    members.iter().find_map(|member| {
        let found = owner.get(member.name);
        let misfit = match found {
            None if member.need == Need::Required => Some(missing(member)),
            None => None,
            Some(Value::Null) if member.null != Null::Never => None,
            Some(value) => kind_wrong(value, &member.kind),
        };
        misfit.map(|misfit| misfit.within(member.name))
    })
}

fn missing(member: &Member) -> Misfit {
    Misfit::here(member.kind.words(), "nothing".to_owned())
}

fn kind_wrong(value: &Value, kind: &Kind) -> Option<Misfit> {
    let holds = match kind {
        Kind::Any => true,
        Kind::Text | Kind::Word(_) => value.is_string(),
        Kind::Filled => value.as_str().is_some_and(|text| !text.is_empty()),
        Kind::Count => value.is_u64(),
        Kind::Flag => value.is_boolean(),
        Kind::List(inner) => match value.as_array() {
            Some(items) => return items.iter().find_map(|item| item_wrong(item, inner)),
            None => false,
        },
        Kind::Object(members) if value.is_object() => return members_wrong(value, members),
        Kind::Typed(kinds) if has_type(value) => {
            return members_of(value, kinds).and_then(|members| members_wrong(value, members));
        }
        Kind::Object(_) | Kind::Typed(_) => false,
        Kind::ListOr(inner, other) => match value.as_array() {
            Some(items) => return items.iter().find_map(|item| item_wrong(item, inner)),
            None => return kind_wrong(value, other),
        },
    };
    (!holds).then(|| Misfit::here(kind.words(), quoted_value(Some(value))))
}

fn item_wrong(item: &Value, kind: &Kind) -> Option<Misfit> {
    kind_wrong(item, kind).map(|misfit| misfit.within("[]"))
}

impl Kind {
    fn words(&self) -> &'static str {
        match self {
            Self::Any => "a value",
            Self::Text | Self::Word(_) => "a string",
            Self::Filled => "a non-empty string",
            Self::Count => "a whole number",
            Self::Flag => "true or false",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
            Self::Typed(_) | Self::ListOr(..) => "an object with a `type`",
        }
    }
}

fn type_of(value: &Value) -> &str {
    let word = value.get("type").and_then(Value::as_str);
    word.unwrap_or_default()
}

fn has_type(value: &Value) -> bool {
    !type_of(value).is_empty()
}

fn members_of(value: &Value, kinds: &[(&str, Members)]) -> Option<Members> {
    let word = type_of(value);
    let mut kinds = kinds.iter();
    kinds
        .find(|(name, _)| *name == word)
        .map(|(_, members)| *members)
}

/// The first member or word that is a slip of a documented one which is missing.
pub(crate) fn misspelt(owner: &Value, members: Members) -> Option<String> {
    members_misspelt(owner, members).map(Misfit::told)
}

/// The same of a value that is no object of known members itself.
pub(crate) fn misspelt_value(value: &Value, kind: &Kind) -> Option<String> {
    kind_misspelt(value, kind).map(Misfit::told)
}

fn members_misspelt(owner: &Value, members: Members) -> Option<Misfit> {
    let object = owner.as_object()?;
    let mut known = 0;
    for member in members {
        let Some(value) = object.get(member.name) else {
            continue;
        };
        known += 1;
        if let Some(misfit) = kind_misspelt(value, &member.kind) {
            return Some(misfit.within(member.name));
        }
    }
    if known == object.len() {
        return None;
    }
    let mut strangers = object
        .keys()
        .filter(|name| members.iter().all(|member| member.name != *name));
    strangers.find_map(|name| {
        let missing = members
            .iter()
            .filter(|member| !object.contains_key(member.name));
        let meant = missing.map(|member| member.name);
        slip(name, meant)
    })
}

fn kind_misspelt(value: &Value, kind: &Kind) -> Option<Misfit> {
    match kind {
        Kind::Any | Kind::Text | Kind::Filled | Kind::Count | Kind::Flag => None,
        Kind::Word(words) => {
            let word = value.as_str()?;
            let is_known = words.contains(&word);
            (!is_known).then(|| slip(word, words.iter().copied()))?
        }
        Kind::List(inner) => items_misspelt(value, inner),
        Kind::Object(members) => members_misspelt(value, members),
        Kind::Typed(kinds) => match members_of(value, kinds) {
            // The word by which it is told apart needs no row of its own.
            Some(members) => members_misspelt(value, members),
            None => {
                let word = type_of(value);
                slip(word, kinds.iter().map(|(name, _)| *name)).map(|misfit| misfit.within("type"))
            }
        },
        Kind::ListOr(inner, _) if value.is_array() => items_misspelt(value, inner),
        Kind::ListOr(_, other) => kind_misspelt(value, other),
    }
}

fn items_misspelt(value: &Value, kind: &Kind) -> Option<Misfit> {
    let mut items = value.as_array()?.iter();
    let misfit = items.find_map(|item| kind_misspelt(item, kind))?;
    Some(misfit.within("[]"))
}

fn slip(found: &str, known: impl Iterator<Item = &'static str>) -> Option<Misfit> {
    let mut slips = known.filter(|meant| is_slip(found, meant));
    let meant = slips.next()?;
    Some(Misfit::here(quoted(meant), quoted(found)))
}

/// The letters and digits of a word, all in one case.
fn spoken(word: &str) -> impl Iterator<Item = char> {
    let said = word.chars().filter(|letter| letter.is_alphanumeric());
    said.flat_map(char::to_lowercase)
}

/// Whether the one word is the other but for its case and what joins its parts, for a letter, or
/// for two at an end. Dates and versions
/// are meant to differ.
fn is_slip(found: &str, meant: &str) -> bool {
    let letters = |word: &str| -> String {
        let letters = word.chars().filter(|letter| !letter.is_ascii_digit());
        letters.collect()
    };
    // What no screen shows.
    let is_visible = |letter: &char| !letter.is_control() && !"\u{feff}\u{200b}".contains(*letter);
    if found != meant && found.chars().filter(is_visible).eq(meant.chars()) {
        return true;
    }
    if found != meant && spoken(found).eq(spoken(meant)) {
        return true;
    }
    if found.is_empty() || found.len().abs_diff(meant.len()) > 2 || letters(found) == letters(meant)
    {
        return false;
    }
    let is_longer = found.starts_with(meant) || found.ends_with(meant);
    is_longer || strsim::osa_distance(found, meant) == 1
}

/// The first member that is missing or null though no recording shows it so.
pub(crate) fn unusual(owner: &Value, members: Members) -> Option<String> {
    members_unusual(owner, members).map(Misfit::told)
}

/// The same of a value that is no object of known members itself.
pub(crate) fn unusual_value(value: &Value, kind: &Kind) -> Option<String> {
    kind_unusual(value, kind).map(Misfit::told)
}

fn members_unusual(owner: &Value, members: Members) -> Option<Misfit> {
    members.iter().find_map(|member| {
        let misfit = match owner.get(member.name) {
            None if member.need == Need::Usual => Some(missing(member)),
            Some(Value::Null) if member.null == Null::Unseen => {
                Some(Misfit::here(member.kind.words(), "`null`".to_owned()))
            }
            None | Some(Value::Null) => None,
            Some(value) => kind_unusual(value, &member.kind),
        };
        misfit.map(|misfit| misfit.within(member.name))
    })
}

fn kind_unusual(value: &Value, kind: &Kind) -> Option<Misfit> {
    match kind {
        Kind::List(inner) | Kind::ListOr(inner, _) => {
            let mut items = value.as_array()?.iter();
            let misfit = items.find_map(|item| kind_unusual(item, inner))?;
            Some(misfit.within("[]"))
        }
        Kind::Object(members) => members_unusual(value, members),
        Kind::Typed(kinds) => members_unusual(value, members_of(value, kinds)?),
        Kind::Any | Kind::Text | Kind::Filled | Kind::Word(_) | Kind::Count | Kind::Flag => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PART: Members = &[required("count", Kind::Count), usual("title", Kind::Text)];
    const WHOLE: Members = &[
        required("name", Kind::Filled),
        optional("parts", Kind::List(&Kind::Object(PART))).or_null(),
        optional("note", Kind::Text).or_unseen_null(),
        optional("one", Kind::Typed(&[("a_20250101", PART), ("text", &[])])),
    ];

    fn told(look: fn(&Value, Members) -> Option<String>, json: &str) -> String {
        let value = crate::json::parse(json.as_bytes()).expect("JSON");
        look(&value, WHOLE).unwrap_or_default()
    }

    #[test]
    fn a_member_that_is_missing_or_of_another_type_is_named_with_its_place() {
        for (json, message) in [
            (r#"{"name":"n","parts":null,"later":[]}"#, ""),
            (r#"{"name":"n","one":{"type":"other"}}"#, ""),
            (
                r#"{}"#,
                "expected a non-empty string in `name`, found nothing",
            ),
            (
                r#"{"name":"n","parts":[{"count":1},{"count":1.0}]}"#,
                "expected a whole number in `parts[].count`, found `1.0`",
            ),
            (
                r#"{"name":"n","one":{"type":7}}"#,
                "expected an object with a `type` in `one`, found `{\"type\":7}`",
            ),
            (
                r#"{"name":"n","one":{"type":"a_20250101"}}"#,
                "expected a whole number in `one.count`, found nothing",
            ),
        ] {
            assert_eq!(told(wrong, json), message, "{json}");
        }
    }

    #[test]
    fn a_slip_is_told_from_what_a_later_version_adds() {
        for (json, message) in [
            (
                "{\"name\":\"n\",\"one\":{\"type\":\"\u{feff}text\"}}",
                "expected `text` in `one.type`, found `\u{feff}text`",
            ),
            (r#"{"name":"n","notes":"","note":""}"#, ""),
            (r#"{"name":"n","one":{"type":"a_20260101"}}"#, ""),
            (r#"{"nam":"n"}"#, "expected `name`, found `nam`"),
            (r#"{"x_name":"n"}"#, "expected `name`, found `x_name`"),
            (
                r#"{"name":"n","one":{"type":"texx"}}"#,
                "expected `text` in `one.type`, found `texx`",
            ),
            (
                r#"{"parts":[{"count":1,"titel":""}]}"#,
                "expected `title` in `parts[]`, found `titel`",
            ),
        ] {
            assert_eq!(told(misspelt, json), message, "{json}");
        }
    }

    #[test]
    fn what_was_never_seen_is_not_what_is_wrong() {
        let json = r#"{"name":"n","note":null,"parts":[{"count":1}]}"#;
        assert_eq!(told(wrong, json), "");
        assert_eq!(
            told(unusual, json),
            "expected a string in `parts[].title`, found nothing"
        );
        let json = r#"{"note":null}"#;
        assert_eq!(
            told(unusual, json),
            "expected a string in `note`, found `null`"
        );
    }
}
