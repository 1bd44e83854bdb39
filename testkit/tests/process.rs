//! What the kit promises about processes.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::ExitStatusExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use filittle_testkit::{Process, Signal, free_port};
use rustix::process::{Pid, test_kill_process};

const LIMIT: Duration = Duration::from_secs(30);

fn shell(script: &str) -> Process {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    Process::start(command)
}

fn message_of_panic(act: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(act)).expect_err("it should have panicked");
    *panic.downcast().expect("the message was formatted")
}

#[test]
fn lines_are_waited_for_one_after_the_other() {
    let mut process = shell("echo number 1; echo number 2 >&2; echo number 3; exit 4");
    assert_eq!(process.wait_for_line("number 1", LIMIT), "number 1");
    assert_eq!(process.wait(LIMIT).code(), Some(4));
    assert_eq!(process.output(), ["number 1", "number 3"]);
    assert_eq!(process.errors(), ["number 2"]);
}

#[test]
fn a_line_that_was_returned_is_not_returned_again() {
    let mut process = shell("echo tick; read -r _; echo tick again");
    assert_eq!(process.wait_for_line("tick", LIMIT), "tick");
    process.write_line("go on");
    assert_eq!(process.wait_for_line("tick", LIMIT), "tick again");
}

#[test]
fn waiting_for_what_never_comes_shows_what_came() {
    let mut process = shell("echo something else; exit 3");
    let message = message_of_panic(|| drop(process.wait_for_line("ready", LIMIT)));
    assert!(
        message.contains("exit status: 3") && message.contains("something else"),
        "{message}"
    );

    let mut process = shell("echo starting; read -r _");
    process.wait_for_line("starting", LIMIT);
    let moment = Duration::from_millis(1);
    let message = message_of_panic(|| drop(process.wait_for_line("ready", moment)));
    assert!(
        message.contains("within 1ms") && message.contains("starting"),
        "{message}"
    );
}

#[test]
fn a_stopped_process_goes_on_and_can_be_ended() {
    let mut process =
        shell("trap 'echo stopping; exit 0' TERM; echo up; while :; do read -r _; done");
    process.wait_for_line("up", LIMIT);
    process.signal(Signal::STOP);
    process.signal(Signal::TERM);
    process.signal(Signal::CONT);
    process.close_input();
    process.wait_for_line("stopping", LIMIT);
    assert_eq!(process.wait(LIMIT).code(), Some(0));
}

#[test]
fn a_killed_process_says_so_and_takes_no_more_signals() {
    let process = shell("exec sleep 600");
    process.signal(Signal::KILL);
    assert_eq!(process.wait(LIMIT).signal(), Some(9));
    process.signal(Signal::TERM);
}

#[test]
fn a_dropped_process_is_killed_even_when_stopped() {
    let process = shell("exec sleep 600");
    let pid = Pid::from_raw(process.id().cast_signed()).expect("no process has the id 0");
    process.signal(Signal::STOP);
    drop(process);
    assert!(
        test_kill_process(pid).is_err(),
        "process {pid} is still there"
    );
}

#[test]
fn a_free_port_can_be_bound_while_other_threads_start_processes() {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                shell("exit 0").wait(LIMIT);
            }
        });
        let refused: Vec<_> = (0..5000)
            .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, free_port())).map(drop))
            .filter_map(Result::err)
            .collect();
        done.store(true, Ordering::Relaxed);
        assert!(refused.is_empty(), "{refused:?}");
    });
}
