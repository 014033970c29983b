//! People.

use keybound_authority::model::name::ConnectionName;
use keybound_authority::model::user::{Profile, Standing, User};
use keybound_proto::id::Subject;
use keybound_proto::time::Timestamp;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{corrupt, read};
use crate::documents::{Document, Users};
use crate::error::StoreError;

/// What the protocol obeys about a person, except for what they may do: that is no part of their document.
///
/// # Errors
/// [`StoreError::Corrupt`] where the document says what it cannot mean.
pub fn user(document: &Document<Users>) -> Result<User, StoreError> {
    let corrupt = |reason: String| corrupt::<Users>(&document.id, reason);
    let wrote: Wrote<'_> = read(document)?;
    let identity = wrote.identities.first().ok_or_else(|| corrupt("no identity".into()))?;
    let text = |text: Option<&str>| text.map(Into::into);
    Ok(User {
        subject: Subject::parse(&document.id).map_err(|reason| corrupt(reason.to_string()))?,
        connection: ConnectionName::parse(identity.connection)
            .map_err(|reason| corrupt(reason.to_string()))?,
        standing: match wrote.blocked {
            Some(true) => Standing::Blocked,
            _ => Standing::Active,
        },
        profile: Profile {
            name: text(wrote.name),
            nickname: text(wrote.nickname),
            given_name: text(wrote.given_name),
            family_name: text(wrote.family_name),
            username: text(wrote.username),
            picture: text(wrote.picture),
            email: text(wrote.email),
            email_verified: wrote.email_verified.unwrap_or(false),
            phone_number: text(wrote.phone_number),
            phone_verified: wrote.phone_verified.unwrap_or(false),
            updated_at: match wrote.updated_at {
                Some(written) => {
                    Timestamp::parse_rfc3339(written).ok_or_else(|| corrupt(format!("no time {written}")))?
                }
                None => Timestamp::from_unix(0),
            },
        },
        permissions: Vec::new(),
        did: document.doc.pointer(DID).and_then(Json::as_str).and_then(Subject::did),
    })
}

/// Where administrators write it; whatever else stands there is none.
const DID: &str = "/app_metadata/did";

#[derive(Deserialize)]
struct Wrote<'d> {
    #[serde(borrow)]
    identities: Vec<WroteIdentity<'d>>,
    blocked: Option<bool>,
    name: Option<&'d str>,
    nickname: Option<&'d str>,
    given_name: Option<&'d str>,
    family_name: Option<&'d str>,
    username: Option<&'d str>,
    picture: Option<&'d str>,
    email: Option<&'d str>,
    email_verified: Option<bool>,
    phone_number: Option<&'d str>,
    phone_verified: Option<bool>,
    updated_at: Option<&'d str>,
}

#[derive(Deserialize)]
struct WroteIdentity<'d> {
    connection: &'d str,
}
