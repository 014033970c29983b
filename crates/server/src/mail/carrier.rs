//! A mail server that an administrator named by the Management API.
//!
//! Its name is resolved, the addresses are judged, and one of those very addresses is connected to: a name that means
//! something else a moment later gains nothing.

use std::path::PathBuf;

use keybound_proto::uri::Issuer;
use keybound_store::policy;
use lettre::message::Mailbox;

use super::{
    Letter,
    smtp::{Named, NotTaken, Route},
};
use crate::{
    config::{Email, Reach},
    outbound,
};

/// A mail server that an administrator named, and whom letters come from.
#[derive(Debug)]
pub(crate) struct Carrier {
    server: policy::Carrier,
    from: Option<Mailbox>,
    roots: Option<PathBuf>,
    reach: Reach,
}

impl Carrier {
    /// Letters come from whom the administrator says; else from whom the operator says, or from nobody at the issuer's
    /// host. Whose certificates the operator trusts for letters are trusted here too.
    pub(crate) fn new(server: policy::Carrier, operators: &Email, issuer: &Issuer, reach: Reach) -> Self {
        let from = match (&server.from, operators) {
            (Some(from), _) => from.parse().ok(),
            (None, Email::Smtp(smtp)) => Some(smtp.from.mailbox().clone()),
            (None, _) => format!("no-reply@{}", issuer.origin().host()).parse().ok(),
        };
        let roots = match operators {
            Email::Smtp(smtp) => smtp.root_certificates.clone(),
            _ => None,
        };
        Self { server, from, roots, reach }
    }

    /// Hands a letter over, at the first of its addresses that takes it.
    pub(super) async fn hand_over(&self, letter: &Letter) -> Result<(), NotTaken> {
        let never = |problem: &str| NotTaken::Never(problem.to_owned());
        let from = self.from.as_ref().ok_or_else(|| never("nobody is named whom letters come from"))?;
        let (host, port) = (&*self.server.host, self.server.port);
        let found = outbound::reached(host, self.reach).await;
        let found = found.map_err(|error| match error {
            outbound::OutboundError::Inside => NotTaken::Never(error.to_string()),
            error => NotTaken::Later(error.to_string()),
        })?;
        let named =
            Named { host, port, login: self.server.login.as_ref(), from, roots: self.roots.as_deref() };
        let mut last = NotTaken::Later("its name leads nowhere".to_owned());
        for at in found.into_iter().take(MOST) {
            match Route::named(at, &named)?.hand_over(letter).await {
                Err(NotTaken::Later(problem)) => last = NotTaken::Later(problem),
                settled => return settled,
            }
        }
        Err(last)
    }
}

/// How many of its addresses are tried.
const MOST: usize = 3;
