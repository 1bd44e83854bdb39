use crate::HeldPort;

/// A TCP port of 127.0.0.1 that was free a moment ago.
///
/// Another process may take it before you do. Where the server under test can, let it bind port 0
/// and say which one it got; where it sets `SO_REUSEADDR`, hold it as a [`HeldPort`].
pub fn free_port() -> u16 {
    HeldPort::new().number()
}
