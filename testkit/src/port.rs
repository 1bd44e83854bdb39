use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use rustix::net::{
    AddressFamily, SocketFlags, SocketType, bind, getsockname, socket_with, sockopt,
};

/// A TCP port of 127.0.0.1 that was free a moment ago.
///
/// Another process may take it before you do. Where the server under test can, let it bind port 0
/// and say which one it got.
pub fn free_port() -> u16 {
    find_port().unwrap_or_else(|error| panic!("no TCP port of 127.0.0.1 is free: {error}"))
}

/// The socket never listens, and so is not in the way of a server that sets `SO_REUSEADDR`, as
/// they do: a child process that another thread starts right now holds a copy of it until its
/// program runs.
fn find_port() -> rustix::io::Result<u16> {
    let socket = socket_with(
        AddressFamily::INET,
        SocketType::STREAM,
        SocketFlags::CLOEXEC,
        None,
    )?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
    Ok(SocketAddr::try_from(getsockname(&socket)?)?.port())
}
