//! Families of refresh tokens as administrators see them: one token after another, by the name they have in common.

use keybound_authority::model::name::{AudienceName, FamilyId, SessionId};
use keybound_proto::id::{ClientId, Subject, TenantId};
use keybound_proto::scope::Scopes;
use keybound_proto::time::Timestamp;
use serde_json::Value as Json;

use super::slice::{Slice, counted};
use crate::error::StoreError;
use crate::sql::{Batch, Bind, Row, Sql, Store};

/// A family whose last token can still be used.
#[derive(Clone, Debug)]
pub struct Family {
    /// Its name.
    pub id: FamilyId,
    /// Whose it is.
    pub client: ClientId,
    /// On whose behalf.
    pub subject: Subject,
    /// In which browser session it was granted, where there was one.
    pub session: Option<SessionId>,
    /// For what; `None` is the userinfo endpoint only.
    pub audience: Option<AudienceName>,
    /// What was granted.
    pub scopes: Scopes,
    /// When its first token was issued.
    pub began_at: Timestamp,
    /// When the last one was, if it took another's place.
    pub exchanged_at: Option<Timestamp>,
    /// When it ends, however much it is used.
    pub expires_at: Option<Timestamp>,
    /// When it ends if it is not used.
    pub idle_at: Option<Timestamp>,
    /// Whether each token takes the place of the one before.
    pub rotating: bool,
    /// What was noted about it.
    pub metadata: Option<Json>,
}

/// Which families are meant.
#[derive(Clone, Copy, Debug)]
pub struct Among<'a> {
    /// On behalf of that user.
    pub subject: &'a Subject,
    /// That client's, or all.
    pub client: Option<&'a ClientId>,
    /// For that, or for anything; the empty text is the userinfo endpoint.
    pub audience: Option<&'a str>,
    /// Granted in that session, or in any or none.
    pub session: Option<&'a SessionId>,
}

impl<'a> Among<'a> {
    /// All of a user's.
    pub const fn of(subject: &'a Subject) -> Self {
        Self { subject, client: None, audience: None, session: None }
    }
}

/// The family of that name, if it can still be used.
///
/// # Errors
/// Where the database cannot say.
pub async fn find(
    store: &Store,
    tenant: &TenantId,
    id: &FamilyId,
    now: Timestamp,
) -> Result<Option<Family>, StoreError> {
    let row = store.optional(&FIND, [tenant.bind(), now.bind(), id.bind()]).await?;
    row.map(|mut row| read(&mut row)).transpose()
}

/// A user's families that can still be used, in the order of their names, and how many there are in all.
///
/// # Errors
/// Where the database cannot say.
pub async fn page(
    store: &Store,
    tenant: &TenantId,
    among: Among<'_>,
    slice: Slice<'_>,
    now: Timestamp,
) -> Result<(Vec<Family>, i64), StoreError> {
    let of = [tenant.bind(), now.bind(), among.subject.bind(), among.client.bind()];
    let [tenant, moment, subject, client] = of.clone();
    let (after, take, skip) = (slice.after.bind(), slice.take.bind(), slice.skip.bind());
    let rows = store.rows(&PAGE, [tenant, moment, subject, client, after, take, skip]).await?;
    counted(rows, store.rows(&COUNT, of).await?, read)
}

/// Revokes them, and those that another request is issuing this moment.
pub fn revoke(batch: &mut Batch, tenant: &TenantId, among: Among<'_>, now: Timestamp) {
    let session = among.session.map(SessionId::as_str);
    let values = [
        tenant.bind(),
        now.bind(),
        among.subject.bind(),
        among.client.bind(),
        among.audience.bind(),
        session.bind(),
    ];
    batch.any(&REVOKE, values);
}

/// Notes something about a family in place of what was; nothing forgets it.
pub fn note(batch: &mut Batch, tenant: &TenantId, id: &FamilyId, metadata: Option<&Json>) {
    match metadata {
        Some(metadata) => batch.any(&NOTE, [tenant.bind(), id.bind(), metadata.bind()]),
        None => batch.any(&FORGET, [tenant.bind(), id.bind()]),
    }
}

fn read(row: &mut Row) -> Result<Family, StoreError> {
    let (id, client, subject) = (row.take()?, row.take()?, row.take()?);
    let session: String = row.take()?;
    let session = Some(session).filter(|name| !name.is_empty()).map(|name| SessionId::parse(&name));
    Ok(Family {
        id,
        client,
        subject,
        session: session.transpose().map_err(|reason| row.corrupt(reason))?,
        audience: row.take()?,
        scopes: row.take()?,
        began_at: row.take()?,
        exchanged_at: row.take()?,
        expires_at: row.take()?,
        idle_at: row.take()?,
        rotating: row.take()?,
        metadata: row.take()?,
    })
}

