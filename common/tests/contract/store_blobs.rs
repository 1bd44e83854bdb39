use std::time::Duration;

use filittle_common::ids::{BlobId, BlockId};
use filittle_common::random;
use filittle_common::store::blobs::{Blob, Place};
use filittle_common::store::{blobs, blocks};
use uuid::Uuid;

use crate::both::on_both;
use crate::fixture::{blob, block, clock};

on_both! {
    async fn a_content_is_present_once(db: Db) {
        let (first, second) = (block(&db, "same"), block(&db, "same"));
        db.write((first.clone(), second.clone()), |tx, (first, second)| Box::pin(async move {
            blocks::insert(tx, first).await?;
            blocks::insert(tx, second).await?;
            assert!(blocks::mark_present(tx, first.id).await?);
            assert!(!blocks::mark_present(tx, first.id).await?);
            Ok(())
        })).await.unwrap();
        let again = db.write(second.id, |tx, &id| Box::pin(blocks::mark_present(tx, id))).await;
        assert!(again.unwrap_err().is_unique_violation());
        let touch = |hash: &'static str| db.write(hash, |tx, hash| {
            Box::pin(blocks::touch_present(tx, hash, 7))
        });
        let found = touch("same").await.unwrap().unwrap();
        assert_eq!((found.id, found.touched_at, found.state.as_str()), (first.id, first.touched_at + 1, "present"));
        assert_eq!(touch("other").await.unwrap(), None);
    }

    async fn what_is_referred_to_or_was_touched_is_never_marked_for_deletion(db: Db) {
        let held = blob(&db).await;
        let young = block(&db, "young");
        db.write(young.clone(), |tx, it| Box::pin(blocks::insert(tx, it))).await.unwrap();
        let mut read = db.read_any().await.unwrap();
        let placed = blocks::of_blob(&mut read, held, 0, 4).await.unwrap();
        let none = BlockId(Uuid::nil());
        let found = blocks::unreferenced(&mut read, i64::MAX, none, 9).await.unwrap();
        assert_eq!(found, std::slice::from_ref(&young));
        let young_only = blocks::unreferenced(&mut read, young.touched_at - 1, none, 9).await;
        assert!(young_only.unwrap().is_empty());
        assert_eq!(blocks::page(&mut read, none, 9).await.unwrap().len(), 2);
        let referred = blocks::find(&mut read, placed[0].block_id).await.unwrap().unwrap();
        drop(read);
        let mark = |id, touched| db.write((id, touched), |tx, &(id, touched)| {
            Box::pin(blocks::mark_deleting(tx, id, touched))
        });
        assert!(!mark(referred.id, referred.touched_at).await.unwrap());
        assert!(!mark(young.id, young.touched_at - 1).await.unwrap());
        assert!(mark(young.id, young.touched_at).await.unwrap());
    }

    async fn a_touch_is_always_seen_and_only_by_a_present_block(db: Db) {
        let it = block(&db, "x");
        let at = it.touched_at;
        db.write(it, |tx, it| Box::pin(async move {
            blocks::insert(tx, it).await?;
            assert!(!blocks::touch(tx, it.id, it.touched_at).await?);
            blocks::mark_present(tx, it.id).await?;
            assert!(blocks::touch(tx, it.id, it.touched_at).await?);
            assert!(!blocks::mark_deleting(tx, it.id, it.touched_at).await?);
            Ok(())
        })).await.unwrap();
        let found = db.write((), |tx, ()| Box::pin(blocks::touch_present(tx, "x", 0))).await;
        assert_eq!(found.unwrap().unwrap().touched_at, at + 2);
    }

    async fn a_block_that_is_being_deleted_counts_as_absent(db: Db) {
        let it = block(&db, "x");
        db.write(it.clone(), |tx, it| Box::pin(async move {
            blocks::insert(tx, it).await?;
            blocks::mark_present(tx, it.id).await?;
            assert!(blocks::mark_deleting(tx, it.id, it.touched_at).await?);
            assert_eq!(blocks::touch_present(tx, "x", 2).await?, None);
            blocks::delete(tx, it.id).await?;
            assert_eq!(blocks::find(tx, it.id).await?, None);
            Ok(())
        })).await.unwrap();
    }

    async fn a_damaged_block_makes_room_for_a_good_one(db: Db) {
        let (bad, good) = (block(&db, "x"), block(&db, "x"));
        db.write((bad, good), |tx, (bad, good)| Box::pin(async move {
            blocks::insert(tx, bad).await?;
            blocks::mark_present(tx, bad.id).await?;
            blocks::mark_damaged(tx, bad.id).await?;
            blocks::insert(tx, good).await?;
            assert!(blocks::mark_present(tx, good.id).await?);
            Ok(())
        })).await.unwrap();
    }

    async fn a_range_names_only_the_blocks_it_touches(db: Db) {
        let held = blob(&db).await;
        let next = block(&db, "next");
        db.write((next, held), |tx, (next, held)| Box::pin(async move {
            blocks::insert(tx, next).await?;
            blocks::mark_present(tx, next.id).await?;
            let place = Place { blob: *held, start_byte: 4, length: 4, block: next.id };
            blobs::place(tx, place).await
        })).await.unwrap();
        let mut read = db.read_any().await.unwrap();
        for (from, to, starts) in [(0, 4, vec![0]), (3, 5, vec![0, 4]), (4, 8, vec![4]), (8, 9, vec![])] {
            let placed = blocks::of_blob(&mut read, held, from, to).await.unwrap();
            let found: Vec<i64> = placed.iter().map(|it| it.start_byte).collect();
            assert_eq!(found, starts, "{from}..{to}");
        }
    }

    async fn a_held_blob_stays_and_an_unheld_one_goes(db: Db) {
        let (held, free) = (blob(&db).await, blob(&db).await);
        let holder = random::uuid_v4();
        clock(&db).advance(Duration::from_mins(1));
        let now = clock(&db).now();
        db.write((held, free, holder, now), |tx, &(held, free, holder, now)| Box::pin(async move {
            blobs::hold(tx, holder, held).await?;
            blobs::hold(tx, holder, held).await?;
            assert_eq!(blobs::unheld(tx, now, BlobId(Uuid::nil()), 9).await?, [free]);
            assert!(!blobs::delete_unheld(tx, held).await?);
            assert!(blobs::delete_unheld(tx, free).await?);
            Ok(())
        })).await.unwrap();
        let mut read = db.read_any().await.unwrap();
        assert!(blobs::find(&mut read, held).await.unwrap().is_some());
        assert!(blobs::find(&mut read, free).await.unwrap().is_none());
        drop(read);
        let released = db.write(holder, |tx, &holder| Box::pin(blobs::release(tx, holder))).await;
        assert_eq!(released.unwrap(), 1);
    }

    async fn who_put_a_block_may_give_it_up_until_somebody_touches_it(db: Db) {
        let (pending, touched) = (block(&db, "p"), block(&db, "t"));
        db.write((pending, touched), |tx, (pending, touched)| Box::pin(async move {
            blocks::insert(tx, pending).await?;
            assert!(blocks::abandon(tx, pending.id, 0).await?);
            blocks::insert(tx, touched).await?;
            blocks::mark_present(tx, touched.id).await?;
            blocks::touch_present(tx, "t", touched.touched_at).await?;
            assert!(!blocks::abandon(tx, touched.id, touched.touched_at).await?);
            assert!(blocks::abandon(tx, touched.id, touched.touched_at + 1).await?);
            Ok(())
        })).await.unwrap();
    }

    async fn blobs_of_a_damaged_block_move_to_a_good_one_of_the_same_content(db: Db) {
        let held = blob(&db).await;
        let mut read = db.read_any().await.unwrap();
        let bad = blocks::of_blob(&mut read, held, 0, 4).await.unwrap().remove(0);
        drop(read);
        let good = block(&db, &bad.sha256);
        db.write((bad.block_id, good.clone()), |tx, (bad, good)| Box::pin(async move {
            assert!(blocks::mark_damaged(tx, *bad).await?);
            assert!(blocks::replaceable(tx, 9).await?.is_empty());
            blocks::insert(tx, good).await?;
            blocks::mark_present(tx, good.id).await?;
            assert_eq!(blocks::replaceable(tx, 9).await?, [(*bad, good.id)]);
            assert_eq!(blocks::replace_damaged(tx, *bad, good.id).await?, 1);
            Ok(())
        })).await.unwrap();
        let mut read = db.read_any().await.unwrap();
        assert_eq!(blocks::of_blob(&mut read, held, 0, 4).await.unwrap()[0].block_id, good.id);
    }

    async fn many_contents_are_placed_and_touched_at_once(db: Db) {
        let now = clock(&db).now();
        let all: Vec<_> = (0..3).map(|n| block(&db, &format!("of many {n}"))).collect();
        let many: Vec<_> = (0..2)
            .map(|_| Blob { id: BlobId::new(now), size: 12, sha256: "m".into(), created_at: now })
            .collect();
        let (first, ids) = (many[0].id, all.iter().map(|it| it.id).collect::<Vec<_>>());
        db.write((all, many), |tx, (all, many)| Box::pin(async move {
            let mut places = Vec::new();
            for (it, start_byte) in all.iter().zip([0, 4, 8]) {
                blocks::insert(tx, it).await?;
                blocks::mark_present(tx, it.id).await?;
                let place = |blob: &Blob| Place { blob: blob.id, start_byte, length: 4, block: it.id };
                places.extend(many.iter().map(place));
            }
            blobs::insert_all(tx, many).await?;
            blobs::place_all(tx, &places).await
        })).await.unwrap();
        let mut read = db.read_any().await.unwrap();
        let placed = blocks::of_blob(&mut read, first, 0, 12).await.unwrap();
        let found: Vec<_> = placed.iter().map(|it| (it.start_byte, it.block_id)).collect();
        assert_eq!(found, [(0, ids[0]), (4, ids[1]), (8, ids[2])]);
        drop(read);
        let touch = |ids: Vec<BlockId>| db.write(ids, |tx, ids| {
            Box::pin(blocks::touch_all(tx, ids, i64::MAX - 1))
        });
        assert!(touch(ids.clone()).await.unwrap());
        let mut read = db.read_any().await.unwrap();
        for id in &ids {
            let touched = blocks::find(&mut read, *id).await.unwrap().unwrap().touched_at;
            assert_eq!(touched, i64::MAX - 1);
        }
        drop(read);
        assert!(touch(Vec::new()).await.unwrap());
        db.write(ids[1], |tx, &id| Box::pin(blocks::mark_damaged(tx, id))).await.unwrap();
        assert!(!touch(ids).await.unwrap(), "one of them is not present");
    }

    async fn a_blob_is_made_once(db: Db) {
        let id = blob(&db).await;
        let mut read = db.read_any().await.unwrap();
        let it = blobs::find(&mut read, id).await.unwrap().unwrap();
        drop(read);
        let again = db.write(it, |tx, it| Box::pin(blobs::insert(tx, it))).await;
        assert!(again.unwrap_err().is_unique_violation());
        let mut read = db.read_any().await.unwrap();
        assert_eq!(blobs::find(&mut read, BlobId(Uuid::nil())).await.unwrap(), None);
    }
}
