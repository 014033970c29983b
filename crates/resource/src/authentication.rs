//! How a user must have signed in for what a request asks (RFC 9470).

use keybound_proto::{
    time::{Lifetime, Timestamp},
    token::access::AccessClaims,
};

/// How a user must have signed in: by one of these ways, and not too long ago. Nothing is demanded to begin with.
///
/// ```
/// use keybound_resource::{Authentication, proto::time::Lifetime};
///
/// let two_factors = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";
/// let to_pay = Authentication::default().by(two_factors).within(Lifetime::seconds(300));
/// # assert_eq!(to_pay.acr_values(), [two_factors]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authentication {
    acr_values: Vec<String>,
    max_age: Option<Lifetime>,
}

impl Authentication {
    /// By this way too, one of those that the issuer knows (`acr`); the first that is named is liked best.
    #[must_use]
    pub fn by(mut self, acr: &str) -> Self {
        self.acr_values.push(acr.to_owned());
        self
    }

    /// No longer ago than that.
    #[must_use]
    pub fn within(self, max_age: Lifetime) -> Self {
        Self { max_age: Some(max_age), ..self }
    }

    /// The ways that will do; empty for any.
    pub fn acr_values(&self) -> &[String] {
        &self.acr_values
    }

    /// How long ago it may have been.
    pub const fn max_age(&self) -> Option<Lifetime> {
        self.max_age
    }

    /// Whether a token tells of such a sign-in. One that does not say how or when tells of none.
    pub(crate) fn is_met_by(&self, token: &AccessClaims, now: Timestamp) -> bool {
        let way = |acr: &String| self.acr_values.contains(acr);
        let young = |max_age: Lifetime| token.auth_time.is_some_and(|at| now <= at.plus(max_age));
        (self.acr_values.is_empty() || token.acr.as_ref().is_some_and(way)) && self.max_age.is_none_or(young)
    }
}
