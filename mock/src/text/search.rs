//! Messages: an answer that searched the web or read a document, and says where it has its words
//! from. The search is the service's own tool: its call and its result are blocks of one answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::arguments;
use super::compose::{Speaker, text_block, tokens_of};
use super::dice::{ALPHANUMERIC, Dice};
use super::{Block, Dialect, Prompt, ToolChoice};

/// The longest passage that a citation repeats. Characters.
const LONGEST_PASSAGE: usize = 120;

/// The blocks of an answer with sources. None where the request asks for none, wants something that
/// does not go with them, or leaves no room for them.
pub(super) fn blocks(speaker: &mut Speaker<'_>) -> Option<Vec<Block>> {
    let prompt = speaker.prompt;
    if prompt.dialect != Dialect::AnthropicMessages
        || prompt.json
        || !prompt.tools.is_empty()
        || !prompt.stop_sequences.is_empty()
    {
        return None;
    }
    let (mut blocks, room, wanted) = speaker.opening();
    let before = blocks.len();
    let mut dice = Dice::new(speaker.seed, "search");
    let citation = match cited_document(prompt, &mut dice) {
        Some(citation) => citation,
        None if searches(prompt) => search(speaker, &mut dice, &mut blocks),
        None => return None,
    };
    let left = wanted.saturating_sub(tokens_of(&blocks[before..])).max(2);
    let cited = 1 + dice.below(left - 1);
    blocks.push(Block::Text {
        pieces: speaker.prose("cited", cited, &[]).0,
        citations: vec![citation],
    });
    if left > cited {
        blocks.push(text_block(speaker.prose("text", left - cited, &[]).0));
    }
    (tokens_of(&blocks[before..]) <= room).then_some(blocks)
}

/// The tool's type carries its version.
pub(super) fn is_search(tool: &Value) -> bool {
    tool["type"]
        .as_str()
        .is_some_and(|kind| kind.starts_with("web_search_"))
}

fn searches(prompt: &Prompt) -> bool {
    let offered = prompt.body["tools"].as_array();
    prompt.tool_choice == ToolChoice::Auto
        && offered.is_some_and(|tools| tools.iter().any(is_search))
}

/// Adds the call and its result; gives the citation of one of the pages found.
fn search(speaker: &Speaker<'_>, dice: &mut Dice, blocks: &mut Vec<Block>) -> Value {
    let id = format!("srvtoolu_01{}", dice.letters(ALPHANUMERIC, 22));
    let query = json!({"query": speaker.prose("query", 4, &[]).0.concat()}).to_string();
    let pages: Vec<Value> = (0..2 + dice.below(3))
        .map(|at| {
            let title = speaker.prose(&format!("title {at}"), 4, &[]).0.concat();
            json!({
                "type": "web_search_result",
                "title": title,
                "url": format!("https://example.com/{}", dice.letters(ALPHANUMERIC, 8)),
                "encrypted_content": STANDARD.encode(dice.bytes(120)),
                "page_age": if dice.one_in(2) { json!("May 11, 2026") } else { Value::Null },
            })
        })
        .collect();
    let page = dice.pick(&pages).cloned().unwrap_or_default();
    let passage = speaker.prose("passage", 12, &[]).0.concat();
    blocks.push(Block::ServerCall {
        id: id.clone(),
        name: "web_search".to_owned(),
        pieces: arguments::pieces(&query, dice),
    });
    blocks.push(Block::ServerResult {
        id,
        content: Value::Array(pages),
    });
    json!({
        "type": "web_search_result_location",
        "cited_text": passage,
        "url": page["url"],
        "title": page["title"],
        "encrypted_index": STANDARD.encode(dice.bytes(60)),
    })
}

/// A passage of the first plain-text document that wants citations.
fn cited_document(prompt: &Prompt, dice: &mut Dice) -> Option<Value> {
    let messages = prompt.body["messages"].as_array()?.iter();
    let blocks = messages.filter_map(|message| message["content"].as_array());
    let documents = blocks.flatten().filter(|block| block["type"] == "document");
    let (index, document) = documents
        .enumerate()
        .find(|(_, document)| document["citations"]["enabled"] == true)?;
    let text: Vec<char> = document["source"]["data"].as_str()?.chars().collect();
    if document["source"]["type"] != "text" || text.is_empty() {
        return None;
    }
    let start = dice.below(text.len());
    let end = text.len().min(start + 1 + dice.below(LONGEST_PASSAGE));
    let passage: String = text.get(start..end)?.iter().collect();
    Some(json!({
        "type": "char_location",
        "cited_text": passage,
        "document_index": index,
        "document_title": document["title"],
        "start_char_index": start,
        "end_char_index": end,
        "file_id": null,
    }))
}
