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

#[test]
fn only_s3_has_a_key_of_its_own() {
    assert!(!ObjectServer::s3().secret_access_key().is_empty());
    assert_ne!(
        ObjectServer::s3().endpoint(),
        ObjectServer::google().endpoint()
    );
}
