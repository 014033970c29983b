#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::multipart`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::multipart(bytes));
