#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::answer`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::answer(bytes));