pub(crate) const STATEMENTS: &[&Sql] = &[&FIND, &PAGE, &COUNT, &REVOKE, &NOTE, &FORGET];

const FIND: Sql = Sql::new(
    "SELECT t.family, t.client, t.subject, t.session, t.audience, t.scopes, coalesce(t.began_at, t.issued_at),
         CASE WHEN t.parent IS NULL THEN NULL ELSE t.issued_at END, t.expires_at, t.idle_at,
         c.id IS NULL OR coalesce(c.doc -> 'refresh_token' ->> 'rotation_type', '') = 'rotating', m.doc
     FROM refresh_tokens t
     LEFT JOIN clients c ON c.tenant = t.tenant AND c.id = t.client
     LEFT JOIN refresh_token_metadata m ON m.tenant = t.tenant AND m.family = t.family
     WHERE t.tenant = $1 AND t.family = $3 AND t.spent_at IS NULL AND (t.forget_at IS NULL OR t.forget_at > $2)
       AND NOT EXISTS (SELECT 1 FROM revoked_families r WHERE r.tenant = t.tenant AND r.family = t.family)
       AND (t.session = '' OR ' ' || t.scopes || ' ' NOT LIKE '% online_access %'
            OR EXISTS (SELECT 1 FROM sessions s WHERE s.tenant = t.tenant AND s.id = t.session))",
);

const PAGE: Sql = Sql::new(
    "SELECT t.family, t.client, t.subject, t.session, t.audience, t.scopes, coalesce(t.began_at, t.issued_at),
         CASE WHEN t.parent IS NULL THEN NULL ELSE t.issued_at END, t.expires_at, t.idle_at,
         c.id IS NULL OR coalesce(c.doc -> 'refresh_token' ->> 'rotation_type', '') = 'rotating', m.doc
     FROM refresh_tokens t
     LEFT JOIN clients c ON c.tenant = t.tenant AND c.id = t.client
     LEFT JOIN refresh_token_metadata m ON m.tenant = t.tenant AND m.family = t.family
     WHERE t.tenant = $1 AND t.subject = $3 AND t.spent_at IS NULL AND (t.forget_at IS NULL OR t.forget_at > $2)
       AND (CAST($4 AS TEXT) IS NULL OR t.client = $4) AND t.family > $5
       AND NOT EXISTS (SELECT 1 FROM revoked_families r WHERE r.tenant = t.tenant AND r.family = t.family)
       AND (t.session = '' OR ' ' || t.scopes || ' ' NOT LIKE '% online_access %'
            OR EXISTS (SELECT 1 FROM sessions s WHERE s.tenant = t.tenant AND s.id = t.session))
     ORDER BY t.family LIMIT $6 OFFSET $7",
);

const COUNT: Sql = Sql::new(
    "SELECT count(*) FROM refresh_tokens t
     WHERE t.tenant = $1 AND t.subject = $3 AND t.spent_at IS NULL AND (t.forget_at IS NULL OR t.forget_at > $2)
       AND (CAST($4 AS TEXT) IS NULL OR t.client = $4)
       AND NOT EXISTS (SELECT 1 FROM revoked_families r WHERE r.tenant = t.tenant AND r.family = t.family)
       AND (t.session = '' OR ' ' || t.scopes || ' ' NOT LIKE '% online_access %'
            OR EXISTS (SELECT 1 FROM sessions s WHERE s.tenant = t.tenant AND s.id = t.session))",
);

const REVOKE: Sql = Sql::new(
    "INSERT INTO revoked_families (tenant, family, revoked_at)
     SELECT DISTINCT tenant, family, CAST($2 AS BIGINT) FROM refresh_tokens
     WHERE tenant = $1 AND subject = $3
       AND (CAST($4 AS TEXT) IS NULL OR client = $4)
       AND (CAST($5 AS TEXT) IS NULL OR coalesce(audience, '') = $5)
       AND (CAST($6 AS TEXT) IS NULL OR session = $6)
     ON CONFLICT DO NOTHING",
);

const NOTE: Sql = Sql::new(
    "INSERT INTO refresh_token_metadata (tenant, family, doc) VALUES ($1, $2, $3)
     ON CONFLICT (tenant, family) DO UPDATE SET doc = excluded.doc",
);

const FORGET: Sql = Sql::new("DELETE FROM refresh_token_metadata WHERE tenant = $1 AND family = $2");
