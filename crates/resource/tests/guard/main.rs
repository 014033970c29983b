//! The guard as its callers see it: rows RS01 to RS24 of the conformance checklist, A1.3, and those of P01 to P50
//! that need HTTP. RS19 belongs to the gateway.
//!
//! Every refusal is followed by a positive control.

#[cfg(test)]
mod authentication;
#[cfg(test)]
mod challenges;
#[cfg(test)]
mod common;
#[cfg(test)]
mod cors;
#[cfg(test)]
mod cost;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod modes;
#[cfg(test)]
mod nonces;
#[cfg(test)]
mod proofs;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod wire;
