//! Which audience is meant: Auth0's `audience`, RFC 8707's `resource`, or the tenant's default.

use keybound_proto::uri::{Issuer, Resource};

use crate::Refusal;
use crate::model::name::AudienceName;
use crate::model::tenant::Tenant;

/// What a request says about where its tokens are for.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// Auth0's parameter.
    pub audience: Option<&'a str>,
    /// RFC 8707's; may be repeated, but one token is for one API.
    pub resources: &'a [Resource],
}

impl Named<'_> {
    /// Whether it says nothing about it.
    pub const fn is_none(&self) -> bool {
        self.audience.is_none() && self.resources.is_empty()
    }
}

/// The audience that is meant; `None` is the userinfo endpoint only.
///
/// The two parameters may both be there as long as they agree. The userinfo endpoint's own address means what
/// naming nothing means, whatever the tenant's default.
pub fn resolve(named: &Named<'_>, tenant: &Tenant) -> Result<Option<AudienceName>, Refusal> {
    let mut names = named.resources.iter().map(Resource::as_str).chain(named.audience);
    let Some(name) = names.next() else { return Ok(tenant.default_audience.clone()) };
    if names.any(|other| other != name) {
        return Err(Refusal::AudienceTwice);
    }
    if is_userinfo(name, &tenant.issuer) {
        return Ok(None);
    }
    AudienceName::parse(name).map(Some).map_err(|_| Refusal::AudienceMalformed)
}

/// Whether a name is the userinfo endpoint's address.
pub fn is_userinfo(name: &str, issuer: &Issuer) -> bool {
    name == issuer.join("userinfo")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::{API, tenant};

    fn meant(audience: Option<&str>, resources: &[&str]) -> Result<Option<String>, Refusal> {
        let resources: Vec<_> = resources.iter().map(|text| Resource::parse(text).unwrap()).collect();
        let named = Named { audience, resources: &resources };
        resolve(&named, &tenant()).map(|name| name.map(|name| name.to_string()))
    }

    /// RFC 8707 §2; conformance A14.
    #[test]
    fn audience_and_resource_are_two_words_for_one_thing() {
        let api = Ok(Some(API.to_owned()));
        assert_eq!(meant(Some(API), &[]), api);
        assert_eq!(meant(None, &[API]), api);
        assert_eq!(meant(Some(API), &[API]), api);
        assert_eq!(meant(Some("urn:other"), &[API]), Err(Refusal::AudienceTwice));
        assert_eq!(meant(None, &[API, "urn:other"]), Err(Refusal::AudienceTwice));
    }

    #[test]
    fn nothing_named_means_the_tenants_default_and_then_the_userinfo_endpoint() {
        assert_eq!(meant(None, &[]), Ok(None));
        let named = Named { audience: None, resources: &[] };
        let default = AudienceName::parse(API).ok();
        let tenant = Tenant { default_audience: default.clone(), ..tenant() };
        assert_eq!(resolve(&named, &tenant), Ok(default));
        let named = Named { audience: Some("https://as.example/userinfo"), resources: &[] };
        assert_eq!(resolve(&named, &tenant), Ok(None));
    }

    #[test]
    fn an_audience_is_printable_text() {
        assert_eq!(meant(Some("a\nb"), &[]), Err(Refusal::AudienceMalformed));
    }
}
