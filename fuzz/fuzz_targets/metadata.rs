#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::metadata`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::metadata(bytes));
