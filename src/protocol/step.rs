//! A request's role in its call.

/// A request's role in its call.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The only request, or the first.
    Call,
    /// A later turn of a session.
    Turn,
    Submit,
    Resubmit,
    Query,
    Cancel,
    Watch,
    Download,
    List,
    Update,
    Deliveries,
    Delete,
    Reveal,
}

impl Step {
    pub fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Turn => "turn",
            Self::Submit => "submit",
            Self::Resubmit => "resubmit",
            Self::Query => "query",
            Self::Cancel => "cancel",
            Self::Watch => "watch",
            Self::Download => "download",
            Self::List => "list",
            Self::Update => "update",
            Self::Deliveries => "deliveries",
            Self::Delete => "delete",
            Self::Reveal => "reveal",
        }
    }
}
