//! Leaving: at the authorization server (RP-Initiated Logout §2, Auth0's `/v2/logout`), and of a token's use
//! (RFC 7009). What is kept here is forgotten by [`Session::clear`](crate::session::Session::clear).

use keybound_proto::{
    form::Form,
    id::Jti,
    request::{
        about_token::AboutToken,
        logout::{Federated, LogoutRequest},
    },
    secret::Secret,
    time::Timestamp,
};

use crate::{
    Client, ClientError, Outgoing, Retry, Step, Steps,
    flow::address,
    http::{Body, Response},
    message::Message,
};

impl Client {
    /// Where to send a user who leaves: `end_session_endpoint` where the server has one, Auth0's `/v2/logout` where
    /// not. Whatever the request leaves open, this client's own name fills in.
    ///
    /// ```
    /// # use keybound_client::{Client, proto::{id::ClientId, metadata::ServerMetadata, uri::Issuer}};
    /// use keybound_client::proto::request::logout::{Federated, LogoutRequest};
    /// # let issuer = Issuer::parse("https://tenant.example/")?;
    /// # let client = Client::new(issuer.clone(), ServerMetadata::of(&issuer), ClientId::parse("app")?);
    ///
    /// let leave = LogoutRequest { return_to: Some("https://app.example/".into()), ..Default::default() };
    /// let url = client.logout_url(&leave);
    /// assert_eq!(url.reveal(), "https://tenant.example/v2/logout?client_id=app&returnTo=https%3A%2F%2Fapp.example%2F");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn logout_url(&self, leave: &LogoutRequest) -> Secret<String> {
        match self.end_session_url(leave) {
            Ok(url) if leave.federated == Federated::Stay => url,
            _ => Secret::new(self.v2_logout_url(leave)),
        }
    }

    /// RP-Initiated Logout §2. The address holds the ID token, where one is given as a hint.
    pub fn end_session_url(&self, leave: &LogoutRequest) -> Result<Secret<String>, ClientError> {
        let endpoint = self.metadata.end_session_endpoint.as_deref();
        let endpoint = endpoint.ok_or(ClientError::Endpoint("end_session_endpoint"))?;
        let locales = (!leave.ui_locales.is_empty()).then(|| leave.ui_locales.join(" "));
        let form = Form::new()
            .with_some("id_token_hint", leave.id_token_hint.as_ref().map(|hint| hint.reveal().as_str()))
            .with_some("logout_hint", leave.logout_hint.as_deref())
            .with("client_id", leave.client_id.as_ref().unwrap_or(&self.client_id).as_str())
            .with_some("post_logout_redirect_uri", leave.return_to.as_deref())
            .with_some("state", leave.state.as_ref().map(|state| state.as_str()))
            .with_some("ui_locales", locales.as_deref());
        Ok(Secret::new(address(endpoint, &form)))
    }

    /// Auth0's older way, which alone can leave the upstream provider too (`federated`).
    pub fn v2_logout_url(&self, leave: &LogoutRequest) -> String {
        let form = Form::new()
            .with("client_id", leave.client_id.as_ref().unwrap_or(&self.client_id).as_str())
            .with_some("returnTo", leave.return_to.as_deref());
        let federated = if leave.federated == Federated::Leave { "&federated" } else { "" };
        format!("{}{federated}", address(&self.issuer.join("v2/logout"), &form))
    }

    /// Tells the server that a token is not to be used any more (RFC 7009).
    pub fn revoke(&self, request: &AboutToken) -> Result<Revocation<'_>, ClientError> {
        let endpoint = self.metadata.revocation_endpoint.as_deref();
        let message = Message::new(self, ("revocation_endpoint", endpoint), request.to_form())?;
        Ok(Revocation { client: self, message })
    }
}

/// A revocation on its way. A token the server does not know is revoked as well as any (RFC 7009 §2.2).
#[derive(Debug)]
pub struct Revocation<'a> {
    client: &'a Client,
    message: Message<'a>,
}

impl Steps for Revocation<'_> {
    type Output = ();

    fn request(&mut self, now: Timestamp, jti: &Jti) -> Result<Outgoing, ClientError> {
        self.message.request(now, jti)
    }

    fn receive(&mut self, response: &Response<Body>) -> Result<Step<()>, ClientError> {
        self.message.receive(response)
    }

    fn retry(&self) -> Retry {
        self.client.retry
    }
}
