//! Stream faults in the stream of a task, whose events come one by one as time goes by.

use super::frame_edits as edit;
use crate::fault::Fault;
use crate::script::{Frame, FrameKind};
use crate::text::spoil::StreamFault;

/// One fault at most, and what it has done so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Spoiled {
    fault: Option<StreamFault>,
    /// The stream's error event comes instead of its second event, or its only one.
    fails: bool,
    /// Events that came by.
    seen: u32,
    /// Held back, to come after its successor.
    kept: Option<Frame>,
    over: bool,
}

impl Spoiled {
    pub(super) fn new(faults: &[Fault]) -> Self {
        let fault = faults.iter().find_map(|fault| fault.of_stream());
        Self {
            fault,
            fails: faults.contains(&Fault::ErrorMidStream),
            ..Self::default()
        }
    }

    /// Nothing more is said, whatever becomes of the task.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// What is said instead of `event`; `earlier` is the event of the state before.
    pub(super) fn say(&mut self, event: Frame, earlier: Option<Frame>, said: &mut Vec<Frame>) {
        if self.over {
            return;
        }
        let is_first = self.seen == 0;
        let is_last = event.kind == FrameKind::Terminal;
        self.seen += 1;
        if self.fails && (is_last || !is_first) {
            self.over = true;
            said.push(failure());
            return;
        }
        let edited = self.fault.filter(|_| is_first || is_last);
        let edited = edited.and_then(|fault| changed(fault, &event, is_first));
        let event = edited.unwrap_or(event);
        match self.fault {
            Some(StreamFault::SwapEvents) if !is_last => said.extend(self.kept.replace(event)),
            Some(StreamFault::EarlyEnd) if !is_last => {
                said.push(event);
                self.over = true;
            }
            Some(StreamFault::DropFirstEvent) if is_first && !is_last => {}
            Some(StreamFault::Crlf) => said.push(edit::crlf(&event)),
            Some(StreamFault::SplitBytes) => said.extend(edit::split(&event)),
            Some(fault) if is_last => self.say_last(fault, event, earlier, said),
            Some(_) | None => said.push(event),
        }
    }

    /// The terminal state's event and what belongs around it.
    fn say_last(
        &mut self,
        fault: StreamFault,
        event: Frame,
        earlier: Option<Frame>,
        said: &mut Vec<Frame>,
    ) {
        let (before, after) = match fault {
            StreamFault::DropEvent | StreamFault::MissingTerminator => return,
            StreamFault::DoubleEvent => (None, Some(event.clone())),
            StreamFault::SwapEvents => (None, self.kept.take()),
            StreamFault::EventAfterEnd => (None, earlier),
            StreamFault::EmptyData => (Some("event: task.updated\ndata:\n\n"), None),
            StreamFault::CommentFrame => (Some(": still here\n\n"), None),
            StreamFault::KeepaliveFrame => (Some("event: ping\ndata: {}\n\n"), None),
            // The others were seen to before, or mean nothing: a task's events have no indexes, no
            // counts of tokens, no parts that are closed and no roles.
            StreamFault::DropFirstEvent
            | StreamFault::EarlyEnd
            | StreamFault::TruncatedUtf8
            | StreamFault::WrongIndex
            | StreamFault::WrongId
            | StreamFault::WrongType
            | StreamFault::Crlf
            | StreamFault::SplitBytes
            | StreamFault::WrongUsage
            | StreamFault::MissingUsage
            | StreamFault::MissingBlankLine
            | StreamFault::BadJson
            | StreamFault::MissingStop
            | StreamFault::WrongRole
            | StreamFault::Bom => (None, None),
        };
        said.extend(before.map(edit::plumbing));
        said.push(event);
        said.extend(after);
    }
}

type Change = fn(&Frame) -> Option<Frame>;

/// Faults in what the first event says or in how it is written.
const CHANGES: [(StreamFault, Change); 5] = [
    (StreamFault::TruncatedUtf8, edit::broken_character),
    (StreamFault::BadJson, edit::without_last_brace),
    (StreamFault::MissingBlankLine, edit::without_blank_line),
    (StreamFault::Bom, edit::with_mark),
    (StreamFault::WrongType, |event| {
        edit::rewritten(event, |task| task["status"] = 1.into())
    }),
];

/// The stream's first event, or its last one, with something wrong in it.
fn changed(fault: StreamFault, event: &Frame, is_first: bool) -> Option<Frame> {
    if fault == StreamFault::WrongId && event.kind == FrameKind::Terminal {
        return edit::rewritten(event, |task| {
            let id = task["task_id"].as_str().unwrap_or_default();
            task["task_id"] = format!("{id}X").into();
        });
    }
    let (_, change) = CHANGES
        .iter()
        .find(|(known, _)| *known == fault && is_first)?;
    change(event)
}

/// What the stream says when it fails; its form is not documented, this is that of the other
/// streams of its family.
fn failure() -> Frame {
    let text = concat!(
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"server_error\",",
        "\"code\":\"upstream_error\",\"message\":\"the stream of states failed\",",
        "\"param\":null}}\n\n"
    );
    Frame {
        kind: FrameKind::Terminal,
        ..edit::plumbing(text)
    }
}
