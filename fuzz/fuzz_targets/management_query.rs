#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::management_query`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::management_query(bytes));
