//! Starts the PostgreSQL that tests use, prints its URL and then the process id of its keeper, and
//! holds it until standard input closes. With the argument `database`, the URL is that of a new
//! database.

use std::io::{self, Write};

use filittle_testkit::Postgres;

fn main() -> io::Result<()> {
    let server = Postgres::shared();
    let database = std::env::args().any(|argument| argument == "database");
    let database = database.then(|| server.create_database());
    let url = database
        .as_ref()
        .map_or(server.url(), |database| database.url());
    writeln!(io::stdout(), "{url}\n{}", server.keeper())?;
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
