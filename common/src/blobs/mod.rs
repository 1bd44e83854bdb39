//! Contents: a blob is a list of blocks, and a block is one object of at most 4 MiB.
//!
//! Putting a stream ([`Blobs::writer`], then [`link`] in the transaction that refers to it) and
//! getting a range ([`Blobs::read`]) are the only two ways in and out, in constant memory.

mod blocking;
mod check;
mod cloud;
mod collect;
mod digest;
mod gather;
mod leftovers;
mod objects;
mod objects_secrets;
mod objects_url;
mod probe;
mod put;
mod reader;
mod stored;
mod strays;
mod tidy;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use blocking::{BlockingReader, BlockingWriter, cause};
pub use check::{Checked, Depth};
pub use cloud::Patience;
pub use collect::Collected;
pub use objects_secrets::ObjectsSecrets;
pub use objects_url::{ObjectsUrl, ObjectsUrlError};
pub use stored::{Stored, link, link_all};
pub use writer::BlobWriter;

use objects_url::Place;

use crate::error::Result;
use crate::store::Db;

/// The most bytes of a block.
pub const BLOCK_BYTES: usize = 4 << 20;

/// The contents of files and outputs. Cheap to clone.
#[derive(Clone)]
pub struct Blobs(Arc<Parts>);

struct Parts {
    objects: Arc<dyn ObjectStore>,
    db: Db,
    /// The folder, when the objects are in one.
    folder: Option<PathBuf>,
    /// What the store is called where an operator reads it.
    place: String,
    /// Where work goes on that the one who asked for it does not wait for.
    runtime: Handle,
    /// How many such pieces of work there are.
    background: watch::Sender<usize>,
}

impl Blobs {
    /// Objects where this URL says. A folder is as with [`Blobs::local`]; no network is used yet,
    /// see [`Blobs::probe`].
    ///
    /// # Errors
    /// When something is missing or contradicts itself, such as one half of an access key.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn at(url: &ObjectsUrl, secrets: &ObjectsSecrets, db: Db) -> Result<Self> {
        Self::at_with(url, secrets, Patience::default(), db)
    }

    /// As [`Blobs::at`], with another patience.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn at_with(
        url: &ObjectsUrl,
        secrets: &ObjectsSecrets,
        patience: Patience,
        db: Db,
    ) -> Result<Self> {
        match url.place() {
            Place::Folder(folder) => Self::local(folder, db),
            Place::Cloud(cloud) => {
                let objects = cloud::open(cloud, secrets, patience)?;
                Ok(Self::with(objects, db, None, url.to_string()))
            }
        }
    }

    /// Objects in this store.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn new(objects: Arc<dyn ObjectStore>, db: Db) -> Self {
        let place = objects.to_string();
        Self::with(objects, db, None, place)
    }

    /// Objects in this folder, which is made when it is missing, for this user only. What is put
    /// is on the disk, with the entry of its folder, before [`BlobWriter::finish`] answers.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn local(folder: &Path, db: Db) -> Result<Self> {
        tidy::make_private(folder)?;
        let objects = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        let place = folder.display().to_string();
        let folder = Some(folder.to_owned());
        Ok(Self::with(Arc::new(objects), db, folder, place))
    }

    /// Objects in memory, for tests.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn memory(db: Db) -> Self {
        Self::new(Arc::new(InMemory::new()), db)
    }

    fn with(objects: Arc<dyn ObjectStore>, db: Db, folder: Option<PathBuf>, place: String) -> Self {
        Self(Arc::new(Parts {
            objects,
            db,
            folder,
            place,
            runtime: Handle::current(),
            background: watch::Sender::new(0),
        }))
    }

    /// Waits until what was dropped half-done is tidied up: before the database is closed.
    pub async fn settled(&self) {
        let mut background = self.0.background.subscribe();
        // The sender is in self, so waiting cannot fail.
        drop(background.wait_for(|count| *count == 0).await);
    }

    /// Does this whether or not somebody waits for it.
    fn in_background(&self, work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        let counted = Counted::new(self);
        self.0.runtime.spawn(async move {
            work.await;
            drop(counted);
        })
    }
}

/// Counts a piece of work in the background, to its end.
struct Counted(Blobs);

impl Counted {
    fn new(blobs: &Blobs) -> Self {
        blobs.0.background.send_modify(|count| *count += 1);
        Self(blobs.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.background.send_modify(|count| *count -= 1);
    }
}
