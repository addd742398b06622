//! Shell commands, streamed one by one.

use super::reading::{ITEM_DONE, item_of, spoken, word};
use crate::json::Value;
use crate::protocol::openai_responses::State;
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Transition, Verdict};

macro_rules! command {
    ($type:literal, $number:literal, $members:literal) => {
        record!($type, $number, r#""output_index":0"#, $members)
    };
}

macro_rules! shell {
    ($commands:literal) => {
        concat!(
            r#"{"id":"sh_1","type":"shell_call","call_id":"call_1","status":"completed","#,
            r#""action":{"commands":["#,
            $commands,
            "]}}"
        )
    };
}

macro_rules! shell_written {
    () => {
        concat!(
            start!(),
            item_added!(
                2,
                0,
                concat!(
                    r#"{"id":"sh_1","type":"shell_call","call_id":"call_1","#,
                    r#""status":"in_progress","action":{"commands":[]}}"#
                )
            ),
            command!(
                "response.shell_call_command.added",
                3,
                r#""command_index":0,"command":"""#
            ),
            command!(
                "response.shell_call_command.delta",
                4,
                r#""command_index":0,"delta":"ls""#
            )
        )
    };
}

pub(super) static RULE: Rule = Rule {
    id: "OAR-090",
    name: "responses-shell-command",
    severity: Severity::Must,
    source: "OpenAI's JavaScript client; recorded shell calls",
    explanation: "The commands of a shell call are added in order, `command_index` from 0; each is \
                  what its deltas add up to, and the finished item holds the same. The client runs \
                  them on a machine of its own.",
    violations: &[
        stream!(
            shell_written!(),
            command!(
                "response.shell_call_command.done",
                5,
                r#""command_index":0,"command":"rm""#
            )
        ),
        stream!(
            shell_written!(),
            command!(
                "response.shell_call_command.added",
                5,
                r#""command_index":2,"command":"""#
            )
        ),
        stream!(
            shell_written!(),
            command!(
                "response.shell_call_command.done",
                5,
                r#""command_index":0,"command":"ls""#
            ),
            item_done!(6, 0, shell!("\"rm\""))
        ),
    ],
    conforming: &[stream!(
        shell_written!(),
        command!(
            "response.shell_call_command.done",
            5,
            r#""command_index":0,"command":"ls""#
        ),
        item_done!(6, 0, shell!("\"ls\"")),
        completed!(7, shell!("\"ls\""), usage!())
    )],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.output_item.added\ndata: {\"type\":\"response.output_item.added\","#,
        r#"\"sequence_number\":2,\"output_index\":0,\"item\":{\"id\":\"h\","#,
        r#"\"type\":\"shell_call\",\"status\":\"in_progress\",\"action\":{},"#,
        r#"\"call_id\":\"c\"}}\n\nevent: response.shell_call_command.added\ndata: "#,
        r#"{\"type\":\"response.shell_call_command.added\",\"sequence_number\":3,"#,
        r#"\"output_index\":0,\"command_index\":1,\"command\":\"\"}\n\nevent: "#,
        r#"response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::Types("response.shell_call_command."), ITEM_DONE],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let Some(item) = item_of(seen, value).filter(|item| item.kind == "shell_call") else {
        return Verdict::Silent;
    };
    let commands = &item.steps.commands;
    if kind == "response.output_item.done" {
        return all_kept(
            value,
            commands.iter().map(|one| (one.is_cut, one.text.as_str())),
        );
    }
    let Some(step) = kind.strip_prefix("response.shell_call_command.") else {
        return Verdict::Silent;
    };
    let index = value.get("command_index");
    if step == "added" {
        let expected = commands.len();
        return Verdict::when(
            index.and_then(Value::as_u64) == Some(expected as u64),
            || {
                let found = quoted_value(index);
                format!("expected `command_index` `{expected}` for a new command, found {found}")
            },
        );
    }
    let Some(command) = item.steps.command_of(value) else {
        let found = quoted_value(index);
        return Verdict::fail(format!(
            "expected the `command_index` of a command that was added, found {found}"
        ));
    };
    if command.is_done {
        return Verdict::fail(format!("expected no {} after the command", quoted(kind)));
    }
    match (step, word(value, "command")) {
        ("done", Some(found)) if !command.is_cut => Verdict::when(found == command.text, || {
            let (text, found) = (quoted(&command.text), quoted(found));
            format!("expected the command {text} that was streamed, found {found}")
        }),
        _ => Verdict::Silent,
    }
}

fn all_kept<'a>(value: &Value, told: impl Iterator<Item = (bool, &'a str)>) -> Verdict {
    let found = value
        .pointer("/item/action/commands")
        .and_then(Value::as_array);
    let mut verdict = Verdict::Silent;
    for (index, (is_cut, text)) in told.enumerate() {
        let found = found.and_then(|commands| commands.get(index));
        if !is_cut && found.and_then(Value::as_str) != Some(text) {
            return Verdict::fail(format!(
                "expected command `{index}` of the finished call to be {}, found {}",
                quoted(text),
                quoted_value(found)
            ));
        }
        verdict = Verdict::Pass;
    }
    verdict
}
