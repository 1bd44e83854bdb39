//! The document has the routes that are served, and no others.

use std::collections::BTreeSet;

use filittle_api::{ApiSettings, openapi};
use reqwest::Method;

use super::contract::OF_THE_PAGE;
use crate::answer::Send;
use crate::app::TestApp;

/// A method that nobody has.
const NOBODYS: &str = "BREW";

#[tokio::test]
async fn every_path_that_is_served_is_written_but_for_parts_of_the_page_and_every_path_that_is_written_is_served()
 {
    let app = TestApp::start().await;
    let served = paths(&filittle_api::router(
        app.app.clone(),
        ApiSettings::default(),
    ));
    let written: BTreeSet<String> = openapi()["paths"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    let (of_the_page, served): (BTreeSet<_>, BTreeSet<_>) =
        (served.into_iter()).partition(|path| path.starts_with(OF_THE_PAGE));
    assert_eq!(served, written);
    assert!(!of_the_page.is_empty(), "an exception for nothing");
    let about = openapi()["info"]["description"].as_str().unwrap();
    assert!(about.contains(OF_THE_PAGE), "{about}");
}

#[tokio::test]
async fn every_method_that_is_served_is_written_and_every_method_that_is_written_is_served() {
    let app = TestApp::start().await;
    let method = Method::from_bytes(NOBODYS.as_bytes()).unwrap();
    for (path, item) in openapi()["paths"].as_object().unwrap() {
        let answer = app
            .request(method.clone(), &filled(path))
            .answer()
            .await
            .is(405);
        let served: BTreeSet<String> = answer
            .header("allow")
            .split(',')
            .map(str::to_lowercase)
            // Wherever GET is; the document says so once.
            .filter(|method| method != "head")
            .collect();
        let written: BTreeSet<String> = item.as_object().unwrap().keys().cloned().collect();
        assert_eq!(served, written, "{path}");
    }
}

/// The paths of a router. It has no way to ask for them, but it shows them to who debugs; a change of
/// that breaks this test and nothing else.
fn paths(router: &axum::Router) -> BTreeSet<String> {
    let shown = format!("{router:?}");
    let (shown, _) = shown.split_once("fallback_router").unwrap();
    let quoted = shown.split('"').skip(1).step_by(2);
    quoted
        .filter(|text| text.starts_with('/'))
        .map(str::to_owned)
        .collect()
}

fn filled(path: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { "1" } else { part });
    parts.collect::<Vec<_>>().join("/")
}
