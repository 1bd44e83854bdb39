//! An object store that fails when it is told to.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// Counts the calls of a store and fails one of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fault(Arc<Plan>);

#[derive(Debug, Default)]
struct Plan {
    calls: AtomicU64,
    /// From 1; none when 0, every call when `u64::MAX`.
    fails: AtomicU64,
    /// A `Mode` as a number.
    mode: AtomicU64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mode {
    /// Nothing was done.
    Undone = 0,
    /// It was done, and only the answer is lost.
    Done = 1,
    /// The disk is full.
    Full = 2,
}

impl Fault {
    /// The k-th call from now on fails.
    pub(crate) fn at(&self, k: u64, mode: Mode) {
        self.0.calls.store(0, Ordering::SeqCst);
        self.0.mode.store(mode as u64, Ordering::SeqCst);
        self.0.fails.store(k, Ordering::SeqCst);
    }

    pub(crate) fn heal(&self) {
        self.0.fails.store(0, Ordering::SeqCst);
    }

    /// How many calls there were since [`Fault::at`].
    pub(crate) fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::SeqCst)
    }

    fn next(&self) -> Option<Mode> {
        let call = self.0.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let fails = self.0.fails.load(Ordering::SeqCst);
        let mode = match self.0.mode.load(Ordering::SeqCst) {
            0 => Mode::Undone,
            1 => Mode::Done,
            _ => Mode::Full,
        };
        (fails == call || fails == u64::MAX).then_some(mode)
    }

    /// Does it, or fails.
    async fn meet<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        match self.next() {
            None => work.await,
            Some(Mode::Done) => {
                drop(work.await);
                Err(failure(io::ErrorKind::ConnectionReset))
            }
            Some(Mode::Undone) => Err(failure(io::ErrorKind::TimedOut)),
            Some(Mode::Full) => Err(failure(io::ErrorKind::StorageFull)),
        }
    }
}

fn failure(kind: io::ErrorKind) -> Error {
    Error::Generic {
        store: "Flaky",
        source: Box::new(io::Error::from(kind)),
    }
}

#[derive(Debug)]
pub(crate) struct Flaky {
    pub(crate) inner: LocalFileSystem,
    pub(crate) fault: Fault,
}

impl fmt::Display for Flaky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Flaky({})", self.inner)
    }
}

impl ObjectStore for Flaky {
    fn put_opts<'a, 'b, 'c>(
        &'a self,
        location: &'b Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Answer<'c, PutResult>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(
            self.fault
                .meet(self.inner.put_opts(location, payload, options)),
        )
    }

    fn put_multipart_opts<'a, 'b, 'c>(
        &'a self,
        location: &'b Path,
        options: PutMultipartOptions,
    ) -> Answer<'c, Box<dyn MultipartUpload>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        self.inner.put_multipart_opts(location, options)
    }

    fn get_opts<'a, 'b, 'c>(
        &'a self,
        location: &'b Path,
        options: GetOptions,
    ) -> Answer<'c, GetResult>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(self.fault.meet(self.inner.get_opts(location, options)))
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let fault = self.fault.clone();
        let inner = self.inner.clone();
        locations
            .and_then(move |location| {
                let (fault, inner) = (fault.clone(), inner.clone());
                async move {
                    let delete = object_store::ObjectStoreExt::delete(&inner, &location);
                    fault.meet(delete).await.map(|()| location.clone())
                }
            })
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    fn list_with_delimiter<'a, 'b, 'c>(&'a self, prefix: Option<&'b Path>) -> Answer<'c, ListResult>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        self.inner.list_with_delimiter(prefix)
    }

    fn copy_opts<'a, 'b, 'c, 'd>(
        &'a self,
        from: &'b Path,
        to: &'c Path,
        options: CopyOptions,
    ) -> Answer<'d, ()>
    where
        'a: 'd,
        'b: 'd,
        'c: 'd,
        Self: 'd,
    {
        self.inner.copy_opts(from, to, options)
    }
}
