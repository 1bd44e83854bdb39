//! Each kind of harm, once.

use std::io::{ErrorKind, Read, Result, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use filittle_testkit::{Fault, FaultProxy};

use crate::echo::{Echo, LIMIT};

struct Scene {
    echo: Echo,
    proxy: FaultProxy,
}

fn scene() -> Scene {
    let echo = Echo::start();
    let proxy = FaultProxy::start(echo.address);
    Scene { echo, proxy }
}

impl Scene {
    fn client(&self) -> TcpStream {
        let client = TcpStream::connect(self.proxy.address()).expect("the proxy listens");
        client.set_read_timeout(Some(LIMIT)).expect("a time");
        client
    }
}

fn say(client: &mut TcpStream, text: &str) -> Result<String> {
    client.write_all(text.as_bytes())?;
    hear(client, text.len())
}

fn hear(client: &mut TcpStream, bytes: usize) -> Result<String> {
    let mut answer = vec![0; bytes];
    client.read_exact(&mut answer)?;
    Ok(String::from_utf8(answer).expect("it was text"))
}

fn is_reset(outcome: Result<String>) -> bool {
    outcome.is_err_and(|error| {
        matches!(
            error.kind(),
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
        )
    })
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + LIMIT;
    while !is_so() {
        assert!(Instant::now() < end, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn at_first_everything_passes_there_and_back() {
    let scene = scene();
    let mut client = scene.client();
    let long = "0123456789".repeat(50_000);
    thread::scope(|scope| {
        let mut writer = client.try_clone().expect("a second handle");
        let text = &long;
        scope.spawn(move || writer.write_all(text.as_bytes()));
        assert!(hear(&mut client, long.len()).expect("all of it") == long);
    });
    assert_eq!(scene.proxy.connections(), 1);
}

#[test]
fn the_end_of_what_a_client_says_arrives_and_the_answer_still_comes() {
    let scene = scene();
    let mut client = scene.client();
    client.write_all(b"that is all").expect("it is sent");
    client.shutdown(Shutdown::Write).expect("it is connected");
    let mut answer = String::new();
    client
        .read_to_string(&mut answer)
        .expect("an answer and its end");
    assert_eq!(answer, "that is all");
    until("the proxy has forgotten it", || {
        scene.proxy.connections() == 0
    });
}

#[test]
fn a_delay_holds_each_piece_for_so_long() {
    let scene = scene();
    let mut client = scene.client();
    let time = Duration::from_millis(30);
    scene.proxy.set(Fault::Delay(time));
    let began = Instant::now();
    assert_eq!(say(&mut client, "slow").expect("it comes"), "slow");
    // There and back.
    assert!(began.elapsed() >= time * 2, "{:?}", began.elapsed());
}

#[test]
fn a_reset_ends_present_connections_and_each_new_one() {
    let scene = scene();
    let mut old = scene.client();
    say(&mut old, "hello").expect("it works");
    scene.proxy.set(Fault::Reset);
    assert!(is_reset(hear(&mut old, 1)));
    assert!(is_reset(hear(&mut scene.client(), 1)));
    scene.proxy.set(Fault::Pass);
    say(&mut scene.client(), "hello").expect("it works again");
}

#[test]
fn a_black_hole_holds_everything_until_it_ends() {
    let scene = scene();
    let mut old = scene.client();
    say(&mut old, "hello").expect("it works");
    scene.proxy.set(Fault::Blackhole);

    let mut new = scene.client();
    old.write_all(b"old").expect("it is taken");
    new.write_all(b"new").expect("it is taken");
    until("both are there", || scene.proxy.connections() == 2);
    let moment = Some(Duration::from_millis(50));
    for client in [&mut old, &mut new] {
        client.set_read_timeout(moment).expect("a time");
        let error = hear(client, 1).expect_err("nothing comes");
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        client.set_read_timeout(Some(LIMIT)).expect("a time");
    }
    assert_eq!(scene.echo.heard(), "hello".len());

    scene.proxy.set(Fault::Pass);
    assert_eq!(hear(&mut old, 3).expect("it goes on"), "old");
    assert_eq!(hear(&mut new, 3).expect("it goes on"), "new");
}

#[test]
fn a_server_that_refuses_is_as_if_it_was_down_and_comes_back_on_its_port() {
    let scene = scene();
    let mut old = scene.client();
    say(&mut old, "hello").expect("it works");
    for _ in 0..20 {
        scene.proxy.set(Fault::Refuse);
        let error = TcpStream::connect(scene.proxy.address()).expect_err("nobody listens");
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        scene.proxy.set(Fault::Pass);
        say(&mut scene.client(), "hello").expect("it works again");
    }
    assert!(is_reset(hear(&mut old, 1)));
}

#[test]
fn a_cut_after_some_bytes_lets_exactly_these_through() {
    let scene = scene();
    let mut client = scene.client();
    say(&mut client, "not counted").expect("it works");
    scene.proxy.set(Fault::CutAfter(7));
    assert_eq!(say(&mut client, "1234").expect("it is within"), "1234");
    client.write_all(b"567890").expect("it is taken");
    let mut rest = Vec::new();
    // How it ends depends on what was on its way.
    let _ = client.read_to_end(&mut rest);
    assert_eq!(rest, b"567");
}

#[test]
fn a_cut_after_nothing_comes_when_the_server_has_been_told_all() {
    let scene = scene();
    scene.proxy.set(Fault::CutAfter(0));
    let mut client = scene.client();
    assert!(say(&mut client, "did you hear me?").is_err());
    assert_eq!(scene.echo.heard(), "did you hear me?".len());
}

#[test]
fn cutting_all_spares_those_who_come_later() {
    let scene = scene();
    let mut old = [scene.client(), scene.client()];
    for client in &mut old {
        say(client, "hello").expect("it works");
    }
    scene.proxy.cut_all();
    let mut new = scene.client();
    for client in &mut old {
        assert!(is_reset(hear(client, 1)));
    }
    assert_eq!(say(&mut new, "me?").expect("it stays"), "me?");
}

#[test]
fn a_server_that_is_not_there_resets_the_client() {
    let nobody = filittle_testkit::HeldPort::new();
    let proxy = FaultProxy::start(nobody.address());
    let mut client = TcpStream::connect(proxy.address()).expect("the proxy listens");
    assert!(is_reset(hear(&mut client, 1)));
}

#[test]
fn stranding_all_tells_the_client_nothing_and_spares_those_who_come_later() {
    let scene = scene();
    let mut old = scene.client();
    say(&mut old, "hello").expect("it works");
    let heard = scene.echo.heard();
    scene.proxy.strand_all();
    old.write_all(b"anybody?").expect("it looks open");
    let mut new = scene.client();
    assert_eq!(say(&mut new, "me?").expect("it works"), "me?");
    old.set_read_timeout(Some(Duration::from_millis(50)))
        .expect("a time");
    let silence = hear(&mut old, 1).expect_err("nobody answers");
    assert!(matches!(
        silence.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut
    ));
    assert_eq!(scene.echo.heard(), heard + "me?".len());
}
