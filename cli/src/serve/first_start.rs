//! What `serve` says to the person who started it.

use std::net::SocketAddr;

use filittle_common::commands::create_first_account::{CreateFirstAccount, FirstAccount};
use filittle_common::{Actor, App, Result};

use super::reachable;

/// On a new data folder: makes the admin's account and shows, this once, what opens it.
pub(super) async fn welcome(app: &App, address: SocketAddr) -> Result<()> {
    let command = CreateFirstAccount {
        email: "admin@localhost".into(),
        password: None,
    };
    if let Some(first) = app.execute(command, &Actor::anonymous(None)).await? {
        show(&first, address);
    }
    Ok(())
}

#[expect(
    clippy::print_stdout,
    reason = "secrets are shown here and nowhere else"
)]
fn show(first: &FirstAccount, address: SocketAddr) {
    let key = first.api_key.expose();
    println!("This data folder is new, so there is a new account. It is shown this once:");
    println!();
    println!("  address   {}", first.account.email);
    println!("  password  {}", first.password.expose());
    println!();
    println!("  export FILITTLE_KEY={key}");
    println!();
    println!("A first job, with any file in place of {}:", example());
    println!();
    println!("  {}", curl(reachable(address)));
    println!();
}

/// Uploads, compresses, waits and downloads, in one line.
fn curl(address: SocketAddr) -> String {
    let file = example();
    format!(
        "id=$(curl -su $FILITTLE_KEY: -T '{file}' 'http://{address}/v1/files?name=example' \
         | grep -o '\"id\":\"[^\"]*' | cut -d'\"' -f4) && \
         url=$(curl -su $FILITTLE_KEY: -H 'Content-Type: application/json' -H 'Prefer: wait=60' \
         -d \"{{\\\"inputs\\\":[{{\\\"file\\\":\\\"$id\\\"}}],\\\"steps\\\":[{{\\\"op\\\":\\\"compress\\\"}}]}}\" \
         http://{address}/v1/jobs | grep -o '\"url\":\"[^\"]*' | cut -d'\"' -f4) && \
         curl -so example.zst \"$url\" && ls -l '{file}' example.zst"
    )
}

/// A file that is there.
fn example() -> String {
    std::env::current_exe().map_or_else(|_| "FILE".into(), |path| path.display().to_string())
}

#[expect(clippy::print_stdout, reason = "who starts the service reads it there")]
pub(super) fn say_where(app: &App, address: SocketAddr, is_public: bool) {
    println!("filittle listens on http://{address}");
    if app.config.public_url != format!("http://{address}") {
        println!(
            "links in answers and mails begin with {}",
            app.config.public_url
        );
    }
    if address.ip().is_unspecified() && !is_public {
        println!("for links that others can open, say --public-url");
    }
}
