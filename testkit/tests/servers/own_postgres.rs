use std::net::TcpStream;

use filittle_testkit::{Postgres, Process};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

#[test]
fn what_was_committed_is_there_after_a_crash() {
    let server = Postgres::own();
    let url = server.url();
    server.query(url, "create table kept(id int)");
    for id in 0..20 {
        server.query(url, &format!("insert into kept values ({id})"));
        if id % 10 == 9 {
            server.stop_immediate();
            server.start_again();
        }
    }
    assert_eq!(server.query(url, "select count(*) from kept"), "20");
}

#[test]
fn nobody_listens_while_it_is_stopped() {
    let server = Postgres::own();
    let port = server.query(server.url(), "show port").parse();
    let address = ("127.0.0.1", port.expect("a port is a number"));
    server.stop_immediate();
    assert!(TcpStream::connect(address).is_err());
    server.start_again();
    assert!(TcpStream::connect(address).is_ok());
}

#[test]
fn sessions_of_others_are_ended() {
    let server = Postgres::own();
    let mut command = Command::new("sh");
    let psql = "exec \"$(ls -d /usr/lib/postgresql/*/bin/psql 2>/dev/null | tail -n 1 | grep . || \
                echo psql)\" -X -q -A -t -d \"$0\"";
    command.args(["-c", psql, server.url()]);
    let mut session = Process::start(command);
    session.write_line("select 'connected';");
    session.wait_for_line("connected", LIMIT);
    assert_eq!(server.terminate_sessions(), 1);
    session.write_line("select 1;");
    session.wait_for_line("terminating connection", LIMIT);
}

#[test]
fn it_is_gone_with_its_value() {
    let server = Postgres::own();
    let folder = server.query(server.url(), "show data_directory");
    drop(server);
    assert!(!std::path::Path::new(&folder).exists(), "{folder}");
}
