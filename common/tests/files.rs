//! What files promise, on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

#[expect(dead_code, reason = "shared with the other tests of contents")]
#[path = "blobs/contents.rs"]
mod contents;
#[path = "blobs/world.rs"]
mod world;

use contents::{MIB, noise, put};
use filittle_common::accounts::Accounts;
use filittle_common::actor::Member;
use filittle_common::app::{App, Parts};
use filittle_common::blobs::Stored;
use filittle_common::commands::Uploaded;
use filittle_common::commands::add_file::AddFile;
use filittle_common::commands::add_files::AddFiles;
use filittle_common::commands::delete_file::DeleteFile;
use filittle_common::commands::describe_file::DescribeFile;
use filittle_common::config::Config;
use filittle_common::domain::file::{File, FileEvent, Image};
use filittle_common::ids::{AccountId, BlobId, FileId, OwnerId};
use filittle_common::live::Live;
use filittle_common::problem::Problem;
use filittle_common::queries::get_file::GetFile;
use filittle_common::queries::list_files::{FilePage, ListFiles};
use filittle_common::queue::Queue;
use filittle_common::store::accounts::{self, Account, Role};
use filittle_common::store::{blobs, events, files};
use filittle_common::trace::Traces;
use filittle_common::wake::Wake;
use filittle_common::{Actor, Result, random};
use filittle_testkit::pictures;
use uuid::Uuid;
use world::{World, on_both};

/// Somebody with an app.
struct Person {
    app: App,
    actor: Actor,
    owner: OwnerId,
}

fn app(world: &World) -> App {
    App::new(Parts {
        traces: Traces::default(),
        db: world.db.clone(),
        blobs: world.blobs.clone(),
        queue: Queue::channel(),
        wake: Wake::default(),
        live: Live::default(),
        accounts: Accounts::ephemeral(),
        config: Config::default(),
    })
}

async fn person(world: &World) -> Person {
    let now = world.db.clock().now();
    let account = Account {
        id: AccountId::new(now),
        owner_id: OwnerId::new(now),
        email: random::uuid_v4().to_string(),
        name: None,
        password_hash: String::new(),
        role: Role::Member,
        verified_at: None,
        created_at: now,
    };
    let member = Member {
        account: account.id,
        owner: account.owner_id,
        role: account.role,
    };
    world
        .db
        .write(account, |tx, account| {
            Box::pin(accounts::insert(tx, account))
        })
        .await
        .expect("an account");
    Person {
        app: app(world),
        actor: Actor::member(member, None),
        owner: member.owner,
    }
}

impl Person {
    async fn store(&self, content: &[u8]) -> Stored {
        put(&self.app.blobs, content, MIB).await.expect("stored")
    }

    async fn add(&self, name: &str, content: &[u8]) -> File {
        let stored = self.store(content).await;
        let add = AddFile {
            name: Some(name.into()),
            stored,
        };
        self.app.execute(add, &self.actor).await.expect("a file")
    }

    async fn get(&self, id: FileId) -> Result<File> {
        self.app.ask(GetFile { id }, &self.actor).await
    }

    async fn list(&self, list: ListFiles) -> FilePage {
        self.app.ask(list, &self.actor).await.expect("a list")
    }

    async fn describe(&self, describe: DescribeFile) -> Result<File> {
        self.app.execute(describe, &self.actor).await
    }

    async fn delete(&self, id: FileId, if_match: Option<i64>) -> Result<()> {
        self.app
            .execute(DeleteFile { id, if_match }, &self.actor)
            .await
    }
}

async fn hold(world: &World, holder: Uuid, blob: BlobId) -> Result<()> {
    let hold = (holder, blob);
    world
        .db
        .write(hold, |tx, hold| Box::pin(blobs::hold(tx, hold.0, hold.1)))
        .await
}

/// Says nothing new of a file.
fn nothing(id: FileId) -> DescribeFile {
    DescribeFile {
        id,
        name: None,
        category: None,
        tags: None,
        if_match: None,
    }
}

fn problem<T>(outcome: Result<T>) -> Problem {
    outcome.err().expect("a problem").problem()
}

fn code<T>(outcome: Result<T>) -> &'static str {
    problem(outcome).kind.code()
}

