//! Requests that are refused by chance.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use filittle_testkit::FlakyHttp;

/// Answers each request, one a connection, with its head and body.
fn mirror() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("some port is free");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let Some(request) = read(&stream) else { return };
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
                    request.len()
                );
                let mut stream = &stream;
                let _ = stream.write_all(head.as_bytes());
                let _ = stream.write_all(request.as_bytes());
            });
        }
    });
    address
}

/// A message with its head, or none when the other side is gone.
fn read(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let (mut text, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length is a number");
        }
        text += &line;
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(text + &String::from_utf8(body).expect("it was text"))
}

fn ask(proxy: &FlakyHttp, body: &str) -> String {
    let address = proxy.url();
    let address = address.strip_prefix("http://").expect("it begins so");
    let mut stream = TcpStream::connect(address).expect("the proxy listens");
    let length = body.len();
    let head = format!("PUT /a%20b?c=d HTTP/1.1\r\nhost: me\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("it is taken");
    stream.write_all(body.as_bytes()).expect("it is taken");
    read(&stream).expect("an answer")
}

#[test]
fn what_is_passed_on_is_not_changed() {
    let proxy = FlakyHttp::start(mirror(), 1);
    let answer = ask(&proxy, "some body");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("PUT /a%20b?c=d HTTP/1.1"), "{answer}");
    assert!(answer.contains("host: me\r\n"), "{answer}");
    assert!(answer.ends_with("some body"), "{answer}");
    assert_eq!((proxy.passed(), proxy.refused()), (1, 0));
}

#[test]
fn about_as_many_are_refused_as_were_asked_for_and_the_same_ones_each_time() {
    let refused = || {
        let proxy = FlakyHttp::start(mirror(), 42);
        proxy.refuse_percent(30);
        let which: Vec<bool> = (0..200)
            .map(|_| ask(&proxy, "").starts_with("HTTP/1.1 503"))
            .collect();
        let count = which.iter().filter(|&&is| is).count();
        assert_eq!(count as u64, proxy.refused());
        assert!((30..=90).contains(&count), "{count} of 200");
        which
    };
    assert_eq!(refused(), refused());
}

#[test]
fn a_store_that_is_gone_refuses_all_until_it_is_back() {
    let proxy = FlakyHttp::start(mirror(), 1);
    proxy.refuse_percent(100);
    for _ in 0..20 {
        assert!(ask(&proxy, "x").starts_with("HTTP/1.1 503"));
    }
    proxy.refuse_percent(0);
    assert!(ask(&proxy, "x").starts_with("HTTP/1.1 200"));
}
