//! A code that was sent to a user's address (Auth0's `passwordless/otp`): what is asked for, then the code.
//!
//! Whoever shows the code reads the letters of that address. So they are its user, from the first time on.

use keybound_authority::{
    Refusal,
    authorize::audience::Named,
    login::identifier::Email,
    model::{
        client::GrantKind,
        connection::{ByEmail, Signup},
        user::User,
    },
};
use keybound_proto::{
    request::token::{PasswordlessRealm, PasswordlessRequest},
    response::token::TokenResponse,
};
use keybound_store::{
    Batch,
    documents::{Kind as _, Users},
    policy,
};

use super::{
    in_person::{Asked, Said, not_in},
    redeeming::{Redeeming, Refused, TRIES},
};
use crate::{
    failure::Reason,
    login::{account, connection::by_email, new_user, sent_code::SentTo},
};

const GRANT: GrantKind = GrantKind::Passwordless;

/// Gives a client tokens of a user who told it the code.
pub(super) async fn redeem(
    by: &Redeeming<'_>,
    request: &PasswordlessRequest,
) -> Result<TokenResponse, Refused> {
    let named = Named { audience: request.audience.as_deref(), resources: &request.resources };
    let asked = Asked::read(by, GRANT, &named, request.scopes.as_ref()).await?;
    let admitted = asked.admit(by)?;
    let connection = match request.realm {
        PasswordlessRealm::Email => by_email(by.app, by.client).await?,
        PasswordlessRealm::Sms => None,
    };
    let connection = connection.ok_or_else(|| Refused::grant(GRANT, Refusal::ConnectionNotEnabled))?;
    let Ok(address) = Email::parse(request.username.trim()) else {
        return Err(told(by, request, &connection, Refusal::WrongCode).await);
    };
    let sent_to = SentTo { connection: &connection, client: &by.client.id, address: &address };
    if let Err(failure) = sent_to.spend(by.app, &request.otp, by.from, by.now).await {
        return Err(match failure.reason() {
            Reason::Refusal(refusal) => told(by, request, &connection, refusal.clone()).await,
            _ => failure.into(),
        });
    }
    let (user, batch) = user(by, request, &connection, &address).await?;
    asked.give(by, admitted, user, batch).await
}

/// Whose address it is: somebody's who has been here before, or a new user's.
async fn user(
    by: &Redeeming<'_>,
    request: &PasswordlessRequest,
    connection: &ByEmail,
    address: &Email,
) -> Result<(User, Batch), Refused> {
    let app = by.app;
    for _ in 0..TRIES {
        if let Some(found) = account::by_email(app, &connection.name, address.as_str()).await? {
            let mut user = policy::user(&found.user)?;
            // Whoever signs in by a linked account has an address of their own besides.
            if found.id != user.subject {
                return Ok((user, Batch::new()));
            }
            let batch = new_user::verified(app, &found.user, by.now);
            user.profile.email_verified = true;
            return Ok((user, batch));
        }
        if connection.signup == Signup::Closed {
            return Err(told(by, request, connection, Refusal::WrongCode).await);
        }
        let made = new_user::by_email(app, (connection, &by.client.id), address, by.from, by.now).await;
        match made {
            // Of any number that come at once, one makes it.
            Err(error) if error.conflict() == Some(Users::NEW) => {}
            made => made?,
        }
    }
    Err(Refused::contended())
}

/// The refusal, recorded under the address that was tried.
async fn told(
    by: &Redeeming<'_>,
    request: &PasswordlessRequest,
    connection: &ByEmail,
    refusal: Refusal,
) -> Refused {
    let said = Said { name: &request.username, connection: &connection.name, subject: None };
    not_in(by, GRANT, said, refusal).await
}
