//! Code for the processor at hand, in one binary: inner loops are compiled once for every processor
//! of the architecture, and once more for those with wider vectors. Both compute the same, because
//! all is whole numbers.
#![expect(
    unsafe_code,
    reason = "code for instructions may be called only where they are; that is asked first"
)]

/// Something to do that gains from wide vectors. Its code must be inlined wholly.
pub trait Work {
    /// Does it; `#[inline(always)]`.
    fn run(self);
}

/// Whether there are wide vectors; where every processor of an architecture has the same, they are
/// wide enough.
pub fn is_wide() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("bmi1")
        && std::arch::is_x86_feature_detected!("bmi2")
        && std::arch::is_x86_feature_detected!("lzcnt");
    #[cfg(not(target_arch = "x86_64"))]
    true
}

/// With wide vectors if `wide` and there are some.
pub fn run(wide: bool, work: impl Work) {
    if wide && is_wide() {
        wide_only(work);
    } else {
        work.run();
    }
}

/// With wide vectors alone: there is no other code for it.
///
/// # Panics
/// Where there are none.
pub fn wide_only(work: impl Work) {
    assert!(is_wide(), "asked for before");
    #[cfg(target_arch = "x86_64")]
    // SAFETY: all the features were found just before.
    return unsafe { with_avx2(work) };
    #[cfg(not(target_arch = "x86_64"))]
    work.run();
}

/// As [`run`], but its code is never part of the caller's: for what many callers have in common.
pub fn apart(wide: bool, work: impl Work) {
    if wide && is_wide() {
        wide_apart(work);
    } else {
        plain_apart(work);
    }
}

#[inline(never)]
fn wide_apart(work: impl Work) {
    wide_only(work);
}

#[inline(never)]
fn plain_apart(work: impl Work) {
    work.run();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
fn with_avx2(work: impl Work) {
    work.run();
}
