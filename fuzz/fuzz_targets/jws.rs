#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::jws`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::jws(bytes));
