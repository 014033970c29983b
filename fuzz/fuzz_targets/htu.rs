#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::htu`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::htu(bytes));
