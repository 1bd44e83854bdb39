use std::{fs::Metadata, time::SystemTime};

/// What archives keep of a file beside its name and its content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// When it was last changed, in seconds since 1970, if that is known.
    pub modified: Option<i64>,
    /// Whether it is a program or script that its owner may start.
    pub is_executable: bool,
    /// Whether not everybody may read it. All else of its permissions is another matter on another
    /// machine.
    pub is_private: bool,
}

impl Attributes {
    /// Those of a file. On systems without such bits none is executable or private.
    pub fn of_file(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let of_mode = Self::of_mode(std::os::unix::fs::MetadataExt::mode(metadata));
        #[cfg(not(unix))]
        let of_mode = Self::default();
        Self {
            modified: metadata.modified().ok().and_then(seconds),
            ..of_mode
        }
    }

    /// The bits of Unix: its owner may write it, and others what they may do at all.
    pub(crate) fn mode(self) -> u32 {
        let mode = if self.is_executable { 0o755 } else { 0o644 };
        if self.is_private { mode & 0o700 } else { mode }
    }

    /// What these bits of Unix say; none at all say nothing.
    pub(crate) fn of_mode(mode: u32) -> Self {
        Self {
            modified: None,
            is_executable: mode & 0o100 != 0,
            is_private: mode & 0o777 != 0 && mode & 0o004 == 0,
        }
    }
}

/// Since 1970, rounded down.
fn seconds(time: SystemTime) -> Option<i64> {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).ok(),
        Err(before) => {
            let before = before.duration();
            let whole = before.as_secs() + u64::from(before.subsec_nanos() > 0);
            i64::try_from(whole).ok().map(|it| -it)
        }
    }
}

/// What an archive says of one of its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// As it stands there, with `/` between folders; it may lead anywhere.
    pub name: String,
    /// What it says of the file beside its content.
    pub attributes: Attributes,
    /// What it is.
    pub kind: EntryKind,
}

/// What a member of an archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A file, with a content.
    File,
    /// A folder, without any.
    Folder,
    /// Something else, which nobody unpacks here: a link, a device. In words.
    Other(&'static str),
}

/// How much of an archive is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiveLimits {
    /// Members of any kind.
    pub entries: u64,
    /// Bytes of all their names.
    pub names: u64,
}

/// A hundred thousand members.
impl Default for ArchiveLimits {
    fn default() -> Self {
        Self {
            entries: 100_000,
            names: 32 << 20,
        }
    }
}