fn uploaded(name: Option<&str>, stored: Stored) -> Uploaded {
    Uploaded {
        name: name.map(str::to_owned),
        stored,
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

fn names(page: &FilePage) -> Vec<&str> {
    page.items.iter().map(|file| file.name.as_str()).collect()
}

on_both! {
    async fn a_new_file_says_what_was_found_in_it(world: World) {
        let me = person(&world).await;
        let png = pictures::png(13, 7, &pictures::photo_like(13, 7));
        let file = me.add("a photo.PNG", &png).await;
        assert_eq!(file.media_type, "image/png");
        assert_eq!(file.image, Some(Image { width: 13, height: 7 }));
        assert_eq!((file.size, file.version, file.position), (i64::try_from(png.len()).unwrap(), 1, 1));
        assert_eq!(file.name, "a photo.PNG");
        assert_eq!(me.get(file.id).await.unwrap(), file);
        assert!(world.get(file.blob_id, png.len()).await.unwrap() == png);
    }

    async fn a_broken_picture_is_a_file_without_a_size_in_pixels(world: World) {
        let me = person(&world).await;
        let file = me.add("broken.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").await;
        assert_eq!((file.media_type.as_str(), file.image), ("image/png", None));
    }

    async fn a_file_without_a_name_gets_one_and_a_bad_name_is_made_harmless(world: World) {
        let me = person(&world).await;
        let stored = me.store(b"some words").await;
        let file = me.app.execute(AddFile { name: None, stored }, &me.actor).await.unwrap();
        assert_eq!(file.name, "file.txt");
        let file = me.add("../../etc/\u{202e}pass\0wd", b"some words").await;
        assert!(!file.name.contains(['/', '\0', '\u{202e}']));
    }

    async fn an_empty_upload_is_refused_and_leaves_nothing(world: World) {
        let me = person(&world).await;
        let before = world.there().await;
        let files = vec![
            uploaded(Some("a"), me.store(&noise(1, 5 * MIB)).await),
            uploaded(Some("b"), me.store(b"").await),
        ];
        assert_eq!(code(me.app.execute(AddFiles { files }, &me.actor).await), "empty-file");
        assert_eq!(world.there().await, before);
        assert!(me.list(ListFiles::default()).await.items.is_empty());
    }

    async fn files_of_one_request_come_all_or_not_at_all(world: World) {
        let me = person(&world).await;
        let files = vec![
            uploaded(None, me.store(b"one").await),
            uploaded(None, me.store(b"two").await),
        ];
        let added = me.app.execute(AddFiles { files }, &me.actor).await.unwrap();
        assert_eq!(added.len(), 2);
        let there = world.there().await;

        let lost = me.store(b"four").await;
        // As when the collector is faster than the request.
        let files = vec![
            uploaded(None, me.store(b"three").await),
            uploaded(None, lost.clone()),
        ];
        lost.abandon().await;
        assert_eq!(code(me.app.execute(AddFiles { files }, &me.actor).await), "unavailable");
        assert_eq!(me.list(ListFiles::default()).await.items.len(), 2);
        assert_eq!(world.there().await, there);
    }

    async fn an_upload_that_nobody_may_add_is_removed(world: World) {
        let me = person(&world).await;
        let before = world.there().await;
        let add = AddFile { name: None, stored: me.store(b"words").await };
        let refused = me.app.execute(add, &Actor::anonymous(None)).await;
        assert_eq!(code(refused), "unauthenticated");
        world.blobs.settled().await;
        assert_eq!(world.there().await, before);
    }

    async fn what_is_said_of_a_file_changes_and_the_rest_stays(world: World) {
        let me = person(&world).await;
        let file = me.add("a.txt", b"words").await;
        world.db.clock().advance(std::time::Duration::from_secs(5));
        let told = DescribeFile {
            category: Some("letters".into()),
            tags: Some(words(&["x", "y", "x"])),
            ..nothing(file.id)
        };
        let second = me.describe(told).await.unwrap();
        assert_eq!((second.name.as_str(), second.position), ("a.txt", 2));
        assert_eq!(second.category.as_deref(), Some("letters"));
        assert_eq!(second.tags, words(&["x", "y"]));
        assert!(second.updated_at > file.updated_at);
        assert_eq!(second.created_at, file.created_at);
        let renamed = DescribeFile {
            name: Some("b/.txt".into()),
            category: Some(String::new()),
            ..nothing(file.id)
        };
        let third = me.describe(renamed).await.unwrap();
        assert_eq!((third.name.as_str(), third.category.as_deref()), ("b.txt", None));
        assert_eq!(third.tags, second.tags);
        assert_eq!(me.get(file.id).await.unwrap(), third);
    }

    async fn saying_nothing_new_changes_nothing(world: World) {
        let me = person(&world).await;
        let file = me.add("a.txt", b"words").await;
        let same = DescribeFile { name: Some("a.txt".into()), ..nothing(file.id) };
        assert_eq!(me.describe(same).await.unwrap(), file);
        assert_eq!(me.describe(nothing(file.id)).await.unwrap(), file);
    }

    async fn bad_words_are_refused_each_with_its_pointer(world: World) {
        let me = person(&world).await;
        let file = me.add("a.txt", b"words").await;
        let long = "é".repeat(101);
        for (category, tags, wrong) in [
            (long.clone(), words(&[&long]), "/tags/0"),
            ("\0".into(), words(&["a", "\u{1b}[2J"]), "/tags/1"),
            (" ".into(), words(&[""]), "/tags/0"),
            ("\n".into(), vec!["t".into(); 33], "/tags"),
        ] {
            let bad = DescribeFile {
                name: Some(String::new()),
                category: Some(category),
                tags: Some(tags),
                ..nothing(file.id)
            };
            let problem = problem(me.describe(bad).await);
            let pointers: Vec<_> = problem.errors.iter().map(|it| it.pointer.as_str()).collect();
            assert_eq!(pointers, ["/category", "/name", wrong]);
        }
        let good = DescribeFile {
            category: Some("é".repeat(100)),
            tags: Some((0..32).map(|n| n.to_string()).collect()),
            ..nothing(file.id)
        };
        assert!(me.describe(good).await.is_ok());
    }

    async fn a_change_of_what_has_changed_meanwhile_is_refused(world: World) {
        let me = person(&world).await;
        let file = me.add("a.txt", b"words").await;
        let rename = |name: &str| DescribeFile {
            name: Some(name.into()),
            if_match: Some(1),
            ..nothing(file.id)
        };
        me.describe(rename("b")).await.unwrap();
        assert_eq!(code(me.describe(rename("c")).await), "precondition-failed");
        assert_eq!(code(me.delete(file.id, Some(1)).await), "precondition-failed");
        me.delete(file.id, Some(2)).await.unwrap();
    }

    async fn of_changes_at_once_none_is_lost(world: World) {
        let me = person(&world).await;
        let file = me.add("a.txt", b"words").await;
        let changes = (0..4).map(|n| {
            me.describe(DescribeFile { name: Some(n.to_string()), ..nothing(file.id) })
        });
        let ends = futures_util::future::join_all(changes).await;
        assert!(ends.iter().all(Result::is_ok), "{ends:?}");
        assert_eq!(me.get(file.id).await.unwrap().position, 5);

        let deleting = futures_util::future::join(
            me.delete(file.id, None),
            me.describe(DescribeFile { name: Some("last".into()), ..nothing(file.id) }),
        );
        let (deleted, described) = Box::pin(deleting).await;
        deleted.unwrap();
        assert!(described.is_ok() || code(described) == "gone");
        assert_eq!(code(me.get(file.id).await), "gone");
        let mut read = world.db.read(me.owner).await.unwrap();
        assert!(events::read::<FileEvent>(&mut read, file.id.0).await.unwrap().is_empty());
    }

    async fn the_events_of_a_file_tell_what_its_row_says(world: World) {
        let me = person(&world).await;
        let png = pictures::png(3, 3, &pictures::photo_like(3, 3));
        let file = me.add("a.png", &png).await;
        for step in 0..4 {
            world.db.clock().advance(std::time::Duration::from_micros(1_234_567));
            let told = DescribeFile {
                name: (step != 1).then(|| format!("{step}.png")),
                category: (step > 0).then(|| words(&["", "c"])[step % 2].clone()),
                tags: (step == 2).then(|| words(&["\"quoted\"", "100%"])),
                ..nothing(file.id)
            };
            me.describe(told).await.unwrap();
            let row = me.get(file.id).await.unwrap();
            let mut read = world.db.read(me.owner).await.unwrap();
            let told = events::read::<FileEvent>(&mut read, file.id.0).await.unwrap();
            assert_eq!(File::replay(told), Some(row));
        }
    }

    async fn what_is_deleted_is_gone_and_its_content_is_collected(world: World) {
        let me = person(&world).await;
        let before = world.there().await;
        let file = me.add("a", &noise(2, 5 * MIB)).await;
        me.delete(file.id, None).await.unwrap();
        assert_eq!(code(me.get(file.id).await), "gone");
        assert_eq!(code(me.delete(file.id, None).await), "gone");
        assert_eq!(code(me.describe(nothing(file.id)).await), "gone");
        assert!(me.list(ListFiles::default()).await.items.is_empty());
        world.collect_all(&world.blobs).await;
        assert_eq!(world.there().await, before);
    }

    async fn a_job_that_holds_the_content_keeps_it(world: World) {
        let me = person(&world).await;
        let file = me.add("a", b"words").await;
        let (job, blob) = (random::uuid_v4(), file.blob_id);
        hold(&world, job, blob).await.unwrap();
        me.delete(file.id, None).await.unwrap();
        world.collect_all(&world.blobs).await;
        assert_eq!(world.get(blob, 5).await.unwrap(), b"words");
        world.release(job).await;
        world.collect_all(&world.blobs).await;
        assert_eq!(code(hold(&world, job, blob).await), "not-found");
    }

    async fn what_is_somebody_elses_cannot_be_told_from_what_never_was(world: World) {
        let (me, other) = (person(&world).await, person(&world).await);
        let deleted = me.add("a", b"words").await.id;
        me.delete(deleted, None).await.unwrap();
        let mine = me.add("a", b"words").await.id;
        let never = FileId(random::uuid_v4());
        let expected = problem(other.get(never).await);
        assert_eq!(expected.kind.code(), "not-found");
        for id in [mine, deleted] {
            assert_eq!(problem(other.get(id).await), expected);
            assert_eq!(problem(other.describe(nothing(id)).await), expected);
            assert_eq!(problem(other.delete(id, None).await), expected);
        }
        assert!(other.list(ListFiles::default()).await.items.is_empty());
        assert!(me.get(mine).await.is_ok());
        let mut read = world.db.read(me.owner).await.unwrap();
        assert_eq!(files::usage(&mut read, me.owner).await.unwrap(), (1, 5));
    }

    async fn a_list_goes_page_by_page_from_the_newest(world: World) {
        let me = person(&world).await;
        for name in ["1", "2", "3", "4", "5"] {
            me.add(name, b"words").await;
            world.db.clock().advance(std::time::Duration::from_millis(1));
        }
        let two = |before| ListFiles { limit: Some(2), before, ..ListFiles::default() };
        let first = me.list(two(None)).await;
        assert_eq!(names(&first), ["5", "4"]);
        me.add("6", b"words").await;
        let second = me.list(two(first.next)).await;
        assert_eq!(names(&second), ["3", "2"]);
        let third = me.list(two(second.next)).await;
        assert_eq!((names(&third), third.next), (vec!["1"], None));
        assert_eq!(me.list(ListFiles::default()).await.items.len(), 6);
        for limit in [0, 101] {
            let list = ListFiles { limit: Some(limit), ..ListFiles::default() };
            assert_eq!(code(me.app.ask(list, &me.actor).await), "invalid");
        }
    }

    async fn a_list_is_narrowed_by_what_files_are(world: World) {
        let me = person(&world).await;
        let letter = me.add("letter", b"words").await;
        let png = pictures::png(3, 3, &pictures::photo_like(3, 3));
        me.add("picture", &png).await;
        let told = DescribeFile {
            category: Some("post".into()),
            tags: Some(words(&["100%", "new"])),
            ..nothing(letter.id)
        };
        me.describe(told).await.unwrap();
        let some = |text: &str| Some(text.to_owned());
        for (list, expected) in [
            (ListFiles { name: some("letter"), ..ListFiles::default() }, vec!["letter"]),
            (ListFiles { name: some("lett"), ..ListFiles::default() }, vec![]),
            (ListFiles { media_type: some("image/png"), ..ListFiles::default() }, vec!["picture"]),
            (ListFiles { category: some("post"), ..ListFiles::default() }, vec!["letter"]),
            (ListFiles { tag: some("100%"), ..ListFiles::default() }, vec!["letter"]),
            (ListFiles { tag: some("10_%"), ..ListFiles::default() }, vec![]),
            (ListFiles { tag: some("ne"), ..ListFiles::default() }, vec![]),
        ] {
            assert_eq!(names(&me.list(list).await), expected);
        }
        let bad = ListFiles { tag: some("\0"), ..ListFiles::default() };
        assert_eq!(problem(me.app.ask(bad, &me.actor).await).errors[0].pointer, "/tag");
    }
}
