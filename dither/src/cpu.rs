//! Code for the processor at hand, in one binary: the inner loops are compiled once for every
//! processor of the architecture and once more for those with wider vectors. Both compute the same,
//! because all is whole numbers.
#![expect(
    unsafe_code,
    reason = "code for instructions may be called only where they are; that is asked first"
)]

/// Something to do that gains from wide vectors. Its code must be inlined wholly.
pub(crate) trait Work {
    /// Does it; `#[inline(always)]`.
    fn run(self);
}

/// Does it with the best instructions there are.
pub(crate) fn run(work: impl Work) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("bmi1")
        && std::arch::is_x86_feature_detected!("bmi2")
        && std::arch::is_x86_feature_detected!("lzcnt")
    {
        // SAFETY: all the features were found just before.
        return unsafe { with_avx2(work) };
    }
    work.run();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
fn with_avx2(work: impl Work) {
    work.run();
}
