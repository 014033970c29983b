//! Single claims that a request asks for (OIDC Core §5.5): what they come to.
//!
//! A claim that is asked for by name is a scope of that name, as Auth0 has them. So whatever guards scopes guards
//! claims too: a person consents to them, tokens say that they were granted, and a refresh brings no more. Where a claim
//! was asked for, in the ID token or at the userinfo endpoint, both tell it.

use keybound_proto::id::Subject;
use keybound_proto::request::authorization::{AuthorizationRequest, ClaimNeed};
use keybound_proto::scope::{Scope, Scopes};

use super::request::PROFILE;
use crate::Refusal;
use crate::model::factor::{Factors, MULTI_FACTOR};

/// The claims that are scopes of their own name.
pub fn scopes(request: &AuthorizationRequest) -> Scopes {
    // Without it there is neither an ID token nor anything to see at the userinfo endpoint.
    let openid = request.scopes.as_ref().is_some_and(|scopes| scopes.contains("openid"));
    let names = request.claims.all().map(|asked| &*asked.name).filter(|name| openid && is_single(name));
    names.filter_map(|name| Scope::parse(name).ok()).collect()
}

/// A claim about the user, and no name for several of them, nor the scope that makes it OpenID Connect.
fn is_single(name: &str) -> bool {
    PROFILE.contains(&name) && !["openid", "profile", "address", "phone"].contains(&name)
}

/// Who the user must be, if the request says so: one person and no choice of several.
pub fn subject(request: &AuthorizationRequest) -> Result<Option<Subject>, Refusal> {
    match request.claims.of("sub").map(|asked| asked.values.as_slice()) {
        None | Some([]) => Ok(None),
        Some([one]) => Subject::parse(one).map(Some).map_err(|_| Refusal::LoginRequired),
        Some(_) => Err(Refusal::LoginRequired),
    }
}

/// How the user should, or must, have signed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acr {
    /// The ways that would do; empty for any.
    pub values: Vec<String>,
    /// Whether nothing else does: not by `acr_values`, which are a wish (OIDC Core §3.1.2.1).
    pub need: ClaimNeed,
}

impl Acr {
    /// What a request says of it, in its `acr_values` and its `claims`.
    pub fn of(request: &AuthorizationRequest) -> Self {
        let claim = request.claims.of("acr").filter(|asked| !asked.values.is_empty());
        match claim {
            Some(asked) if asked.need == ClaimNeed::Essential => {
                Self { values: asked.values.clone(), need: ClaimNeed::Essential }
            }
            _ => {
                let wished = claim.into_iter().flat_map(|asked| &asked.values);
                let values = request.acr_values.iter().chain(wished).cloned().collect();
                Self { values, need: ClaimNeed::Voluntary }
            }
        }
    }

    /// Whether two factors would do.
    pub fn takes_two_factors(&self) -> bool {
        self.values.iter().any(|value| value == MULTI_FACTOR)
    }

    /// Refuses somebody who showed so much and owes nothing more, where something else was essential.
    pub fn met_by(&self, showed: Factors) -> Result<(), Refusal> {
        let met = showed.acr().is_some_and(|acr| self.values.iter().any(|value| value == acr));
        if met || self.need == ClaimNeed::Voluntary { Ok(()) } else { Err(Refusal::AcrUnmet) }
    }
}

#[cfg(test)]
mod tests {
    use keybound_proto::form::Form;

    use super::*;

    fn request(scope: &str, claims: &str) -> AuthorizationRequest {
        let form = Form::new().with("client_id", "spa").with("response_type", "code").with("scope", scope);
        AuthorizationRequest::parse(&form.with("claims", claims).with("acr_values", "phr")).unwrap()
    }

    /// OIDC Core §5.5.
    #[test]
    fn claims_that_are_known_are_scopes_of_their_own_name() {
        let claims = r#"{"userinfo":{"email":null,"unheard_of":null,"openid":null,"profile":null},
            "id_token":{"given_name":{"essential":true},"acr":null,"offline_access":null}}"#;
        let claims = claims.replace('\n', "");
        assert_eq!(scopes(&request("openid", &claims)).to_string(), "given_name email");
        assert_eq!(scopes(&request("read:orders", &claims)), Scopes::none());
    }

    #[test]
    fn a_subject_is_one_person() {
        let named =
            |values: &str| subject(&request("openid", &format!("{{\"id_token\":{{\"sub\":{values}}}}}")));
        assert_eq!(named("null"), Ok(None));
        assert_eq!(named(r#"{"value":"auth0|1"}"#).unwrap().unwrap().as_str(), "auth0|1");
        assert_eq!(named(r#"{"values":["auth0|1","auth0|2"]}"#), Err(Refusal::LoginRequired));
    }

    /// OIDC Core §5.5.1.1: an essential way is the only one, and one that is wished for is one among others.
    #[test]
    fn an_essential_way_of_signing_in_is_met_or_the_request_fails() {
        let acr = |claim: &str| Acr::of(&request("openid", &format!("{{\"id_token\":{{\"acr\":{claim}}}}}")));
        let essential = acr(&format!("{{\"essential\":true,\"value\":\"{MULTI_FACTOR}\"}}"));
        assert!(essential.takes_two_factors());
        assert_eq!(essential.met_by(Factors::Two), Ok(()));
        assert_eq!(essential.met_by(Factors::One), Err(Refusal::AcrUnmet));
        let unknown = acr(r#"{"essential":true,"values":["urn:gold"]}"#);
        assert!(!unknown.takes_two_factors());
        assert_eq!(unknown.met_by(Factors::Two), Err(Refusal::AcrUnmet));
        let wished = acr(&format!("{{\"value\":\"{MULTI_FACTOR}\"}}"));
        assert_eq!((wished.values.len(), wished.takes_two_factors()), (2, true));
        assert_eq!(wished.met_by(Factors::One), Ok(()));
        // That it be told is no demand of what it is.
        assert_eq!(acr(r#"{"essential":true}"#).met_by(Factors::One), Ok(()));
    }
}
