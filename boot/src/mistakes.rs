//! Values of flags and variables, read so that every mistake is named at once and no secret in any.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::Path;

/// What is wrong with what the operator said.
#[derive(Debug, Default)]
pub struct Mistakes(Vec<Mistake>);

#[derive(Debug)]
struct Mistake {
    /// Of the variable.
    name: String,
    what: String,
}

/// Longer files hold no secret.
const LONGEST_SECRET: u64 = 64 << 10;

impl Mistakes {
    /// Notes that something is wrong with the value of this name.
    pub fn note(&mut self, name: &str, what: impl fmt::Display) {
        self.0.push(Mistake {
            name: name.to_owned(),
            what: what.to_string(),
        });
    }

    /// The value, which must be there.
    pub fn required(&mut self, name: &str, value: Option<String>) -> Option<String> {
        let value = present(value);
        // Who gave too much, or a file that cannot be read, has been told so.
        let is_told = |told: &Mistake| {
            let rest = told.name.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest == "_FILE")
        };
        if value.is_none() && !self.0.iter().any(is_told) {
            self.note(name, "must be given");
        }
        value
    }

    /// What `read` makes of the value, or of `default` when there is none. A wrong value is not
    /// repeated: a password may stand in it.
    pub fn read<T>(
        &mut self,
        name: &str,
        value: Option<String>,
        default: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let value = present(value).unwrap_or_else(|| default.to_owned());
        read(&value).map_err(|what| self.note(name, what)).ok()
    }

    /// A whole number in this range.
    pub fn number(
        &mut self,
        name: &str,
        value: Option<String>,
        default: u64,
        range: RangeInclusive<u64>,
    ) -> Option<u64> {
        let (least, most) = (*range.start(), *range.end());
        self.read(name, value, &default.to_string(), |text| {
            let number = text.parse().ok().filter(|number| range.contains(number));
            number.ok_or_else(|| {
                format!("must be a whole number from {least} to {most}, and is {text:?}")
            })
        })
    }

    /// A secret: the value itself, or what stands in the file that `…_FILE` names. No message has
    /// any of it.
    pub fn secret(
        &mut self,
        name: &str,
        value: Option<String>,
        file: Option<String>,
    ) -> Option<String> {
        let file_name = format!("{name}_FILE");
        match (present(value), present(file)) {
            (Some(_), Some(_)) => {
                self.note(
                    name,
                    format_args!("give either it or {file_name}, not both"),
                );
                None
            }
            (Some(value), None) => Some(value),
            (None, Some(path)) => match read_secret(Path::new(&path)) {
                Ok(text) => Some(text),
                Err(what) => {
                    self.note(&file_name, format_args!("cannot read {path}: {what}"));
                    None
                }
            },
            (None, None) => None,
        }
    }

    /// What was made of it all, which is none only when something was noted; or all mistakes.
    pub fn check<T>(self, made: Option<T>) -> Result<T, Wrong> {
        match made {
            Some(made) if self.0.is_empty() => Ok(made),
            _ => Err(Wrong(self.0)),
        }
    }
}

/// An empty variable is how compose files and shells say that there is none.
pub fn present(value: Option<String>) -> Option<String> {
    value.filter(|value| !value.is_empty())
}

fn read_secret(path: &Path) -> Result<String, String> {
    let told = |error: std::io::Error| error.to_string();
    if std::fs::metadata(path).map_err(told)?.len() > LONGEST_SECRET {
        return Err("it is too long for a secret".into());
    }
    let text = std::fs::read_to_string(path).map_err(told)?;
    // Editors and `echo` end a file with a line break.
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        return Err("it is empty".into());
    }
    Ok(text.to_owned())
}

/// All mistakes of one start.
#[derive(Debug)]
pub struct Wrong(Vec<Mistake>);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it cannot start like this:")?;
        for mistake in &self.0 {
            write!(f, "\n  {mistake}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        // Each variable of ours has a flag.
        if let Some(rest) = self.name.strip_prefix("FILITTLE_") {
            write!(f, " (--{})", rest.to_lowercase().replace('_', "-"))?;
        }
        write!(f, ": {}", self.what)
    }
}

impl std::error::Error for Wrong {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_named_at_once() {
        let mut mistakes = Mistakes::default();
        mistakes.required("A", Some(String::new()));
        mistakes.number("B", Some("9x".into()), 1, 1..=9);
        mistakes.number("C", Some("10".into()), 1, 1..=9);
        let told = mistakes.check(Some(())).unwrap_err().to_string();
        assert_eq!(told.lines().count(), 4, "{told}");
        for name in [
            "A: must be given",
            "B: must be a whole",
            "C: must be a whole",
        ] {
            assert!(told.contains(name), "{told}");
        }
    }

    #[test]
    fn a_secret_comes_from_a_file_without_its_line_break() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "hush\n").unwrap();
        let mut mistakes = Mistakes::default();
        let read = mistakes.secret("S", None, Some(path.display().to_string()));
        assert_eq!(mistakes.check(read).unwrap(), "hush");
    }

    #[test]
    fn a_wrong_value_is_not_repeated() {
        let mut mistakes = Mistakes::default();
        let refuse = |_: &str| Err::<(), _>("must be a folder".into());
        let url = Some("smtp://ada:hush@host".into());
        let read = mistakes.read("URL", url, "", refuse);
        let told = mistakes.check(read).unwrap_err().to_string();
        assert!(told.contains("URL: must be a folder"), "{told}");
        assert!(!told.contains("hush"), "{told}");
    }

    #[test]
    fn what_is_wrong_with_a_secret_is_told_without_it() {
        let mut mistakes = Mistakes::default();
        assert_eq!(
            mistakes.secret("S", Some("hush".into()), Some("/x".into())),
            None
        );
        assert_eq!(
            mistakes.secret("T", None, Some("/nowhere/secret".into())),
            None
        );
        let told = mistakes.check(Some(())).unwrap_err().to_string();
        assert!(!told.contains("hush"), "{told}");
        assert!(
            told.contains("S: give either") && told.contains("T_FILE: cannot read"),
            "{told}"
        );
    }
}
