#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::registration`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::registration(bytes));
