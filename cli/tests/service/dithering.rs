//! Few colours over HTTP: each format as it is downloaded, and panels of one's own.

use std::fs;
use std::path::Path;

use filittle_testkit::pictures::{jpeg, photo_like};
use reqwest::Method;
use tempfile::tempdir;

use crate::answer::{Answer, Send};
use crate::client::Client;
use crate::service::{Service, serve};

/// Two inks, 24 by 5 pixels, four bits a pixel.
const PANEL: &str = "title = \"On the wall\"\nwidth = 24\nheight = 5\n\
    [output]\nformat = \"raw\"\nbits = 4\n\
    [[inks]]\ncolor = \"000\"\ncode = 3\n[[inks]]\ncolor = \"fff\"\ncode = 12\n";

/// A photo of 60 by 40 pixels by the shortcut.
async fn dithered(client: &Client, query: &str) -> Answer {
    let photo = jpeg(60, 40, &photo_like(60, 40));
    let path = format!("/v1/dither?name=photo.jpg&{query}");
    let answer = client.request(Method::PUT, &path).body(photo);
    answer.answer().await.is(200)
}

fn head<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers[name].to_str().unwrap()
}

/// `serve` with a folder of panels.
fn with_panels(data: &Path, panels: &Path) -> std::process::Command {
    let mut command = serve(data);
    command.arg("--devices").arg(panels);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn each_format_comes_with_its_type_its_name_and_its_bytes() {
    let data = tempdir().unwrap();
    let (service, client) = Service::first(serve(data.path()));
    let table: [(&str, &str, &str, &[u8]); 6] = [
        (
            "palette=pico-8",
            "image/png",
            "photo.png",
            b"\x89PNG\r\n\x1a\n",
        ),
        ("extract=5&format=gif", "image/gif", "photo.gif", b"GIF89a"),
        (
            "palette=game-boy&format=bmp",
            "image/bmp",
            "photo.bmp",
            b"BM",
        ),
        (
            "format=raw&gray=1",
            "application/octet-stream",
            "photo.bin",
            b"",
        ),
        ("device=trmnl", "image/png", "photo.png", b"\x89PNG"),
        (
            "device=waveshare-7in3e&format=bmp",
            "image/bmp",
            "photo.bmp",
            b"BM",
        ),
    ];
    for (query, media_type, name, magic) in table {
        let answer = dithered(&client, query).await;
        assert_eq!(head(&answer, "content-type"), media_type, "{query}");
        let disposition = head(&answer, "content-disposition");
        assert!(
            disposition.contains(&format!("\"{name}\"")),
            "{query}: {disposition}"
        );
        assert!(answer.body.starts_with(magic), "{query}");
    }
    service.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_has_exactly_the_bytes_of_its_layout() {
    let data = tempdir().unwrap();
    let (service, client) = Service::first(serve(data.path()));
    for (query, bytes) in [
        ("gray=1&format=raw", 60_usize.div_ceil(8) * 40),
        ("gray=1&format=raw&layout=pages", 60 * 40 / 8),
        ("palette=pico-8&format=raw", 60 / 2 * 40),
        (
            "palette=pico-8&format=raw&layout=planes",
            4 * 60_usize.div_ceil(8) * 40,
        ),
        ("palette=pico-8&format=raw&bits=8", 60 * 40),
        ("device=waveshare-7in3e", 800 * 480 / 2),
        ("device=ssd1306-128x64", 128 * 64 / 8),
    ] {
        assert_eq!(dithered(&client, query).await.body.len(), bytes, "{query}");
    }
    // Each half of a byte is a code of an ink, and nothing else is there.
    let panel = dithered(&client, "device=waveshare-7in3e").await.body;
    let codes = panel.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    assert!(
        codes
            .into_iter()
            .all(|code| matches!(code, 0 | 1 | 2 | 3 | 5 | 6))
    );
    service.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panel_of_ones_own_is_listed_and_dithered_for() {
    let data = tempdir().unwrap();
    let panels = tempdir().unwrap();
    fs::write(panels.path().join("wall.toml"), PANEL).unwrap();
    let (service, client) = Service::first(with_panels(data.path(), panels.path()));
    let limits = client.get("/v1/limits").answer().await.is(200).json();
    let first = &limits["devices"][0];
    assert_eq!(
        (&first["name"], &first["title"]),
        (&"wall".into(), &"On the wall".into())
    );
    let bytes = dithered(&client, "device=wall").await.body;
    assert_eq!(bytes.len(), 24 / 2 * 5);
    let codes = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    assert!(codes.into_iter().all(|code| code == 3 || code == 12));
    service.stop();
}

#[test]
fn a_bad_panel_ends_the_start_with_its_file_its_line_and_the_reason() {
    let data = tempdir().unwrap();
    let panels = tempdir().unwrap();
    let bad = PANEL.replace("height = 5", "height = 0");
    fs::write(panels.path().join("wall.toml"), bad).unwrap();
    fs::write(panels.path().join("other.toml"), "width").unwrap();
    let folder = data.path().join("new");
    let ended = with_panels(&folder, panels.path()).output().unwrap();
    assert_eq!(ended.status.code(), Some(2), "{ended:?}");
    let told = String::from_utf8(ended.stderr).unwrap();
    for words in [
        "FILITTLE_DEVICES (--devices): ",
        "wall.toml: line 3: height",
        "other.toml: line 1: ",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    // Nothing was made.
    assert!(!folder.exists());
}
