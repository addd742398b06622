//! What a peer said, fit for one line of a terminal or a table.

/// Characters that are shown of it.
const LONGEST: usize = 300;

/// The text without control characters, which could move a cursor or forge a line, and cut where it
/// is too long to be read.
pub(super) fn in_a_line(text: &str) -> String {
    let mut line: String = text
        .chars()
        .take(LONGEST)
        .map(|c| if c.is_control() { '·' } else { c })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        line.push('…');
    }
    line
}

/// The same, whole: for what is of use only so, and has a length of its own.
pub(super) fn all_in_a_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '·' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_peer_says_leaves_its_line_or_fills_the_screen() {
        assert_eq!(in_a_line("as it is: é"), "as it is: é");
        assert_eq!(in_a_line("\u{1b}[2J\r\nPASS"), "·[2J··PASS");
        let long = in_a_line(&"é".repeat(1_000_000));
        assert_eq!((long.chars().count(), long.ends_with('…')), (301, true));
    }
}
