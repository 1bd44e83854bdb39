/// What an archive says of one of its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// As it stands there, with `/` between folders; it may lead anywhere.
    pub name: String,
    /// Seconds since 1970.
    pub modified: Option<i64>,
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
