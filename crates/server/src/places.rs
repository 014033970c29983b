//! Where our endpoints are, as proofs and tokens name them: under the issuer, never by `Host` (RFC 9449 §4.3).

use keybound_proto::uri::{Htu, Issuer};

/// The public addresses of this server.
#[derive(Clone, Debug)]
pub struct Places {
    issuer: Issuer,
    token: Option<Htu>,
    userinfo: Option<Htu>,
    assertions: [String; 3],
    mfa: String,
}

impl Places {
    pub(crate) fn of(issuer: &Issuer) -> Self {
        let htu = |path: &str| Htu::parse(&issuer.join(path)).ok();
        // RFC 9126 §2 names the third.
        let assertions = [issuer.as_str().to_owned(), issuer.join("oauth/token"), issuer.join("oauth/par")];
        let (token, userinfo, mfa) = (htu("oauth/token"), htu("userinfo"), issuer.join("mfa/"));
        Self { token, userinfo, assertions, mfa, issuer: issuer.clone() }
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

    /// What a client's assertion may be addressed to.
    pub(crate) fn of_assertions(&self) -> &[String] {
        &self.assertions
    }

    /// The audience of access tokens for the userinfo endpoint.
    pub fn userinfo(&self) -> String {
        self.issuer.join("userinfo")
    }

    /// The identifier of the MFA API: what is done to one's own second factors (Auth0's).
    pub fn mfa(&self) -> &str {
        &self.mfa
    }

    /// The identifier of the Management API.
    pub fn management(&self) -> String {
        self.issuer.join("api/v2/")
    }
}
