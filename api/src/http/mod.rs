//! The routes and the layers around them.

mod accept;
mod accounts;
mod api_keys;
mod archive;
mod auth;
mod backlog;
mod browsers;
mod buckets;
mod client;
mod conditional;
mod content;
mod content_digest;
mod disposition;
mod docs;
mod explained;
mod fields;
mod files;
mod first_page;
mod follow;
mod history;
mod idempotency;
mod jobs;
mod json;
mod limits;
mod link_page;
mod links;
mod multipart;
mod observe;
mod openapi;
mod pace;
mod page;
mod params;
mod prefer;
mod probes;
mod problem;
mod problem_page;
mod quota;
mod range;
mod seats;
mod shortcuts;
mod trickle;
mod unique;
mod unpack;
mod unsubscribe;
mod upload;
mod views;
mod wait;

use self::buckets::Buckets;
use self::seats::Seats;
use crate::ApiSettings;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{delete, get, post};
use filittle_common::App;
use filittle_common::health::{self, Health};

/// What handlers work with. Cheap to clone.
#[derive(Clone)]
struct Api {
    app: App,
    settings: ApiSettings,
    /// Each may hold some blocks in memory; so may downloads.
    uploads: Seats,
    downloads: Seats,
    streams: Seats,
    logins: Buckets,
    registrations: Buckets,
    health: Health,
}

impl std::ops::Deref for Api {
    type Target = App;
    fn deref(&self) -> &App {
        &self.app
    }
}

pub(crate) use self::client::Peer;
pub use self::openapi::openapi;

/// Everything that is served over HTTP.
pub fn router(app: App, settings: ApiSettings) -> Router {
    let mut health = Health::of_api(app.clone());
    if let Some(pool) = &settings.pool {
        health = health.with("pool", pool.clone());
    }
    let metrics = app.metrics().clone();
    let streams = Seats::new(
        "streams",
        settings.max_streams,
        settings.max_streams_of_owner,
    );
    metrics.sample({
        let streams = streams.clone();
        move |all| all.http.streams(streams.taken())
    });
    let api = Api {
        app,
        health,
        uploads: Seats::shared("uploads", settings.max_uploads),
        downloads: Seats::shared("downloads", settings.max_downloads),
        streams,
        logins: Buckets::new("login", settings.logins_per_minute).counted(&metrics),
        registrations: Buckets::new("register", settings.registrations_per_minute)
            .counted(&metrics),
        settings,
    };
    Router::new()
        .merge(first_page::routes())
        .merge(account_routes())
        .merge(file_routes())
        .merge(job_routes())
        .merge(link_routes())
        .route("/v1/limits", get(limits::get))
        .route("/openapi.json", get(openapi::get))
        .route("/docs", get(docs::page))
        .route("/docs/{file}", get(docs::file))
        .route("/problems/{code}", get(problem_page::get))
        .route(health::LIVE, get(probes::livez))
        .route(health::READY, get(probes::readyz))
        .route(health::HEALTH, get(probes::health))
        .route(health::METRICS, get(probes::metrics))
        // From the inside out: a panic is a problem, a problem has a form, and all is seen.
        .layer(from_fn(observe::catch_panics))
        .layer(from_fn(problem::render))
        .layer(from_fn_with_state(api.clone(), observe::observe))
        .layer(from_fn_with_state(api.clone(), browsers::tell))
        .with_state(api)
}

fn account_routes() -> Router<Api> {
    Router::new()
        .route("/v1/register", post(accounts::register))
        .route("/v1/verify", post(accounts::verify))
        .route("/v1/login", post(accounts::login))
        .route("/v1/token/refresh", post(accounts::refresh))
        .route("/v1/logout", post(accounts::logout))
        .route("/v1/me", get(accounts::me).patch(accounts::update_me))
        .route("/v1/api-keys", get(api_keys::list).post(api_keys::create))
        .route("/v1/api-keys/{id}", delete(api_keys::delete))
        .route("/.well-known/jwks.json", get(accounts::jwks))
}

fn file_routes() -> Router<Api> {
    let uploads = post(upload::post)
        .put(upload::put)
        // They are streamed, and have limits of their own.
        .layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/v1/files", get(files::list).merge(uploads))
        .route(
            "/v1/files/{id}",
            get(files::get).patch(files::describe).delete(files::delete),
        )
        .route("/v1/files/from-blocks", post(files::reserved))
        .route(
            "/v1/files/{id}/content",
            get(files::content).put(files::reserved),
        )
}

fn job_routes() -> Router<Api> {
    // Files may come with the job.
    let submit = post(jobs::submit).layer(DefaultBodyLimit::disable());
    let shortcuts = filittle_steps::OPS
        .iter()
        .fold(Router::new(), |routes, op| {
            routes.route(&format!("/v1/{}", op.name), shortcuts::of(op))
        });
    Router::new()
        .merge(shortcuts.layer(DefaultBodyLimit::disable()))
        .route("/v1/jobs", get(jobs::list).merge(submit))
        .route("/v1/jobs/{id}", get(jobs::get).delete(jobs::delete))
        .route("/v1/jobs/{id}/events", get(history::get))
        .route("/v1/events", get(follow::all_jobs))
        .route("/v1/jobs/{id}/cancel", post(jobs::cancel))
        .route("/v1/jobs/{id}/retry", post(jobs::retry))
        .route("/v1/jobs/{id}/outputs/{n}", get(jobs::output))
        .route("/v1/jobs/{id}/outputs.zip", get(archive::get))
}

/// What is opened from mails and messages, by people.
fn link_routes() -> Router<Api> {
    Router::new()
        .route("/v1/links/{token}", get(links::open))
        .route("/v1/links/{token}/{n}", get(links::output))
        .route(
            "/v1/unsubscribe/{token}",
            get(unsubscribe::page).post(unsubscribe::post),
        )
        .layer(from_fn(problem_page::for_people))
}

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
