#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::credentials`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::credentials(bytes));
