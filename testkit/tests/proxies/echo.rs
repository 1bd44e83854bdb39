//! A server that says what it hears.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Nothing takes longer, unless it is broken.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// It lives as long as the process of the test.
#[derive(Clone)]
pub(crate) struct Echo {
    pub(crate) address: SocketAddr,
    heard: Arc<AtomicUsize>,
}

impl Echo {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("some port is free");
        let echo = Self {
            address: listener.local_addr().expect("it is bound"),
            heard: Arc::default(),
        };
        let heard = echo.heard.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let heard = heard.clone();
                thread::spawn(move || say_again(stream, &heard));
            }
        });
        echo
    }

    /// How many bytes it was sent, by anybody.
    pub(crate) fn heard(&self) -> usize {
        self.heard.load(Ordering::SeqCst)
    }
}

fn say_again(mut stream: TcpStream, heard: &AtomicUsize) {
    let mut buffer = [0; 4096];
    while let Ok(count) = stream.read(&mut buffer) {
        heard.fetch_add(count, Ordering::SeqCst);
        if count == 0 || stream.write_all(&buffer[..count]).is_err() {
            return;
        }
    }
}
