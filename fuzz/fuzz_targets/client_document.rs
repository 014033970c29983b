#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::client_document`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::client_document(bytes));
