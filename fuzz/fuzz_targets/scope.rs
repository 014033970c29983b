#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::scope`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::scope(bytes));
