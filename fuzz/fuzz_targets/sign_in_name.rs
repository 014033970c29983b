#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::sign_in_name`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::sign_in_name(bytes));
