//! How the place of objects is written.

use std::path::Path;

use filittle_common::blobs::{ObjectsSecrets, ObjectsUrl};

fn shown(text: &str) -> String {
    let url: ObjectsUrl = text
        .parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"));
    url.to_string()
}

fn error(text: &str) -> String {
    text.parse::<ObjectsUrl>().expect_err(text).to_string()
}

#[test]
fn places_are_shown_as_they_are_written() {
    for (text, expected) in [
        ("file:///srv/objects", "file:///srv/objects"),
        ("s3://files", "s3://files"),
        ("s3://files/", "s3://files"),
        ("s3://files/a/b/?region=eu-central-1", "s3://files/a/b"),
        (
            "s3://My_files/a?endpoint=http://garage:3900/&region=garage",
            "s3://My_files/a at http://garage:3900",
        ),
        ("gs://files/a%20b", "gs://files/a b"),
        (
            "az://files?account=me&endpoint=https://blobs.example.org",
            "az://files at https://blobs.example.org",
        ),
        ("az://files?emulator=true", "az://files"),
    ] {
        assert_eq!(shown(text), expected);
    }
}

#[test]
fn a_folder_is_known_as_one() {
    let folder: ObjectsUrl = "file:///srv/some%20objects".parse().unwrap();
    assert_eq!(folder.folder(), Some(Path::new("/srv/some objects")));
    let bucket: ObjectsUrl = "s3://srv".parse().unwrap();
    assert_eq!(bucket.folder(), None);
}

#[test]
fn what_is_wrong_is_said() {
    for (text, expected) in [
        ("/srv/objects", "must be a URL"),
        (
            "ftp://files",
            "must begin with file://, s3://, gs:// or az://",
        ),
        (
            "s3://",
            "must name a bucket: s3://bucket or s3://bucket/prefix",
        ),
        ("s3:///prefix", "must name a bucket"),
        ("gs://files%2F", "must name a bucket"),
        ("s3://files:9000", "endpoint="),
        ("s3://files#a", "after #"),
        (
            "s3://files?bucket=a",
            "the option bucket, which s3:// does not know",
        ),
        ("gs://files?region=a", "it knows endpoint, allow_http"),
        ("s3://files?region=a&region=b", "has region twice"),
        ("s3://files?region=", "has a region with other than"),
        (
            "s3://files?allow_http=yes",
            "has a allow_http that is neither true nor false",
        ),
        ("s3://files?endpoint=garage:3900", "not just a server"),
        ("s3://files?endpoint=http://a?b=c", "not just a server"),
        ("file:///srv?region=a", "must not have options"),
        ("file://host/srv", "must name a whole path"),
    ] {
        let error = error(text);
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn keys_in_the_url_are_refused_and_never_repeated() {
    for text in [
        "s3://AKIAEXAMPLE:SeCrEt+/1@files",
        "s3://SeCrEt+/1@files",
        "s3://files?secret_access_key=SeCrEt+/1",
        "s3://files?region=a&SeCrEt+/1",
        "s3://files?endpoint=http://AKIAEXAMPLE:SeCrEt@garage:3900",
        "s3://files?region=SeCrEt+/1",
        "s3://files#SeCrEt+/1",
        "SeCrEt+/1",
    ] {
        let url = text.parse::<ObjectsUrl>();
        let error = url.expect_err(text);
        assert!(!format!("{error} {error:?}").contains("SeCrEt"), "{error}");
    }
}

#[test]
fn secrets_show_only_which_there_are() {
    let secrets = ObjectsSecrets {
        access_key_id: Some("AKIAEXAMPLE".into()),
        google_key: Some("SeCrEt".into()),
        ..ObjectsSecrets::default()
    };
    assert_eq!(
        format!("{secrets:?}"),
        r#"ObjectsSecrets{"access_key_id", "google_key"}"#
    );
}

#[test]
fn our_own_variables_go_before_those_of_aws_and_are_not_mixed_with_them() {
    let all = [
        ("FILITTLE_OBJECTS_ACCESS_KEY_ID", "ours"),
        ("FILITTLE_OBJECTS_SECRET_ACCESS_KEY", ""),
        ("AWS_ACCESS_KEY_ID", "theirs"),
        ("AWS_SECRET_ACCESS_KEY", "their secret"),
        ("AWS_SESSION_TOKEN", "their token"),
        ("AWS_DEFAULT_REGION", "eu-central-1"),
    ];
    let from = |variables: &[(&str, &str)]| {
        ObjectsSecrets::from_variables(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    };
    let ours = ObjectsSecrets {
        access_key_id: Some("ours".into()),
        region: Some("eu-central-1".into()),
        ..ObjectsSecrets::default()
    };
    assert_eq!(from(&all), ours);
    let theirs = ObjectsSecrets {
        access_key_id: Some("theirs".into()),
        secret_access_key: Some("their secret".into()),
        session_token: Some("their token".into()),
        ..ObjectsSecrets::default()
    };
    assert_eq!(from(&all[2..5]), theirs);
}
