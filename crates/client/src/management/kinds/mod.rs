//! The kinds there are, and what can be done with each beside the five verbs.

pub(super) mod apis;
pub(super) mod applications;
pub(super) mod connections;
pub(super) mod jobs;
pub(super) mod logs;
pub(super) mod people;
pub(super) mod roles;
pub(super) mod tenant;
pub(super) mod users;
