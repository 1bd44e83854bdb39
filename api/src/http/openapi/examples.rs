//! Examples of bodies. A test holds each to its schema.

use filittle_steps::Op;
use serde_json::{Value, json};

pub(super) const ID: &str = "01987654-3210-7abc-8def-0123456789ab";
const TIME: &str = "2026-01-02T03:04:05.678901Z";
const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const LINK: &str = "http://localhost:8080/v1/links/a-signed-token";

pub(super) fn account() -> Value {
    json!({
        "id": ID, "email": "ada@example.org", "name": "Ada", "role": "member", "verified": true,
        "created_at": TIME,
    })
}

pub(super) fn me() -> Value {
    let mut me = account();
    me["mails"] = "on".into();
    me["usage"] = json!({"files": 2, "bytes": 123_456});
    me["quota"] = json!({"files": null, "bytes": null});
    me
}

pub(super) fn tokens() -> Value {
    json!({
        "access_token": "a token", "token_type": "Bearer", "expires_in": 900,
        "refresh_token": "another token",
    })
}

pub(super) fn api_key() -> Value {
    json!({
        "id": ID, "name": "backup", "prefix": "flt_abcd", "created_at": TIME,
        "expires_at": null, "last_used_at": null,
    })
}

pub(super) fn new_api_key() -> Value {
    let mut key = api_key();
    key["key"] = "the key, shown this once".into();
    key
}

pub(super) fn file() -> Value {
    json!({
        "id": ID, "name": "photo.jpg", "media_type": "image/jpeg", "size": 123_456,
        "sha256": SHA256, "version": 1, "category": null, "tags": ["summer"],
        "image": {"width": 1600, "height": 1200}, "url": LINK,
        "created_at": TIME, "updated_at": TIME,
    })
}

pub(super) fn page(item: &Value) -> Value {
    json!({"items": [item], "next_cursor": null})
}

pub(super) fn order() -> Value {
    let mut order = order_with_files();
    order["inputs"] = json!([{"file": ID}]);
    order
}

pub(super) fn order_with_files() -> Value {
    json!({
        "steps": [
            {"op": "resize", "width": 800},
            {"op": "dither", "levels": 2},
            {"op": "compress", "format": "zip"},
        ],
        "name": "for the newsletter",
        "metadata": {"order": "17"},
        "notify": {"email": true},
    })
}

pub(super) fn output() -> Value {
    json!({
        "name": "photo.jpg.zst", "media_type": "application/zstd", "size": 4096,
        "sha256": SHA256, "url": format!("{LINK}/0"), "item": 0, "step": 0,
    })
}

pub(super) fn queued_job() -> Value {
    let this = format!("http://localhost:8080/v1/jobs/{ID}");
    json!({
        "id": ID, "name": null, "metadata": {"order": "17"}, "state": "queued",
        "priority": "normal", "attempt": 0, "failures": 0, "max_attempts": 3,
        "created_at": TIME, "not_before": null, "started_at": null, "finished_at": null,
        "expires_at": null,
        "items": [{"input": 0, "name": "photo.jpg", "state": "queued"}],
        "steps": [{"op": "compress", "format": "zstd", "level": "balanced"}],
        "outputs": [],
        "links": {
            "self": this, "cancel": format!("{this}/cancel"), "retry": format!("{this}/retry"),
        },
    })
}

pub(super) fn ended_job() -> Value {
    let mut job = queued_job();
    job["state"] = "succeeded".into();
    job["attempt"] = 1.into();
    for time in ["started_at", "finished_at", "expires_at"] {
        job[time] = TIME.into();
    }
    job["items"][0]["state"] = "succeeded".into();
    job["outputs"] = json!([output()]);
    job
}

pub(super) fn cancelled_job() -> Value {
    let mut job = queued_job();
    job["state"] = "cancelled".into();
    job["finished_at"] = TIME.into();
    job["items"][0]["state"] = "cancelled".into();
    job
}

pub(super) fn linked_job() -> Value {
    json!({"name": null, "state": "succeeded", "expires_at": TIME, "outputs": [output()]})
}

pub(super) fn history() -> Value {
    json!({"items": [
        {"id": 1, "kind": "submitted", "at": TIME},
        {"id": 2, "kind": "started", "at": TIME, "attempt": 1},
        {"id": 3, "kind": "succeeded", "at": TIME},
    ]})
}

pub(super) const STREAM: &str = "\
retry: 2000

id: 2
event: started
data: {\"job\":\"01987654-3210-7abc-8def-0123456789ab\",\"id\":2,\"kind\":\"started\",\
\"at\":\"2026-01-02T03:04:05.678901Z\",\"attempt\":1}

event: progress
data: {\"job\":\"01987654-3210-7abc-8def-0123456789ab\",\"done\":10,\"total\":100,\
\"unit\":\"bytes\",\"phase\":\"compressing\"}

";

pub(super) fn ready() -> Value {
    json!({"status": "ok", "checks": {"database": "ok", "queue": "ok", "store": "ok"}})
}

pub(super) fn health() -> Value {
    let mut health = ready();
    health["version"] = env!("CARGO_PKG_VERSION").into();
    health["live"] = "ok".into();
    health["ready"] = "ok".into();
    health
}

pub(super) fn limits(ops: &[Op]) -> Value {
    json!({
        "accounts": {"registration": "open", "logins_per_minute": 30, "registrations_per_minute": 10},
        "files": {"bytes": 5_368_709_120_u64, "parts": 1000},
        "pictures": {"bytes": 104_857_600, "pixels": 100_000_000, "side": 65535},
        "archives": {"entries": 100_000, "expansion": 1000, "expansion_from_bytes": 67_108_864},
        "jobs": {
            "inputs": 1000, "steps": 20, "output_bytes": 53_687_091_200_u64,
            "name_bytes": 255, "metadata_keys": 50, "metadata_key_bytes": 64, "metadata_value_bytes": 500,
            "max_attempts": 25, "longest_keep_seconds": 31_536_000, "attempt_seconds": 21_600,
            "keep_seconds": 604_800, "backlog": 100_000, "backlog_of_account": 10_000,
        },
        "requests": {
            "json_bytes": 1_048_576, "wait_seconds": 60, "idempotency_key_bytes": 255,
            "fields": 1, "uploads": 64, "uploads_of_account": 32, "downloads": 64, "downloads_of_account": 32, "streams_of_account": 32, "stream_seconds": 3600,
        },
        "ops": ops.iter().take(1).map(|op| json!({
            "op": op.name, "about": op.about, "parameters": [],
        })).collect::<Vec<_>>(),
        "palettes": [{"name": "black-white", "title": "Black and white", "colors": ["#000000", "#ffffff"]}],
        "devices": [{
            "name": "trmnl", "title": "TRMNL OG", "width": 800, "height": 480,
            "colors": ["#000000", "#ffffff"], "format": "png",
        }],
    })
}
