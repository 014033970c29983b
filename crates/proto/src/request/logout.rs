//! Leaving: RP-Initiated Logout §2, and Auth0's older way of the same.

use super::{InvalidRequest, authorization::State};
use crate::{form::Form, id::ClientId, secret::Secret};

/// A logout request. Where to go afterwards is what was asked for, not what is allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogoutRequest {
    /// An ID token issued before, perhaps expired since.
    pub id_token_hint: Option<Secret<String>>,
    /// Who leaves, as the client knows it: a session identifier.
    pub logout_hint: Option<String>,
    /// Which client asks.
    pub client_id: Option<ClientId>,
    /// Where to go afterwards, byte for byte.
    pub return_to: Option<String>,
    /// Sent along to there.
    pub state: Option<State>,
    /// Languages the user reads, best first.
    pub ui_locales: Vec<String>,
    /// Whether the upstream provider is to be left too.
    pub federated: Federated,
}

/// How far a logout goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Federated {
    /// This server's session alone.
    #[default]
    Stay,
    /// The upstream provider's too.
    Leave,
}

impl LogoutRequest {
    /// Reads RP-Initiated Logout §2: `post_logout_redirect_uri` and friends.
    pub fn parse(form: &Form) -> Result<Self, InvalidRequest> {
        Self::read(form, "post_logout_redirect_uri")
    }

    /// Reads `/v2/logout`: `returnTo`, and `federated` as a bare key or with any value.
    pub fn parse_return_to(form: &Form) -> Result<Self, InvalidRequest> {
        Self::read(form, "returnTo")
    }

    fn read(form: &Form, return_to: &str) -> Result<Self, InvalidRequest> {
        let reason = "is not a client identifier";
        let client_id = form.text("client_id").map(ClientId::parse).transpose();
        Ok(Self {
            id_token_hint: form.secret("id_token_hint"),
            logout_hint: form.text("logout_hint").map(str::to_owned),
            client_id: client_id.map_err(|_| InvalidRequest::Malformed { name: "client_id", reason })?,
            return_to: form.text(return_to).map(str::to_owned),
            state: form.text("state").map(State::new),
            ui_locales: super::authorization::words(form.text("ui_locales")),
            federated: if form.names("federated") { Federated::Leave } else { Federated::Stay },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(query: &str) -> Form {
        Form::parse(query.as_bytes()).unwrap()
    }

    /// RP-Initiated Logout §2.
    #[test]
    fn everything_in_a_logout_request_is_optional() {
        assert_eq!(LogoutRequest::parse(&form("")), Ok(LogoutRequest::default()));
        let query = "post_logout_redirect_uri=https%3A%2F%2Fa%2Fbye&client_id=c&state=s%3D1&ui_locales=de+en";
        let request = LogoutRequest::parse(&form(query)).unwrap();
        assert_eq!(request.return_to.as_deref(), Some("https://a/bye"));
        assert_eq!(request.state, Some(State::new("s=1")));
        assert_eq!(request.ui_locales, ["de", "en"]);
    }

    /// Auth0's SDK sends `federated` without a value.
    #[test]
    fn a_bare_federated_counts() {
        let request = LogoutRequest::parse_return_to(&form("client_id=c&returnTo=http%3A%2F%2Fa&federated"));
        let request = request.unwrap();
        assert_eq!(request.federated, Federated::Leave);
        assert_eq!(request.return_to.as_deref(), Some("http://a"));
        assert_eq!(LogoutRequest::parse_return_to(&form("returnTo=x")).unwrap().federated, Federated::Stay);
    }
}
