use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use filittle_testkit::{Haproxy, HeldPort};

const LIMIT: Duration = Duration::from_secs(30);

/// Answers each request with its name, as long as it is ready.
#[derive(Clone)]
struct Replica {
    address: SocketAddr,
    name: &'static str,
    is_ready: Arc<AtomicBool>,
    /// Takes requests, and hangs up without an answer.
    is_rude: Arc<AtomicBool>,
    posts: Arc<AtomicUsize>,
}

impl Replica {
    fn start(name: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("some port is free");
        let replica = Self {
            address: listener.local_addr().expect("it is bound"),
            name,
            is_ready: Arc::new(AtomicBool::new(true)),
            is_rude: Arc::default(),
            posts: Arc::default(),
        };
        let served = replica.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                served.serve(&stream);
            }
        });
        replica
    }

    fn serve(&self, mut stream: &TcpStream) {
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        let Some(first) = lines.next() else { return };
        // To the end of the head; bodies are not sent here.
        let _ = lines.find(String::is_empty);
        let is_probe = first.contains("/readyz");
        if first.starts_with("POST") {
            self.posts.fetch_add(1, Ordering::SeqCst);
        }
        if !is_probe && self.is_rude.load(Ordering::SeqCst) {
            return;
        }
        let status = if is_probe && !self.is_ready.load(Ordering::SeqCst) {
            "503 Service Unavailable"
        } else {
            "200 OK"
        };
        let length = self.name.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{}",
            self.name
        );
        let _ = stream.write_all(answer.as_bytes());
    }
}

/// The status and the body.
fn ask(proxy: &Haproxy, method: &str) -> (String, String) {
    let url = proxy.url();
    let mut stream = TcpStream::connect(&url["http://".len()..]).expect("it listens");
    let request =
        format!("{method} / HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it is taken");
    let lines: Vec<String> = BufReader::new(stream)
        .lines()
        .map_while(Result::ok)
        .collect();
    let status = lines[0].split(' ').nth(1).unwrap_or_default();
    let body = lines.last().cloned().unwrap_or_default();
    (status.to_owned(), body)
}

fn good(name: &str) -> (String, String) {
    ("200".into(), name.into())
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + LIMIT;
    while !is_so() {
        assert!(Instant::now() < end, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn replicas_take_turns() {
    let (a, b) = (Replica::start("a"), Replica::start("b"));
    let proxy = Haproxy::start(&[a.address, b.address]);
    let mut answers: Vec<_> = (0..4).map(|_| ask(&proxy, "GET")).collect();
    answers.sort();
    assert_eq!(answers, [good("a"), good("a"), good("b"), good("b")]);
}

#[test]
fn a_replica_that_is_not_ready_gets_nothing_until_it_is() {
    let (a, b) = (Replica::start("a"), Replica::start("b"));
    let proxy = Haproxy::start(&[a.address, b.address]);
    let only_b = || (0..4).all(|_| ask(&proxy, "GET") == good("b"));
    a.is_ready.store(false, Ordering::SeqCst);
    until("a gets nothing", only_b);
    a.is_ready.store(true, Ordering::SeqCst);
    until("a is back", || !only_b());
}

#[test]
fn a_replica_that_nobody_can_connect_to_fails_no_request() {
    let (gone, b) = (HeldPort::new(), Replica::start("b"));
    let proxy = Haproxy::start(&[gone.address(), b.address]);
    for _ in 0..20 {
        assert_eq!(ask(&proxy, "POST"), good("b"));
    }
}

#[test]
fn a_request_that_reached_a_replica_is_not_sent_again() {
    let (a, b) = (Replica::start("a"), Replica::start("b"));
    let proxy = Haproxy::start(&[a.address, b.address]);
    a.is_rude.store(true, Ordering::SeqCst);
    b.is_rude.store(true, Ordering::SeqCst);
    let (status, _) = ask(&proxy, "POST");
    assert_eq!(status, "502");
    let posts = a.posts.load(Ordering::SeqCst) + b.posts.load(Ordering::SeqCst);
    assert_eq!(posts, 1);
}
