#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::form`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::form(bytes));
