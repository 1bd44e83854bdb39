//! What is packed, on its way to a client that unpacks it.

use std::process::Command;

use reqwest::Method;
use serde_json::json;
use tempfile::tempdir;

use crate::answer::Send as _;
use crate::generate;
use crate::service::{Service, serve};

#[tokio::test(flavor = "multi_thread")]
async fn curl_unpacks_what_is_sent_as_a_coding() {
    let data = tempdir().unwrap();
    let (service, client) = Service::first(serve(data.path()));
    let content = generate::text(1, 3 << 20);
    let file = client.upload("words.txt", content.clone()).await;
    for (format, levels) in [
        ("zstd", [1, 3, 9, 12]),
        ("gzip", [1, 4, 6, 9]),
        ("brotli", [0, 1, 5, 9]),
    ] {
        for level in levels {
            let step = json!({"op": "compress", "format": format, "level": level});
            let job = client.work(&file, &step).await;
            let job = client.succeeded(&job).await;
            let url = client.whole(&format!(
                "/v1/jobs/{}/outputs/0",
                job["id"].as_str().unwrap()
            ));
            let get = |url: &str| {
                let mut curl = Command::new("curl");
                curl.args([
                    "-sS",
                    "--fail",
                    "--compressed",
                    "--oauth2-bearer",
                    client.key(),
                    url,
                ]);
                let got = curl.output().expect("apt-get install curl");
                assert!(got.status.success(), "{format} {level}: {got:?}");
                got.stdout
            };
            assert!(
                get(&format!("{url}?unpack=true")) == content,
                "{format} {level}"
            );
            // Unasked it is the packed file, though curl would take it.
            let size = job["outputs"][0]["size"].as_u64().unwrap();
            assert_eq!(get(&url).len() as u64, size, "{format} {level}");
        }
    }
    service.stop();
}

/// As `curl -T` sends it: without a name, so that brotli is known by nothing but the query.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_packed_by_one_request_is_unpacked_by_another() {
    let data = tempdir().unwrap();
    let (service, client) = Service::first(serve(data.path()));
    let content = generate::text(2, 300_000);
    for format in [
        "zstd", "gzip", "brotli", "xz", "lz4", "bzip2", "zip", "tar", "tar.zst", "tar.gz", "tar.xz",
    ] {
        let send = async |op: &str, body: Vec<u8>| {
            let path = format!("/v1/{op}?format={format}");
            let request = client.request(Method::PUT, &path).body(body);
            request.answer().await.is(200).body
        };
        let packed = send("compress", content.clone()).await;
        assert!(packed != content, "{format}");
        assert!(send("decompress", packed).await == content, "{format}");
    }
    service.stop();
}
