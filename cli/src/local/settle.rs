//! Files that are safe from a loss of power before they get their names.

use std::{collections::BTreeSet, fs::File, io, path::Path};
#[cfg(target_os = "linux")]
use std::{
    collections::{HashMap, hash_map::Entry},
    os::linux::fs::MetadataExt,
};

/// From so many files on those that follow are sooner settled with all else on their file system.
const MANY: usize = 100;

/// How the files of a run are settled: the first ones one by one.
#[derive(Default)]
pub(super) struct Settling {
    count: usize,
    /// By the number of the device, a folder on it. Opened before the files are written, because it
    /// tells of what went wrong since then.
    #[cfg(target_os = "linux")]
    systems: HashMap<u64, File>,
}

impl Settling {
    /// Notes a file that is to be written into the folder. Whether it is settled by
    /// [`finish`](Self::finish), with others; if not, then one by one.
    pub(super) fn is_late(&mut self, folder: &Path) -> bool {
        self.count += 1;
        self.count > MANY && self.note(folder).is_ok()
    }

    #[cfg(target_os = "linux")]
    fn note(&mut self, folder: &Path) -> io::Result<()> {
        let device = folder.metadata()?.st_dev();
        if let Entry::Vacant(system) = self.systems.entry(device) {
            system.insert(File::open(folder)?);
        }
        Ok(())
    }

    #[cfg(not(target_os = "linux"))]
    fn note(&mut self, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Waits until all files are settled.
    pub(super) fn finish(&self) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        for system in self.systems.values() {
            rustix::fs::syncfs(system)?;
        }
        Ok(())
    }

    /// Waits until the names in these folders are settled.
    pub(super) fn finish_folders(&self, folders: &BTreeSet<&Path>) -> io::Result<()> {
        if folders.len() > MANY && cfg!(target_os = "linux") {
            return self.finish();
        }
        // Some systems cannot open a folder; the rename is done all the same.
        let mut opened = folders.iter().filter_map(|folder| File::open(folder).ok());
        opened.try_for_each(|folder| folder.sync_all())
    }
}
