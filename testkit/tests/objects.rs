//! What the kit promises about stores of objects.

use filittle_testkit::ObjectServer;

#[test]
fn each_store_makes_buckets_that_are_empty_and_go_away() {
    for server in [
        ObjectServer::s3(),
        ObjectServer::google(),
        ObjectServer::azure(),
    ] {
        let (one, other) = (server.bucket(), server.bucket());
        assert_ne!(one.name(), other.name());
        assert!(one.keys().is_empty(), "{}", server.endpoint());
        one.remove();
    }
}
