//! `keybound users import` and `users export`: people who move in and out of a tenant.

mod export;
mod import;
mod job;

pub(super) use self::{export::run as export, import::run as import};
