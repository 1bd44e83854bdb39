//! What the kit promises about PostgreSQL.

use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use filittle_testkit::{Postgres, Process, Signal};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

const LIMIT: Duration = Duration::from_mins(1);

#[test]
fn a_new_database_is_empty_and_apart_from_others() {
    let one = Postgres::shared().create_database();
    let other = Postgres::shared().create_database();
    one.query("create table only_here(id int)");
    let count = "select count(*) from pg_tables where schemaname = 'public'";
    assert_eq!(one.query(count), "1");
    assert_eq!(other.query(count), "0");
}

#[test]
fn a_database_is_dropped_with_its_value() {
    let server = Postgres::shared();
    let name = server.create_database().query("select current_database()");
    let watcher = server.create_database();
    let left = watcher.query(&format!(
        "select count(*) from pg_database where datname = '{name}'"
    ));
    assert_eq!(left, "0");
}

#[test]
fn text_is_utf8_and_two_hundred_may_connect() {
    let database = Postgres::shared().create_database();
    assert_eq!(database.query("show server_encoding"), "UTF8");
    assert_eq!(database.query("select octet_length('ü')"), "2");
    assert_eq!(database.query("show max_connections"), "200");
}

#[test]
fn a_template_is_filled_once_and_copied_by_many_tests_at_once() {
    static FILLED: AtomicU32 = AtomicU32::new(0);
    let copy = || {
        let database = Postgres::shared().create_database_from("with-a-table", |url| {
            FILLED.fetch_add(1, Ordering::Relaxed);
            Postgres::shared().query(url, "create table seeds as select 7 as id");
        });
        database.query("insert into seeds values (8); select count(*) from seeds")
    };
    let counts: Vec<String> = thread::scope(|scope| {
        let tests: Vec<_> = (0..4).map(|_| scope.spawn(copy)).collect();
        tests
            .into_iter()
            .map(|test| test.join().expect("each copy works"))
            .collect()
    });
    assert_eq!(counts, ["2", "2", "2", "2"]);
    assert_eq!(FILLED.load(Ordering::Relaxed), 1);
}

#[test]
fn the_server_and_its_folder_are_gone_after_the_process_was_killed() {
    let holder = Holder::start(&[]);
    let folder = holder.query("show data_directory");
    let port = holder
        .query("show port")
        .parse()
        .expect("a port is a number");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());

    holder.process.signal(Signal::KILL);
    holder.wait_for_keeper();

    assert!(
        TcpStream::connect(("127.0.0.1", port)).is_err(),
        "port {port} still answers"
    );
    let parent = std::path::Path::new(&folder)
        .parent()
        .expect("the data has a folder around it");
    assert!(!parent.exists(), "{} is still there", parent.display());
}

#[test]
fn on_a_lent_server_the_databases_are_gone_after_the_process_was_killed() {
    let lender = Postgres::shared().create_database();
    let holder = Holder::start(&[("FILITTLE_TEST_POSTGRES_URL", Postgres::shared().url())]);
    let name = holder.query("select current_database()");
    let count = format!("select count(*) from pg_database where datname = '{name}'");
    assert_eq!(lender.query(&count), "1");

    holder.process.signal(Signal::KILL);
    holder.wait_for_keeper();

    assert_eq!(lender.query(&count), "0");
}

/// Another process that uses the kit.
struct Holder {
    process: Process,
    url: String,
    keeper: Pid,
}

impl Holder {
    fn start(environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_test-postgres"));
        command
            .arg("database")
            .env_remove("FILITTLE_TEST_POSTGRES_URL");
        command.envs(environment.iter().copied());
        let mut process = Process::start(command);
        let url = process.wait_for_line("postgres://", LIMIT);
        let keeper = process
            .wait_for_line("", LIMIT)
            .parse()
            .ok()
            .and_then(Pid::from_raw);
        Self {
            process,
            url,
            keeper: keeper.expect("the second line is a process id"),
        }
    }

    fn query(&self, sql: &str) -> String {
        Postgres::shared().query(&self.url, sql)
    }

    fn wait_for_keeper(&self) {
        // No such process: it has ended already.
        let Ok(keeper) = pidfd_open(self.keeper, PidfdFlags::empty()) else {
            return;
        };
        let limit = Timespec::try_from(LIMIT).expect("a minute is short enough");
        let ended = poll(&mut [PollFd::new(&keeper, PollFlags::IN)], Some(&limit));
        assert_eq!(ended, Ok(1), "the keeper has not ended after {LIMIT:?}");
    }
}
