use std::fs;
use std::net::TcpStream;

use crate::HeldPort;
use crate::kept::{self, Kept};

/// So many connections to each database at most: "ten in all".
const CONNECTIONS: usize = 10;

/// A running `PgBouncer` in transaction mode before a PostgreSQL of this machine. It ends with this
/// value, or with the test process.
#[derive(Debug)]
pub struct PgBouncer {
    port: HeldPort,
    _server: Kept,
}

impl PgBouncer {
    /// Before the server on this port of 127.0.0.1.
    pub fn start(postgres: u16) -> Self {
        let program = kept::program("pgbouncer", "pgbouncer");
        let port = HeldPort::new();
        let mut server = Kept::new("pgbouncer", |folder| {
            let path = folder.join("pgbouncer.ini");
            fs::write(&path, config(port.number(), postgres))
                .unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
            let mut command = vec![program, path.display().to_string()];
            if rustix::process::geteuid().is_root() {
                // It refuses to run as root; what it needs of the folder is read before it changes.
                command.splice(1..1, ["-u".to_owned(), "nobody".to_owned()]);
            }
            command
        });
        server.start(|| TcpStream::connect(port.address()).is_ok());
        Self {
            port,
            _server: server,
        }
    }

    /// The URL of a database behind it, as filittle takes it.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres://postgres@{}/{database}?pgbouncer=true",
            self.port.address()
        )
    }
}

fn config(port: u16, postgres: u16) -> String {
    format!(
        "\
[databases]
* = host=127.0.0.1 port={postgres} user=postgres

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
max_client_conn = 1000
default_pool_size = {CONNECTIONS}
max_db_connections = {CONNECTIONS}
"
    )
}
