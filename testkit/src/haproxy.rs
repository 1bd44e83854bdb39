use std::fmt::Write as _;
use std::fs;
use std::net::{SocketAddr, TcpStream};

use crate::HeldPort;
use crate::kept::{self, Kept};

/// A running HAProxy for one test, in front of several replicas of an HTTP service. It ends with
/// this value, or with the test process.
///
/// It asks each replica for `/readyz` every 100 ms and sends nothing to one that is not ready. A
/// request whose connection could not be made goes to another replica. One that may have reached a
/// replica goes to nobody else: it may have done its work.
#[derive(Debug)]
pub struct Haproxy {
    port: HeldPort,
    server: Kept,
}

impl Haproxy {
    /// In front of these.
    pub fn start(replicas: &[SocketAddr]) -> Self {
        let program = kept::program("haproxy", "haproxy");
        let port = HeldPort::new();
        let address = port.address();
        let server = Kept::new("haproxy", |folder| {
            let path = folder.join("haproxy.cfg");
            fs::write(&path, config(address, replicas))
                .unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
            vec![
                program,
                "-db".into(),
                "-f".into(),
                path.display().to_string(),
            ]
        });
        let mut haproxy = Self { port, server };
        haproxy.server.start(|| TcpStream::connect(address).is_ok());
        haproxy
    }

    /// Where it listens, as the beginning of URLs.
    pub fn url(&self) -> String {
        format!("http://{}", self.port.address())
    }

    /// What it wrote.
    pub fn log(&self) -> String {
        self.server.log()
    }
}

fn config(address: SocketAddr, replicas: &[SocketAddr]) -> String {
    let mut text = format!(
        "\
global
    maxconn 4096
    hard-stop-after 1s

defaults
    mode http
    timeout connect 2s
    timeout client 2m
    timeout server 2m
    timeout check 5s
    retries 3
    retry-on conn-failure
    option redispatch 1

frontend clients
    bind {address}
    default_backend replicas

backend replicas
    balance roundrobin
    option httpchk
    http-check send meth GET uri /readyz
    http-check expect status 200
    default-server check inter 100ms fall 1 rise 1
"
    );
    for (number, replica) in replicas.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "    server replica{number} {replica}");
    }
    text
}
