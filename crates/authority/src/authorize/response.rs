//! What a request ends in: a code, or tokens.

use keybound_proto::dpop::Binding;
use keybound_proto::scope::Scopes;
use keybound_proto::time::{Lifetime, Timestamp};

use super::request::{Asked, Naming, Trusted};
use crate::Refusal;
use crate::binding::bind;
use crate::grant::code::Code;
use crate::grant::{Holder, Issue, Refresh, SignedIn, Tie};
use crate::model::audience::Target;
use crate::model::client::{Client, GrantKind};
use crate::model::digest::CodeDigest;
use crate::model::name::FamilyId;
use crate::model::organization::Organization;
use crate::model::session::Session;

/// What the shell made for a code, out of chance.
#[derive(Clone, Debug)]
pub struct Fresh {
    /// What the code hashes to.
    pub digest: CodeDigest,
    /// The family of whatever it will issue.
    pub family: FamilyId,
}

/// The end of a request: who, what, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct Agreement<'a> {
    /// For whom.
    pub client: &'a Client,
    /// Where the code goes.
    pub trusted: &'a Trusted,
    /// What was asked.
    pub asked: &'a Asked,
    /// What of it is granted.
    pub scopes: &'a Scopes,
    /// Who agreed.
    pub session: &'a Session,
    /// Within which organization.
    pub organization: Option<&'a Organization>,
}

/// Gives what was agreed at once, bound to no key (RFC 6749 §4.2): nobody shows one who takes tokens from a browser. An
/// API that takes bound tokens only is not for those.
pub fn tokens(agreed: &Agreement<'_>, target: &Target) -> Result<Issue, Refusal> {
    let Agreement { client, asked, scopes, session, organization, .. } = agreed;
    let binding = match asked.response_type.brings_access_token() {
        true => bind(client, target, None).map_err(|_| Refusal::FrontChannel)?,
        false => Binding::Bearer,
    };
    Ok(Issue {
        grant: GrantKind::Implicit,
        client: client.id.clone(),
        holder: Holder::User(SignedIn {
            subject: session.subject.clone(),
            connection: session.connection.clone(),
            session: Some(session.id.clone()),
            authenticated_at: session.authenticated_at,
            factors: session.factors,
            id_token_nonce: asked.id_token_nonce.clone(),
        }),
        organization: organization.cloned(),
        audience: asked.audience.clone(),
        asked: asked.scopes.clone(),
        scopes: (*scopes).clone(),
        binding,
        refresh: Refresh::None,
        tie: Tie { family: None, session: Some(session.id.clone()) },
    })
}

/// Writes down what was agreed, to be redeemed by whoever has the code, the key and the verifier.
pub fn code(agreed: &Agreement<'_>, fresh: Fresh, lifetime: Lifetime, now: Timestamp) -> Code {
    let Agreement { client, trusted, asked, scopes, session, organization } = agreed;
    Code {
        digest: fresh.digest,
        family: fresh.family,
        client: client.id.clone(),
        redirect_uri: (trusted.named == Naming::Named).then(|| trusted.redirect_uri.clone()),
        challenge: asked.challenge.clone(),
        jkt: asked.jkt,
        subject: session.subject.clone(),
        connection: session.connection.clone(),
        session: session.id.clone(),
        authenticated_at: session.authenticated_at,
        factors: session.factors,
        organization: organization.map(|organization| organization.id.clone()),
        audience: asked.audience.clone(),
        asked: asked.scopes.clone(),
        scopes: (*scopes).clone(),
        id_token_nonce: asked.id_token_nonce.clone(),
        issued_at: now,
        expires_at: now.plus(lifetime),
    }
}
