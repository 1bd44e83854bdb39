//! Runs that are told to end before they are done.

use std::{
    path::Path,
    process::{Child, Command, ExitStatus},
    thread,
};

use crate::kit::{folder, names, picture};

/// A run that takes a second and more, begun so that its first result is being written. `started`
/// says how the signal HUP reaches it.
fn run(dir: &Path, started: &str) -> Child {
    let line = "dither a.png -o new/ --width 6000 --upscale --algorithm riemersma";
    let mut child = Command::new("env")
        .args([started, env!("CARGO_BIN_EXE_filittle")])
        .args(line.split(' '))
        .current_dir(dir)
        .spawn()
        .expect("the binary");
    let new = dir.join("new");
    while !new.is_dir() || names(&new).is_empty() {
        assert!(child.try_wait().expect("a state").is_none());
        thread::yield_now();
    }
    child
}

fn tell(child: &mut Child, signal: &str) -> ExitStatus {
    let told = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(told.expect("kill").success());
    child.wait().expect("an end")
}

#[test]
fn who_is_told_to_end_leaves_nothing_unfinished() {
    for (signal, ended) in [("-HUP", 129), ("-INT", 130), ("-TERM", 143)] {
        let dir = folder();
        picture(dir.path(), "a.png");
        let mut child = run(dir.path(), "--default-signal");
        let status = tell(&mut child, signal);
        assert_eq!(status.code(), Some(ended), "{signal}");
        assert_eq!(names(dir.path()), ["a.png"], "{signal}");
    }
}

#[test]
fn nohup_outlives_its_terminal() {
    let dir = folder();
    picture(dir.path(), "a.png");
    let mut child = run(dir.path(), "--ignore-signal=HUP");
    assert_eq!(tell(&mut child, "-HUP").code(), Some(0));
    assert_eq!(names(&dir.path().join("new")), ["a.png"]);
}
