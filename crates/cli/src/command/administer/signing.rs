//! `keybound keys list`, `show KID`, `rotate`, `revoke`: the keys a tenant signs its tokens with.

use keybound_client::http::Method;

use super::{
    ask::confirmed,
    kind::SIGNING_KEYS,
    resource::{asked, listed, show as shown_one},
    shown, tenant_of,
};
use crate::{
    args::administering::{Access, Format, List},
    command::asking::done,
    error::Failure,
    exit::Exit,
};

/// Lists them.
pub(crate) fn list(access: &Access, format: Format) -> Result<Exit, Failure> {
    let all = List { query: Vec::new(), number: None, columns: Vec::new() };
    done(async { listed(&tenant_of(access).await?, &SIGNING_KEYS, &all, format).await.map(|()| Exit::Done) })
}

/// Shows one.
pub(crate) fn show(kid: &str, access: &Access, format: Format) -> Result<Exit, Failure> {
    done(async {
        shown_one(&tenant_of(access).await?, &SIGNING_KEYS, kid, format).await.map(|()| Exit::Done)
    })
}

/// Has the tenant sign with the next.
pub(crate) fn rotate(access: &Access, format: Format, force: bool) -> Result<Exit, Failure> {
    confirmed("have the tenant sign with its next key", force)?;
    change(access, format, (Method::POST, &["keys", "signing", "rotate"]))
}

/// Has tokens by one of them refused.
pub(crate) fn revoke(kid: &str, access: &Access, format: Format, force: bool) -> Result<Exit, Failure> {
    confirmed(&format!("have every token signed by {kid} refused"), force)?;
    change(access, format, (Method::PUT, &["keys", "signing", kid, "revoke"]))
}

fn change(access: &Access, format: Format, (method, place): (Method, &[&str])) -> Result<Exit, Failure> {
    done(async {
        shown::one(&asked(&tenant_of(access).await?, method, place, None).await?, format);
        Ok(Exit::Done)
    })
}
