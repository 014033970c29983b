#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::redirect_uri`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::redirect_uri(bytes));
