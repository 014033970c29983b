#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::proof`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::proof(bytes));
