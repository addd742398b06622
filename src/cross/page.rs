//! The tables of `docs/cross.md`, from the data by which answers are compared.

use std::fmt::Write as _;

use super::answer::name;
use super::counts::{COUNTS, Counted};
use super::gap::Aspect;
use super::question::QUESTIONS;
use super::stops::{Content, STOPS};

/// The end of the page. The rest of it is written by hand.
pub fn tables() -> String {
    let mut out = String::from("## Questions\n\n| question | what it tries |\n| --- | --- |\n");
    // Writing to a string cannot fail.
    for question in QUESTIONS {
        let _ = writeln!(out, "| `{}` | {} |", question.name, question.about);
    }
    out += "\n## What is compared\n\n| aspect | how much a difference weighs |\n| --- | --- |\n";
    for aspect in Aspect::ALL {
        let _ = writeln!(out, "| `{}` | {} |", aspect.name(), aspect.weighs());
    }
    out += "\n## Why an answer ended\n\nTwo answers agree where their words can mean the same.\n\n\
            | protocol | word | in an answer with | means | source |\n\
            | --- | --- | --- | --- | --- |\n";
    for row in STOPS {
        let content = row.content.map_or("anything", |content| match content {
            Content::Words => "words",
            Content::Calls => "calls",
            Content::Refusal => "a refusal",
        });
        let _ = writeln!(
            out,
            "| {} | `{}` | {content} | {} | {} |",
            name(row.protocol),
            row.said,
            row.told(),
            row.source
        );
    }
    out += "\n## What usage counts\n\nJSON pointers into the usage object, added up.\n\n\
            | protocol | tokens | members | source |\n| --- | --- | --- | --- |\n";
    for row in COUNTS {
        let counted = match row.counted {
            Counted::Input => "input",
            Counted::CacheRead => "read from a cache",
            Counted::CacheWritten => "written to a cache",
            Counted::Output => "output",
            Counted::Reasoning => "reasoning",
            Counted::Total => "total",
        };
        let members: Vec<_> = row.members.iter().map(|one| format!("`{one}`")).collect();
        let _ = writeln!(
            out,
            "| {} | {counted} | {} | {} |",
            name(row.protocol),
            members.join(" + "),
            row.source
        );
    }
    out
}
