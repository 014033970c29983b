//! What the user is asked next: nothing, to sign in, to consent.

use keybound_proto::id::Subject;
use keybound_proto::request::authorization::{Prompt, Prompts};
use keybound_proto::scope::Scopes;
use keybound_proto::time::{Lifetime, Timestamp};

use super::consent::Owed;
use crate::Refusal;
use crate::model::session::Session;

/// How far the person in front of the browser has come with this request.
#[derive(Clone, Debug)]
pub struct Progress<'a> {
    /// When the request came in: a sign-in after that answers `prompt=login`.
    pub began_at: Timestamp,
    /// The browser's session, if it has one that is live.
    pub session: Option<&'a Session>,
    /// What the person said on the consent page, if they saw it.
    pub answer: ConsentAnswer,
    /// What is owed to the client's and audience's rules.
    pub owed: Owed,
    /// Whether the session's user must show a second factor first.
    pub second: Second,
}

/// Whether a second factor is owed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Second {
    /// None, or it was shown.
    #[default]
    Nothing,
    /// One is, be it that the user must enrol it first.
    Owed,
}

/// What was said on the consent page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConsentAnswer {
    /// Yes.
    Given,
    /// It was not shown.
    #[default]
    NotAsked,
    /// No.
    Refused,
}

/// What a request demands of the sign-in.
#[derive(Clone, Copy, Debug)]
pub struct Demand<'a> {
    /// `prompt`
    pub prompts: Prompts,
    /// `max_age`
    pub max_age: Option<Lifetime>,
    /// Whom an `id_token_hint` names.
    pub expected: Option<&'a Subject>,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The consent page, for these.
    Consent(Scopes),
    /// A code: nothing is left to ask.
    Issue,
    /// The page for the second factor.
    SecondFactor,
    /// The sign-in page.
    SignIn,
    /// The sign-up page first (`prompt=create`).
    SignUp,
}

/// Decides what comes next (OIDC Core §3.1.2.1, §3.1.2.3, §3.1.2.4).
pub fn next(demand: &Demand<'_>, progress: &Progress<'_>, now: Timestamp) -> Result<Step, Refusal> {
    let silent = demand.prompts.forbids_asking();
    if let Some(step) = sign_in(demand, progress, now) {
        return if silent { Err(Refusal::LoginRequired) } else { Ok(step) };
    }
    if progress.second == Second::Owed {
        return if silent { Err(Refusal::InteractionRequired) } else { Ok(Step::SecondFactor) };
    }
    let scopes = match (progress.answer, &progress.owed) {
        (ConsentAnswer::Refused, _) => return Err(Refusal::ConsentDenied),
        (ConsentAnswer::Given, _) => return Ok(Step::Issue),
        (ConsentAnswer::NotAsked, Owed::These(scopes)) => scopes.clone(),
        (ConsentAnswer::NotAsked, Owed::Nothing) if demand.prompts.asks(Prompt::Consent) => Scopes::none(),
        (ConsentAnswer::NotAsked, Owed::Nothing) => return Ok(Step::Issue),
    };
    if silent { Err(Refusal::ConsentRequired) } else { Ok(Step::Consent(scopes)) }
}

/// The page to sign in at, if they must.
fn sign_in(demand: &Demand<'_>, progress: &Progress<'_>, now: Timestamp) -> Option<Step> {
    let fresh = |session: &&Session| session.authenticated_at >= progress.began_at;
    let session = progress.session.filter(|session| session.is_live(now));
    if session.is_none() && demand.prompts.asks(Prompt::Create) {
        return Some(Step::SignUp);
    }
    let Some(session) = session else { return Some(Step::SignIn) };
    if demand.expected.is_some_and(|expected| *expected != session.subject) {
        return Some(Step::SignIn);
    }
    if fresh(&session) {
        return None;
    }
    if demand.prompts.asks(Prompt::Create) {
        return Some(Step::SignUp);
    }
    if demand.prompts.asks(Prompt::Login) || demand.prompts.asks(Prompt::SelectAccount) {
        return Some(Step::SignIn);
    }
    // None at all asks for a sign-in as `prompt=login` does, be the last one of this very second.
    let too_old = |max_age: Lifetime| {
        max_age == Lifetime::ZERO || now.since(session.authenticated_at) > i64::from(max_age.as_secs())
    };
    demand.max_age.filter(|max_age| too_old(*max_age)).map(|_| Step::SignIn)
}

#[cfg(test)]
mod tests;
