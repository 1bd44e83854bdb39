use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};

use filittle_testkit::{Certificate, SmtpServer};

/// Says these lines one after another; answers what the server says to the last.
fn talk(port: u16, lines: &[&str]) -> String {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it listens");
    let mut read = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut write = stream;
    let mut answer = || {
        let mut line = String::new();
        while read.read_line(&mut line).expect("an answer") > 0
            && line.as_bytes().get(3) == Some(&b'-')
        {
            line.clear();
        }
        line.trim_end().to_owned()
    };
    let mut last = answer();
    for line in lines {
        let line = format!("{line}\r\n");
        write.write_all(line.as_bytes()).expect("it is taken");
        last = answer();
    }
    last
}

const MAIL: [&str; 5] = [
    "EHLO test",
    "MAIL FROM:<a@example.org>",
    "RCPT TO:<b@example.org>",
    "DATA",
    "Subject: x\r\n\r\n..y\r\n.",
];

#[test]
fn a_mail_server_takes_mails_and_shows_them() {
    let server = SmtpServer::scripted();
    assert!(talk(server.port(), &MAIL).starts_with("250"));
    let taken = server.taken();
    assert_eq!((taken.len(), taken[0].to.as_str()), (1, "b@example.org"));
    assert_eq!(taken[0].bytes, b"Subject: x\r\n\r\n.y\r\n");
}

#[test]
fn each_conversation_does_what_was_said_in_its_turn() {
    let server = SmtpServer::scripted();
    server.next("greeting", "421");
    server.next("RCPT", "550");
    server.next("dot", "cut");
    assert!(talk(server.port(), &[]).starts_with("421"));
    assert!(talk(server.port(), &MAIL[..3]).starts_with("550"));
    assert_eq!(talk(server.port(), &MAIL), "");
    assert!(talk(server.port(), &MAIL).starts_with("250"));
    assert_eq!((server.conversations(), server.taken().len()), (4, 2));
}

#[test]
fn one_with_tls_takes_nothing_in_the_clear() {
    let server = SmtpServer::with_tls(&Certificate::new());
    assert!(talk(server.port(), &MAIL[..2]).starts_with("530"));
    assert!(server.taken().is_empty());
}
