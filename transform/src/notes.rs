use std::cell::RefCell;

/// What the user of an input may not expect.
#[derive(Default)]
pub(crate) struct Notes(RefCell<Vec<String>>);

/// More are not kept: an archive may give reason for a hundred thousand, and a job has many inputs.
const MOST: usize = 20;

impl Notes {
    pub(crate) fn add(&self, note: impl Into<String>) {
        let mut notes = self.0.borrow_mut();
        match notes.len() {
            ..MOST => {
                let note = note.into();
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
            MOST => notes.push("and more of this kind".to_owned()),
            _ => {}
        }
    }

    /// All of them; none are left.
    pub(crate) fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

/// A name of others for a message: nothing in it acts on a terminal, and it is not long.
pub(crate) fn shown(name: &str) -> String {
    const LONGEST: usize = 160;
    let mut shown = String::new();
    for c in name.chars() {
        if shown.len() >= LONGEST {
            shown.push('…');
            break;
        }
        shown.extend(c.escape_debug());
    }
    format!("`{shown}`")
}
