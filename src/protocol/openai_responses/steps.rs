//! What hosted tools have told of their work: phases, pictures and shell commands.

use crate::json::Value;

use super::item::{Item, KEPT_ITEMS};
use super::member::{number, word};
use super::state::State;

/// Phases kept of one item; its life has three.
const KEPT_PHASES: usize = 8;
/// Bytes kept of one command.
const KEPT_COMMAND: usize = 1 << 16;

/// An item's work as its events have told it.
#[derive(Debug, Default)]
pub struct Steps {
    /// In the order in which they came.
    pub phases: Vec<Phase>,
    /// Previews of a picture so far.
    pub pictures: u64,
    pub commands: Vec<Command>,
    /// The arguments with which an approval was first asked for.
    pub asked: Option<String>,
}

/// How far a hosted tool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Begun,
    /// `searching`, `interpreting` or `generating`.
    Working,
    Completed,
    Failed,
}

impl Phase {
    /// Of an event: the type of item that it is about, and the phase. `None`: it tells none.
    pub fn of(event: &str) -> Option<(&str, Self)> {
        // Most events are pieces of a text, whose names end otherwise.
        if !matches!(event.as_bytes(), [.., b's' | b'g' | b'd']) {
            return None;
        }
        let (item, phase) = event.strip_prefix("response.")?.rsplit_once('.')?;
        let is_hosted = matches!(
            item,
            "web_search_call"
                | "file_search_call"
                | "code_interpreter_call"
                | "image_generation_call"
                | "mcp_list_tools"
                | "mcp_call"
        );
        let phase = match phase {
            "in_progress" => Self::Begun,
            "searching" | "interpreting" | "generating" => Self::Working,
            "completed" => Self::Completed,
            "failed" => Self::Failed,
            _ => return None,
        };
        is_hosted.then_some((item, phase))
    }

    pub fn is_last(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

/// A command of a shell call.
#[derive(Debug, Default)]
pub struct Command {
    pub text: String,
    pub is_done: bool,
    pub is_cut: bool,
}

impl State {
    /// Takes in what an event tells of a hosted tool; most tell nothing.
    pub(super) fn follow(&mut self, kind: &str, value: &Value) {
        let phase = Phase::of(kind).map(|(_, phase)| phase);
        let is_picture = kind == "response.image_generation_call.partial_image";
        let command = kind.strip_prefix("response.shell_call_command.");
        if phase.is_none() && !is_picture && command.is_none() {
            return;
        }
        let index = number(value, "output_index");
        let mut items = self.items.iter_mut().rev();
        let Some(item) = items.find(|item| Some(item.output_index) == index) else {
            return;
        };
        if let Some(phase) = phase.filter(|_| item.steps.phases.len() < KEPT_PHASES) {
            item.steps.phases.push(phase);
        }
        item.steps.pictures += u64::from(is_picture);
        if let Some(step) = command {
            item.steps.command(step, value);
        }
    }
}

impl Steps {
    pub(super) fn of(item: &Value) -> Self {
        let is_request = word(item, "type") == Some("mcp_approval_request");
        let asked = word(item, "arguments").filter(|text| is_request && text.len() < KEPT_COMMAND);
        Self {
            asked: asked.map(str::to_owned),
            ..Self::default()
        }
    }

    /// The command that an event is about.
    pub fn command_of(&self, value: &Value) -> Option<&Command> {
        let index = usize::try_from(number(value, "command_index")?).ok()?;
        self.commands.get(index)
    }

    fn command(&mut self, step: &str, value: &Value) {
        if step == "added" {
            if self.commands.len() < KEPT_ITEMS {
                let mut command = Command::default();
                command.take(word(value, "command").unwrap_or_default());
                self.commands.push(command);
            }
            return;
        }
        let index = number(value, "command_index").and_then(|index| usize::try_from(index).ok());
        let Some(command) = index.and_then(|index| self.commands.get_mut(index)) else {
            return;
        };
        match step {
            "delta" => command.take(word(value, "delta").unwrap_or_default()),
            "done" => command.is_done = true,
            _ => {}
        }
    }
}

impl Command {
    fn take(&mut self, piece: &str) {
        if self.text.len() + piece.len() > KEPT_COMMAND {
            self.is_cut = true;
        } else {
            self.text.push_str(piece);
        }
    }
}

impl Item {
    /// The phase that was told last.
    pub fn phase(&self) -> Option<Phase> {
        self.steps.phases.last().copied()
    }
}
