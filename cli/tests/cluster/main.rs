//! Promises of many processes: the real binaries on a real PostgreSQL, Redis and S3 server, and
//! what happens when one of them goes away.

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
#[path = "../service/spans.rs"]
mod spans;
#[path = "../service/times.rs"]
mod times;

mod backlog;
mod database;
mod end_to_end;
mod load;
mod older;
mod probes;
mod redis;
mod redis_away;
mod replaced;
mod schema;
mod starts;
mod store;
mod tls;
mod traces;
mod unanswered;
mod workers;
mod world;
