//! A server on the way to a store, which lets requests through or does not.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sky {
    /// All is let through.
    Clear = 0,
    /// Three of ten requests are answered with 503.
    Showers = 1,
    /// Connections are cut at once.
    Storm = 2,
    /// Requests are taken and never answered.
    Fog = 3,
}

pub(crate) struct Weather {
    endpoint: String,
    inner: Arc<Inner>,
}

struct Inner {
    /// `host:port`.
    store: String,
    sky: AtomicU8,
    requests: AtomicUsize,
    refused: AtomicUsize,
    /// Held open in the fog.
    lost: Mutex<Vec<TcpStream>>,
}

impl Weather {
    /// Goes on until the test process ends.
    pub(crate) fn before(store: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let inner = Arc::new(Inner {
            store: store.trim_start_matches("http://").to_owned(),
            sky: AtomicU8::new(Sky::Clear as u8),
            requests: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            lost: Mutex::default(),
        });
        let shared = Arc::clone(&inner);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let inner = Arc::clone(&shared);
                // A connection that fails is what the client has to live with.
                thread::spawn(move || drop(inner.serve(client)));
            }
        });
        Self {
            endpoint: format!("http://{address}"),
            inner,
        }
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub(crate) fn set(&self, sky: Sky) {
        self.inner.sky.store(sky as u8, Ordering::SeqCst);
        if sky == Sky::Clear {
            let mut lost = self
                .inner
                .lost
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            lost.clear();
        }
    }

    /// How many requests were answered with 503.
    pub(crate) fn refused(&self) -> usize {
        self.inner.refused.load(Ordering::SeqCst)
    }
}

impl Inner {
    fn is(&self, sky: Sky) -> bool {
        self.sky.load(Ordering::SeqCst) == sky as u8
    }

    /// One request, so that each has its own weather.
    fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        if self.is(Sky::Storm) {
            return client.shutdown(Shutdown::Both);
        }
        let request = read_request(&client)?;
        if self.is(Sky::Fog) {
            let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
            lost.push(client);
            return Ok(());
        }
        // 7 and 10 have no common divisor, so three of ten are spread, and always the same.
        let number = self.requests.fetch_add(1, Ordering::SeqCst);
        if self.is(Sky::Showers) && number * 7 % 10 < 3 {
            self.refused.fetch_add(1, Ordering::SeqCst);
            let answer = "HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            return client.write_all(answer.as_bytes());
        }
        let mut store = TcpStream::connect(&self.store)?;
        store.write_all(&request)?;
        io::copy(&mut store, &mut client)?;
        client.shutdown(Shutdown::Both)
    }
}

/// Head and body, with the wish that the connection ends after the answer.
fn read_request(client: &TcpStream) -> io::Result<Vec<u8>> {
    let mut reader = BufReader::new(client);
    let mut request = Vec::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        if line.trim().is_empty() {
            break;
        }
        request.extend_from_slice(line.as_bytes());
    }
    request.extend_from_slice(b"Connection: close\r\n\r\n");
    let head = request.len();
    request.resize(head + length, 0);
    reader.read_exact(&mut request[head..])?;
    Ok(request)
}
