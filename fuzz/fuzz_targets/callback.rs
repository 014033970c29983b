#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::callback`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::callback(bytes));
