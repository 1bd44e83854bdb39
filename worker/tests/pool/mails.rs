use filittle_common::commands::submit_job::SubmitJob;
use filittle_common::domain::Job;
use filittle_common::store::mails::{Attempted, Mail};
use filittle_common::store::{mails, notices};
use filittle_worker::notify::{Folder, Notifier};
use serde_json::json;

use crate::world::{World, dither, picture, zstd};

const FROM: &str = "filittle <filittle@localhost>";

async fn ended_job(world: &World, email: bool) -> Job {
    let _pool = world.pool(1).await;
    let file = world.upload("re\u{202e}port <b>.txt", "x").await;
    let more = json!({"notify": {"email": email}, "name": "Q3 & Q4"});
    let job = world.submit_with(&[file], zstd(), more).await;
    world.ended(job.id).await
}

fn notifier(world: &World) -> Notifier {
    let folder = Folder::open(world.folder.path().join("mail")).unwrap();
    Notifier::new(world.app.clone(), FROM.parse().unwrap(), folder)
}

fn written(world: &World) -> Vec<String> {
    let folder = std::fs::read_dir(world.folder.path().join("mail")).unwrap();
    folder
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect()
}

/// Lets a mail that waits be tried at once.
pub(crate) async fn take_now(world: &World, mail: &Mail) {
    world
        .app
        .db
        .write(mail.clone(), |tx, mail| {
            Box::pin(async move {
                mails::take(tx, i64::MAX, i64::MAX, 1).await?;
                let attempted = Attempted {
                    id: mail.id,
                    attempt: mail.attempts + 1,
                    unknown: 0,
                    outcome: "",
                };
                mails::postpone(tx, &attempted, 0).await
            })
        })
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_job_that_asked_for_it_has_one_mail_with_a_link_that_opens() {
    let world = World::new().await;
    let job = ended_job(&world, true).await;
    let notifier = notifier(&world);
    assert_eq!(notifier.send_waiting().await.unwrap(), 1);
    assert_eq!(notifier.send_waiting().await.unwrap(), 0);
    let mails = written(&world);
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("To: ada@example.org"));
    assert!(mails[0].contains("Subject: Your job is done\r\n"));
    let whole = mails[0].replace("=\r\n", "");
    let token = whole
        .split("/v1/links/")
        .nth(1)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap();
    let link = world
        .app
        .accounts
        .links()
        .open(token, job.finished_at.unwrap())
        .unwrap();
    assert_eq!(link.owner, job.owner_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_who_did_not_ask() {
    let world = World::new().await;
    ended_job(&world, false).await;
    assert_eq!(notifier(&world).send_waiting().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_stand_escaped_in_the_body_and_nowhere_else() {
    let world = World::new().await;
    ended_job(&world, true).await;
    notifier(&world).send_waiting().await.unwrap();
    let mail = written(&world).remove(0);
    let (head, body) = mail.split_once("\r\n\r\n").unwrap();
    assert!(!head.contains("report") && !head.contains("Q3"));
    let html = body
        .rsplit("text/html")
        .next()
        .unwrap()
        .replace("=\r\n", "");
    assert!(!html.contains("<b>") && !html.contains("Q3 & Q4"), "{html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_names_twenty_outputs_and_twenty_failed_files_and_counts_the_rest() {
    let world = World::new().await;
    let _pool = world.pool(1).await;
    let mut inputs = Vec::new();
    for n in 0..22 {
        inputs.push(world.upload(&format!("good{n:02}.png"), picture(8)).await);
        inputs.push(world.upload(&format!("bad{n:02}.txt"), "no picture").await);
    }
    inputs.push(world.upload("bad22.txt", "no picture").await);
    let more = json!({"notify": {"email": true}});
    let job = world.submit_with(&inputs, dither(), more).await;
    world.ended(job.id).await;
    notifier(&world).send_waiting().await.unwrap();
    let mail = written(&world).remove(0).replace("=\r\n", "");
    let (text, html) = mail.split_once("text/html").unwrap();
    for part in [text, html] {
        assert!(part.contains("good19") && part.contains("bad19"), "{part}");
        assert!(
            !part.contains("good20") && !part.contains("bad20"),
            "{part}"
        );
        assert!(part.to_lowercase().contains("and 2 more;"), "{part}");
        assert!(
            part.to_lowercase().contains("and 3 more that failed;"),
            "{part}"
        );
        assert!(part.contains("/v1/unsubscribe/"), "{part}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_attempt_at_a_mail_sends_the_same_bytes() {
    let world = World::new().await;
    let job = ended_job(&world, true).await;
    // A folder that cannot be written to: the message is rendered and stored all the same.
    let blocked = world.folder.path().join("blocked");
    let folder = Folder::open(&blocked).unwrap();
    std::fs::remove_dir(&blocked).unwrap();
    std::fs::write(&blocked, "").unwrap();
    let failing = Notifier::new(world.app.clone(), FROM.parse().unwrap(), folder);
    failing.send_waiting().await.unwrap();
    let stored = || async {
        let mut read = world.app.db.read(job.owner_id).await.unwrap();
        let notices = notices::of_job(&mut read, job.owner_id, job.id);
        let mail = notices.await.unwrap()[0].mail_id.unwrap();
        mails::find(&mut read, mail).await.unwrap().unwrap()
    };
    let first = stored().await;
    assert_eq!(first.state, "waiting");
    let body = first.body.clone().unwrap();
    take_now(&world, &first).await;
    assert_eq!(notifier(&world).send_waiting().await.unwrap(), 1);
    assert_eq!(written(&world), [String::from_utf8(body).unwrap()]);
    let sent = stored().await;
    assert_eq!(
        (sent.state.as_str(), sent.message_id),
        ("sent", first.message_id)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_tells_so() {
    let world = World::new().await;
    let file = world.upload("a", "x").await;
    let body = json!({"inputs": [{"file": file}], "steps": zstd(), "notify": {"email": true}});
    let submit = SubmitJob::of_files(body, false);
    let job = world.app.execute(submit, &world.actor).await.unwrap();
    let cancel = filittle_common::commands::cancel_job::CancelJob::of(job.id);
    world.app.execute(cancel, &world.actor).await.unwrap();
    notifier(&world).send_waiting().await.unwrap();
    assert!(written(&world)[0].contains("Subject: Your job was cancelled\r\n"));
}
