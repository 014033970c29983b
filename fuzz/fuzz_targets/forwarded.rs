#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::forwarded`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::forwarded(bytes));
