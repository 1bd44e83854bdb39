//! What came in one request: contents that are stored, and that nothing refers to yet.

use filittle_transform::names;

use crate::blobs::Stored;
use crate::error::{Error, Result};
use crate::problem::Kind;

/// A content with the name it came with.
#[derive(Clone, Debug)]
pub struct Uploaded {
    /// As the client said it.
    pub name: Option<String>,
    /// The content.
    pub stored: Stored,
}

impl Uploaded {
    /// The name it came with, made harmless, or else one by its type.
    pub(super) fn called(&self) -> String {
        called(self.name.as_deref(), self.stored.media_type)
    }

    /// Keeps contents that something refers to now, or removes them.
    pub(super) async fn settle(contents: &[Stored], is_referred_to: bool) {
        for stored in contents {
            if is_referred_to {
                stored.keep();
            } else {
                stored.abandon().await;
            }
        }
    }
}

/// The contents alone.
pub(super) fn contents(uploads: &[Uploaded]) -> Vec<Stored> {
    uploads.iter().map(|upload| upload.stored.clone()).collect()
}

pub(super) fn refuse_empty(uploads: &[Uploaded]) -> Result<()> {
    let Some(empty) = uploads.iter().find(|upload| upload.stored.size == 0) else {
        return Ok(());
    };
    let which = match &empty.name {
        Some(name) => format!("the file {name}"),
        None => "the file".into(),
    };
    Err(Error::of(Kind::EmptyFile, format!("{which} is empty")))
}

fn called(name: Option<&str>, media_type: &str) -> String {
    match name.filter(|name| !name.trim().is_empty()) {
        Some(name) => names::sanitise(name),
        None => names::sanitise(&format!("file.{}", extension(media_type))),
    }
}

/// The usual extension of a type that sniffing finds often.
fn extension(media_type: &str) -> &str {
    match media_type {
        "image/jpeg" => "jpg",
        "image/tiff" => "tif",
        "image/x-icon" | "image/vnd.microsoft.icon" => "ico",
        "text/plain" => "txt",
        "application/gzip" => "gz",
        "application/zstd" => "zst",
        "application/x-bzip2" => "bz2",
        "application/x-7z-compressed" => "7z",
        "application/x-xz" => "xz",
        "application/x-lz4" => "lz4",
        "application/zip" | "application/pdf" | "application/x-tar" => {
            after(media_type, &['/', '-'])
        }
        _ if media_type.starts_with("image/") || media_type.starts_with("audio/") => {
            after(media_type, &['/', '-'])
        }
        _ => "bin",
    }
}

/// What follows the last of these characters.
fn after<'t>(text: &'t str, marks: &[char]) -> &'t str {
    text.rsplit(marks).next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_name_gets_one_by_its_type() {
        for (media_type, name) in [
            ("image/png", "file.png"),
            ("image/jpeg", "file.jpg"),
            ("application/x-tar", "file.tar"),
            ("text/plain", "file.txt"),
            ("application/octet-stream", "file.bin"),
        ] {
            assert_eq!(called(None, media_type), name);
            assert_eq!(called(Some("  "), media_type), name);
        }
    }

    #[test]
    fn a_name_that_came_is_kept_but_made_harmless() {
        assert_eq!(
            called(Some("../a\nb.png"), "text/plain"),
            names::sanitise("../a\nb.png")
        );
        assert!(!called(Some("../a\nb.png"), "text/plain").contains(['/', '\n']));
    }
}
