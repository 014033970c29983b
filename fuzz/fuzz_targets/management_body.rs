#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::management_body`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::management_body(bytes));
