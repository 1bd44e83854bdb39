use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::OwnedFd;

use rustix::net::{
    AddressFamily, SocketFlags, SocketType, bind, getsockname, socket_with, sockopt,
};

/// A TCP port of 127.0.0.1 that nobody else is given while this value lives, so that a server can
/// end and come back where it was.
#[derive(Debug)]
pub struct HeldPort {
    /// It is bound and never listens: servers that set `SO_REUSEADDR` can bind the port beside it,
    /// and the system chooses it for nobody.
    _socket: OwnedFd,
    port: u16,
}

impl HeldPort {
    /// Holds a port that is free.
    pub fn new() -> Self {
        Self::hold().unwrap_or_else(|error| panic!("no TCP port of 127.0.0.1 is free: {error}"))
    }

    fn hold() -> rustix::io::Result<Self> {
        let socket = socket_with(
            AddressFamily::INET,
            SocketType::STREAM,
            SocketFlags::CLOEXEC,
            None,
        )?;
        sockopt::set_socket_reuseaddr(&socket, true)?;
        bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
        let port = SocketAddr::try_from(getsockname(&socket)?)?.port();
        Ok(Self {
            _socket: socket,
            port,
        })
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.port
    }

    /// 127.0.0.1 and its number.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }
}

impl Default for HeldPort {
    fn default() -> Self {
        Self::new()
    }
}
