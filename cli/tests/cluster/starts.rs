//! What a start says.

use std::process::Command;

use filittle_testkit::{PgBouncer, Process, binary};

use crate::answer::Send;
use crate::generate;
use crate::times::LONG;
use crate::world::{Replica, World, job};

/// Ends with 2 and all these words; answers what it told.
fn refused(command: &mut Command, words: &[&str]) -> String {
    let ended = command.output().unwrap();
    assert_eq!(ended.status.code(), Some(2), "{ended:?}");
    let told = String::from_utf8(ended.stderr).unwrap();
    for word in words {
        assert!(told.contains(word), "{word} {told}");
    }
    told
}

#[test]
fn a_start_names_every_mistake_at_once_and_no_secret() {
    for name in ["filittle-api", "filittle-worker"] {
        let world = World::new();
        let mut command = world.command(name);
        command
            .env("FILITTLE_DATABASE_URL", "mysql://user:hush1@host/name")
            .env("FILITTLE_REDIS_URL", "redis://:hush2@[")
            .env("FILITTLE_OBJECTS_URL", "s3://id:hush3@bucket")
            .env("FILITTLE_SECRET", "hush4")
            .env("FILITTLE_DATABASE_CONNECTIONS", "many")
            .env("FILITTLE_PUBLIC_URL", "");
        let told = refused(
            &mut command,
            &[
                "FILITTLE_DATABASE_URL (--database-url):",
                "FILITTLE_REDIS_URL (--redis-url):",
                "FILITTLE_OBJECTS_URL (--objects-url):",
                "FILITTLE_SECRET (--secret):",
                "FILITTLE_DATABASE_CONNECTIONS (--database-connections):",
                "FILITTLE_PUBLIC_URL (--public-url):",
            ],
        );
        assert!(!told.contains("hush"), "{told}");
    }
}

#[test]
fn a_panel_that_cannot_be_read_is_refused_with_its_line() {
    let world = World::new();
    let panels = tempfile::tempdir().unwrap();
    std::fs::write(
        panels.path().join("wall.toml"),
        "width = 8\nheight = 0\ninks = []\n",
    )
    .unwrap();
    let mut command = world.api_command();
    command.env("FILITTLE_DEVICES", panels.path());
    let words = ["FILITTLE_DEVICES (--devices): ", "wall.toml: line "];
    refused(&mut command, &words);
}

#[test]
fn an_admin_with_an_address_that_no_mail_can_go_to_is_refused() {
    let world = World::new();
    let mut command = world.api_command();
    command
        .env("FILITTLE_ADMIN_EMAIL", "nobody")
        .env("FILITTLE_ADMIN_PASSWORD", "hush hush");
    let words = ["FILITTLE_ADMIN_EMAIL (--admin-email): must be an e-mail address"];
    let told = refused(&mut command, &words);
    assert!(!told.contains("hush"), "{told}");
    assert!(!told.contains("must be given with"), "{told}");
}

#[test]
fn mistakes_of_a_worker_are_named_beside_those_of_the_cluster() {
    let world = World::new();
    let mut command = world.worker_command();
    command
        .env("FILITTLE_LANES", "bulk,slow")
        .env("FILITTLE_CONCURRENCY", "0")
        .env("FILITTLE_MEMORY_MIB", "lots")
        .env("FILITTLE_PROBE_LISTEN", "somewhere")
        .env("FILITTLE_MAIL_URL", "smtp://ada:hush@nowhere?tls=none")
        .env("FILITTLE_PUBLIC_URL", "");
    refused(
        &mut command,
        &[
            "FILITTLE_LANES (--lanes): \"slow\"",
            "FILITTLE_CONCURRENCY (--concurrency):",
            "FILITTLE_MEMORY_MIB (--memory-mib):",
            "FILITTLE_PROBE_LISTEN (--probe-listen):",
            "FILITTLE_MAIL_URL (--mail-url): a password is only sent with tls=required",
            "FILITTLE_MAIL_FROM (--mail-from): must be given with a mail server",
            "FILITTLE_PUBLIC_URL (--public-url):",
        ],
    );
}

#[test]
fn folders_that_cannot_be_made_are_named_at_once_and_before_anything_is_waited_for() {
    let world = World::new();
    let file = world.folder.path().join("file");
    std::fs::write(&file, "no folder").unwrap();
    let mut command = world.worker_command();
    command
        .env("FILITTLE_SPOOL_DIR", file.join("spool"))
        .env(
            "FILITTLE_MAIL_URL",
            format!("file://{}/mail", file.display()),
        )
        .env("FILITTLE_DATABASE_URL", "postgres://127.0.0.1:1/nobody");
    refused(
        &mut command,
        &["FILITTLE_SPOOL_DIR (", "FILITTLE_MAIL_URL ("],
    );
}

