#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::cookie`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::cookie(bytes));
