//! How far the person in front of the browser has come, and what comes next.

use keybound_authority::{
    Refusal,
    authorize::{
        consent::{Consent, Wanted, owed},
        organization::{Entry, Shown, enter},
        prompt::{ConsentAnswer, Demand, Progress, Second, Step, next},
        request::{Grantee, grantable},
    },
    login::factor::Owed,
    model::{
        audience::Audience,
        name::OrganizationId,
        session::Session,
        user::{Standing as UserStanding, User},
    },
};
use keybound_proto::{
    scope::Scopes,
    time::{Lifetime, Timestamp},
};

use super::{Asker, Matter};
use crate::{
    app::App,
    factor,
    failure::Failure,
    login::transaction::{Answered, Transaction},
    organizations, registered,
};

/// Where a request stands with a person.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// What would be granted.
    pub(crate) scopes: Scopes,
    /// What they agreed to before.
    pub(crate) given: Option<Consent>,
    /// Who is signed in, and their session.
    pub(crate) person: Option<Person>,
    /// What comes next.
    pub(crate) step: Step,
    /// Whether they become a member of the organization by it.
    pub(crate) entry: Option<Entry>,
}

/// Somebody who is signed in and may be.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) session: Session,
    pub(crate) user: User,
}

/// Looks at the person, and decides what comes next.
pub(crate) async fn standing(
    app: &App,
    (asker, matter): (&Asker, &Matter),
    session: Option<Session>,
    transaction: Option<&Transaction>,
    now: Timestamp,
) -> Result<Standing, Failure> {
    let within = matter.organization.as_ref().map(|organization| &organization.id);
    let person = person(app, session, (matter.target.api(), within)).await?;
    let entry = entry(app, matter, person.as_ref(), transaction).await?;
    let person = person.filter(|_| entry != Some(Entry::SignIn));
    let user = person.as_ref().map(|person| &person.user);
    let grantee = Grantee { client: &asker.client, grant: matter.grant.as_ref(), user };
    let scopes = grantable(&matter.asked.wanted(), &matter.target, &grantee)?;
    let given = match user {
        Some(user) => {
            let pair = (&user.subject, &asker.client.id);
            registered::consent(app, pair, matter.asked.audience.as_ref()).await?
        }
        None => None,
    };
    let owed = owed(
        &asker.client,
        &matter.target,
        &asker.trusted.redirect_uri,
        registered::tenant(app).await?.localhost_consent,
        Wanted { scopes: &scopes, given: given.as_ref() },
    );
    let demand = Demand {
        prompts: matter.asked.prompts,
        max_age: matter.asked.max_age,
        expected: matter.expected.as_ref(),
    };
    let progress = Progress {
        began_at: began_at(transaction, person.as_ref(), now),
        session: person.as_ref().map(|person| &person.session),
        answer: answer(transaction, person.as_ref()),
        owed,
        second: match &person {
            Some(person) => second(app, matter, person).await?,
            None => Second::Nothing,
        },
    };
    let step = next(&demand, &progress, now)?;
    Ok(Standing { scopes, given, person, step, entry })
}

/// Whether this request takes more than the person showed since their session began, be it that the tenant wanted
/// less then.
async fn second(app: &App, matter: &Matter, person: &Person) -> Result<Second, Failure> {
    let (acr, showed) = (&matter.asked.acr, person.session.factors);
    let wanted = factor::wanted_for(app, matter.asked.audience.as_ref(), acr);
    if factor::owing(app, &person.user.subject, showed, wanted).await? != Owed::Nothing {
        return Ok(Second::Owed);
    }
    acr.met_by(showed)?;
    Ok(Second::Nothing)
}

/// A session counts only as long as its user may sign in.
async fn person(
    app: &App,
    session: Option<Session>,
    (audience, within): (Option<&Audience>, Option<&OrganizationId>),
) -> Result<Option<Person>, Failure> {
    let Some(session) = session else { return Ok(None) };
    let user = registered::user_at(app, &session.subject, audience, within).await?;
    let user = user.filter(|user| user.standing == UserStanding::Active);
    Ok(user.map(|user| Person { session, user }))
}

/// What comes of a person at the door of the organization that is asked for.
async fn entry(
    app: &App,
    matter: &Matter,
    person: Option<&Person>,
    transaction: Option<&Transaction>,
) -> Result<Option<Entry>, Failure> {
    let (Some(organization), Some(Person { session, user })) = (&matter.organization, person) else {
        return Ok(None);
    };
    let pair = (&user.subject, &session.connection);
    let residence = organizations::residence(app, Some(&organization.id), pair).await?;
    let residence = residence.ok_or(Refusal::OrganizationUnknown)?;
    let here = transaction.and_then(|own| own.progress.signed_in.as_deref());
    let shown = if here == Some(session.id.as_str()) { Shown::Here } else { Shown::Before };
    let invitation = matter.invited.as_ref().map(|invited| &invited.invitation);
    Ok(Some(enter(user, &residence, invitation, shown)?))
}

/// Since when a sign-in answers this request. One that was not made for it does not, be it of the same second.
fn began_at(transaction: Option<&Transaction>, person: Option<&Person>, now: Timestamp) -> Timestamp {
    let sid = person.map(|person| person.session.id.as_str());
    match transaction {
        Some(own) if own.progress.signed_in.as_deref() == sid => own.began_at(),
        _ => now.plus(Lifetime::seconds(1)),
    }
}

/// What was said on the consent page, if this very person said it.
fn answer(transaction: Option<&Transaction>, person: Option<&Person>) -> ConsentAnswer {
    let said = transaction.and_then(|own| own.progress.consent.as_ref());
    let subject = person.map(|person| person.user.subject.as_str());
    match said {
        Some((who, answered)) if Some(who.as_str()) == subject => match answered {
            Answered::Accepted => ConsentAnswer::Given,
            Answered::Declined => ConsentAnswer::Refused,
        },
        _ => ConsentAnswer::NotAsked,
    }
}
