//! How much memory the service takes at most.

use std::io::Write;

use filittle_testkit::{hostile, pictures};
use serde_json::json;
use tempfile::{NamedTempFile, tempdir};
use tokio::task::JoinSet;

use crate::answer::Send;
use crate::generate;
use crate::service::{Service, serve};

/// Of the whole process, a development build.
const MOST_MIB: u64 = 300;

#[tokio::test(flavor = "multi_thread")]
async fn ten_bombs_at_once_are_refused_in_little_memory() {
    let data = tempdir().unwrap();
    let (service, client) = Service::first(serve(data.path()));
    let bombs = [
        hostile::png_bomb(),
        hostile::png_header(20_000, 20_000),
        hostile::png_bomb(),
        hostile::png_header(65_535, 65_535),
        hostile::png_bomb(),
        hostile::png_header(50_000, 3_000),
        hostile::png_bomb(),
        hostile::png_header(10_001, 10_000),
        hostile::png_bomb(),
        hostile::png_header(1_700, 65_000),
    ];
    let mut attacks = JoinSet::new();
    for bomb in bombs {
        let client = client.clone();
        attacks.spawn(async move {
            let file = client.upload("bomb.png", bomb).await;
            let job = client.work(&file, &json!({"op": "dither"})).await;
            let job = client.ended(&job).await;
            assert_eq!(job["state"], "failed", "{job}");
            assert_eq!(job["error"]["code"], "too-many-pixels", "{job}");
            assert_eq!(job["attempt"], 1, "{job}");
        });
    }
    attacks.join_all().await;
    // It is well, and does what is no bomb.
    let picture = pictures::png(40, 30, &pictures::photo_like(40, 30));
    let file = client.upload("a.png", picture).await;
    let job = client.work(&file, &json!({"op": "dither"})).await;
    client.succeeded(&job).await;
    let peak = service.peak_mib();
    println!("at most {peak} MiB");
    assert!(peak < MOST_MIB, "{peak} MiB");
    service.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_megabytes_are_compressed_in_little_memory() {
    const BYTES: u64 = 300_000_000;
    let data = tempdir().unwrap();
    let (service, client) = Service::first(serve(data.path()));
    let mut large = NamedTempFile::new().unwrap();
    let words = generate::text(1, 999_990);
    for number in 0..BYTES / 1_000_000 {
        // No two blocks are the same.
        write!(large, "{number:9} ").unwrap();
        large.write_all(&words).unwrap();
    }
    let body = tokio::fs::File::open(large.path()).await.unwrap();
    let file = client.upload("large.txt", body).await;
    assert_eq!(file["size"], BYTES);
    let job = client.work(&file, &json!({"op": "compress"})).await;
    let job = client.succeeded(&job).await;
    let packed = client.output(&job).await;
    let mut unpacked = zstd::Decoder::new(&packed[..]).unwrap();
    assert!(is_same(&mut unpacked, &mut large.reopen().unwrap()));
    let content = format!("/v1/files/{}/content", file["id"].as_str().unwrap());
    let part = client.get(&content).header("range", "bytes=-10");
    assert_eq!(part.answer().await.is(206).body, words[words.len() - 10..]);
    let peak = service.peak_mib();
    println!("at most {peak} MiB");
    assert!(peak < MOST_MIB, "{peak} MiB");
    service.stop();
}

fn is_same(one: &mut impl std::io::Read, other: &mut impl std::io::Read) -> bool {
    let (mut left, mut right) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    loop {
        let count = one.read(&mut left).unwrap();
        if count == 0 {
            return other.read(&mut right).unwrap() == 0;
        }
        other.read_exact(&mut right[..count]).unwrap();
        if left[..count] != right[..count] {
            return false;
        }
    }
}
