//! Where mails go, as any process that sends them is told.

use clap::Args;
use filittle_common::accounts::Secret;

use crate::mistakes::{Mistakes, present};

/// Where mails go, and who they are from.
#[derive(Clone, Debug, Args)]
pub struct MailOptions {
    /// Where mails go, as file:///folder, smtp://user@host:587 or smtps://user@host
    #[arg(long, env = "FILITTLE_MAIL_URL", hide_env_values = true)]
    mail_url: Option<String>,
    /// The password of the mail server, when it does not stand in the URL
    #[arg(long, env = "FILITTLE_MAIL_PASSWORD", hide_env_values = true)]
    mail_password: Option<String>,
    /// A file with that password
    #[arg(long, env = "FILITTLE_MAIL_PASSWORD_FILE")]
    mail_password_file: Option<String>,
    /// Who mails are from; must be given with a mail server, which has to know it [default for mails in
    /// a folder: filittle <filittle@localhost>]
    #[arg(long, env = "FILITTLE_MAIL_FROM")]
    mail_from: Option<String>,
}

/// [`MailOptions`] as they were read.
pub struct Mail<D, F> {
    /// Where to.
    pub destination: Option<D>,
    /// Who from.
    pub from: F,
}

impl MailOptions {
    /// Reads them by these two: where mails go, with the password beside the URL, and a mailbox.
    /// What is wrong goes to `mistakes`.
    pub fn check<D, F>(
        self,
        mistakes: &mut Mistakes,
        destination: impl Fn(&str, Option<Secret>) -> Result<D, String>,
        mailbox: impl Fn(&str) -> Result<F, String>,
    ) -> Option<Mail<D, F>> {
        let password = mistakes.secret(
            "FILITTLE_MAIL_PASSWORD",
            self.mail_password,
            self.mail_password_file,
        );
        let url = present(self.mail_url);
        let is_server = url.as_ref().is_some_and(|url| url.starts_with("smtp"));
        let password = password.map(Secret::new);
        let destination = url.map(|url| {
            let read = |url: &str| destination(url, password.clone());
            mistakes.read("FILITTLE_MAIL_URL", Some(url), "", read)
        });
        let from = present(self.mail_from);
        if is_server && from.is_none() {
            let what = "must be given with a mail server: an address that it lets us send from";
            mistakes.note("FILITTLE_MAIL_FROM", what);
        }
        let default = "filittle <filittle@localhost>";
        let from = mistakes.read("FILITTLE_MAIL_FROM", from, default, mailbox);
        Some(Mail {
            destination: match destination {
                Some(read) => Some(read?),
                None => None,
            },
            from: from?,
        })
    }
}
