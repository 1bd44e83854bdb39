//! Texts of users, made fit for a mail.

/// A mail has no more characters of one text. File names are shorter.
const LONGEST: usize = 255;

/// [`plain`], and not longer than anybody reads.
pub(super) fn short(text: &str) -> String {
    let text = plain(text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Without control characters, and without those that turn the direction of what stands beside
/// them (Unicode TR9), so that a text says only what it seems to say.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|&c| !c.is_control() && !turns(c))
        .collect()
}

fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_controls_is_taken_out_and_the_rest_stays() {
        let text = "a\r\nBcc: x@y\u{0}\u{85}\u{202e}gpj.\u{2066}\u{2069}\u{2028}é €";
        assert_eq!(plain(text), "aBcc: x@ygpj.é €");
    }

    #[test]
    fn what_is_too_long_is_cut_and_shows_it() {
        let most = "é".repeat(LONGEST);
        assert_eq!(short(&most), most);
        assert_eq!(short(&format!("{most}é")), format!("{most}…"));
    }
}
