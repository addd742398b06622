//! What the members of an object hold, as tables that several rules read, and the walk over them.
//!
//! A table says what a vendor documents of one kind of object. Members that it does not have are
//! passed over: vendors add some at any time. One that is a slip of the pen away from a documented
//! one that is missing is told apart from those.
//!
//! A rule asks a question of every documented place ([`first`]): whether the value is of the
//! kind that the table says ([`wrong`]), whether its word is a known one ([`strange`]), and so
//! on. `protocol::shape` is no table of this sort: it lists all that is known, for counting what
//! is not, also where no rule looks, and says nothing of kinds.

mod slip;

use crate::json::{Object, Value};

use super::quoting::quoted_value;
pub(crate) use slip::{misspelt, misspelt_value};

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
    /// A whole number, below zero or not.
    Whole,
    Number,
    /// A number from the one to the other.
    Between(f64, f64),
    Flag,
    List(&'static Kind),
    /// A list that is left out where it would be empty.
    FilledList(&'static Kind),
    /// A list that is judged elsewhere, as is what its elements are; their members are these.
    Items(Members),
    Object(Members),
    /// Objects of several kinds, told apart by their `type`; of other types nothing is known.
    Typed(&'static [(&'static str, Members)]),
    /// The same, with what all other types have.
    TypedOr(&'static [(&'static str, Members)], Members),
    /// The one, or else the other.
    Either(&'static Kind, &'static Kind),
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

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    pub(crate) const fn or_unseen_null(mut self) -> Self {
        self.null = Null::Unseen;
        self
    }
}

/// What is wrong, and where; the place is put together on the way back.
pub(crate) struct Misfit {
    path: String,
    expected: String,
    found: String,
}

