//! The one setting of the system's allocator.

/// Lets what is freed go back to the system at once when it is large.
///
/// The allocator of glibc raises the size from which it does so up to 32 MiB, as soon as one such
/// block was freed. Blocks of files and pictures then stay in the heaps of many threads: a service
/// whose work needs 180 MiB grew beyond 300. A threshold that was set stays as it is.
pub fn give_back_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "mallopt has no safe form")]
    // SAFETY: mallopt takes two numbers and touches nothing but the settings of the allocator. It
    // is called first in `main`, before there is a second thread. What it answers only tells
    // whether it could be set, and without it the service works, too.
    unsafe {
        const THRESHOLD_BYTES: libc::c_int = 1 << 20;
        libc::mallopt(libc::M_MMAP_THRESHOLD, THRESHOLD_BYTES);
    }
}
