#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::client`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::client(bytes));