impl Misfit {
    pub(crate) fn here(expected: impl Into<String>, found: String) -> Self {
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

/// What the walk comes upon.
pub(crate) enum Met<'a> {
    /// A documented member is not there.
    Missing(&'static Member),
    /// It is null, and may be.
    Null(&'static Member),
    /// A value that is documented to be of that kind.
    Value(&'static Kind, &'a Value),
    /// An object of known members, after all that is in them.
    Object(&'a Object, Members),
}

/// What a question finds: the first misfit of what the walk comes upon.
pub(crate) trait Question: Fn(&Met<'_>) -> Option<Misfit> {}
impl<F: Fn(&Met<'_>) -> Option<Misfit>> Question for F {}

/// The first thing that a question finds in an object, told; outer values before those within.
pub(crate) fn first(owner: &Value, members: Members, question: impl Question) -> Option<String> {
    in_members(owner, members, &question).map(Misfit::told)
}

/// The same of a value that is no object of known members itself.
pub(crate) fn first_of(
    value: &Value,
    kind: &'static Kind,
    question: impl Question,
) -> Option<String> {
    in_value(value, kind, &question).map(Misfit::told)
}

fn in_members(value: &Value, members: Members, question: &impl Question) -> Option<Misfit> {
    let of_member = |member: &'static Member| {
        let misfit = match value.get(member.name) {
            None => question(&Met::Missing(member)),
            Some(Value::Null) if member.null != Null::Never => question(&Met::Null(member)),
            Some(value) => in_value(value, &member.kind, question),
        };
        misfit.map(|misfit| misfit.within(member.name))
    };
    let misfit = members.iter().find_map(of_member);
    // Of an object of which nothing is known the members are somebody's own.
    let object = value.as_object().filter(|_| !members.is_empty());
    misfit.or_else(|| question(&Met::Object(object?, members)))
}

fn in_value(value: &Value, kind: &'static Kind, question: &impl Question) -> Option<Misfit> {
    let misfit = question(&Met::Value(kind, value));
    if misfit.is_some() || value.is_null() {
        return misfit;
    }
    match kind {
        Kind::Items(members) => {
            let mut items = value.as_array()?.iter();
            let misfit = items.find_map(|item| in_members(item, members, question))?;
            Some(misfit.within("[]"))
        }
        Kind::List(inner) | Kind::FilledList(inner) => {
            let mut items = value.as_array()?.iter();
            let misfit = items.find_map(|item| in_value(item, inner, question))?;
            Some(misfit.within("[]"))
        }
        Kind::Object(members) => in_members(value, members, question),
        Kind::Typed(_) | Kind::TypedOr(..) => in_members(value, kind.members_of(value)?, question),
        Kind::Either(one, other) => {
            let it = if one.holds(value) { one } else { other };
            in_value(value, it, question)
        }
        Kind::Any | Kind::Text | Kind::Filled | Kind::Word(_) => None,
        Kind::Count | Kind::Whole | Kind::Number | Kind::Between(..) | Kind::Flag => None,
    }
}

impl Kind {
    /// Whether a value is of this kind, what is in it aside.
    pub(crate) fn holds(&self, value: &Value) -> bool {
        match self {
            Self::Any | Self::Items(_) => true,
            Self::Text | Self::Word(_) => value.is_string(),
            Self::Filled => value.as_str().is_some_and(|text| !text.is_empty()),
            Self::Count => value.is_u64(),
            Self::Whole => value.is_i64() || value.is_u64(),
            Self::Number => value.is_number(),
            Self::Between(least, most) => {
                let number = value.as_f64().filter(|_| value.is_number());
                number.is_some_and(|number| (*least..=*most).contains(&number))
            }
            Self::Flag => value.is_boolean(),
            Self::List(_) => value.is_array(),
            Self::FilledList(_) => value.as_array().is_some_and(|list| !list.is_empty()),
            Self::Object(_) => value.is_object(),
            Self::Typed(_) | Self::TypedOr(..) => !type_of(value).is_empty(),
            Self::Either(one, other) => one.holds(value) || other.holds(value),
        }
    }

    fn words(&self) -> String {
        let words = match self {
            Self::Any => "a value",
            Self::Text | Self::Word(_) => "a string",
            Self::Filled => "a non-empty string",
            Self::Count | Self::Whole => "a whole number",
            Self::Number => "a number",
            Self::Between(least, most) => return format!("a number from {least} to {most}"),
            Self::Flag => "true or false",
            Self::List(_) | Self::Items(_) => "a list",
            Self::FilledList(_) => "a list that is not empty",
            Self::Object(_) => "an object",
            Self::Typed(_) | Self::TypedOr(..) => "an object with a `type`",
            Self::Either(one, other) => return format!("{} or {}", one.words(), other.words()),
        };
        words.to_owned()
    }

    /// The members of an object of this kind, by its `type`.
    fn members_of(&self, value: &Value) -> Option<Members> {
        let (kinds, others) = match self {
            Self::Typed(kinds) => (*kinds, None),
            Self::TypedOr(kinds, others) => (*kinds, Some(*others)),
            Self::Any | Self::Text | Self::Filled | Self::Word(_) | Self::Count => return None,
            Self::Whole | Self::Number | Self::Between(..) | Self::Flag => return None,
            Self::List(_) => return None,
            Self::FilledList(_) | Self::Items(_) | Self::Object(_) => return None,
            Self::Either(..) => return None,
        };
        let word = type_of(value);
        let known = kinds.iter().find(|(name, _)| *name == word);
        known.map(|(_, members)| *members).or(others)
    }

    /// That a value is not of this kind.
    pub(crate) fn misfit(&self, value: &Value) -> Option<Misfit> {
        (!self.holds(value)).then(|| Misfit::here(self.words(), quoted_value(Some(value))))
    }
}

fn type_of(value: &Value) -> &str {
    let word = value.get("type").and_then(Value::as_str);
    word.unwrap_or_default()
}

/// The first required member that is missing, or member of another type.
pub(crate) fn wrong(owner: &Value, members: Members) -> Option<String> {
    first(owner, members, is_wrong)
}

/// The same of a value that is no object of known members itself.
pub(crate) fn wrong_value(value: &Value, kind: &'static Kind) -> Option<String> {
    first_of(value, kind, is_wrong)
}

fn is_wrong(met: &Met<'_>) -> Option<Misfit> {
    match met {
        Met::Missing(member) if member.need == Need::Required => Some(missing(member)),
        Met::Value(kind, value) => kind.misfit(value),
        Met::Missing(_) | Met::Null(_) | Met::Object(..) => None,
    }
}

fn missing(member: &Member) -> Misfit {
    Misfit::here(member.kind.words(), "nothing".to_owned())
}

/// The first word that is not among those of its table.
pub(crate) fn strange(owner: &Value, members: Members) -> Option<String> {
    first(owner, members, |met| {
        let Met::Value(Kind::Word(known), value) = met else {
            return None;
        };
        let is_strange = value.as_str().is_some_and(|word| !known.contains(&word));
        let expected = || format!("one of {}", known.join(", "));
        is_strange.then(|| Misfit::here(expected(), quoted_value(Some(value))))
    })
}

/// The first member that is missing or null though no recording shows it so.
pub(crate) fn unusual(owner: &Value, members: Members) -> Option<String> {
    first(owner, members, is_unusual)
}

/// The same of a value that is no object of known members itself.
pub(crate) fn unusual_value(value: &Value, kind: &'static Kind) -> Option<String> {
    first_of(value, kind, is_unusual)
}

fn is_unusual(met: &Met<'_>) -> Option<Misfit> {
    match met {
        Met::Missing(member) if member.need == Need::Usual => Some(missing(member)),
        Met::Null(member) if member.null == Null::Unseen => {
            Some(Misfit::here(member.kind.words(), "`null`".to_owned()))
        }
        Met::Missing(_) | Met::Null(_) | Met::Value(..) | Met::Object(..) => None,
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
