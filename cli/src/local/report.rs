//! What is told at the end.

use std::io::{self, IsTerminal, Write};

use filittle_transform::Error;
use serde_json::{Value, json};

use super::results::Written;

/// How one input ended.
pub(super) struct Item {
    pub input: String,
    pub output: Option<Written>,
    pub failure: Option<Failure>,
}

/// Why an input failed.
pub(super) struct Failure {
    code: &'static str,
    detail: String,
}

impl Item {
    pub(super) fn failed(input: String, failure: Failure) -> Self {
        Self {
            input,
            output: None,
            failure: Some(failure),
        }
    }

    fn json(&self) -> Value {
        let mut item = json!({
            "input": self.input,
            "state": if self.failure.is_none() { "succeeded" } else { "failed" },
        });
        if let Some(Written {
            path,
            media_type,
            pixels,
            size,
            item: _,
        }) = &self.output
        {
            let path = path
                .as_ref()
                .map_or("-".into(), |path| path.to_string_lossy());
            item["output"] = json!({"path": path, "media_type": media_type, "size": size});
            if let Some((width, height)) = pixels {
                item["output"]["width"] = (*width).into();
                item["output"]["height"] = (*height).into();
            }
        }
        if let Some(Failure { code, detail }) = &self.failure {
            item["error"] = json!({"code": code, "detail": detail});
        }
        item
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let code = error.code();
        let rest = match code {
            "unsupported-media-type" => ", and only these are read",
            _ => "",
        };
        Self {
            code,
            detail: format!("{error}{rest}"),
        }
    }
}

/// Of an input that cannot be opened.
impl From<&io::Error> for Failure {
    fn from(error: &io::Error) -> Self {
        let (code, detail) = match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                ("input-not-found", "there is no such file".to_owned())
            }
            io::ErrorKind::IsADirectory => {
                let detail =
                    "it is a folder; only an archive takes one, as --format zip or tar.zst";
                ("input-unreadable", detail.to_owned())
            }
            _ => ("input-unreadable", error.to_string()),
        };
        Self { code, detail }
    }
}

/// How all inputs ended, in the order they were named.
pub(super) struct Report {
    pub items: Vec<Item>,
    /// Of each what its user may not expect.
    pub notes: Vec<Option<String>>,
    /// What was found in folders and is no input.
    pub left_out: Vec<String>,
}

impl Report {
    pub(super) fn all_done(&self) -> bool {
        self.items.iter().all(|item| item.failure.is_none())
    }

    /// JSON on standard output, or on standard error when the result itself is there. For people
    /// the failures, and on a terminal what became of each input.
    pub(super) fn show(&self, json: bool, stdout_taken: bool) {
        if json {
            let told = |(item, note): (&Item, &Option<String>)| {
                let mut told = item.json();
                if let Some(note) = note {
                    told["note"] = note.as_str().into();
                }
                told
            };
            let items: Vec<Value> = self.items.iter().zip(&self.notes).map(told).collect();
            let mut told = json!({ "items": items });
            if !self.left_out.is_empty() {
                told["left_out"] = self.left_out.clone().into();
            }
            if stdout_taken {
                complain(&told.to_string());
            } else {
                say(&told.to_string());
            }
            return;
        }
        for line in &self.left_out {
            complain(line);
        }
        let together = self.together();
        for (item, note) in self.items.iter().zip(&self.notes) {
            let input = &item.input;
            match (&item.failure, &item.output) {
                (Some(failure), _) => complain(&format!("{input}: {}", failure.detail)),
                (None, Some(written)) if together.is_none() && io::stderr().is_terminal() => {
                    complain(&format!("{input} → {written}"));
                }
                _ => {}
            }
            if let (None, Some(note)) = (&item.failure, note) {
                complain(&format!("{input}: {note}"));
            }
        }
        if let Some((count, written)) = together
            && io::stderr().is_terminal()
        {
            complain(&format!("{count} files → {written}"));
        }
    }

    /// How many inputs went into the one output, when they are several.
    fn together(&self) -> Option<(usize, &Written)> {
        let mut outputs = self.items.iter().filter_map(|item| item.output.as_ref());
        let first = outputs.next()?;
        let others = outputs.filter(|it| it.item.is_none() && it.path == first.path);
        match others.count() {
            0 => None,
            more => Some((more + 1, first)),
        }
    }
}

fn say(line: &str) {
    // Nobody is left to tell when this fails.
    let _ = writeln!(io::stdout(), "{line}");
}

/// A line on standard error.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
