//! What tokens claim.
