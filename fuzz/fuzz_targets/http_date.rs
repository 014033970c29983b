#![no_main]
#![doc = "Fuzzes [`keybound_fuzz::http_date`]."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keybound_fuzz::http_date(bytes));
