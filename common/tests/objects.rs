//! What contents promise where objects are reached by a network: on moto, which speaks S3, once as
//! S3 and once as Google's store, and on Azurite.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "blobs/contents.rs"]
mod contents;
#[path = "objects/store.rs"]
mod store;
#[path = "objects/url.rs"]
mod url;
#[path = "objects/weather.rs"]
mod weather;

use std::time::Duration;

use bytes::Bytes;
use contents::{MIB, noise, sha256};
use filittle_common::blobs::{Collected, ObjectsSecrets, Patience};
use filittle_testkit::ObjectServer;
use store::{IMPATIENT, Store, on_each_store};
use weather::{Sky, Weather};

/// Three blocks.
const SIZE: usize = 8 * MIB + 1;

on_each_store! {
    async fn contents_come_back_whole_and_in_ranges(store: Store) {
        let content = noise(1, SIZE);
        let stored = store.put(&content).await.unwrap();
        assert_eq!(stored.sha256, sha256(&content));
        let (_, blob) = store.keep(&stored).await;
        assert_eq!(store.bucket.keys().len(), 3);
        for (from, to) in [(0, SIZE), (0, 1), (4 * MIB - 1, 4 * MIB + 1), (SIZE - 1, SIZE)] {
            assert!(store.read(blob, from, to).await.unwrap() == content[from..to], "{from}..{to}");
        }
    }

    async fn what_nothing_refers_to_any_more_leaves_an_empty_bucket(store: Store) {
        let stored = store.put(&noise(2, SIZE)).await.unwrap();
        let (holder, _) = store.keep(&stored).await;
        store.release(holder).await;
        let collected = store.collect().await;
        assert_eq!((collected.blobs, collected.blocks, collected.failed), (1, 3, 0));
        assert!(store.bucket.keys().is_empty());
        assert!(store.blocks().await.is_empty());
    }

    async fn an_upload_that_ends_early_leaves_an_empty_bucket(store: Store) {
        let mut writer = store.blobs.writer(u64::MAX);
        writer.write(Bytes::from(noise(3, SIZE))).await.unwrap();
        writer.abandon().await;
        store.put(&noise(3, SIZE)).await.unwrap().abandon().await;
        assert!(store.bucket.keys().is_empty());
    }

    async fn objects_that_no_row_knows_are_collected_and_those_of_another_prefix_stay(store: Store) {
        let other = store.with_prefix("other/place").await;
        let theirs = other.put(&noise(4, 100)).await.unwrap();
        theirs.keep();
        // The same bucket with a database that knows nothing of it, as after a restored backup.
        let fresh = store.with_prefix("").await;
        store.put(&noise(5, 100)).await.unwrap().keep();
        assert_eq!(store.bucket.keys().len(), 2);
        let collected = fresh.collect().await;
        assert_eq!(collected, Collected { strays: 1, ..Collected::default() });
        let left = store.bucket.keys();
        assert!(left.len() == 1 && left[0].starts_with("other/place/blocks/"), "{left:?}");
    }

    async fn an_object_that_was_cut_is_refused_and_never_given_out(store: Store) {
        let stored = store.put(&noise(6, 1000)).await.unwrap();
        let (_, blob) = store.keep(&stored).await;
        store.bucket.cut(&store.bucket.keys()[0]);
        let error = store.read(blob, 0, 1000).await.unwrap_err();
        assert!(error.to_string().contains("is damaged"), "{error}");
        assert_eq!(store.blocks().await[0].state, "damaged");
    }

    async fn a_bucket_that_is_gone_damages_nothing(store: Store) {
        let stored = store.put(&noise(7, 1000)).await.unwrap();
        let (_, blob) = store.keep(&stored).await;
        store.bucket.remove();
        let error = contents::read(&store.blobs, blob, 0..1000).await.unwrap_err();
        assert!(error.is_passing(), "{error}");
        assert_eq!(store.blocks().await[0].state, "present");
        let error = store.put(&noise(8, 1000)).await.err().unwrap();
        assert!(error.is_passing(), "{error}");
    }

    async fn a_probe_leaves_nothing(store: Store) {
        store.blobs.probe().await.unwrap();
        assert!(store.bucket.keys().is_empty());
    }
}

/// Neither its text nor its `Debug` may show a key; its text must say which store it is.
async fn refuses(store: &Store, secrets: &ObjectsSecrets, keys: &[&str]) {
    let error = store.opened_by(secrets).probe().await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains(store.bucket.name()), "{text}");
    assert!(text.contains(store.bucket.server().endpoint()), "{text}");
    for key in keys {
        assert!(!format!("{text} {error:?}").contains(key), "{text}");
    }
    assert!(
        error.problem().detail.len() < 60,
        "told to clients: {error}"
    );
}

