//! What a start says.

use filittle_testkit::PgBouncer;

use crate::world::World;

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
        let ended = command.output().unwrap();
        assert_eq!(ended.status.code(), Some(2), "{ended:?}");
        let told = String::from_utf8_lossy(&ended.stderr);
        for variable in [
            "FILITTLE_DATABASE_URL (--database-url):",
            "FILITTLE_REDIS_URL (--redis-url):",
            "FILITTLE_OBJECTS_URL (--objects-url):",
            "FILITTLE_SECRET (--secret):",
            "FILITTLE_DATABASE_CONNECTIONS (--database-connections):",
            "FILITTLE_PUBLIC_URL (--public-url):",
        ] {
            assert!(told.contains(variable), "{variable} {told}");
        }
        assert!(!told.contains("hush"), "{told}");
    }
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
