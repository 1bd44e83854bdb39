//! Files that are not what they seem: each sinks itself alone, with a problem by name.

use filittle_common::domain::{ItemState, State};
use filittle_common::problem::Kind;
use filittle_testkit::hostile;

use crate::world::{World, dither, picture, zstd};

async fn refused(name: &str, bytes: Vec<u8>, kind: Kind) {
    let world = World::new().await;
    let _pool = world.pool(1).await;
    let file = world.upload(name, bytes).await;
    let job = world.submit(&[file], dither()).await;
    let ended = world.ended(job.id).await;
    assert_eq!(
        (ended.state, ended.attempt),
        (State::Failed, 1),
        "{:?}",
        ended.error
    );
    let error = ended.error.unwrap();
    assert_eq!(error.kind, kind, "{}", error.detail);
    assert!(!error.detail.is_empty());
    assert_eq!(ended.items[0].error.as_ref(), Some(&error));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_says_it_is_a_jpeg() {
    refused(
        "photo.jpg",
        hostile::text_as_jpeg(),
        Kind::UnsupportedMediaType,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_claims_ten_thousand_megapixels() {
    refused(
        "huge.png",
        hostile::png_header(100_000, 100_000),
        Kind::TooManyPixels,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_three_kilobytes_that_unpack_to_five_hundred_megabytes() {
    refused("bomb.png", hostile::png_bomb(), Kind::TooManyPixels).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_jpeg() {
    refused(
        "half.jpg",
        hostile::truncated_jpeg(),
        Kind::TruncatedPicture,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_file_among_good_ones_makes_the_job_partial() {
    let world = World::new().await;
    let _pool = world.pool(1).await;
    let good = world.upload("good.png", picture(32)).await;
    let bad = world.upload("bad.jpg", hostile::truncated_jpeg()).await;
    let also = world.upload("also.png", picture(16)).await;
    let job = world.submit(&[good, bad, also], dither()).await;
    let ended = world.ended(job.id).await;
    assert_eq!((ended.state, ended.outputs.len()), (State::Partial, 2));
    let states: Vec<_> = ended.items.iter().map(|item| item.state).collect();
    assert_eq!(
        states,
        [
            ItemState::Succeeded,
            ItemState::Failed,
            ItemState::Succeeded
        ]
    );
    assert_eq!(
        ended.items[1].error.as_ref().map(|error| error.kind),
        Some(Kind::TruncatedPicture)
    );
    assert_eq!(
        ended.outputs.iter().map(|it| it.item).collect::<Vec<_>>(),
        [Some(0), Some(2)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn several_bad_files_and_no_good_one_fail_the_job() {
    let world = World::new().await;
    let _pool = world.pool(1).await;
    let a = world.upload("a.jpg", hostile::text_as_jpeg()).await;
    let b = world.upload("b.jpg", hostile::truncated_jpeg()).await;
    let job = world.submit(&[a, b], dither()).await;
    let ended = world.ended(job.id).await;
    assert_eq!(ended.state, State::Failed);
    assert_eq!(ended.error.unwrap().kind, Kind::AllInputsFailed);
}

#[tokio::test(flavor = "multi_thread")]
async fn any_file_at_all_can_be_compressed() {
    let world = World::new().await;
    let _pool = world.pool(1).await;
    let file = world.upload("half.jpg", hostile::truncated_jpeg()).await;
    let job = world.submit(&[file], zstd()).await;
    assert_eq!(world.ended(job.id).await.state, State::Succeeded);
}
