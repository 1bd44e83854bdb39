//! The hot transitions.
