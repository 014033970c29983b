#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::public_key`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::public_key(bytes));
