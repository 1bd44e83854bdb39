//! What contents promise, on SQLite and on PostgreSQL, with objects in a folder.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "blobs/contents.rs"]
mod contents;
#[path = "blobs/flaky.rs"]
mod flaky;
#[path = "blobs/world.rs"]
mod world;

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use contents::{MIB, noise, put, read, sha256};
use filittle_common::blobs::{Blobs, Checked, Collected, Depth, Stored, cause, link, link_all};
use filittle_common::ids::{BlobId, BlockId};
use filittle_common::problem::Kind;
use filittle_common::random;
use filittle_common::store::blocks::{self, Block};
use filittle_common::store::{Tx, blobs as blob_rows};
use filittle_common::{Error, Result};
use filittle_testkit::pictures;
use flaky::{Fault, Flaky, Mode};
use futures_util::StreamExt;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use uuid::Uuid;
use world::{World, on_both};

const BLOCK: usize = 4 * MIB;

fn kind(error: &Error) -> Kind {
    error.problem().kind
}

impl World {
    /// Objects that are put in the folder by way of `wrap`.
    fn with_objects<S: ObjectStore>(&self, wrap: impl FnOnce(LocalFileSystem) -> S) -> Blobs {
        let objects = LocalFileSystem::new_with_prefix(self.objects()).expect("the folder");
        Blobs::new(Arc::new(wrap(objects)), self.db.clone())
    }

    /// The file of a block.
    fn object(&self, block: &Block) -> PathBuf {
        self.objects().join(&block.object_key)
    }

    /// Stores and links; answers who holds it, too.
    async fn keep(&self, content: &[u8]) -> (Uuid, BlobId) {
        let stored = put(&self.blobs, content, MIB).await.expect("stored");
        let linked = self.link(&stored).await.expect("linked");
        stored.keep();
        linked
    }

    async fn link(&self, stored: &Stored) -> Result<(Uuid, BlobId)> {
        let holder = random::uuid_v4();
        let input = (stored.clone(), holder);
        let blob = self
            .db
            .write(input, |tx, (stored, holder)| {
                Box::pin(link(tx, stored, *holder))
            })
            .await?;
        Ok((holder, blob))
    }
}

fn flaky(world: &World) -> (Blobs, Fault) {
    let fault = Fault::default();
    let blobs = world.with_objects(|inner| Flaky {
        inner,
        fault: fault.clone(),
    });
    (blobs, fault)
}

