//! `keybound dev`: server, demo API and demo page on this machine, with a tenant ready to be used.

use crate::{args::Dev, error::Failure, exit::Exit};

pub(crate) fn run(_: &Dev) -> Result<Exit, Failure> {
    Err(Failure::new(Exit::Failed, "x"))
}
