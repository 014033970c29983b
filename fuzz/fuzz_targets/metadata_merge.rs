#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::metadata_merge`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::metadata_merge(bytes));
