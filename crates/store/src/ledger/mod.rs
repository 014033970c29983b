//! What happened, and what became of it.
//!
//! Every change of state is one statement whose `WHERE` holds its precondition, added to a
//! [`Batch`](crate::Batch) under the guard that names it; nothing happens until the batch is applied.

pub mod authenticators;
pub mod codes;
pub mod consents;
pub mod device_credentials;
pub mod families;
pub mod job_parts;
pub mod keys;
pub mod linked_accounts;
pub mod login_blocks;
pub mod logins;
pub mod logout_notices;
pub mod mfa_tokens;
pub mod organizations;
pub mod passwords;
pub mod refresh_tokens;
pub mod roles;
pub mod sessions;
mod slice;
pub mod tickets;
pub mod ties;
mod words;

pub use self::slice::Slice;
