//! What the kit promises about servers of one test, and about the binaries.

mod binaries;
mod haproxy;
mod own_postgres;
mod redis;
mod smtp;
