#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::logout_token`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::logout_token(bytes));
