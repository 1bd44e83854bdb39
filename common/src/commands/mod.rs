//! One file per intention.
