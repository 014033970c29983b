//! What an ID token of ours says, given back as a hint: perhaps expired, never forged.

use keybound_authority::Refusal;
use keybound_crypto::AwsLc;
use keybound_proto::{
    id::{ClientId, Subject},
    jose::{Alg, AlgSet, Claims, Unverified, decode_base64url},
    time::{Lifetime, Timestamp},
};

use crate::{app::App, failure::Failure};

/// Whom, and for whom, an ID token was issued.
#[derive(Clone, Debug)]
pub(crate) struct Hint {
    /// The user.
    pub(crate) subject: Subject,
    /// The client it was issued to.
    pub(crate) client: ClientId,
    /// The session it was issued in.
    pub(crate) session: Option<Box<str>>,
}

/// Believes an ID token that we signed, whenever that was (RP-Initiated Logout §2, OIDC Core §3.1.2.1).
pub(crate) fn read(app: &App, token: &str) -> Result<Hint, Failure> {
    let keys = app.keys.now();
    hint(app, token, keys.published()).ok_or_else(|| Refusal::BadHint.into())
}

/// The same of one that is not expired: whoever has it signed in a moment ago.
pub(crate) fn live(app: &App, token: &str, now: Timestamp) -> Result<Hint, Failure> {
    let hint = read(app, token)?;
    let payload = token.split('.').nth(1).and_then(|payload| decode_base64url(payload).ok());
    let claims = payload.and_then(|payload| Claims::read(&payload).ok());
    match claims.map(|claims| claims.check_time(now, Lifetime::seconds(0))) {
        Some(Ok(())) => Ok(hint),
        _ => Err(Refusal::BadHint.into()),
    }
}

fn hint(app: &App, token: &str, keys: &keybound_proto::jose::KeySet) -> Option<Hint> {
    let unverified = Unverified::parse(token.as_bytes()).ok()?;
    let verified = unverified.verify_with(&AwsLc, keys, AlgSet::of(&[Alg::Rs256])).ok()?;
    let claims = verified.claims();
    claims.check_issuer(app.tenant.issuer.as_str()).ok()?;
    // An access token has a `scope` and is not to be passed on; an ID token has an audience of one client.
    if claims.claim("scope").is_some() {
        return None;
    }
    let mut audiences = claims.audiences();
    let (first, None) = (audiences.next()?, audiences.next()) else { return None };
    Some(Hint {
        subject: Subject::parse(claims.subject()?).ok()?,
        client: ClientId::parse(first).ok()?,
        session: claims.text("sid").map(Into::into),
    })
}
