#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::challenge`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::challenge(bytes));
