//! The values of one row, and where they stand.

/// Beyond any model's window, as for prompts.
const MOST_TOKENS: u32 = 2_000_000;

/// A value of a row and where it stands, from and to, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

/// Where a member's value stands.
pub(super) fn value_of(text: &str, name: &str) -> usize {
    let name = format!("\"{name}\"");
    let after = text.find(&name).map_or(0, |at| at + name.len());
    let is_between = |c: char| c == ':' || c.is_whitespace();
    text.len() - text[after..].trim_start_matches(is_between).len()
}

/// A count; spreadsheets write `374.0`.
pub(super) fn tokens(text: &str) -> Result<u32, String> {
    let text = text.trim();
    let whole = text.split_once('.').map_or(text, |(whole, fraction)| {
        let is_zero = !fraction.is_empty() && fraction.chars().all(|c| c == '0');
        if is_zero { whole } else { "" }
    });
    let count = whole
        .chars()
        .all(|c| c.is_ascii_digit())
        .then(|| whole.parse::<u32>().ok());
    match count.flatten() {
        Some(count) if count <= MOST_TOKENS => Ok(count),
        Some(_) => Err(format!("at most {MOST_TOKENS} tokens are allowed")),
        None => Err("expected a whole number of tokens".to_owned()),
    }
}

/// Fields between commas, those in quotes without them. A quote within a quoted field is written
/// twice and stays so: no column that matters has any.
pub(super) fn split(line: &str) -> Vec<Cell<'_>> {
    let mut cells = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, byte) in line.bytes().chain([b',']).enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted || at == line.len() => {
                cells.push(cell(line, start, at));
                start = at + 1;
            }
            _ => {}
        }
    }
    cells
}

fn cell(line: &str, start: usize, end: usize) -> Cell<'_> {
    let field = &line[start..end];
    let text = field.trim_start();
    let mut at = start + field.len() - text.len();
    let mut text = text.trim_end();
    if text.len() >= 2 && text.starts_with('"') && text.ends_with('"') {
        text = &text[1..text.len() - 1];
        at += 1;
    }
    Cell { text, at }
}
