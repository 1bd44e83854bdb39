//! Where mails go.

use filittle_common::engine::{Mail, Outcome};

use super::{Folder, Smtp};

/// A folder, or a mail server.
pub enum Channel {
    /// One file each.
    Folder(Folder),
    /// One conversation each.
    Smtp(Box<Smtp>),
}

impl From<Folder> for Channel {
    fn from(folder: Folder) -> Self {
        Self::Folder(folder)
    }
}

impl From<Smtp> for Channel {
    fn from(smtp: Smtp) -> Self {
        Self::Smtp(Box::new(smtp))
    }
}

impl Channel {
    /// Hands over a message that is stored.
    pub(super) async fn send(&self, to: &str, mail: &Mail) -> Outcome {
        let bytes = mail.body.as_deref().unwrap_or_default();
        match self {
            Self::Smtp(smtp) => smtp.send(mail.id, to, bytes).await,
            Self::Folder(folder) => match folder.put(mail.id, bytes.to_vec()).await {
                Ok(()) => Outcome::Sent("written".into()),
                Err(error) => {
                    tracing::warn!(mail = %mail.id, %error, "a mail could not be written to its folder");
                    Outcome::Later(error.to_string())
                }
            },
        }
    }
}
