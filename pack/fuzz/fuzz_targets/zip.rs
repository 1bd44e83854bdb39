#![no_main]

#[path = "../promises.rs"]
#[expect(dead_code, reason = "the other targets' promises")]
mod promises;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| promises::zip(bytes));
