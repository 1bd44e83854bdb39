//! Names that users give to files: data, never a path.

use indexmap::{IndexMap, IndexSet};
use unicode_normalization::UnicodeNormalization;

/// The longest name, in bytes of UTF-8.
pub const MAX_NAME: usize = 255;

/// What a file is called when nothing is left of its name.
const FALLBACK: &str = "file";

/// An extension longer than this is part of the name and may be cut.
const LONGEST_EXTENSION: usize = 16;

/// The name without anything that could act on a file system, a header or a terminal.
///
/// NFC; without C0 and C1 controls, bidirectional overrides (U+202A–202E, U+2066–2069), `/` and
/// `\`; no dots or spaces at either end that a system drops or hides; `_` before names that DOS
/// reserves; at most 255 bytes, cut at a character and before the extension; never empty.
pub fn sanitise(name: &str) -> String {
    // No name needs more; this bounds the work on a hostile one.
    let kept: String = name
        .chars()
        .take(4 * MAX_NAME)
        .nfc()
        .filter(|c| !is_dropped(*c))
        .collect();
    let trimmed = kept.trim_matches(|c: char| c == '.' || c.is_whitespace());
    // A leading dot is part of names such as `.bashrc`, if more than dots follow.
    let hidden = kept.trim_start().starts_with('.') && !kept.trim_start().starts_with("..");
    let mut clean = match (trimmed.is_empty(), hidden) {
        (true, _) => FALLBACK.to_owned(),
        (false, true) => format!(".{trimmed}"),
        (false, false) => trimmed.to_owned(),
    };
    if is_reserved(&clean) {
        clean.insert(0, '_');
    }
    cut(&clean, MAX_NAME)
}

/// The longest path, in bytes of UTF-8.
pub(crate) const MAX_PATH: usize = 1024;

/// A path made of clean names with `/` between them, which leads nowhere but down: each part is
/// [sanitised](sanitise); those that are empty, `.` or `..` are left out; at most 1,024 bytes, of
/// which the last ones stay.
pub(crate) fn sanitise_path(path: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut room = MAX_PATH;
    for part in path
        .rsplit('/')
        .filter(|part| !matches!(*part, "" | "." | ".."))
    {
        let clean = sanitise(part);
        if clean.len() + 1 > room {
            break;
        }
        room -= clean.len() + 1;
        parts.push(clean);
    }
    if parts.is_empty() {
        return FALLBACK.to_owned();
    }
    parts.reverse();
    parts.join("/")
}

/// The folders, with the last `/`, and the name in them.
fn split_path(path: &str) -> (&str, &str) {
    path.rfind('/')
        .map_or(("", path), |slash| path.split_at(slash + 1))
}

fn is_dropped(c: char) -> bool {
    c.is_control() || matches!(c, '/' | '\\' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Names that DOS and Windows take for devices, with any extension.
fn is_reserved(name: &str) -> bool {
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_ascii_uppercase();
    if matches!(
        stem.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$"
    ) {
        return true;
    }
    let Some(number) = stem
        .strip_prefix("COM")
        .or_else(|| stem.strip_prefix("LPT"))
    else {
        return false;
    };
    let mut digits = number.chars();
    matches!(
        (digits.next(), digits.next()),
        (Some('0'..='9' | '¹' | '²' | '³'), None)
    )
}

/// The name cut to `most` bytes before its extension.
fn cut(name: &str, most: usize) -> String {
    if name.len() <= most {
        return name.to_owned();
    }
    let (stem, extension) = split(name);
    let room = most.saturating_sub(extension.len());
    let stem = &stem[..stem.floor_char_boundary(room)];
    format!(
        "{}{extension}",
        stem.trim_end_matches(|c: char| c == '.' || c.is_whitespace())
    )
}

/// Stem and extension with its dot; the extension may be empty.
fn split(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= LONGEST_EXTENSION => name.split_at(dot),
        _ => (name, ""),
    }
}

/// The name or path for a picture of that format: as it is if its extension says so, with the
/// extension exchanged if that is one of another picture format, else with one more.
#[cfg(feature = "codecs")]
pub(crate) fn for_picture(name: &str, format: crate::picture::OutputFormat) -> String {
    const PICTURES: &[&str] = &[
        "avif", "bmp", "gif", "heic", "jfif", "jpe", "jpeg", "jpg", "png", "tif", "tiff", "webp",
    ];
    let path = sanitise_path(name);
    let (folders, clean) = split_path(&path);
    let (stem, extension) = split(clean);
    let lower = extension.trim_start_matches('.').to_ascii_lowercase();
    let fitting = format.extensions();
    if fitting.contains(&lower.as_str()) {
        return path;
    }
    let stem = if PICTURES.contains(&lower.as_str()) {
        stem
    } else {
        clean
    };
    add_extension(&format!("{folders}{stem}"), fitting[0])
}

/// The name or path with one more extension.
#[cfg(feature = "codecs")]
pub(crate) fn add_extension(name: &str, extension: &str) -> String {
    let path = sanitise_path(name);
    let (folders, clean) = split_path(&path);
    let room = MAX_NAME.saturating_sub(extension.len() + 1);
    format!("{folders}{}.{extension}", cut(clean, room))
}

/// Names given out so far; no two differ only in case, because some file systems would merge them.
#[derive(Debug, Default)]
pub struct Names {
    /// In lower case, each with the folder that it is in.
    given: IndexSet<(Folder, String)>,
    /// For each name that came more than once, the last number that it got.
    numbers: IndexMap<(Folder, String), u64>,
    /// Folders in folders: as they were asked for, and which and how called they are.
    folders: IndexMap<(Folder, String), (Folder, String)>,
}

/// A folder by its number; 0 is the one in which all is.
type Folder = usize;

/// How many names there were of each kind.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    given: usize,
    numbers: usize,
    folders: usize,
}

