#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::identifier`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::identifier(bytes));
