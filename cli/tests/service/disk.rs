//! A disk that is full.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use filittle_testkit::Process;
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use crate::answer::Send;
use crate::client::has_ended;
use crate::generate::noise;
use crate::service::{Service, serve};
use crate::stopped::Stopped;
use crate::times::{LONG, until};

/// A small file system in memory. A shell keeps it in a mount namespace of its own, so that it is
/// gone with the test.
struct SmallDisk {
    keeper: Process,
    place: TempDir,
    as_root: bool,
}

impl SmallDisk {
    fn of(mib: usize) -> Self {
        let as_root = rustix::process::geteuid().is_root();
        let place = tempdir().unwrap();
        let mut command = Command::new("unshare");
        if !as_root {
            command.args(["--user", "--map-root-user"]);
        }
        let script = "if mount -t tmpfs -o size=$1m,mode=700 tmpfs \"$2\"
            then echo mounted; else echo impossible; fi; exec cat";
        command.args(["--mount", "sh", "-c", script, "sh", &mib.to_string()]);
        command.arg(place.path());
        let mut keeper = Process::start(command);
        let told = keeper.wait_for_line("", LONG);
        assert_eq!(
            told, "mounted",
            "this test mounts a small tmpfs: run it as root, or where users may make namespaces \
             (sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces above 0)"
        );
        Self {
            keeper,
            place,
            as_root,
        }
    }

    /// `filittle serve` on a folder of this disk.
    fn serve(&self) -> Command {
        let inner = serve(&self.place.path().join("data"));
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.keeper.id().to_string(), "--mount"]);
        if !self.as_root {
            command.args(["--user", "--preserve-credentials"]);
        }
        command.arg(inner.get_program()).args(inner.get_args());
        for (name, value) in inner.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    /// A path of this disk, as it is seen from outside.
    fn path(&self, name: &str) -> PathBuf {
        let inside = self.place.path().strip_prefix("/").unwrap().join(name);
        Path::new(&format!("/proc/{}/root", self.keeper.id())).join(inside)
    }

    /// Writes a file of so many bytes.
    fn ballast(&self, name: &str, bytes: usize) {
        fs::write(self.path(name), vec![0; bytes]).unwrap();
    }

    /// Takes all the room there is.
    fn fill(&self, name: &str) {
        let mut file = fs::File::create(self.path(name)).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    }

    fn free(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    /// A copy of the data folder on another disk.
    fn copy(&self) -> TempDir {
        let copy = tempdir().unwrap();
        let mut command = Command::new("cp");
        command.arg("-a").arg(self.path("data")).arg(copy.path());
        assert!(command.status().unwrap().success());
        copy
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_what_is_new_and_loses_nothing_and_passes() {
    let disk = SmallDisk::of(48);
    disk.ballast("ballast", 16 << 20);
    let (service, client) = Service::first(disk.serve());
    let mut kept: Vec<(Value, Vec<u8>)> = Vec::new();
    let refused = loop {
        let number = kept.len();
        let bytes = noise(number as u64, 3 << 20);
        let answer = client.put("noise.bin", bytes.clone()).answer().await;
        if answer.status != 201 {
            break answer;
        }
        kept.push((answer.json()["items"][0].clone(), bytes));
        assert!(number < 48, "more than the disk holds");
    };
    refused.refused(507, "insufficient-storage");
    assert!(kept.len() > 3, "{} files", kept.len());

    // Not a page is left.
    disk.fill("filler");
    let job = json!({"inputs": [{"file": kept[0].0["id"]}], "steps": [{"op": "compress"}]});
    for _ in 0..3 {
        let tiny = client.put("tiny.txt", "x").answer().await;
        tiny.refused(507, "insufficient-storage");
        let submit = client.post("/v1/jobs", &job).answer().await;
        submit.refused(507, "insufficient-storage");
    }
    for (file, bytes) in &kept {
        assert!(client.content(file).await == *bytes);
    }
    client.get("/livez").answer().await.is(200);
    client.get("/v1/files").answer().await.is(200);
    disk.free("filler");

    // Room for the job's rows, not for what it makes.
    disk.ballast("ballast", 15 << 20);
    let job = client.submit(&job).await;
    let mut service = service;
    service
        .process
        .wait_for_line("tried again in this attempt", LONG);
    let now = client.job(&job).await;
    assert!(!has_ended(&now) && now["failures"] == 0, "{now}");
    disk.free("ballast");
    let job = client.succeeded(&job).await;
    assert_eq!((&job["failures"], &job["attempt"]), (&json!(0), &json!(1)));
    let made = client.output(&job).await;
    assert!(zstd::decode_all(&made[..]).unwrap() == kept[0].1);

    let bytes = noise(1000, 3 << 20);
    kept.push((client.upload("noise.bin", bytes.clone()).await, bytes));
    let (gone, _) = kept.remove(1);
    let path = format!("/v1/files/{}", gone["id"].as_str().unwrap());
    let delete = client.request(reqwest::Method::DELETE, &path);
    delete.answer().await.is(204);
    service.stop();

    let service = Service::run(disk.serve());
    let client = client.at(&service.url);
    for (file, bytes) in &kept {
        assert!(client.content(file).await == *bytes);
    }
    client.succeeded(&job).await;
    service.stop();
    let copy = disk.copy();
    let data = copy.path().join("data");
    let stopped = Stopped(&data);
    stopped.has_a_sound_database().await;
    stopped.is_as_its_events_say();
    stopped.has_sound_contents().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_on_a_full_disk_says_so_and_the_next_one_has_everything() {
    let disk = SmallDisk::of(16);
    let (service, client) = Service::first(disk.serve());
    let file = client.upload("a.txt", "some text").await;
    service.kill();
    disk.fill("filler");
    let process = Process::start(disk.serve());
    let status = process.wait(LONG);
    let told = process.errors().join("\n");
    assert_eq!(status.code(), Some(1), "{told}");
    assert!(told.contains("the disk is full"), "{told}");
    disk.free("filler");
    let service = Service::run(disk.serve());
    let client = client.at(&service.url);
    assert_eq!(client.content(&file).await, b"some text");
    let job = client.work(&file, &json!({"op": "compress"})).await;
    client.succeeded(&job).await;
    until("its store is well", async || {
        let ready = client.get("/readyz").answer().await.is(200).json();
        (ready["checks"]["store"] == "ok").then_some(())
    })
    .await;
    service.stop();
}
