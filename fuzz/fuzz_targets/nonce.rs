#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::nonce`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::nonce(bytes));
