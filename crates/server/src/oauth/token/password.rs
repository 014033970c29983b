//! The shell around [`keybound_authority::grant::password`]: what is asked for, then the password, then a decision.
//!
//! The password is looked at last, off the threads that serve, and under the throttle of the sign-in page: whoever
//! guesses here has no more tries than there.

use keybound_authority::{
    Refusal,
    authorize::audience::Named,
    model::{client::GrantKind, connection::Connection, user::User},
};
use keybound_proto::{request::token::PasswordRequest, response::token::TokenResponse};
use keybound_store::Batch;

use super::{
    in_person::{Asked, Said, not_in},
    redeeming::{Redeeming, Refused},
};
use crate::{
    failure::Reason,
    login::{
        connection::connection,
        credentials::{Attempt, NotIn, verify},
    },
};

/// Gives a client tokens of a user who told it the password.
pub(super) async fn redeem(by: &Redeeming<'_>, request: &PasswordRequest) -> Result<TokenResponse, Refused> {
    let kind = if request.realm.is_some() { GrantKind::PasswordRealm } else { GrantKind::Password };
    let named = Named { audience: request.audience.as_deref(), resources: &request.resources };
    let asked = Asked::read(by, kind, &named, request.scopes.as_ref()).await?;
    let admitted = asked.admit(by)?;
    let connection = directory(by, request, kind).await?;
    let user = user(by, request, (kind, &connection)).await?;
    asked.give(by, admitted, user, Batch::new()).await
}

/// Where the user is looked for: in the realm that is named, or where the tenant says.
async fn directory(
    by: &Redeeming<'_>,
    request: &PasswordRequest,
    kind: GrantKind,
) -> Result<Connection, Refused> {
    let default = by.tenant.default_directory.as_ref().map(|name| name.as_str());
    let Some(name) = request.realm.as_deref().or(default) else {
        return Err(Refused::grant(kind, Refusal::NoDirectory));
    };
    connection(by.app, by.client, Some(name)).await.map_err(|failure| match failure.reason() {
        Reason::Refusal(refusal) => Refused::grant(kind, refusal.clone()),
        _ => failure.into(),
    })
}

/// Who it is, if the password is theirs.
async fn user(
    by: &Redeeming<'_>,
    request: &PasswordRequest,
    (kind, connection): (GrantKind, &Connection),
) -> Result<User, Refused> {
    let attempt = Attempt {
        connection,
        identifier: &request.username,
        password: request.password.clone(),
        from: by.from.address,
    };
    match verify(by.app, attempt, by.now).await {
        Ok(user) => Ok(user),
        Err(NotIn::Failed(failure)) => Err(failure.into()),
        Err(NotIn::Refused(refusal, subject)) => {
            let said = Said { name: &request.username, connection: &connection.name, subject };
            Err(not_in(by, kind, said, refusal).await)
        }
    }
}
