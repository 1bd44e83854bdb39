//! Two replicas of the API behind a proxy, each request going to any.

use filittle_testkit::{Haproxy, pictures};

use crate::answer::Send;
use crate::browser::Browser;
use crate::world::{EMAIL, PASSWORD, Replica, World};

#[tokio::test(flavor = "multi_thread")]
async fn the_page_works_when_each_request_goes_to_another_replica() {
    let world = World::on_s3();
    let two = world.two_of_each().await;
    let balancer = Haproxy::start(&two.apis.each_ref().map(Replica::address));
    let browser = Browser::start().await;
    let mut command = world.command("filittle");
    command.args(["admin", "link", "--public-url", &balancer.url()]);
    let link = command.output().unwrap();
    assert!(link.status.success(), "{link:?}");
    browser
        .go(String::from_utf8(link.stdout).unwrap().trim())
        .await;
    browser.at_desk().await;
    browser.click("#sign-out").await;
    browser.enter(EMAIL, PASSWORD).await;
    browser.at_desk().await;
    let photo = world.folder.path().join("photo.jpg");
    let pixels = pictures::photo_like(600, 400);
    std::fs::write(&photo, pictures::jpeg(600, 400, &pixels)).unwrap();
    for _ in 0..4 {
        browser.choose(&[&photo]).await;
        browser.start_until("succeeded").await;
        browser.is_drawn("#jobs > li:first-child .before").await;
        browser.is_drawn("#jobs > li:first-child .after").await;
    }
    browser.reload().await;
    browser
        .until("document.querySelectorAll('#jobs .succeeded').length === 4")
        .await;
    browser.is_clean(&balancer.url(), &[]).await;

    let jobs = two.clients[0].get("/v1/jobs").answer().await.is(200).json();
    assert_eq!(jobs["items"].as_array().unwrap().len(), 4);
    for api in &two.apis {
        let log = api.process.errors();
        let page = log
            .iter()
            .filter(|line| line.contains("\"route\":\"/page/"));
        assert!(
            page.count() > 0,
            "one replica was not asked for the page: {log:#?}"
        );
    }
}
