#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::media_type`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::media_type(bytes));
