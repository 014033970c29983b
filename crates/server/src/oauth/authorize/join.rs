//! A person becomes a member of the organization they come in to, in the batch that issues their code.

use keybound_authority::{
    Refusal,
    authorize::organization::Entry,
    event::{Event, EventKind, Sender},
    model::{organization::Organization, user::User},
};
use keybound_proto::time::Timestamp;
use keybound_store::{
    Batch, StoreError,
    documents::{self, Invitations, Kind as _},
    events,
    ledger::organizations,
};

use super::{Asker, Matter};
use crate::{app::App, failure::Failure, login::about};

/// Adds to a batch that somebody joins, if they do; an invitation is spent by it.
pub(super) fn join(
    batch: &mut Batch,
    app: &App,
    (asker, matter): (&Asker, &Matter),
    (user, entry): (&User, Option<Entry>),
    (from, now): (&Sender, Timestamp),
) {
    let (Some(organization), Some(Entry::Joins)) = (&matter.organization, entry) else { return };
    let (store, tenant) = (&app.store, &app.tenant.id);
    organizations::join(batch, tenant, (&organization.id, &user.subject), now);
    let joined = |kind| event(kind, (asker, user), organization, (from, now));
    if let Some(invited) = &matter.invited {
        documents::take(batch, tenant, &invited.document);
        events::record(batch, store, tenant, &joined(EventKind::InvitationAccepted));
    }
    events::record(batch, store, tenant, &joined(EventKind::MemberAdded));
}

/// What comes of applying it: an invitation is accepted once.
pub(super) fn joined(applied: Result<(), StoreError>) -> Result<Result<(), StoreError>, Failure> {
    match applied {
        Err(error) if error.conflict() == Some(Invitations::REVISION) => {
            Err(Refusal::InvitationUnknown.into())
        }
        applied => Ok(applied),
    }
}

fn event(
    kind: EventKind,
    (asker, user): (&Asker, &User),
    organization: &Organization,
    (from, now): (&Sender, Timestamp),
) -> Event {
    let mut event = about(kind, &asker.client.id, user, now).from(from.clone());
    event.organization = Some(organization.id.clone());
    event.description =
        Some(format!("{} is a member of {} ({})", user.subject, organization.name, organization.id).into());
    event
}
