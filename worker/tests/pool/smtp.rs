//! Mails over SMTP, to real servers that do what they are told.

use std::path::Path;
use std::time::Duration;

use filittle_common::accounts::Secret;
use filittle_common::commands::add_files::AddFiles;
use filittle_common::commands::cancel_job::CancelJob;
use filittle_common::commands::register::Register;
use filittle_common::commands::submit_job::SubmitJob;
use filittle_common::commands::verify::Verify;
use filittle_common::domain::Job;
use filittle_common::problem::Kind;
use filittle_common::store::mails::Mail;
use filittle_common::store::{mailboxes, mails, notices};
use filittle_common::{Actor, Error};
use filittle_testkit::{Certificate, SmtpServer, Taken};
use filittle_worker::notify::{Destination, Mailbox, Notifier, Smtp, Times};
use serde_json::json;

use crate::mails::take_now;
use crate::world::{LONG, World, zstd};

const FROM: &str = "filittle <mails@filittle.example>";

/// Short enough that a test can wait for what never comes, long enough for what does.
const IMPATIENT: Duration = Duration::from_millis(1500);

fn url(port: u16, options: &str) -> String {
    format!("smtp://127.0.0.1:{port}?{options}")
}

fn notifier_to(world: &World, url: &str, times: Times) -> Notifier {
    let Ok(Destination::Smtp(server)) = Destination::parse(url, None) else {
        panic!("{url} is no server")
    };
    let from: Mailbox = FROM.parse().unwrap();
    let smtp = Smtp::new(server, &from, &world.app.config.public_url, times).unwrap();
    Notifier::new(world.app.clone(), from, smtp)
}

fn notifier(world: &World, server: &SmtpServer) -> Notifier {
    notifier_to(world, &url(server.port(), "tls=none"), Times::default())
}

/// Ends are told at once: what is gathered has a test of its own.
async fn world() -> World {
    World::with(
        |config| {
            config.gather_mails = Duration::ZERO;
            config.public_url = "https://files.example".into();
        },
        |db, folder| filittle_common::blobs::Blobs::local(&folder.join("objects"), db).unwrap(),
    )
    .await
}

/// A world whose mails go to a server that does what it is told.
struct Scene {
    world: World,
    server: SmtpServer,
    notifier: Notifier,
}

impl Scene {
    async fn new() -> Self {
        let (world, server) = (world().await, SmtpServer::scripted());
        Self {
            notifier: notifier(&world, &server),
            world,
            server,
        }
    }

    async fn ended(&self, name: &str) -> Job {
        ended(&self.world, name).await
    }

    /// How many mails were tried.
    async fn send(&self) -> usize {
        self.notifier.send_waiting().await.unwrap()
    }

    async fn mail_of(&self, job: &Job) -> (String, Mail) {
        mail_of(&self.world, job).await
    }
}

/// A job of the world's account that ended and asked for a mail.
async fn ended(world: &World, name: &str) -> Job {
    let file = world.upload("a.txt", "x").await;
    let body = json!({
        "inputs": [{"file": file}], "steps": zstd(), "name": name, "notify": {"email": true},
    });
    let submit = SubmitJob::of_files(body, false);
    let job = world.app.execute(submit, &world.actor).await.unwrap();
    let cancel = CancelJob::of(job.id);
    world.app.execute(cancel, &world.actor).await.unwrap();
    job
}

/// The one mail of a job, with its one notice.
async fn mail_of(world: &World, job: &Job) -> (String, Mail) {
    let mut read = world.app.db.read(job.owner_id).await.unwrap();
    let mut notices = notices::of_job(&mut read, job.owner_id, job.id)
        .await
        .unwrap();
    assert_eq!(notices.len(), 1);
    let notice = notices.remove(0);
    let mail = mails::find(&mut read, notice.mail_id.unwrap()).await;
    (notice.state, mail.unwrap().unwrap())
}

fn message_id(mail: &Taken) -> String {
    let text = String::from_utf8(mail.bytes.clone()).unwrap();
    let line = text.lines().find(|line| line.starts_with("Message-ID: "));
    line.unwrap().to_owned()
}

