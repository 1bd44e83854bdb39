//! What is told at the end.

use std::io::{self, IsTerminal, Write};

use filittle_transform::Error;
use serde_json::{Value, json};

use super::results::Written;

/// How one input ended.
pub(super) struct Item {
    pub input: String,
    /// One, but for archives that are unpacked.
    pub outputs: Vec<Written>,
    pub failure: Option<Failure>,
    /// What its user may not expect.
    pub notes: Vec<String>,
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
            outputs: Vec::new(),
            failure: Some(failure),
            notes: Vec::new(),
        }
    }

    /// With a list of outputs where an input may become many, however many these are.
    fn json(&self, may_be_many: bool) -> Value {
        let mut item = json!({
            "input": self.input,
            "state": if self.failure.is_none() { "succeeded" } else { "failed" },
        });
        if may_be_many {
            item["outputs"] = self.outputs.iter().map(Written::json).collect();
        } else if let Some(output) = self.outputs.first() {
            item["output"] = output.json();
        }
        if !self.notes.is_empty() {
            item["notes"] = self.notes.clone().into();
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
                let detail = "it is a folder; `compress` takes one into an archive, as --format zip or \
                     tar.zst";
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
    /// What was found in folders and is no input.
    pub left_out: Vec<String>,
    /// Whether an input may become many files.
    pub may_be_many: bool,
}

impl Report {
    pub(super) fn all_done(&self) -> bool {
        self.items.iter().all(|item| item.failure.is_none())
    }

    /// JSON on standard output, or on standard error when the result itself is there. For people
    /// the failures, and on a terminal what became of each input.
    pub(super) fn show(&self, json: bool, stdout_taken: bool) {
        if json {
            let items = self.items.iter().map(|item| item.json(self.may_be_many));
            let items: Vec<Value> = items.collect();
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
        for item in &self.items {
            let input = &item.input;
            if let Some(failure) = &item.failure {
                complain(&format!("{input}: {}", failure.detail));
            } else if together.is_none() && io::stderr().is_terminal() {
                match &item.outputs[..] {
                    [] => {}
                    [one] => complain(&format!("{input} → {one}")),
                    several => complain(&format!("{input} → {} files", several.len())),
                }
            }
        }
        self.show_notes();
        if let Some((count, written)) = together
            && io::stderr().is_terminal()
        {
            complain(&format!("{count} files → {written}"));
        }
    }

    /// The notes of what was done; of a folder with a thousand pictures not all.
    fn show_notes(&self) {
        const MOST: usize = 20;
        let done = self.items.iter().filter(|item| item.failure.is_none());
        let notes = done.flat_map(|item| item.notes.iter().map(move |note| (&item.input, note)));
        for (input, note) in notes.clone().take(MOST) {
            if note.starts_with(&format!("`{input}`")) {
                complain(note);
            } else {
                complain(&format!("{input}: {note}"));
            }
        }
        let more = notes.skip(MOST).count();
        if more > 0 {
            complain(&format!("and {more} notes more, which --json tells"));
        }
    }

    /// How many inputs went into the one output, when they are several.
    fn together(&self) -> Option<(usize, &Written)> {
        let mut outputs = self.items.iter().flat_map(|item| &item.outputs);
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
