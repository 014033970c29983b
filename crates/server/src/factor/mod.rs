//! Second factors, for every door that asks for one: what is owed, what is enrolled, what is shown.

mod enrol;
mod letter;
mod show;

use keybound_authority::{
    authorize::claims::Acr,
    login::factor::{Asked, Letters, Owed, WINDOW, owed},
    model::{
        factor::{FactorKind, FactorPolicy, Factors, Wanted},
        name::AudienceName,
    },
};
use keybound_proto::{id::Subject, time::Timestamp};
use keybound_store::{
    StoreError,
    documents::{self, Tenants},
    ledger::authenticators,
    policy,
};

pub(crate) use enrol::{Enrolment, digest, enrol, enrolled, vouched};
pub(crate) use letter::{LetterFor, address, had, send};
pub(crate) use show::{Code, Showing, Shown, tries, used_by_another};

use crate::{app::App, failure::Failure};

/// What the tenant wants of everybody who signs in.
pub(crate) async fn wanted(app: &App) -> Result<FactorPolicy, StoreError> {
    let read = async {
        let found = documents::find::<Tenants>(&app.store, &app.tenant.id, app.tenant.id.as_str()).await?;
        found.as_ref().map(policy::factors).transpose()
    };
    Ok(app.policies.factors.take("", read).await?.unwrap_or_default())
}

/// What a request wants beyond that: whoever is to change factors shows one that they have.
pub(crate) fn wanted_for(app: &App, audience: Option<&AudienceName>, acr: &Acr) -> Wanted {
    if acr.takes_two_factors() {
        return Wanted::Always;
    }
    match audience {
        Some(audience) if audience.as_str() == app.places.mfa() => Wanted::OfHolders,
        _ => Wanted::Never,
    }
}

/// What somebody still owes who showed so much.
pub(crate) async fn owing(
    app: &App,
    subject: &Subject,
    showed: Factors,
    wanted: Wanted,
) -> Result<Owed, Failure> {
    let policy = self::wanted(app).await?;
    // `acr_values` are a wish (OIDC Core §3.1.2.1): where there is nothing to show, the token says so by saying nothing.
    let offered = policy.when != Wanted::Never || policy.kinds.iter().next().is_some();
    let asked = (policy.when, wanted) != (Wanted::Never, Wanted::Never);
    if showed == Factors::Two || !offered || !asked {
        return Ok(Owed::Nothing);
    }
    let held = authenticators::of_user(&app.store, &app.tenant.id, subject).await?;
    let arrives = policy.kinds.contain(FactorKind::Email) && address(app, subject).await?.is_some();
    let letters = if arrives { Letters::Arrive } else { Letters::Lost };
    Ok(owed(&Asked { policy: &policy, wanted, held: &held, showed, letters })?)
}

/// Forgets the wrong codes of somebody whose factors are others from now on.
pub(crate) async fn forgive(app: &App, subject: &Subject, now: Timestamp) -> Result<(), StoreError> {
    app.fleeting.uncount(&show::tries(subject), WINDOW, now).await
}
