#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::elements`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::elements(bytes));
