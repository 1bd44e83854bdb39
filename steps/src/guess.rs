/// Less like a name than this, a text was hardly meant to be it. Found by trying: `floyd` is told
/// `floyd-steinberg`, and `nothing` is told nothing.
const LIKE_ENOUGH: f64 = 0.75;
/// In bytes; no name is longer, and comparing would take long.
const LONGEST: usize = 64;

/// The end of a sentence about an unknown name: `; did you mean …?`, or nothing when none of `names`
/// is near.
pub fn guess<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    if text.len() > LONGEST {
        return String::new();
    }
    let text = text.to_ascii_lowercase();
    let likeness = |name: &'a str| (strsim::jaro(&text, name), name);
    let nearest = (names.into_iter().map(likeness))
        .filter(|(likeness, _)| *likeness >= LIKE_ENOUGH)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    nearest.map_or_else(String::new, |(_, name)| format!("; did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use filittle_dither::palettes::NAMES;

    use super::*;

    #[test]
    fn a_name_that_is_nearly_right_is_guessed() {
        for (text, name) in [
            ("pico8", "pico-8"),
            ("GameBoy", "game-boy"),
            ("commodore", "commodore-64"),
        ] {
            assert_eq!(
                guess(text, NAMES.iter().copied()),
                format!("; did you mean `{name}`?")
            );
        }
    }

    #[test]
    fn nothing_is_guessed_of_what_is_like_no_name() {
        for text in ["", "nothing", "sunset", &"x".repeat(1 << 20)] {
            assert_eq!(guess(text, NAMES.iter().copied()), "");
        }
    }
}
