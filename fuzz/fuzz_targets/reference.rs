#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::reference`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::reference(bytes));
