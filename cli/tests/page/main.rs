//! What the first page promises, in a real Chromium: the real binaries, and nothing of them replaced.
//!
//! Pictures of the page are left in the folder `page-screenshots` of the target folder.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "shared with the tests of one process")]
#[path = "../service/answer.rs"]
mod answer;
#[expect(dead_code, reason = "shared with the tests of one process")]
#[path = "../service/client.rs"]
mod client;
#[expect(dead_code, reason = "shared with the tests of one process")]
#[path = "../service/generate.rs"]
mod generate;
#[expect(dead_code, reason = "shared with the tests of one process")]
#[path = "../service/service.rs"]
mod service;
#[path = "../service/times.rs"]
mod times;
#[expect(dead_code, reason = "shared with the tests of many processes")]
#[path = "../cluster/world.rs"]
mod world;

mod access;
mod browser;
mod curl;
mod door;
mod keyboard;
mod list;
mod network;
mod order;
mod replicas;
mod tabs;
mod visit;
mod watched;
mod work;
