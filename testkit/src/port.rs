use std::net::{Ipv4Addr, TcpListener};

/// A TCP port of 127.0.0.1 that was free a moment ago.
///
/// Another process may take it before you do. Where the server under test can, let it bind port 0
/// and say which one it got.
pub fn free_port() -> u16 {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("no TCP port of 127.0.0.1 is free");
    listener
        .local_addr()
        .expect("a bound listener has an address")
        .port()
}
