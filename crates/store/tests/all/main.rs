//! The store on every database there is.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod authenticators;
mod batches;
mod census;
mod codes;
mod counted;
mod documents;
mod durability;
mod events;
mod fleeting;
mod kept;
mod keys;
mod managed_people;
mod organizations;
mod people;
mod plans;
mod policy;
mod refresh_tokens;
mod roles;
mod search;
mod seed;
mod sessions;
mod shapes;
mod sweeps;
mod unfinished;
