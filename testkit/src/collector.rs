use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long something is waited for.
const LONG: Duration = Duration::from_secs(30);

/// A collector of traces, as far as one who sends sees it: takes what is posted, and keeps it. It ends
/// with the process.
pub struct Collector {
    address: SocketAddr,
    inbox: Arc<Inbox>,
}

#[derive(Default)]
struct Inbox {
    requests: Mutex<Vec<Posted>>,
    came: Condvar,
}

/// A request, as it came.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The first line and the fields.
    pub head: String,
    /// What it brought.
    pub body: Vec<u8>,
}

impl Collector {
    /// One on a free port.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let inbox = Arc::<Inbox>::default();
        let kept = inbox.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let inbox = kept.clone();
                // Whoever goes away in the middle is no news.
                std::thread::spawn(move || drop(inbox.serve(&stream)));
            }
        });
        Self { address, inbox }
    }

    /// Where it takes traces, for `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What has come so far, once it is enough.
    ///
    /// # Panics
    /// When it does not become enough.
    pub fn until(&self, is_enough: impl Fn(&[Posted]) -> bool) -> Vec<Posted> {
        let end = Instant::now() + LONG;
        let requests = &self.inbox.requests;
        let mut posted = requests.lock().unwrap_or_else(PoisonError::into_inner);
        while !is_enough(&posted) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "only {} requests came", posted.len());
            let waited = self.inbox.came.wait_timeout(posted, left);
            posted = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        posted.clone()
    }
}

impl Inbox {
    /// The requests of one connection.
    fn serve(&self, stream: &TcpStream) -> std::io::Result<()> {
        let (mut reader, mut writer) = (BufReader::new(stream), stream);
        loop {
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                if reader.read_line(&mut head)? == 0 {
                    return Ok(());
                }
            }
            let mut body = vec![0; length(&head)];
            reader.read_exact(&mut body)?;
            let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
            requests.push(Posted { head, body });
            drop(requests);
            self.came.notify_all();
            writer.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
        }
    }
}

fn length(head: &str) -> usize {
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = fields.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    lengths
        .next()
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0)
}
