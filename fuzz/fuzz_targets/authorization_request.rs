#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::authorization_request`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::authorization_request(bytes));
