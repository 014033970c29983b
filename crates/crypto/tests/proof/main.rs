//! RFC 9449 §4.3 row by row: `pNN` is row PNN of the conformance checklist, A1.1. Rows that need HTTP are in
//! `resource/tests`.
//!
//! Every refusal is followed by a positive control, so that "refused" never means "nothing is ever accepted".

#[cfg(test)]
mod common;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod explaining;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod making;
#[cfg(test)]
mod nonces;
#[cfg(test)]
mod request;
#[cfg(test)]
mod shape;
#[cfg(test)]
mod signature;
#[cfg(test)]
mod time;
