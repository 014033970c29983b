#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::search`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::search(bytes));