/// What the documentation lists is what the binaries take.
#[test]
fn every_variable_of_the_documentation_is_in_the_help_of_a_binary() {
    let page = include_str!("../../../docs/operate.md");
    let table = page.split("## Variables").nth(1).unwrap();
    let help: String = ["filittle-api", "filittle-worker"]
        .map(|name| Command::new(binary(name)).arg("--help").output().unwrap())
        .map(|ended| String::from_utf8(ended.stdout).unwrap())
        .concat();
    let is_of_a_name = |letter: char| letter.is_ascii_uppercase() || letter == '_';
    let names = (table.split('`'))
        .filter(|word| word.starts_with("FILITTLE_") && word.chars().all(is_of_a_name))
        // The one of the log, which is read before all else.
        .filter(|name| *name != "FILITTLE_LOG");
    let mut count = 0;
    for name in names {
        assert!(help.contains(&format!("[env: {name}")), "{name}: {help}");
        count += 1;
    }
    assert!(count > 15, "{count}");
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_start_together_make_one_first_account_of_a_password_in_a_file() {
    let world = World::new();
    let file = world.folder.path().join("password");
    std::fs::write(&file, "correct horse\n").unwrap();
    let start = || {
        let mut command = world.api_command();
        command
            .env_remove("FILITTLE_ADMIN_PASSWORD")
            .env("FILITTLE_ADMIN_PASSWORD_FILE", &file);
        Process::start(command)
    };
    let mut both = [start(), start()];
    let lines = both
        .each_mut()
        .map(|api| api.wait_for_line("filittle listens on ", LONG));
    assert_eq!(world.count("select count(*) from accounts"), 1);
    for line in lines {
        world.client(line.split_once(" on ").unwrap().1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_leaves_the_lanes_alone_that_are_not_its_own() {
    let world = World::new();
    let api = world.api();
    let client = world.client(&api.url).await;
    let mut command = world.worker_command();
    command.args(["--lanes", "interactive"]);
    let _small = Replica::start(command, "probes on ");
    let file = client.upload("a.txt", generate::text(1, 1000)).await;
    let bulk = client.submit(&job(&file, false)).await;
    let waited = client.post("/v1/jobs", &job(&file, false));
    let waited = waited.header("prefer", "wait=60").answer().await;
    assert_eq!(waited.is(202).json()["state"], "succeeded");
    assert_eq!(client.job(&bulk).await["state"], "queued");
    let _all = world.worker();
    client.succeeded(&bulk).await;
}

#[test]
fn secrets_are_read_from_files_and_the_usual_names_are_understood() {
    let world = World::new();
    let file = world.folder.path().join("secret");
    std::fs::write(&file, "a secret that stands in a file of its own\n").unwrap();
    let mut command = world.api_command();
    command
        .env_remove("FILITTLE_SECRET")
        .env("FILITTLE_SECRET_FILE", file)
        .env_remove("FILITTLE_DATABASE_URL")
        .env("DATABASE_URL", world.database.url())
        .env_remove("FILITTLE_REDIS_URL")
        .env("REDIS_URL", world.redis.url());
    crate::world::Replica::start(command, "filittle listens on ").stop();
}

#[test]
fn a_pooler_that_nobody_spoke_of_is_told_at_once() {
    let (world, server) = World::on_own_postgres();
    let pooler = PgBouncer::start(server.port());
    let url = pooler.url("postgres");
    let url = url.split_once('?').unwrap().0;
    for word in ["migrate", "admin create --email ada@example.org"] {
        let mut command = world.command("filittle");
        command
            .args(word.split(' '))
            .env("FILITTLE_DATABASE_URL", url);
        let ended = command.output().unwrap();
        assert_eq!(ended.status.code(), Some(1), "{ended:?}");
        let told = String::from_utf8_lossy(&ended.stderr);
        assert!(told.contains("add ?pgbouncer=true"), "{told}");
    }
}

#[test]
fn the_first_account_is_made_by_hand_and_never_touched_again() {
    let world = World::new();
    let create = || {
        let mut command = world.command("filittle");
        command.args(["admin", "create", "--email", "ada@example.org"]);
        command.output().unwrap()
    };
    let made = create();
    let told = String::from_utf8_lossy(&made.stdout);
    assert!(told.contains("export FILITTLE_KEY=fl_"), "{made:?}");
    assert_eq!(create().status.code(), Some(1));
    assert_eq!(world.count("select count(*) from accounts"), 1);
}
