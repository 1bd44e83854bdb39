//! Contents.

/// Contents.
pub struct Blobs;
