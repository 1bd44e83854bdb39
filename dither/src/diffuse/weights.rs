//! Kernels that the compiler knows, and others.

use crate::Kernel;

/// Where a kernel comes from.
pub(crate) trait Weights: Copy {
    /// The compiler knows it.
    const IS_FIXED: bool;

    fn kernel(self) -> Kernel;
}

/// A kernel that the compiler knows: fast, at the price of code of its own.
#[derive(Clone, Copy)]
pub(crate) struct Fixed<const K: usize>;

/// Any kernel.
#[derive(Clone, Copy)]
pub(crate) struct Any(pub(crate) Kernel);

impl<const K: usize> Weights for Fixed<K> {
    const IS_FIXED: bool = true;

    #[inline(always)]
    fn kernel(self) -> Kernel {
        const { Kernel::ALL[K] }
    }
}

impl Weights for Any {
    const IS_FIXED: bool = false;

    #[inline(always)]
    fn kernel(self) -> Kernel {
        self.0
    }
}