on_both! {
    async fn contents_of_all_sizes_come_back_as_they_went(world: World) {
        for size in [0, 1, 65_536, BLOCK - 1, BLOCK, BLOCK + 1, 9 * MIB] {
            for piece in [100_003, BLOCK - 1, 16 * MIB] {
                let content = noise(size as u64, size);
                let stored = put(&world.blobs, &content, piece).await.unwrap();
                assert_eq!(stored.size, size as u64);
                assert_eq!(stored.sha256, sha256(&content), "{size} bytes by {piece}");
                let (_, blob) = world.link(&stored).await.unwrap();
                assert!(world.get(blob, size).await.unwrap() == content, "{size} bytes");
            }
        }
    }

    async fn ranges_are_cut_at_any_byte(world: World) {
        let content = noise(7, 9 * MIB);
        let (_, blob) = world.keep(&content).await;
        let borders = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 9 * MIB - 1, 9 * MIB];
        for from in borders {
            for to in borders.into_iter().filter(|to| *to >= from) {
                let part = read(&world.blobs, blob, from as u64..to as u64).await.unwrap();
                assert!(part == content[from..to], "{from}..{to}");
            }
        }
        assert!(read(&world.blobs, blob, 0..9 * MIB as u64 + 1).await.is_err());
        assert!(read(&world.blobs, BlobId(random::uuid_v4()), 0..1).await.is_err());
    }

    async fn the_same_content_is_stored_once(world: World) {
        let content = noise(1, 5 * MIB);
        let (_, first) = world.keep(&content).await;
        let there = world.there().await;
        let (_, second) = world.keep(&content).await;
        assert_ne!(first, second);
        assert_eq!(world.there().await, there);
        assert_eq!(there.files.len(), 2);
    }

    async fn what_repeats_within_a_content_is_stored_once(world: World) {
        let (_, blob) = world.keep(&vec![0; 5 * BLOCK + 1]).await;
        assert_eq!(world.there().await.files.len(), 2);
        assert!(world.get(blob, 5 * BLOCK + 1).await.unwrap() == vec![0; 5 * BLOCK + 1]);
    }

    async fn many_uploads_of_one_content_at_once_store_it_once(world: World) {
        let content = noise(2, 100_000);
        let uploads = (0..8).map(|_| put(&world.blobs, &content, MIB));
        let stored = futures_util::future::join_all(uploads).await;
        for stored in stored {
            let stored = stored.unwrap();
            world.link(&stored).await.unwrap();
            stored.keep();
        }
        let there = world.there().await;
        assert_eq!((there.blocks.len(), there.files.len()), (1, 1));
    }

    async fn an_upload_that_ends_early_leaves_nothing(world: World) {
        world.keep(&noise(3, 100)).await;
        let before = world.there().await;
        for size in [1, BLOCK, 9 * MIB, 17 * MIB] {
            for content in [noise(4, size), vec![0; size]] {
                let mut writer = world.blobs.writer(u64::MAX);
                writer.write(Bytes::from(content.clone())).await.unwrap();
                writer.abandon().await;
                assert_eq!(world.there().await, before, "abandoned after {size} bytes");

                let mut writer = world.blobs.writer(u64::MAX);
                writer.write(Bytes::from(content.clone())).await.unwrap();
                drop(writer);
                world.blobs.settled().await;
                assert_eq!(world.there().await, before, "dropped after {size} bytes");

                put(&world.blobs, &content, MIB).await.unwrap().abandon().await;
                assert_eq!(world.there().await, before, "stored, then abandoned");

                drop(put(&world.blobs, &content, MIB).await.unwrap());
                world.blobs.settled().await;
                assert_eq!(world.there().await, before, "stored, then dropped");
            }
        }
    }

    async fn an_upload_over_the_limit_is_refused_and_leaves_nothing(world: World) {
        let before = world.there().await;
        let mut writer = world.blobs.writer(5 * MIB as u64);
        writer.write(Bytes::from(noise(5, 5 * MIB))).await.unwrap();
        let error = writer.write(Bytes::from_static(b"!")).await.unwrap_err();
        assert_eq!(kind(&error), Kind::TooLarge);
        assert!(writer.write(Bytes::from_static(b"!")).await.is_err());
        assert!(writer.finish().await.is_err());
        assert_eq!(world.there().await, before);
    }

    async fn what_is_linked_stays_although_the_upload_is_dropped_or_abandoned(world: World) {
        for abandon in [false, true] {
            let content = noise(6 + u64::from(abandon), 5 * MIB);
            let stored = put(&world.blobs, &content, MIB).await.unwrap();
            let (_, blob) = world.link(&stored).await.unwrap();
            if abandon {
                stored.abandon().await;
            }
            drop(stored);
            world.blobs.settled().await;
            assert!(world.get(blob, 5 * MIB).await.unwrap() == content);
        }
    }

    async fn a_transaction_that_fails_refers_to_nothing(world: World) {
        let before = world.there().await;
        let stored = put(&world.blobs, &noise(8, 5 * MIB), MIB).await.unwrap();
        let failed: Result<()> = world
            .db
            .write(stored.clone(), |tx, stored| {
                Box::pin(async move {
                    link(tx, stored, random::uuid_v4()).await?;
                    Err(Error::Internal("on purpose".into()))
                })
            })
            .await;
        assert!(failed.is_err());
        stored.abandon().await;
        assert_eq!(world.there().await, before);
    }

    async fn what_another_upload_needs_is_not_taken_away_by_abandoning_the_first(world: World) {
        let content = noise(9, 5 * MIB);
        let first = put(&world.blobs, &content, MIB).await.unwrap();
        let second = put(&world.blobs, &content, MIB).await.unwrap();
        first.abandon().await;
        let (_, blob) = world.link(&second).await.unwrap();
        assert!(world.get(blob, 5 * MIB).await.unwrap() == content);
    }

    async fn the_collector_leaves_what_is_referred_to_and_what_is_young(world: World) {
        let day = Duration::from_hours(24);
        let (_, held) = world.keep(&noise(10, 5 * MIB)).await;
        world.db.clock().advance(2 * day);
        let young = put(&world.blobs, &noise(11, 5 * MIB), MIB).await.unwrap();
        let before = world.there().await;
        let collected = world.blobs.collect(day).await.unwrap();
        assert_eq!(collected, Collected::default());
        assert_eq!(world.there().await, before);
        assert!(world.get(held, 5 * MIB).await.is_ok());
        assert!(world.link(&young).await.is_ok());
    }

    async fn the_collector_takes_what_nothing_needs_any_more(world: World) {
        let day = Duration::from_hours(24);
        let (holder, _) = world.keep(&noise(12, 5 * MIB)).await;
        let left = put(&world.blobs, &noise(13, 100), MIB).await.unwrap();
        // As after a crash: nobody tidies up.
        left.keep();
        world.db.clock().advance(2 * day);
        let (_, shared) = world.keep(&noise(12, 4 * MIB)).await;
        world.release(holder).await;
        let collected = world.blobs.collect(day).await.unwrap();
        assert_eq!((collected.blobs, collected.blocks), (1, 2));
        assert_eq!(collected.bytes, (MIB + 100) as u64);
        assert_eq!(world.there().await.files.len(), 1);
        assert!(world.get(shared, 4 * MIB).await.unwrap() == noise(12, 4 * MIB));
    }

    async fn an_upload_whose_block_was_collected_is_refused_as_passing(world: World) {
        let stored = put(&world.blobs, &noise(14, 10), MIB).await.unwrap();
        world.collect_all(&world.blobs).await;
        let error = world.link(&stored).await.unwrap_err();
        assert_eq!(kind(&error), Kind::Unavailable);
    }

    async fn no_block_that_is_referred_to_is_ever_collected(world: World) {
        let contents: Vec<Vec<u8>> = (0..3).map(|seed| noise(seed, 1000)).collect();
        let uploads = async {
            let mut linked = 0;
            for round in 0..60 {
                let content = &contents[round % 3];
                // One may be told to send again, as the grace is no time at all.
                let Ok(stored) = put(&world.blobs, content, MIB).await else { continue };
                let Ok((holder, blob)) = world.link(&stored).await else { continue };
                assert!(world.get(blob, 1000).await.unwrap() == *content);
                world.release(holder).await;
                linked += 1;
            }
            linked
        };
        let collecting = async {
            loop {
                world.db.clock().advance(Duration::from_millis(1));
                let collected = world.blobs.collect(Duration::ZERO).await.unwrap();
                assert_eq!(collected.failed, 0);
                let checked = world.blobs.check(Depth::Content).await.unwrap();
                assert_eq!(checked.damaged, 0);
            }
        };
        tokio::select! {
            linked = uploads => assert!(linked > 0, "not a single upload came through"),
            () = collecting => {}
        }
        world.blobs.settled().await;
        world.collect_all(&world.blobs).await;
        let there = world.there().await;
        assert_eq!((there.blocks.len(), there.files.len()), (0, 0));
    }

    async fn a_flipped_byte_is_found_and_nothing_of_the_block_is_given_out(world: World) {
        let content = noise(15, 5 * MIB);
        let (_, blob) = world.keep(&content).await;
        let last = block_of(&world, &content[BLOCK..]).await;
        let object = world.object(&last);
        let mut bytes = fs::read(&object).unwrap();
        bytes[77] ^= 1;
        fs::write(&object, bytes).unwrap();
        let wrong = Checked { present: 2, wrong: 1, ..Checked::default() };
        assert_eq!(world.blobs.check(Depth::Content).await.unwrap(), wrong);

        let given: Vec<_> = world.blobs.read(blob, 0..5 * MIB as u64).collect().await;
        assert_eq!(given.len(), 2);
        assert!(*given[0].as_ref().unwrap() == content[..BLOCK]);
        assert_eq!(kind(given[1].as_ref().unwrap_err()), Kind::Internal);
        assert_eq!(world.blobs.check(Depth::Size).await.unwrap().damaged, 1);

        // The same content again mends it.
        world.keep(&content).await;
        let collected = world.collect_all(&world.blobs).await;
        assert_eq!((collected.replaced, collected.blocks), (1, 1));
        assert!(world.get(blob, 5 * MIB).await.unwrap() == content);
        assert!(world.blobs.check(Depth::Content).await.unwrap().is_good());
    }

    async fn a_missing_object_is_put_again_by_the_next_upload(world: World) {
        let content = noise(16, 1000);
        let (_, first) = world.keep(&content).await;
        let lost = block_of(&world, &content).await;
        fs::remove_file(world.object(&lost)).unwrap();
        assert_eq!(world.blobs.check(Depth::Size).await.unwrap().missing, 1);
        let (_, second) = world.keep(&content).await;
        assert!(world.get(second, 1000).await.unwrap() == content);
        world.collect_all(&world.blobs).await;
        assert!(world.get(first, 1000).await.unwrap() == content);
        assert_eq!(world.there().await.blocks.len(), 1);
    }

    async fn a_rotten_object_is_put_again_by_the_next_upload(world: World) {
        let content = noise(30, 5 * MIB);
        let (_, first) = world.keep(&content).await;
        let rotten = block_of(&world, &content[..BLOCK]).await;
        let mut bytes = fs::read(world.object(&rotten)).unwrap();
        bytes[BLOCK - 1] ^= 0x80;
        fs::write(world.object(&rotten), bytes).unwrap();
        // Nobody has read it, so nobody knows.
        assert!(world.blobs.check(Depth::Size).await.unwrap().is_good());

        let (_, second) = world.keep(&content).await;
        assert!(world.get(second, 5 * MIB).await.unwrap() == content);
        assert_ne!(block_of(&world, &content[..BLOCK]).await.id, rotten.id);
        assert_eq!(world.blobs.check(Depth::Size).await.unwrap().damaged, 1);

        let collected = world.collect_all(&world.blobs).await;
        assert_eq!((collected.replaced, collected.blocks), (1, 1));
        assert!(world.get(first, 5 * MIB).await.unwrap() == content);
        assert!(world.blobs.check(Depth::Content).await.unwrap().is_good());
    }

    async fn an_object_of_the_wrong_size_is_put_again_by_the_next_upload(world: World) {
        let content = noise(17, 1000);
        world.keep(&content).await;
        let cut = block_of(&world, &content).await;
        fs::write(world.object(&cut), &content[..999]).unwrap();
        let (_, second) = world.keep(&content).await;
        assert!(world.get(second, 1000).await.unwrap() == content);
    }

    async fn reading_what_was_deleted_says_gone(world: World) {
        let content = noise(18, 9 * MIB);
        let (holder, blob) = world.keep(&content).await;
        let mut stream = Box::pin(world.blobs.read(blob, 0..9 * MIB as u64));
        stream.next().await.unwrap().unwrap();
        world.release(holder).await;
        world.collect_all(&world.blobs).await;
        let rest: Vec<_> = stream.collect().await;
        assert_eq!(kind(rest.last().unwrap().as_ref().unwrap_err()), Kind::Gone);
    }

    async fn any_one_failure_of_the_store_leaves_nothing_behind_and_loses_nothing(world: World) {
        let content = noise(19, 9 * MIB);
        let (_, kept) = world.keep(&content[..BLOCK]).await;
        let before = world.there().await;
        let (blobs, fault) = flaky(&world);
        for mode in [Mode::Undone, Mode::Done, Mode::Full] {
            for k in 1.. {
                fault.at(k, mode);
                let outcome = put(&blobs, &content, MIB).await;
                if let Err(error) = &outcome {
                    let expected = if mode == Mode::Full {
                        Kind::InsufficientStorage
                    } else {
                        Kind::Unavailable
                    };
                    assert_eq!(kind(error), expected, "call {k}");
                }
                let was_reached = fault.calls() >= k;
                fault.heal();
                drop(outcome);
                blobs.settled().await;
                assert_eq!(world.there().await, before, "call {k}, {mode:?}");
                if !was_reached {
                    break;
                }
            }
        }
        assert!(world.get(kept, BLOCK).await.unwrap() == content[..BLOCK]);
        assert!(world.blobs.check(Depth::Content).await.unwrap().is_good());
    }

    async fn a_store_that_goes_away_for_good_leaves_the_rest_to_the_collector(world: World) {
        let (blobs, fault) = flaky(&world);
        let mut writer = blobs.writer(u64::MAX);
        writer.write(Bytes::from(noise(20, 9 * MIB))).await.unwrap();
        fault.at(u64::MAX, Mode::Undone);
        assert!(writer.finish().await.is_err());
        let failing = world.collect_all(&blobs).await;
        assert!(failing.failed > 0);
        fault.heal();
        world.collect_all(&blobs).await;
        let there = world.there().await;
        assert_eq!((there.blocks.len(), there.files.len()), (0, 0));
    }

    async fn a_failure_of_the_store_while_reading_damages_no_block(world: World) {
        let content = noise(21, 5 * MIB);
        let (_, blob) = world.keep(&content).await;
        let (blobs, fault) = flaky(&world);
        for k in 1..=2 {
            fault.at(k, Mode::Undone);
            let error = read(&blobs, blob, 0..5 * MIB as u64).await.unwrap_err();
            assert!(error.is_passing());
        }
        fault.heal();
        assert!(read(&blobs, blob, 0..5 * MIB as u64).await.unwrap() == content);
        assert!(world.blobs.check(Depth::Size).await.unwrap().is_good());
    }

    async fn objects_without_a_row_are_collected_when_they_are_old(world: World) {
        let (_, kept) = world.keep(&noise(22, 100)).await;
        let id = random::uuid_v4().to_string();
        let stray = world.objects().join("blocks").join(&id[..2]);
        fs::create_dir_all(&stray).unwrap();
        fs::write(stray.join(&id), b"stray").unwrap();
        fs::write(world.objects().join("of-somebody-else"), b"mine").unwrap();
        let day = Duration::from_hours(24);
        assert_eq!(world.blobs.collect(day).await.unwrap().strays, 0);
        world.db.clock().advance(2 * day);
        assert_eq!(world.blobs.collect(day).await.unwrap().strays, 1);
        assert_eq!(world.there().await.files.len(), 2);
        assert!(world.get(kept, 100).await.is_ok());
    }

    async fn what_an_interrupted_put_left_in_the_folder_is_tidied_up(world: World) {
        let (_, kept) = world.keep(&noise(23, 100)).await;
        let before = world.there().await;
        let mut staged = before.files[0].clone().into_os_string();
        staged.push("#1");
        fs::write(staged, b"half of it").unwrap();
        assert_eq!(world.blobs.tidy_local().await.unwrap(), 1);
        assert_eq!(world.blobs.tidy_local().await.unwrap(), 0);
        assert_eq!(world.there().await, before);
        assert!(world.get(kept, 100).await.is_ok());
    }

    async fn a_new_folder_is_for_its_user_only(world: World) {
        let folder = world.objects().join("deep/er");
        Blobs::local(&folder, world.db.clone()).unwrap();
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(Blobs::memory(world.db.clone()).tidy_local().await.unwrap(), 0);
    }

    async fn keys_of_objects_tell_nothing_of_the_content(world: World) {
        let content = noise(24, 100);
        world.keep(&content).await;
        let block = block_of(&world, &content).await;
        assert!(!block.object_key.contains(&block.sha256[..8]));
        assert_eq!(block.id.0.get_version_num(), 4);
    }

    async fn threads_that_block_write_and_read_the_same_bytes(world: World) {
        let content = noise(25, 9 * MIB);
        let (blobs, wanted) = (world.blobs.clone(), content.clone());
        let stored = tokio::task::spawn_blocking(move || {
            let mut writer = blobs.blocking_writer(u64::MAX);
            for piece in wanted.chunks(12_345) {
                writer.write_all(piece).unwrap();
            }
            assert_eq!(writer.size(), 9 * MIB as u64);
            writer.finish().unwrap()
        })
        .await
        .unwrap();
        let (_, blob) = world.link(&stored).await.unwrap();
        let blobs = world.blobs.clone();
        let read = tokio::task::spawn_blocking(move || {
            let mut bytes = Vec::new();
            blobs.blocking_reader(blob, 5..9 * MIB as u64).read_to_end(&mut bytes).unwrap();
            bytes
        })
        .await
        .unwrap();
        assert!(read == content[5..]);
    }

    async fn errors_on_threads_that_block_keep_their_cause(world: World) {
        let before = world.there().await;
        let (blobs, fault) = flaky(&world);
        fault.at(1, Mode::Full);
        std::thread::spawn(move || {
            let mut writer = blobs.blocking_writer(100);
            writer.write_all(&[0; 101]).unwrap();
            let error = cause(writer.finish().unwrap_err());
            assert_eq!(kind(&error), Kind::TooLarge);

            let mut writer = blobs.blocking_writer(u64::MAX);
            writer.write_all(b"no room for this").unwrap();
            let error = writer.finish().unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull);
            assert_eq!(kind(&cause(error)), Kind::InsufficientStorage);

            // No runtime is here to tidy up on, but the service has one.
            let mut writer = blobs.blocking_writer(u64::MAX);
            writer.write_all(&noise(26, 9 * MIB)).unwrap();
            drop(writer);
            blobs
        })
        .join()
        .unwrap()
        .settled()
        .await;
        assert_eq!(world.there().await, before);
    }

    async fn one_collection_takes_more_than_a_page(world: World) {
        // One ends with a page that is not full, the other with one that is.
        let (block_count, blob_count) = (600, 512);
        world
            .db
            .write((), move |tx, ()| {
                Box::pin(async move {
                    for _ in 0..block_count {
                        blocks::insert(tx, &row("present", random::uuid_v4())).await?;
                    }
                    for _ in 0..blob_count {
                        blob_rows::insert(tx, &empty_blob(tx)).await?;
                    }
                    Ok(())
                })
            })
            .await
            .unwrap();
        let collected = world.collect_all(&world.blobs).await;
        assert_eq!((collected.blocks, collected.blobs), (block_count, blob_count));
        assert_eq!(world.collect_all(&world.blobs).await, Collected::default());
    }

    async fn one_collection_replaces_more_than_a_page_of_damaged_blocks(world: World) {
        world
            .db
            .write((), |tx, ()| {
                Box::pin(async move {
                    let blob = empty_blob(tx);
                    blob_rows::insert(tx, &blob).await?;
                    blob_rows::hold(tx, random::uuid_v4(), blob.id).await?;
                    for start in 0..300 {
                        let content = random::uuid_v4();
                        let damaged = row("damaged", content);
                        blocks::insert(tx, &damaged).await?;
                        blocks::insert(tx, &row("present", content)).await?;
                        let place = blob_rows::Place {
                            blob: blob.id,
                            start_byte: start,
                            length: 1,
                            block: damaged.id,
                        };
                        blob_rows::place(tx, place).await?;
                    }
                    Ok(())
                })
            })
            .await
            .unwrap();
        let collected = world.collect_all(&world.blobs).await;
        assert_eq!((collected.replaced, collected.blocks), (300, 300));
    }

    async fn contents_with_the_same_blocks_are_linked_at_once_in_any_order(world: World) {
        let contents = [noise(27, 100), noise(28, 200), noise(29, 300)];
        let mut stored = Vec::new();
        for content in &contents {
            stored.push(put(&world.blobs, content, MIB).await.unwrap());
        }
        let links = (0..60).map(|turn| {
            let mut order = vec![0, 1, 2, 0];
            order.rotate_left(turn % 4);
            if turn % 2 == 0 {
                order.reverse();
            }
            let (world, stored) = (&world, stored.clone());
            async move {
                let input = (stored, order.clone(), random::uuid_v4());
                let linked = world
                    .db
                    .write(input, |tx, (stored, order, holder)| {
                        Box::pin(async move {
                            let all: Vec<_> = order.iter().map(|i| (&stored[*i], *holder)).collect();
                            link_all(tx, &all).await
                        })
                    })
                    .await
                    .unwrap();
                (order, linked)
            }
        });
        for (order, linked) in futures_util::future::join_all(links).await {
            assert_eq!(order.len(), linked.len());
            for (i, blob) in order.into_iter().zip(linked) {
                let size = contents[i].len();
                assert!(world.get(blob, size).await.unwrap() == contents[i]);
            }
        }
    }

    async fn what_a_picture_says_of_itself_is_found_behind_much_metadata(world: World) {
        let picture = pictures::jpeg(31, 17, &pictures::photo_like(31, 17));
        let mut long = picture[..2].to_vec();
        for _ in 0..30 {
            long.extend([0xff, 0xe2, 0xff, 0xff]);
            long.extend(vec![0; 0xfffd]);
        }
        long.extend(&picture[2..]);
        let stored = put(&world.blobs, &long, 10_000).await.unwrap();
        assert_eq!(stored.media_type, "image/jpeg");
        let image = stored.image.unwrap();
        assert_eq!((image.width, image.height), (31, 17));
    }
}

/// The present block of this content.
async fn block_of(world: &World, content: &[u8]) -> Block {
    let hash = sha256(content);
    world
        .db
        .write(hash, |tx, hash| {
            Box::pin(async move { blocks::touch_present(tx, hash, 0).await })
        })
        .await
        .expect("an answer")
        .expect("a block")
}

/// A block of one byte, whose object was never put.
fn row(state: &str, content: Uuid) -> Block {
    let id = BlockId(random::uuid_v4());
    Block {
        id,
        sha256: sha256(content.as_bytes()),
        size: 1,
        object_key: format!("blocks/{}/{id}", &id.to_string()[..2]),
        stored_size: 1,
        encoding: "identity".into(),
        key_id: None,
        tier: "hot".into(),
        state: state.into(),
        touched_at: 0,
    }
}

fn empty_blob(tx: &Tx) -> blob_rows::Blob {
    blob_rows::Blob {
        id: BlobId::new(tx.now()),
        size: 0,
        sha256: sha256(&[]),
        created_at: tx.now(),
    }
}
