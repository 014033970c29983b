#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::jwk`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::jwk(bytes));
