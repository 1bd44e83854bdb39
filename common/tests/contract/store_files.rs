use filittle_common::domain::file::{Created, File, FileEvent, Image};
use filittle_common::ids::FileId;
use filittle_common::store::accounts::Account;
use filittle_common::store::events::{self, Cause};
use filittle_common::store::files::{self, Filter};
use filittle_common::store::{Db, blobs};
use uuid::Uuid;

use crate::both::on_both;
use crate::fixture::{blob, clock, owner};

async fn file(db: &Db, owner: &Account, name: &str) -> File {
    let now = clock(db).now();
    let created = Created {
        id: FileId::new(now),
        owner_id: owner.owner_id,
        created_by: owner.id,
        name: name.into(),
        media_type: "image/png".into(),
        size: 1 << 40,
        sha256: "h".into(),
        blob_id: blob(db).await,
        image: Some(Image {
            width: 3,
            height: 4,
        }),
    };
    let file = File::created(created, now);
    db.write(file.clone(), |tx, file| Box::pin(files::insert(tx, file)))
        .await
        .unwrap();
    file
}

on_both! {
    async fn a_file_is_found_by_its_owner_only(db: Db) {
        let (mine, other) = (owner(&db).await, owner(&db).await);
        let it = file(&db, &mine, "a.png").await;
        let mut read = db.read(mine.owner_id).await.unwrap();
        assert_eq!(files::find(&mut read, mine.owner_id, it.id).await.unwrap(), Some(it.clone()));
        assert_eq!(files::find(&mut read, other.owner_id, it.id).await.unwrap(), None);
        assert_eq!(files::usage(&mut read, mine.owner_id).await.unwrap(), (1, 1 << 40));
        assert_eq!(files::usage(&mut read, other.owner_id).await.unwrap(), (0, 0));
        drop(read);
        let delete = |owner, position| db.write((owner, it.id, position), |tx, &(owner, id, at)| {
            Box::pin(files::delete(tx, owner, id, at))
        });
        assert!(!delete(other.owner_id, 1).await.unwrap());
        assert!(!delete(mine.owner_id, 2).await.unwrap());
        assert!(delete(mine.owner_id, 1).await.unwrap());
    }

    async fn a_created_file_has_its_event_and_holds_its_content(db: Db) {
        let mine = owner(&db).await;
        let template = file(&db, &mine, "a.png").await;
        let blob = blob(&db).await;
        let created = Created {
            id: FileId::new(clock(&db).now()), owner_id: mine.owner_id, created_by: mine.id,
            name: "b".into(), media_type: "text/plain".into(), size: 4, sha256: "h".into(),
            blob_id: blob, image: template.image,
        };
        let it = db.write(created, |tx, created| Box::pin(async move {
            files::create_all(tx, vec![created.clone()], &Cause::system()).await
        })).await.unwrap().remove(0);
        let mut read = db.read(mine.owner_id).await.unwrap();
        assert_eq!(files::find(&mut read, mine.owner_id, it.id).await.unwrap(), Some(it.clone()));
        let events = events::read::<FileEvent>(&mut read, it.id.0).await.unwrap();
        assert_eq!(File::replay(events), Some(it));
        let later = clock(&db).now() + std::time::Duration::from_secs(1);
        let none = filittle_common::ids::BlobId(Uuid::nil());
        let unheld = blobs::unheld(&mut read, later, none, 9).await.unwrap();
        assert_eq!(unheld, [template.blob_id]);
    }

    async fn an_update_of_what_changed_meanwhile_is_a_conflict(db: Db) {
        let it = file(&db, &owner(&db).await, "a.png").await;
        let changed = File { name: "b".into(), tags: vec!["t".into()], position: 2, ..it };
        let update = || db.write(changed.clone(), |tx, it| Box::pin(files::update(tx, it)));
        update().await.unwrap();
        assert!(update().await.is_err());
        let mut read = db.read_any().await.unwrap();
        let found = files::find(&mut read, changed.owner_id, changed.id).await.unwrap();
        assert_eq!(found, Some(changed));
    }

    async fn a_list_is_newest_first_and_can_be_narrowed(db: Db) {
        let mine = owner(&db).await;
        let first = file(&db, &mine, "a%.png").await;
        let second = file(&db, &mine, "b.png").await;
        let tagged = File {
            category: Some("c".into()), tags: vec!["ä\"x".into(), "Two".into()], position: 2, ..first
        };
        db.write(tagged.clone(), |tx, it| Box::pin(files::update(tx, it))).await.unwrap();
        let mut read = db.read(mine.owner_id).await.unwrap();
        let newest = FileId(Uuid::max());
        let all = Filter::default();
        let found = files::list(&mut read, mine.owner_id, &all, newest, 10).await.unwrap();
        let mut ids = [tagged.id, second.id];
        ids.sort();
        ids.reverse();
        assert_eq!(found.iter().map(|file| file.id).collect::<Vec<_>>(), ids);
        let some = |text: &str| Some(text.to_owned());
        for (filter, count) in [
            (Filter { name: some("a%.png"), ..Filter::default() }, 1),
            (Filter { name: some("A%.png"), ..Filter::default() }, 0),
            (Filter { category: some("c"), ..Filter::default() }, 1),
            (Filter { media_type: some("image/png"), ..Filter::default() }, 2),
            (Filter { tag: some("ä\"x"), ..Filter::default() }, 1),
            (Filter { tag: some("Two"), ..Filter::default() }, 1),
            (Filter { tag: some("two"), ..Filter::default() }, 0),
            (Filter { tag: some("T%"), ..Filter::default() }, 0),
            (Filter { tag: some("wo"), ..Filter::default() }, 0),
        ] {
            let found = files::list(&mut read, mine.owner_id, &filter, newest, 10).await.unwrap();
            assert_eq!(found.len(), count, "{filter:?}");
        }
    }

    async fn a_rebuild_can_page_replace_and_discard(db: Db) {
        let it = file(&db, &owner(&db).await, "a.png").await;
        let changed = File { name: "other".into(), ..it.clone() };
        db.write(changed.clone(), |tx, it| Box::pin(files::replace(tx, it))).await.unwrap();
        let mut read = db.read_any().await.unwrap();
        let page = files::page(&mut read, FileId(Uuid::nil()), 10).await.unwrap();
        assert_eq!(page, [changed]);
        drop(read);
        db.write(it.id, |tx, &id| Box::pin(files::discard(tx, id))).await.unwrap();
        let mut read = db.read_any().await.unwrap();
        assert!(files::page(&mut read, FileId(Uuid::nil()), 10).await.unwrap().is_empty());
    }
}
