//! How tables say which members an object has, and the walk that holds a value against one.

use crate::json::Value;
use crate::rules::quoting::quoted_value;

/// The members of an object; any others may stand beside them.
pub(super) type Form = &'static [Member];

/// One member of an object.
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    is_required: bool,
    is_nullable: bool,
}

/// What a member holds.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    /// A text that is not empty.
    Filled,
    /// One of these texts.
    Word(&'static [&'static str]),
    /// A whole number, not below zero.
    Count,
    Number,
    Flag,
    Object,
    List,
    /// An object with members of its own.
    Of(Form),
    /// An object whose members depend on its `type`; of a type that is not known nothing is asked.
    Typed(fn(&str) -> Option<Form>),
    /// A list of such objects.
    Each(fn(&str) -> Option<Form>),
    /// A list of objects with members of their own.
    All(Form),
    /// One of these texts, or an object that depends on its `type`.
    WordOrTyped(&'static [&'static str], fn(&str) -> Option<Form>),
    TextOrList,
}

/// A member that is always there.
pub(super) const fn must(name: &'static str, kind: Kind) -> Member {
    Member {
        name,
        kind,
        is_required: true,
        is_nullable: false,
    }
}

/// A member that may be absent.
pub(super) const fn may(name: &'static str, kind: Kind) -> Member {
    Member {
        is_required: false,
        ..must(name, kind)
    }
}

impl Member {
    /// The same, which may also be null.
    pub(super) const fn or_null(self) -> Self {
        Self {
            is_nullable: true,
            ..self
        }
    }

    /// Why a value does not fit, if it does not.
    fn misfit(&self, found: Option<&Value>) -> Option<String> {
        let fits = match found {
            None => !self.is_required,
            Some(Value::Null) => self.is_nullable,
            Some(value) => self.kind.fits(value),
        };
        let (name, expected) = (self.name, self.kind.description());
        let found = || quoted_value(found);
        (!fits).then(|| format!("expected `{name}` to be {expected}, found {}", found()))
    }

    /// Why a text is none of those that may stand here, if so.
    fn strange_word(&self, found: Option<&Value>) -> Option<String> {
        let text = found?.as_str()?;
        let (Kind::Word(known) | Kind::WordOrTyped(known, _)) = self.kind else {
            return None;
        };
        let name = self.name;
        (!known.contains(&text)).then(|| {
            format!(
                "expected `{name}` to be one of {}, found {}",
                known.join(", "),
                quoted_value(found)
            )
        })
    }
}

impl Kind {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text | Self::Word(_) => value.is_string(),
            Self::Filled => value.as_str().is_some_and(|text| !text.is_empty()),
            Self::Count => value.is_u64(),
            Self::Number => value.is_number(),
            Self::Flag => value.is_boolean(),
            Self::Object | Self::Of(_) => value.is_object(),
            Self::Typed(_) => is_typed(value),
            Self::List => value.is_array(),
            Self::Each(_) => value
                .as_array()
                .is_some_and(|items| items.iter().all(is_typed)),
            Self::All(_) => value
                .as_array()
                .is_some_and(|items| items.iter().all(Value::is_object)),
            Self::WordOrTyped(..) => value.is_string() || is_typed(value),
            Self::TextOrList => value.is_string() || value.is_array(),
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::Text | Self::Word(_) => "a text",
            Self::Filled => "a text that is not empty",
            Self::Count => "a whole number",
            Self::Number => "a number",
            Self::Flag => "true or false",
            Self::Object | Self::Of(_) => "an object",
            Self::Typed(_) => "an object with a `type`",
            Self::List => "a list",
            Self::Each(_) => "a list of objects with a `type`",
            Self::All(_) => "a list of objects",
            Self::WordOrTyped(..) => "a text or an object with a `type`",
            Self::TextOrList => "a text or a list",
        }
    }
}

fn is_typed(value: &Value) -> bool {
    value.get("type").is_some_and(Value::is_string)
}

/// The first member that is lost or of another type than documented.
pub(super) fn misfit(form: Form, value: &Value) -> Option<String> {
    first(form, value, &Member::misfit)
}

/// The first word that is not documented.
pub(super) fn strange_word(form: Form, value: &Value) -> Option<String> {
    first(form, value, &Member::strange_word)
}

type Doubt = dyn Fn(&Member, Option<&Value>) -> Option<String>;

fn first(form: Form, value: &Value, doubt: &Doubt) -> Option<String> {
    form.iter().find_map(|member| {
        let found = value.get(member.name);
        doubt(member, found).or_else(|| within(member.kind, found?, doubt))
    })
}

fn within(kind: Kind, value: &Value, doubt: &Doubt) -> Option<String> {
    let typed = |form_of: fn(&str) -> Option<Form>, value: &Value| {
        let form = form_of(value.get("type")?.as_str()?)?;
        first(form, value, doubt)
    };
    match kind {
        Kind::Of(form) => value
            .is_object()
            .then(|| first(form, value, doubt))
            .flatten(),
        Kind::Typed(form_of) | Kind::WordOrTyped(_, form_of) => typed(form_of, value),
        Kind::Each(form_of) => {
            let mut items = value.as_array()?.iter();
            items.find_map(|item| typed(form_of, item))
        }
        Kind::All(form) => {
            let mut items = value.as_array()?.iter();
            items.find_map(|item| first(form, item, doubt))
        }
        Kind::Text
        | Kind::Filled
        | Kind::Word(_)
        | Kind::Count
        | Kind::Number
        | Kind::Flag
        | Kind::Object
        | Kind::List
        | Kind::TextOrList => None,
    }
}
