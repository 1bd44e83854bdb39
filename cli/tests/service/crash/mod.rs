//! SIGKILL at any moment, under load, again and again.

mod goods;
mod ledger;
mod load;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use filittle_testkit::{Process, Signal};
use tempfile::tempdir;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::answer::Send;
use crate::generate::{Dice, seed};
use crate::service::{Service, serve};
use crate::stopped::Stopped;
use crate::times::{LONG, until};
use goods::Goods;
use ledger::Ledger;

const KILLS: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_kills_under_load_lose_nothing_and_double_nothing() {
    let seed = seed();
    println!("FILITTLE_TEST_SEED={seed}");
    let data = tempdir().unwrap();
    let (mut service, client) = Service::first(often_killed(data.path()));
    let (ledger, goods) = (Ledger::default(), Goods::make());
    let (urls, url) = watch::channel(service.url.clone());
    let mut load = JoinSet::new();
    for number in 0..4 {
        let (client, url) = (client.clone(), url.clone());
        load.spawn(load::run(
            client,
            url,
            ledger.clone(),
            goods.clone(),
            number,
        ));
    }
    drop(url);

    let mut dice = Dice::new(seed);
    for kill in 0..KILLS {
        sleep(Duration::from_millis(dice.between(100, 400))).await;
        sound(&service.kill());
        if kill % 5 == 4 {
            // Another one, while it is still starting.
            let starting = Process::start(often_killed(data.path()));
            sleep(Duration::from_millis(dice.between(0, 120))).await;
            starting.signal(Signal::KILL);
            starting.wait(LONG);
            sound(&starting.errors());
        }
        service = Service::run(often_killed(data.path()));
        urls.send_replace(service.url.clone());
    }
    drop(urls);
    load.join_all().await;

    let client = client.at(&service.url);
    until("all jobs have ended", async || {
        for state in ["queued", "running"] {
            let path = format!("/v1/jobs?state={state}&limit=1");
            let list = client.get(&path).answer().await.is(200).json();
            if list["items"] != serde_json::json!([]) {
                return None;
            }
        }
        Some(())
    })
    .await;
    ledger.compare(&client, &goods).await;
    println!("{}", ledger.summary());
    let status = service.interrupt();
    assert!(status.success(), "{status}");
    sound(&service.process.errors());

    let stopped = Stopped(data.path());
    stopped.has_a_sound_database().await;
    ledger.compare_rows(&stopped).await;
    stopped.is_as_its_events_say();
    println!("{:?}", stopped.has_sound_contents().await);
    assert_eq!(data.path().join("spool").read_dir().unwrap().count(), 0);
}

/// A service for which no number of kills is a reason to give a job up.
fn often_killed(data: &Path) -> Command {
    let mut command = serve(data);
    command.args(["--max-crashes", "1000"]);
    command
}

/// No fault of ours is in the log.
fn sound(log: &[String]) {
    for line in log {
        let bad = line.contains("panicked") || line.contains("\"level\":\"ERROR\"");
        assert!(!bad, "{line}");
    }
}