#[test]
fn a_wrong_key_of_s3_is_told_with_the_store_and_without_the_key() {
    store::run(ObjectServer::s3(), async |store| {
        let wrong = "wrongwrongwrongwrongwrongwrongwrongwrong";
        for id in [ObjectServer::s3().access_key_id(), "AKIANOBODYNOBODY"] {
            let secrets = ObjectsSecrets {
                access_key_id: Some(id.into()),
                secret_access_key: Some(wrong.into()),
                ..ObjectsSecrets::default()
            };
            refuses(&store, &secrets, &[wrong]).await;
        }
    });
}

#[test]
fn a_wrong_key_of_azure_is_told_with_the_store_and_without_the_key() {
    store::run(ObjectServer::azure(), async |store| {
        let wrong = "d3Jvbmd3cm9uZ3dyb25nd3Jvbmc=";
        let secrets = ObjectsSecrets {
            azure_key: Some(wrong.into()),
            ..ObjectsSecrets::default()
        };
        refuses(&store, &secrets, &[wrong]).await;
    });
}

#[test]
fn half_an_access_key_is_refused_before_anything_is_asked() {
    store::run(ObjectServer::s3(), async |store| {
        let secrets = ObjectsSecrets {
            access_key_id: Some("id".into()),
            ..ObjectsSecrets::default()
        };
        let error = store.try_opened_by(&secrets).err().unwrap().to_string();
        assert!(error.contains("one of them is missing"), "{error}");
    });
}

#[test]
fn a_key_of_google_that_is_none_is_not_repeated() {
    store::run(ObjectServer::google(), async |store| {
        for key in ["SeCrEt", r#""SeCrEt""#, r#"{"private_key":["SeCrEt"]}"#] {
            let secrets = ObjectsSecrets {
                google_key: Some(key.into()),
                ..ObjectsSecrets::default()
            };
            let error = store.try_opened_by(&secrets).err().unwrap();
            assert!(error.to_string().contains("is not the JSON"), "{error}");
            assert!(!format!("{error} {error:?}").contains("SeCrEt"), "{error}");
        }
    });
}

#[test]
fn a_store_that_answers_503_to_three_of_ten_calls_loses_nothing() {
    store::run(ObjectServer::s3(), async |store| {
        let weather = Weather::before(ObjectServer::s3().endpoint());
        let blobs = store.by_way_of(weather.endpoint(), Patience::default());
        weather.set(Sky::Showers);
        let content = noise(8, 3 * SIZE);
        let stored = contents::put(&blobs, &content, MIB).await.unwrap();
        let (holder, blob) = store.keep(&stored).await;
        let size = content.len() as u64;
        let read = contents::read(&blobs, blob, 0..size).await.unwrap();
        assert!(read == content);
        store.release(holder).await;
        let collected = store.collect_by(&blobs).await;
        assert_eq!((collected.blocks, collected.failed), (7, 0));
        assert!(store.bucket.keys().is_empty());
        assert!(weather.refused() > 0);
    });
}

#[test]
fn a_store_that_is_away_is_an_error_and_then_works_again() {
    store::run(ObjectServer::s3(), async |store| {
        let weather = Weather::before(ObjectServer::s3().endpoint());
        let blobs = store.by_way_of(weather.endpoint(), IMPATIENT);
        let content = noise(9, 1000);
        let stored = contents::put(&blobs, &content, MIB).await.unwrap();
        let (_, blob) = store.keep(&stored).await;
        for away in [Sky::Storm, Sky::Fog] {
            weather.set(away);
            // Without a limit of its own this would go on for minutes.
            let limit = Duration::from_mins(1);
            let read = contents::read(&blobs, blob, 0..1000);
            let error = tokio::time::timeout(limit, read).await.unwrap();
            assert!(error.unwrap_err().is_passing(), "{away:?}");
            let put = contents::put(&blobs, b"new", MIB);
            let error = tokio::time::timeout(limit, put).await.unwrap();
            assert!(error.err().unwrap().is_passing(), "{away:?}");
            weather.set(Sky::Clear);
            assert!(contents::read(&blobs, blob, 0..1000).await.unwrap() == content);
            contents::put(&blobs, b"new", MIB)
                .await
                .unwrap()
                .abandon()
                .await;
        }
    });
}