/// Fails once as told, then is taken. Answers the mail after the first attempt, and all that the
/// server has.
async fn fails_once(verb: &str, what: &str) -> (Mail, Vec<Taken>) {
    let scene = Scene::new().await;
    let Scene { world, server, .. } = &scene;
    server.next(verb, what);
    let times = Times {
        greeting: IMPATIENT,
        command: IMPATIENT,
        data: IMPATIENT,
        block: IMPATIENT,
        dot: IMPATIENT,
        quit: IMPATIENT,
    };
    let job = scene.ended("x").await;
    let impatient = notifier_to(world, &url(server.port(), "tls=none"), times);
    assert_eq!(impatient.send_waiting().await.unwrap(), 1);
    let (state, first) = scene.mail_of(&job).await;
    assert_eq!(
        (state.as_str(), first.state.as_str()),
        ("waiting", "waiting")
    );
    assert!(first.next_at > world.app.db.clock().micros());
    assert_eq!(impatient.send_waiting().await.unwrap(), 0);
    take_now(world, &first).await;
    assert_eq!(scene.send().await, 1);
    let (state, second) = scene.mail_of(&job).await;
    assert_eq!((state.as_str(), second.state.as_str()), ("sent", "sent"));
    assert_eq!(second.body, first.body);
    let taken = server.taken();
    for mail in &taken {
        assert_eq!(mail.to, "ada@example.org");
        assert_eq!(Some(&mail.bytes), first.body.as_ref());
        let id = first.message_id.as_deref().unwrap();
        assert_eq!(message_id(mail), format!("Message-ID: {id}"));
    }
    (first, taken)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_handed_over_byte_for_byte_to_its_account_and_nobody_else() {
    let scene = Scene::new().await;
    let job = scene.ended("x").await;
    assert_eq!(scene.send().await, 1);
    assert_eq!(scene.send().await, 0);
    let (state, mail) = scene.mail_of(&job).await;
    assert_eq!((state.as_str(), mail.state.as_str()), ("sent", "sent"));
    let taken = Taken {
        to: "ada@example.org".into(),
        bytes: mail.body.unwrap(),
    };
    assert_eq!(scene.server.taken(), [taken]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_now_is_sent_later_once_and_with_the_same_bytes() {
    for (verb, what) in [
        ("greeting", "421"),
        ("MAIL", "450"),
        ("RCPT", "421"),
        ("RCPT", "452"),
        ("DATA", "451"),
        ("dot", "450"),
    ] {
        let (first, taken) = fails_once(verb, what).await;
        assert_eq!(
            (first.unknown_outcomes, taken.len()),
            (0, 1),
            "{verb} {what}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_us_altogether_costs_no_mail() {
    for (verb, what) in [("greeting", "554"), ("EHLO", "550")] {
        let (first, taken) = fails_once(verb, what).await;
        assert_eq!(
            (first.unknown_outcomes, taken.len()),
            (0, 1),
            "{verb} {what}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_or_silent_before_the_dot_has_taken_nothing() {
    for (verb, what) in [
        ("greeting", "cut"),
        ("greeting", "silent"),
        ("greeting", "drip"),
        ("EHLO", "silent"),
        ("MAIL", "silent"),
        ("RCPT", "cut"),
        ("DATA", "silent"),
    ] {
        let (first, taken) = fails_once(verb, what).await;
        assert_eq!(
            (first.unknown_outcomes, taken.len()),
            (0, 1),
            "{verb} {what}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_cut_or_silent_after_the_dot_may_come_twice_and_is_written_down() {
    for what in ["cut", "silent", "drip"] {
        let (first, taken) = fails_once("dot", what).await;
        assert_eq!((first.unknown_outcomes, taken.len()), (1, 2), "{what}");
    }
}

/// A mail is refused so, for good. How many in a row count against the address then.
async fn refused(scene: &Scene, verb: &str, what: &str) -> i32 {
    scene.server.next(verb, what);
    let job = scene.ended(verb).await;
    assert_eq!(scene.send().await, 1);
    let (state, mail) = scene.mail_of(&job).await;
    assert_eq!((state.as_str(), mail.state.as_str()), ("failed", "failed"));
    let outcome = mail.outcome.unwrap();
    assert!(what.split(' ').all(|it| outcome.contains(it)), "{outcome}");
    mailbox(scene).await.refusals
}

async fn mailbox(scene: &Scene) -> mailboxes::Mailbox {
    let mut read = scene.world.app.db.read_any().await.unwrap();
    let mailbox = mailboxes::find(&mut read, scene.world.member.account).await;
    mailbox.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_good_is_tried_once_and_three_that_speak_of_the_address_suppress_it() {
    let scene = Scene::new().await;
    for (verb, what, count) in [
        ("RCPT", "550", 1),
        ("RCPT", "554 5.1.1", 2),
        ("dot", "550", 3),
    ] {
        assert_eq!(refused(&scene, verb, what).await, count, "{verb} {what}");
    }
    scene.ended("fourth").await;
    assert_eq!(scene.send().await, 0);
    let server = &scene.server;
    assert_eq!((server.conversations(), server.taken().len()), (3, 0));
    assert!(mailbox(&scene).await.suppressed_at.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_its_size_its_looks_or_its_sender_counts_against_no_address() {
    let scene = Scene::new().await;
    for (verb, what) in [
        ("MAIL", "550 5.1.8"),
        ("RCPT", "550 5.7.1"),
        ("RCPT", "552 5.2.2"),
        ("RCPT", "554"),
        ("DATA", "554 5.7.1"),
        ("dot", "552"),
        ("dot", "552 5.3.4"),
        ("dot", "554"),
        ("dot", "554 5.6.0"),
    ] {
        assert_eq!(refused(&scene, verb, what).await, 0, "{verb} {what}");
    }
    assert!(mailbox(&scene).await.suppressed_at.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_hangs_keeps_its_slot_and_no_other_mail() {
    let scene = std::sync::Arc::new(Scene::new().await);
    scene.server.next("RCPT", "silent");
    let running = tokio::spawn({
        let scene = scene.clone();
        async move { scene.notifier.run().await }
    });
    for name in ["first", "second", "third"] {
        scene.ended(name).await;
    }
    let others = async {
        while scene.server.taken().len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, others).await.unwrap();
    running.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orderly_end_waits_for_what_is_under_way_and_begins_with_nothing_more() {
    let scene = Scene::new().await;
    scene.ended("x").await;
    let (sent, ()) = tokio::join!(scene.send(), async {
        while scene.server.conversations() == 0 {
            tokio::task::yield_now().await;
        }
        scene.notifier.drain(LONG).await;
    });
    assert_eq!((sent, scene.server.taken().len()), (1, 1));
    scene.ended("y").await;
    assert_eq!(scene.send().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn ends_that_are_due_together_are_one_mail_that_names_each() {
    let scene = Scene::new().await;
    let jobs = [
        scene.ended("one").await,
        scene.ended("two\u{202e}").await,
        scene.ended("three").await,
    ];
    assert_eq!(scene.send().await, 1);
    let taken = scene.server.taken();
    assert_eq!(taken.len(), 1);
    let text = String::from_utf8(taken[0].bytes.clone()).unwrap();
    assert!(text.contains("Subject: 3 jobs have ended\r\n"), "{text}");
    for name in ["one", "two", "three"] {
        assert!(text.contains(&format!("cancelled: {name}")), "{text}");
    }
    let mut ids = Vec::new();
    for job in &jobs {
        let (state, mail) = scene.mail_of(job).await;
        assert_eq!(state, "sent");
        ids.push(mail.id);
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
}

async fn over_tls(options: impl Fn(&SmtpServer, &Path) -> String) -> (usize, Mail) {
    let (world, certificate) = (world().await, Certificate::new());
    let server = SmtpServer::with_tls(&certificate);
    let url = options(&server, &certificate.file());
    let job = ended(&world, "x").await;
    let notifier = notifier_to(&world, &url, Times::default());
    assert_eq!(notifier.send_waiting().await.unwrap(), 1);
    let (_, mail) = mail_of(&world, &job).await;
    for taken in server.taken() {
        assert_eq!(Some(taken.bytes), mail.body);
    }
    (server.taken().len(), mail)
}

/// Who may send there, percent-encoded.
const LOGIN: &str = "ada:p%40ss%2Fw";

#[tokio::test(flavor = "multi_thread")]
async fn mails_go_by_starttls_and_by_tls_with_a_password_to_who_has_the_right_certificate() {
    let (taken, mail) = over_tls(|server, ca| {
        let ca = ca.display();
        format!(
            "smtp://{LOGIN}@127.0.0.1:{}?tls=required&ca={ca}",
            server.port()
        )
    })
    .await;
    assert_eq!((taken, mail.state.as_str()), (1, "sent"));
    let (taken, mail) = over_tls(|server, ca| {
        let (port, ca) = (server.tls_port(), ca.display());
        format!("smtps://{LOGIN}@127.0.0.1:{port}?ca={ca}")
    })
    .await;
    assert_eq!((taken, mail.state.as_str()), (1, "sent"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_to_who_has_a_certificate_of_others_or_to_a_wrong_password() {
    let other = Certificate::new();
    let ca = other.file().display().to_string();
    let (taken, mail) =
        over_tls(|server, _| format!("smtp://{LOGIN}@127.0.0.1:{}?ca={ca}", server.port())).await;
    assert_eq!((taken, mail.state.as_str()), (0, "waiting"));
    assert!(mail.outcome.unwrap().starts_with("STARTTLS"));
    let (taken, mail) = over_tls(|server, ca| {
        let ca = ca.display();
        format!("smtp://ada:wrong@127.0.0.1:{}?ca={ca}", server.port())
    })
    .await;
    assert_eq!((taken, mail.state.as_str()), (0, "waiting"));
    assert!(mail.outcome.unwrap().contains("535"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_starttls_gets_nothing_unless_that_was_allowed() {
    let scene = Scene::new().await;
    let Scene { world, server, .. } = &scene;
    let job = scene.ended("x").await;
    let required = notifier_to(world, &url(server.port(), "tls=required"), Times::default());
    required.send_waiting().await.unwrap();
    assert!(server.taken().is_empty());
    let (_, mail) = scene.mail_of(&job).await;
    assert!(mail.outcome.as_ref().unwrap().contains("no STARTTLS"));
    take_now(world, &mail).await;
    let relaxed = url(server.port(), "tls=opportunistic");
    let relaxed = notifier_to(world, &relaxed, Times::default());
    relaxed.send_waiting().await.unwrap();
    assert_eq!(server.taken().len(), 1);
}

/// Stands between client and server, and adds words of its own to the answer to STARTTLS, in the
/// clear, as if they had been said under TLS.
async fn slipping_in(server: u16) -> u16 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
    use tokio::net::{TcpListener, TcpStream};
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
        let mut bytes = [0; 4096];
        for turn in 0..3 {
            let count = server.read(&mut bytes).await.unwrap();
            let mut said = bytes[..count].to_vec();
            if turn == 2 {
                said.extend_from_slice(b"250-slipped in\r\n250 AUTH PLAIN\r\n");
            }
            client.write_all(&said).await.unwrap();
            if turn < 2 {
                let count = client.read(&mut bytes).await.unwrap();
                server.write_all(&bytes[..count]).await.unwrap();
            }
        }
        drop(copy_bidirectional(&mut client, &mut server).await);
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_slipped_in_behind_the_answer_to_starttls_ends_the_conversation() {
    let (world, certificate) = (world().await, Certificate::new());
    let server = SmtpServer::with_tls(&certificate);
    let port = slipping_in(server.port()).await;
    let job = ended(&world, "x").await;
    let ca = certificate.file();
    let url = format!("smtp://{LOGIN}@127.0.0.1:{port}?ca={}", ca.display());
    let notifier = notifier_to(&world, &url, Times::default());
    notifier.send_waiting().await.unwrap();
    let (_, mail) = mail_of(&world, &job).await;
    assert_eq!(mail.state, "waiting");
    assert!(mail.outcome.unwrap().starts_with("STARTTLS"));
    assert!(server.taken().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unverified_account_gets_its_verification_and_after_it_mails_of_its_jobs() {
    let scene = Scene::new().await;
    let Scene { world, server, .. } = &scene;
    let register = Register {
        email: "eve@example.org".into(),
        password: Secret::new("correct horse"),
        name: Some("Eve\r\nBcc: all@example.org".into()),
    };
    assert!(
        world
            .app
            .execute(register, &Actor::anonymous(None))
            .await
            .is_err()
    );
    let register = Register {
        email: "eve@example.org".into(),
        password: Secret::new("correct horse"),
        name: Some("Eve".into()),
    };
    let eve = world.app.execute(register, &Actor::anonymous(None)).await;
    let eve = member(world, eve.unwrap().id).await;
    assert_eq!(scene.send().await, 1);
    let mail = server.taken().remove(0);
    assert_eq!(mail.to, "eve@example.org");
    let text = String::from_utf8(mail.bytes).unwrap().replace("=\r\n", "");
    assert!(text.contains("Subject: Verify your address\r\n"));
    assert!(!text.contains("Eve") && !text.contains("List-Unsubscribe"));
    let token = text
        .split("#verify=3D")
        .nth(1)
        .or(text.split("#verify=").nth(1));
    let token = token.unwrap().split_whitespace().next().unwrap().to_owned();
    let verify = |token: &str| Verify {
        token: Secret::new(token),
    };
    let nobody = Actor::anonymous(None);
    let refused = async |token: &str| match world.app.execute(verify(token), &nobody).await {
        Err(Error::Problem(problem)) => problem.kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused("flv_nonsense").await, Kind::NotFound);
    world.app.execute(verify(&token), &nobody).await.unwrap();
    assert_eq!(refused(&token).await, Kind::Gone);
    ended_of(world, &eve).await;
    assert_eq!(scene.send().await, 1);
    assert_eq!(server.taken()[1].to, "eve@example.org");
}

async fn member(world: &World, id: filittle_common::ids::AccountId) -> Actor {
    let mut read = world.app.db.read_any().await.unwrap();
    let account = filittle_common::store::accounts::find(&mut read, id).await;
    let account = account.unwrap().unwrap();
    let member = filittle_common::actor::Member {
        account: account.id,
        owner: account.owner_id,
        role: account.role,
    };
    Actor::member(member, None)
}

/// A job of somebody else than the world's own account.
async fn ended_of(world: &World, actor: &Actor) {
    let add = AddFiles {
        files: vec![world.uploaded("a", "x").await],
    };
    let file = world.app.execute(add, actor).await.unwrap()[0].id;
    let body = json!({"inputs": [{"file": file}], "steps": zstd(), "notify": {"email": true}});
    let submit = SubmitJob::of_files(body, false);
    let job = world.app.execute(submit, actor).await.unwrap();
    let cancel = CancelJob::of(job.id);
    world.app.execute(cancel, actor).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_head_of_a_mail_says_how_to_end_them_and_holds_nothing_of_a_user() {
    let scene = Scene::new().await;
    let Scene { world, server, .. } = &scene;
    let name = "Q3\u{202e}\u{2066}x";
    let job = scene.ended(name).await;
    scene.send().await;
    let text = String::from_utf8(server.taken().remove(0).bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(
        head.contains("From: filittle <mails@filittle.example>\r\n"),
        "{head}"
    );
    assert!(
        head.contains("Subject: Your job was cancelled\r\n"),
        "{head}"
    );
    assert!(
        head.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
        "{head}"
    );
    assert!(!head.contains("Q3"), "{head}");
    assert!(body.contains("Job: Q3x"), "{body}");
    let token = head
        .split("<https://files.example/v1/unsubscribe/")
        .nth(1)
        .unwrap();
    let token = token.split('>').next().unwrap().to_owned();
    let links = world.app.accounts.links();
    let link = links.open(&token, world.app.db.clock().now()).unwrap();
    assert_eq!(link.owner, job.owner_id);
    let unsubscribe = filittle_common::commands::unsubscribe::Unsubscribe { token };
    let nobody = Actor::anonymous(None);
    world.app.execute(unsubscribe, &nobody).await.unwrap();
    scene.ended("y").await;
    assert_eq!(scene.send().await, 0);
}