impl Names {
    /// The sanitised name, or with ` (2)` and so on before its extension when it is taken.
    pub fn claim(&mut self, name: &str) -> String {
        self.claim_in(0, &sanitise(name))
    }

    /// The path made clean, and different from all others: as with [`claim`](Self::claim), and no
    /// file is called as the folder of another one.
    pub fn claim_path(&mut self, path: &str) -> String {
        let clean = sanitise_path(path);
        let (folders, name) = split_path(&clean);
        let (mut under, mut claimed) = (0, String::new());
        for folder in folders.split_terminator('/') {
            let asked = (under, folder.to_lowercase());
            if !self.folders.contains_key(&asked) {
                let called = self.claim_in(under, folder);
                let number = self.folders.len() + 1;
                self.folders.insert(asked.clone(), (number, called));
            }
            if let Some((number, called)) = self.folders.get(&asked) {
                under = *number;
                claimed += called;
                claimed.push('/');
            }
        }
        claimed + &self.claim_in(under, name)
    }

    /// How many files and folders have names.
    pub fn count(&self) -> usize {
        self.given.len()
    }

    /// A clean name claimed among those of its folder.
    fn claim_in(&mut self, folder: Folder, name: &str) -> String {
        if self.given.insert((folder, name.to_lowercase())) {
            return name.to_owned();
        }
        // Going on from the last number, a thousand of one name are a thousand looks; also of names
        // that are one as soon as they are cut to make room for a number.
        let shortened = numbered(name, u64::MAX).to_lowercase();
        let number = self.numbers.entry((folder, shortened)).or_insert(1);
        loop {
            *number += 1;
            let candidate = numbered(name, *number);
            if self.given.insert((folder, candidate.to_lowercase())) {
                return candidate;
            }
        }
    }

    /// What to [go back](Self::go_back) to.
    pub fn mark(&self) -> Mark {
        Mark {
            given: self.given.len(),
            numbers: self.numbers.len(),
            folders: self.folders.len(),
        }
    }

    /// What was claimed since is free again: what had those names came to nothing.
    pub fn go_back(&mut self, mark: Mark) {
        self.given.truncate(mark.given);
        self.numbers.truncate(mark.numbers);
        self.folders.truncate(mark.folders);
    }
}

/// The name with a number before its extension.
fn numbered(name: &str, number: u64) -> String {
    let (stem, extension) = split(name);
    let tail = format!(" ({number}){extension}");
    let room = MAX_NAME.saturating_sub(tail.len());
    format!("{}{tail}", &stem[..stem.floor_char_boundary(room)])
}

