#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::webfinger`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::webfinger(bytes));
