//! RFC 9449 §4.3 row by row: `pNN` is row PNN of the conformance checklist, A1.1. Rows that need HTTP are in
//! `resource/tests`.
//!
//! Every refusal is followed by a positive control, so that "refused" never means "nothing is ever accepted".

mod common;
mod examples;
mod explaining;
mod keys;
mod making;
mod nonces;
mod request;
mod shape;
mod signature;
mod time;
