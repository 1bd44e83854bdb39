//! What is told at the end.

use std::io::{self, IsTerminal, Write};

use filittle_transform::Error;
use serde_json::{Value, json};

use super::target::Written;

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
            size,
            item: _,
        }) = &self.output
        {
            let path = path
                .as_ref()
                .map_or("-".into(), |path| path.to_string_lossy());
            item["output"] = json!({"path": path, "media_type": media_type, "size": size});
        }
        if let Some(Failure { code, detail }) = &self.failure {
            item["error"] = json!({"code": code, "detail": detail});
        }
        item
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self {
            code: error.code(),
            detail: error.to_string(),
        }
    }
}

impl From<&io::Error> for Failure {
    fn from(error: &io::Error) -> Self {
        Self {
            code: "environment",
            detail: error.to_string(),
        }
    }
}

/// How all inputs ended, in the order they were named.
pub(super) struct Report {
    pub items: Vec<Item>,
}

impl Report {
    pub(super) fn all_done(&self) -> bool {
        self.items.iter().all(|item| item.failure.is_none())
    }

    /// JSON on standard output, or on standard error when the result itself is there. For people
    /// the failures, and on a terminal what became of each input.
    pub(super) fn show(&self, json: bool, stdout_taken: bool) {
        if json {
            let items: Vec<Value> = self.items.iter().map(Item::json).collect();
            let text = json!({ "items": items }).to_string();
            if stdout_taken {
                complain(&text);
            } else {
                say(&text);
            }
            return;
        }
        for Item {
            input,
            output,
            failure,
        } in &self.items
        {
            match (failure, output) {
                (Some(failure), _) => complain(&format!("{input}: {}", failure.detail)),
                (
                    None,
                    Some(Written {
                        path: Some(path),
                        size,
                        ..
                    }),
                ) if io::stderr().is_terminal() => {
                    complain(&format!("{input} → {} ({size} bytes)", path.display()));
                }
                _ => {}
            }
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
