//! A decision becomes tokens, wherever they go.

use keybound_authority::{
    atproto,
    grant::Issue,
    mint::Minting,
    model::{audience::Audience, client::Client, tenant::Tenant, user::User},
};
use keybound_crypto::{AwsLc, entropy};
use keybound_proto::{
    id::Jti,
    jose::{Alg, Sign as _, mint},
    secret::Secret,
    time::Timestamp,
    token::id::half_hash,
};

use crate::{
    app::App,
    failure::{Failure, Reason},
};

/// What is to be signed for a client, and what was read for it: the audience and the user.
#[derive(Clone, Copy)]
pub(crate) struct ToSign<'a> {
    pub(crate) app: &'a App,
    pub(crate) tenant: &'a Tenant,
    pub(crate) client: &'a Client,
    pub(crate) issue: &'a Issue,
    pub(crate) read: (Option<&'a Audience>, Option<&'a User>),
}

impl<'a> ToSign<'a> {
    /// Everything the tokens speak of.
    pub(crate) fn minting(&self, now: Timestamp) -> Minting<'a> {
        Minting {
            tenant: self.tenant,
            client: self.client,
            audience: self.audience(),
            user: self.read.1,
            now,
        }
    }

    /// The access token: signed for whoever is to read it, and sealed where only we do.
    pub(crate) async fn access_token(&self, now: Timestamp) -> Result<Secret<String>, Failure> {
        let alg = self.audience().map_or(Alg::Rs256, |audience| audience.alg);
        let key = self.app.keys.signer(&self.app.store, alg, now).await?;
        let (minting, unique) = (self.minting(now), entropy::token::<16>());
        let jti = match minting.named_family(self.issue) {
            Some(family) => atproto::jti(family, &unique),
            None => Jti::parse(&unique),
        };
        let claims = minting.access(self.issue, jti.map_err(unsigned)?);
        if self.issue.audience.is_none() {
            return self.app.opaque.seal(key.kid(), (&claims, &self.issue.tie)).map_err(unsigned);
        }
        mint(claims.profile.typ(), &claims, &*key).map(Secret::new).map_err(unsigned)
    }

    /// The ID token, where one belongs to it; it names the access token that goes with it.
    pub(crate) async fn id_token(
        &self,
        access: Option<&Secret<String>>,
        now: Timestamp,
    ) -> Result<Option<Secret<String>>, Failure> {
        if !self.issue.wants_id_token() {
            return Ok(None);
        }
        let key = self.app.keys.signer(&self.app.store, Alg::Rs256, now).await?;
        let hash = access.map(|access| half_hash(Alg::Rs256, access.reveal(), &AwsLc));
        let claims = self.minting(now).id(self.issue, hash);
        let token = claims.map(|claims| mint("JWT", &claims, &*key)).transpose().map_err(unsigned)?;
        Ok(token.map(Secret::new))
    }

    /// The audience, where the access token is for it.
    pub(crate) fn audience(&self) -> Option<&'a Audience> {
        self.read.0.filter(|audience| self.issue.audience.as_ref() == Some(&audience.name))
    }
}

fn unsigned(error: impl std::fmt::Display) -> Failure {
    Reason::Internal { detail: format!("failed to sign a token: {error}") }.into()
}
