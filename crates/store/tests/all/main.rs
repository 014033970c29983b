//! The store on every database there is.

mod batches;
mod census;
mod codes;
mod documents;
mod durability;
mod events;
mod fleeting;
mod keys;
mod people;
mod plans;
mod policy;
mod refresh_tokens;
mod seed;
mod sessions;
mod shapes;
mod sweeps;
