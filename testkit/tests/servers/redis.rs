use std::net::TcpStream;
use std::time::{Duration, Instant};

use filittle_testkit::Redis;

#[test]
fn each_is_empty_and_apart_from_others() {
    let (one, other) = (Redis::start(), Redis::start());
    assert_eq!(one.ask("SET key value"), "+OK");
    assert_eq!(one.ask("EXISTS key"), ":1");
    assert_eq!(other.ask("DBSIZE"), ":0");
}

#[test]
fn a_flush_forgets_everything() {
    let redis = Redis::start();
    redis.ask("SET key value");
    redis.flushall();
    assert_eq!(redis.ask("DBSIZE"), ":0");
}

#[test]
fn a_pause_holds_those_who_ask_for_so_long() {
    let redis = Redis::start();
    let (began, time) = (Instant::now(), Duration::from_millis(80));
    redis.pause(time);
    assert_eq!(redis.ask("PING"), "+PONG");
    assert!(began.elapsed() >= time, "{:?}", began.elapsed());
}

#[test]
fn a_killed_one_comes_back_empty_where_it_was() {
    let redis = Redis::start();
    let url = redis.url();
    redis.ask("SET key value");
    redis.kill();
    assert!(TcpStream::connect(redis.address()).is_err());
    redis.start_again();
    assert_eq!(redis.ask("DBSIZE"), ":0");
    assert_eq!(redis.url(), url);
}

#[test]
fn a_setting_can_be_changed() {
    let redis = Redis::start();
    redis.set_config("maxmemory", "1");
    let told = redis.ask("SET key value");
    assert!(told.starts_with("-OOM"), "{told}");
}

#[test]
fn it_is_gone_with_its_value() {
    let redis = Redis::start();
    let address = redis.address();
    drop(redis);
    assert!(TcpStream::connect(address).is_err());
}
