//! From the first start to the last.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use filittle_testkit::Signal;
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::answer::Send;
use crate::client::{Client, path};
use crate::generate;
use crate::service::{Service, filittle, serve};
use crate::stopped::{Stopped, files};
use crate::times::{LONG, until};

/// Commands of the system that a first user has, too.
fn needs(commands: &[&str]) {
    for command in commands {
        let found = Command::new(command).arg("--version").output();
        assert!(
            found.is_ok_and(|output| output.status.success()),
            "this test needs {command}: apt-get install curl zstd"
        );
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_tells_this_once_what_opens_it_and_a_line_that_works() {
    needs(&["curl", "zstd"]);
    let (data, empty) = (tempdir().unwrap(), tempdir().unwrap());
    let service = Service::start(&data.path().join("new"));
    let welcome = service.welcome();
    let run = |line: &str| {
        let mut sh = Command::new("sh");
        sh.args(["-euc", line]).current_dir(empty.path());
        let output = sh.env("FILITTLE_KEY", &welcome.key).output().unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
    };
    run(&welcome.line);
    run("zstd -qt example.txt.zst");
    run("zstd -dqc example.txt.zst | cmp - example.txt");
    let client = service.client(&welcome.key);
    let who = json!({"email": welcome.address, "password": welcome.password});
    client.post("/v1/login", &who).answer().await.is(200);
    service.stop();

    let service = Service::start(&data.path().join("new"));
    let told = service.process.output();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(!told[0].contains(&welcome.key));
    let client = service.client(&welcome.key);
    client.get("/v1/me").answer().await.is(200);
    client.post("/v1/login", &who).answer().await.is(200);
    service.stop();
}

#[test]
fn a_second_process_on_the_same_folder_is_refused_by_name() {
    let data = tempdir().unwrap();
    let service = Service::start(data.path());
    let second = serve(data.path()).output().unwrap();
    assert!(!second.status.success());
    let told = text(&second.stderr);
    let folder = data.path().canonicalize().unwrap();
    assert!(told.contains(folder.to_str().unwrap()), "{told}");
    assert!(told.contains("another filittle uses"), "{told}");
    assert_eq!(text(&second.stdout), "");
    service.stop();
    Service::start(data.path()).stop();
}

#[test]
fn an_interrupt_ends_an_idle_service_at_once_even_one_that_just_began_to_listen() {
    let data = tempdir().unwrap();
    for signal in [Signal::INT, Signal::TERM, Signal::INT, Signal::TERM] {
        let service = Service::start(data.path());
        let began = Instant::now();
        service.process.signal(signal);
        let status = service.process.wait(LONG);
        assert_eq!(status.code(), Some(0), "{:?}", service.process.errors());
        let took = began.elapsed();
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
}

/// What a compressor that tries hard works on for some seconds.
fn words() -> Vec<u8> {
    generate::text(1, 5 << 20)
}

/// A job that takes some seconds even on a fast machine, in the hands of a worker.
async fn long_job(client: &Client) -> Value {
    let file = client.upload("words.txt", words()).await;
    let step = json!({"op": "compress", "format": "zstd", "level": 19});
    let job = client.work(&file, &step).await;
    until("it runs", async || {
        (client.job(&job).await["state"] == "running").then_some(())
    })
    .await;
    job
}

/// The job on a service that was started again, from its state to its bytes.
async fn continues(data: &Path, client: &Client, job: &Value) -> Value {
    let service = Service::start(data);
    let client = client.at(&service.url);
    let job = client.succeeded(job).await;
    assert_eq!(job["failures"], 0, "{job}");
    let result = zstd::decode_all(&client.output(&job).await[..]).unwrap();
    assert!(result == words());
    service.stop();
    job
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_lets_a_job_in_work_finish() {
    let data = tempdir().unwrap();
    let mut command = serve(data.path());
    command.args(["--drain-seconds", "100"]);
    let (service, client) = Service::first(command);
    let job = long_job(&client).await;
    service.stop();
    Stopped(data.path()).has_a_sound_database().await;
    let job = continues(data.path(), &client, &job).await;
    assert_eq!(job["attempt"], 1, "it had ended before: {job}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_cannot_finish_in_time_is_given_back_uncounted_and_continued_at_the_next_start()
{
    let data = tempdir().unwrap();
    let mut command = serve(data.path());
    command.args(["--drain-seconds", "0"]);
    let (service, client) = Service::first(command);
    let job = long_job(&client).await;
    let waits = client.get(&path(&job)).header("prefer", "wait=60");
    let waiting = tokio::spawn(async move { waits.answer().await });
    client.get("/livez").answer().await.is(200);
    service.stop();
    // Whoever waited is told how it stands, or is cut off: never that it ended.
    if let Ok(told) = waiting.await {
        assert_eq!(told.is(200).json()["state"], "running");
    }
    let job = continues(data.path(), &client, &job).await;
    assert_eq!(job["attempt"], 2, "{job}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_interrupt_ends_at_once_and_the_next_start_continues() {
    let data = tempdir().unwrap();
    let mut command = serve(data.path());
    command.args(["--drain-seconds", "100"]);
    let (mut service, client) = Service::first(command);
    let job = long_job(&client).await;
    service.process.signal(Signal::INT);
    service
        .process
        .wait_for_line("ending: what runs may finish", LONG);
    assert_eq!(service.interrupt().code(), Some(130));
    let job = continues(data.path(), &client, &job).await;
    assert_eq!(job["attempt"], 2, "{job}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_url_is_in_url_fields_and_mails() {
    const PUBLIC: &str = "https://files.example.org/little";
    let data = tempdir().unwrap();
    let mut command = serve(data.path());
    command.env("FILITTLE_PUBLIC_URL", format!("{PUBLIC}/"));
    let (service, client) = Service::first(command);
    let file = client.upload("a.txt", "some text").await;
    let job = json!({
        "inputs": [{"file": file["id"]}],
        "steps": [{"op": "compress"}],
        "notify": {"email": true},
    });
    let job = client.submit(&job).await;
    let job = client.succeeded(&job).await;
    let begins = format!("{PUBLIC}/v1/");
    for url in [
        &file["url"],
        &job["outputs"][0]["url"],
        &job["links"]["self"],
    ] {
        assert!(url.as_str().unwrap().starts_with(&begins), "{url}");
    }
    let mail = until("a mail has come", async || {
        files(&data.path().join("mail"))
            .into_iter()
            .find(|path| path.extension().is_some_and(|ending| ending == "eml"))
    })
    .await;
    let mail = fs::read_to_string(mail).unwrap();
    let whole = mail.replace("=\r\n", "").replace("=3D", "=");
    assert!(whole.contains(&format!("{begins}links/")), "{whole}");
    assert!(!whole.contains("127.0.0.1"), "{whole}");
    assert!(whole.contains("@files.example.org>"), "{whole}");
    service.stop();
}

#[test]
fn nobody_else_can_read_what_the_service_keeps() {
    let data = tempdir().unwrap();
    let (new, open) = (data.path().join("new"), data.path().join("open"));
    // A folder that somebody made before is often open to all.
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    for folder in [&new, &open] {
        Service::start(folder).stop();
        for inside in ["keys", "mail", "objects", "spool"] {
            assert_eq!(mode(&folder.join(inside)), 0o700, "{inside}");
        }
        assert_eq!(mode(&folder.join("filittle.sqlite")), 0o600);
        let keys = files(&folder.join("keys"));
        assert_eq!(keys.len(), 3);
        for key in keys {
            assert_eq!(mode(&key), 0o600, "{}", key.display());
        }
    }
    assert_eq!(mode(&new), 0o700);
    assert_eq!(
        mode(&open),
        0o755,
        "a folder that was there belongs to somebody"
    );
}

#[test]
fn a_bad_flag_or_variable_is_refused_by_name() {
    let data = tempdir().unwrap();
    let folder = data.path().join("new");
    let table = [
        ("FILITTLE_LISTEN", "--listen", "nowhere"),
        ("FILITTLE_CONCURRENCY", "--concurrency", "0"),
        ("FILITTLE_PUBLIC_URL", "--public-url", "ftp://example.org"),
        ("FILITTLE_ADMIN_EMAIL", "--admin-email", "not an address"),
        ("FILITTLE_MAIL_FROM", "--mail-from", "not an address"),
        ("FILITTLE_MAIL_URL", "--mail-url", "smtp://ada@mx.example"),
        ("FILITTLE_MAX_FILE_BYTES", "--max-file-bytes", "much"),
        ("FILITTLE_REGISTRATION", "--registration", "maybe"),
        ("FILITTLE_MEMORY_MIB", "--memory-mib", "-1"),
        ("FILITTLE_DRAIN_SECONDS", "--drain-seconds", "soon"),
    ];
    let start = |change: &dyn Fn(&mut Command)| {
        let mut command = filittle();
        command.arg("serve").arg("--data").arg(&folder);
        change(&mut command);
        command
    };
    for (variable, flag, value) in table {
        let by_flag = start(&|command| {
            command.arg(format!("{flag}={value}"));
        });
        refused(by_flag, &[variable, flag]);
        let by_variable = start(&|command| {
            command.env(variable, value);
        });
        refused(by_variable, &[variable, flag]);
    }
    let all = start(&|command| {
        command.envs(table.map(|(variable, _, value)| (variable, value)));
    });
    refused(all, &table.map(|(variable, _, _)| variable));
    let unknown = start(&|command| {
        command.arg("--frobnicate");
    });
    refused(unknown, &["--frobnicate"]);
    assert!(!folder.exists(), "nothing was begun");
}

/// Ends with 2 and these words. One that starts all the same is ended.
fn refused(command: Command, words: &[&str]) {
    let process = filittle_testkit::Process::start(command);
    let status = process.wait(Duration::from_secs(20));
    let told = process.errors().join("\n");
    assert_eq!(status.code(), Some(2), "{words:?}: {told}");
    for word in words {
        assert!(told.contains(word), "{word} in {told}");
    }
}

#[test]
fn an_address_that_is_taken_is_named() {
    let (data, other) = (tempdir().unwrap(), tempdir().unwrap());
    let service = Service::start(data.path());
    let address = service.url.strip_prefix("http://").unwrap();
    let mut command = filittle();
    command
        .args(["serve", "--listen", address, "--data"])
        .arg(other.path());
    let Output { status, stderr, .. } = command.output().unwrap();
    assert_eq!(status.code(), Some(1));
    assert!(
        text(&stderr).contains(&format!("cannot listen on {address}")),
        "{}",
        text(&stderr)
    );
    service.stop();
}
