#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::token_request`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::token_request(bytes));
