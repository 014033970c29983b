//! `keybound dev`: server, demo API and demo page on this machine, with a tenant ready to be used.

mod api;
mod certificates;
mod door;
mod folder;
mod listening;
mod management;
mod orders;
mod page;
mod paste;
mod places;
mod secrets;
mod site;
mod tenant;

#[cfg(test)]
mod tests;

pub(crate) use folder::{Folder, Kept};
pub(crate) use site::run;