/// All paths made clean and different, in order; see [`Names::claim_path`].
pub fn unique<S: AsRef<str>>(paths: impl IntoIterator<Item = S>) -> Vec<String> {
    let mut taken = Names::default();
    paths
        .into_iter()
        .map(|path| taken.claim_path(path.as_ref()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_acts_is_left_in_a_name() {
        assert_eq!(sanitise("../../etc/passwd"), "etcpasswd");
        assert_eq!(sanitise("a\\b\0c\r\nd\u{85}.txt"), "abcd.txt");
        assert_eq!(sanitise("photo\u{202e}gpj.exe\u{2066}"), "photogpj.exe");
        assert_eq!(sanitise("e\u{301}.txt"), "\u{e9}.txt");
        assert_eq!(sanitise(".bashrc"), ".bashrc");
        assert_eq!(sanitise("trailing. . "), "trailing");
    }

    #[test]
    fn a_name_is_never_empty() {
        for nothing in [
            "",
            ".",
            "..",
            "/",
            "\\",
            " ",
            "\0",
            "\u{202e}",
            "…".trim_matches('…'),
        ] {
            assert_eq!(sanitise(nothing), "file", "{nothing:?}");
        }
    }

    #[test]
    fn names_that_dos_reserves_are_made_harmless() {
        for name in ["CON", "nul.txt", "com1", "LPT9.tar.gz", "aux .x", "COM¹"] {
            assert!(sanitise(name).starts_with('_'), "{name}");
        }
        for name in ["console", "com10", "nuls.txt", "com"] {
            assert_eq!(sanitise(name), name);
        }
    }

    #[test]
    fn a_long_name_is_cut_at_a_character_and_keeps_its_extension() {
        let cut = sanitise(&format!("{}.jpeg", "é".repeat(300)));
        assert!(cut.len() <= MAX_NAME && cut.ends_with("é.jpeg"), "{cut}");
        assert!(sanitise(&"x".repeat(1 << 20)).len() <= MAX_NAME);
        assert!(sanitise(&format!("a.{}", "b".repeat(400))).len() <= MAX_NAME);
    }

    #[test]
    fn a_clean_name_stays_as_it_is() {
        for name in [
            "",
            "CON",
            "a/b",
            ".. .",
            "naïve.txt",
            &"é.".repeat(300),
            "con.con",
            "...",
        ] {
            let clean = sanitise(name);
            assert_eq!(sanitise(&clean), clean);
        }
    }

    #[test]
    fn names_become_different_also_but_for_case() {
        let names = unique(["a.txt", "A.TXT", "a.txt", "a (2).txt", "b"]);
        assert_eq!(
            names,
            ["a.txt", "A (2).TXT", "a (3).txt", "a (2) (2).txt", "b"]
        );
        let long = "x".repeat(300);
        assert!(
            unique([&long; 20])
                .iter()
                .all(|name| name.len() <= MAX_NAME)
        );
    }

    #[test]
    fn a_path_leads_only_down() {
        for (path, clean) in [
            ("a/b/c.txt", "a/b/c.txt"),
            ("/etc/passwd", "etc/passwd"),
            ("../../up.txt", "up.txt"),
            ("a/./../b//c", "a/b/c"),
            ("..", "file"),
            ("a/CON/nul.txt", "a/_CON/_nul.txt"),
            ("C:\\x/y\u{202e}z", "C:x/yz"),
            ("a/ /b", "a/file/b"),
        ] {
            assert_eq!(sanitise_path(path), clean, "{path}");
            assert_eq!(sanitise_path(clean), clean, "{path}");
        }
        let long = sanitise_path(&"folder/".repeat(1000));
        assert!(
            long.len() <= MAX_PATH && long.starts_with("folder/"),
            "{long}"
        );
    }

    #[test]
    fn paths_become_different_and_no_file_is_a_folder() {
        let mut names = Names::default();
        for (path, claimed) in [
            ("a/b.txt", "a/b.txt"),
            ("A/b.txt", "a/b (2).txt"),
            ("a", "a (2)"),
            ("c", "c"),
            ("c/d", "c (2)/d"),
            ("c/e", "c (2)/e"),
            ("../a/b.txt", "a/b (3).txt"),
        ] {
            assert_eq!(names.claim_path(path), claimed, "{path}");
        }
        let mark = names.mark();
        assert_eq!(names.claim_path("C/f/g"), "c (2)/f/g");
        assert_eq!(names.claim_path("C/F"), "c (2)/F (2)");
        names.go_back(mark);
        assert_eq!(names.claim_path("C/F"), "c (2)/F");
    }

    #[test]
    fn deep_folders_are_remembered_once() {
        let mut names = Names::default();
        for number in 0..100 {
            names.claim_path(&format!("{}{number}", "a/".repeat(500)));
        }
        assert_eq!(names.count(), 600);
        let bytes: usize = names.given.iter().map(|(_, name)| name.len()).sum();
        assert!(bytes < 1000, "{bytes}");
    }

    #[test]
    fn long_names_that_are_cut_to_the_same_are_not_tried_all_over() {
        let mut names = Names::default();
        for _ in 0..2 {
            for number in 0..3000 {
                let name = names.claim(&format!("{}{number:05}", "x".repeat(250)));
                assert!(name.len() <= MAX_NAME);
            }
        }
        assert_eq!(names.count(), 6000);
        assert_eq!(names.numbers.len(), 1);
        assert_eq!(names.numbers.values().sum::<u64>(), 3001);
    }

    #[cfg(feature = "codecs")]
    #[test]
    fn a_picture_is_named_by_its_format() {
        use crate::picture::OutputFormat::{Bmp, Gif, Jpeg, Png, Raw};
        let names = |name| [Jpeg, Png, Gif, Bmp, Raw].map(|format| for_picture(name, format));
        assert_eq!(
            names("a.webp"),
            ["a.jpg", "a.png", "a.gif", "a.bmp", "a.bin"]
        );
        assert_eq!(
            names("a.JPEG"),
            ["a.JPEG", "a.png", "a.gif", "a.bmp", "a.bin"]
        );
        assert_eq!(
            names("v1.2"),
            ["v1.2.jpg", "v1.2.png", "v1.2.gif", "v1.2.bmp", "v1.2.bin"]
        );
        assert_eq!(
            names("a.bin"),
            ["a.bin.jpg", "a.bin.png", "a.bin.gif", "a.bin.bmp", "a.bin"]
        );
    }
}
