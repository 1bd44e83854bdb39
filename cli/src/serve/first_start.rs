//! What `serve` says to the person who started it.

use std::fs::OpenOptions;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;

use filittle_boot::listen::reachable;
use filittle_common::accounts::Secret;
use filittle_common::commands::create_first_account::{CreateFirstAccount, FirstAccount};
use filittle_common::commands::make_one_time_token::MakeOneTimeToken;
use filittle_common::{Actor, App};

use super::DataFolder;
use crate::by_hand::curl;

/// A file that everybody can make.
const EXAMPLE: &str = "example.txt";

/// Of the admin, when nobody says another. Mail servers know no such address.
const USUAL_EMAIL: &str = "admin@localhost";

/// On a new data folder: makes the admin's account and shows, this once, what opens it. Until it
/// was shown it stands in a file, so that a start that is killed in between locks nobody out.
pub(super) async fn welcome(
    app: &App,
    folder: &DataFolder,
    address: SocketAddr,
    email: Option<&str>,
) -> Result<(), Box<dyn std::error::Error>> {
    let command = CreateFirstAccount {
        email: email.unwrap_or(USUAL_EMAIL).into(),
        password: None,
        with_key: true,
    };
    let unseen = folder.first_account();
    if let Some(first) = app.execute(command, &Actor::anonymous(None)).await? {
        let mut file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .open(&unseen)?;
        file.write_all(text(&first, address).as_bytes())?;
        file.sync_all()?;
    }
    if let Ok(text) = std::fs::read_to_string(&unseen) {
        // Made when it is shown, because its time is short.
        let link = app
            .execute(MakeOneTimeToken { email: None }, &Actor::anonymous(None))
            .await?
            .link(&app.config.public_url);
        let mut out = std::io::stdout().lock();
        write!(
            out,
            "{text}In a browser, signed in once, within 15 minutes:\n\n  {link}\n\n"
        )?;
        out.flush()?;
        std::fs::remove_file(&unseen)?;
    }
    Ok(())
}

fn text(first: &FirstAccount, address: SocketAddr) -> String {
    let service = format!("http://{}", reachable(address));
    format!(
        "This data folder is new, so there is a new account. It is shown this once:\n\n  \
         address   {}\n  password  {}\n\n  export FILITTLE_KEY={}\n\n\
         A first job, with a file to begin with:\n\n  seq 100000 > {EXAMPLE} && {}\n\n",
        first.account.email,
        first.password.expose(),
        first.api_key.as_ref().map_or("", Secret::expose),
        curl(&service, EXAMPLE, "compress", "example.txt.zst"),
    )
}

pub(super) fn say_where(app: &App, address: SocketAddr, is_public: bool) {
    let here = format!("http://{address}");
    let mut lines = vec![format!("filittle listens on {here}")];
    let public_url = &app.config.public_url;
    if *public_url != here {
        lines.push(format!(
            "links in answers and mails begin with {public_url}"
        ));
    }
    if address.ip().is_unspecified() && !is_public {
        lines.push("for links that others can open, say --public-url".into());
    }
    // Whoever reads no further, such as `head`, does not end the service.
    let _ = writeln!(std::io::stdout(), "{}", lines.join("\n"));
}
