#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::json_form`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::json_form(bytes));
