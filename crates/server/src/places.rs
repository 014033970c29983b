//! Where our endpoints are, as proofs and tokens name them: under the issuer, never by `Host` (RFC 9449 §4.3).

use keybound_proto::uri::{Htu, Issuer};

/// The public addresses of this server.
#[derive(Clone, Debug)]
pub struct Places {
    issuer: Issuer,
    token: Option<Htu>,
    userinfo: Option<Htu>,
}

impl Places {
    pub(crate) fn of(issuer: &Issuer) -> Self {
        let htu = |path: &str| Htu::parse(&issuer.join(path)).ok();
        Self { token: htu("oauth/token"), userinfo: htu("userinfo"), issuer: issuer.clone() }
    }

    /// What a proof for a request to this path must name.
    pub fn htu(&self, path: &str) -> Option<Htu> {
        let known = match path {
            "/oauth/token" => &self.token,
            "/userinfo" => &self.userinfo,
            _ => return Htu::parse(&self.issuer.join(path)).ok(),
        };
        known.clone()
    }

    /// The audience of access tokens for the userinfo endpoint.
    pub fn userinfo(&self) -> String {
        self.issuer.join("userinfo")
    }

    /// The identifier of the Management API.
    pub fn management(&self) -> String {
        self.issuer.join("api/v2/")
    }
}
