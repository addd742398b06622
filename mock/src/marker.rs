//! Words in a prompt that make the replica do on purpose what a model does rarely. They are looked
//! for in what is asked (`messages`, `input`, `contents`, a picture's or clip's `prompt`), never in
//! instructions or tools.

/// The request is refused.
///
/// Pictures and clips: by a safety check, with the status that the contract names (C-27); nothing
/// is booked. Text: by the model, in the words of the protocol (`stop_reason: "refusal"`, the
/// `refusal` of a message or of a content part, `finishReason: "SAFETY"`). Such an answer is a
/// success with tokens of its own, and is charged for them like any other.
pub const REFUSE: &str = "[[refuse]]";

/// A text prompt is blocked before a model sees it. Gemini says so in a success without candidates
/// (`promptFeedback.blockReason`), the other protocols with the status that the contract names
/// (C-27). Nothing is booked: the pages promise that a refusal of the prompt is free.
pub const BLOCK: &str = "[[block]]";

/// Messages: the first thoughts of an answer that thinks come as a `redacted_thinking` block.
pub const REDACT: &str = "[[redact]]";
