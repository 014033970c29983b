//! What a tenant wants of second factors, and the app on a telephone that shows digits.

use keybound_crypto::totp::TotpKey;
use keybound_proto::{secret::Secret, time::Timestamp};
use keybound_server::App;
use keybound_store::{
    Batch,
    documents::{self, Tenants},
};
use serde_json::json;

pub(crate) const ALWAYS: &[&str] = &["all-applications"];
/// Both, and letters.
pub(crate) const ALL: &[&str] = &["otp", "email", "recovery-code"];
pub(crate) const BOTH: &[&str] = &["otp", "recovery-code"];

/// What shows digits: knows no more than what an enrolment tells.
pub(crate) struct Authenticator(TotpKey);

impl Authenticator {
    /// Takes what was told, as a person types it.
    pub(crate) fn of(secret: &str) -> Self {
        let letters: Vec<u8> = secret.bytes().filter(|letter| *letter != b' ').collect();
        Self(TotpKey::from_bytes(Secret::new(base32(&letters))))
    }

    /// What it shows at that time.
    pub(crate) fn digits(&self, now: Timestamp) -> String {
        self.0.digits(TotpKey::step(now))
    }
}

/// What the tenant wants from now on.
pub(crate) async fn wanted(app: &App, policies: &[&str], factors: &[&str]) {
    let (store, tenant) = (&app.store, &app.tenant.id);
    let mut found = documents::find::<Tenants>(store, tenant, tenant.as_str()).await.unwrap().unwrap();
    let on: serde_json::Map<_, _> = factors.iter().map(|name| ((*name).to_owned(), true.into())).collect();
    found.doc["guardian"] = json!({ "policies": policies, "factors": on });
    let mut batch = Batch::new();
    documents::update(&mut batch, store, tenant, found);
    store.apply(batch).await.unwrap();
    app.policies.forget();
}

/// RFC 4648 §6.
fn base32(letters: &[u8]) -> Vec<u8> {
    let value = |letter: u8| match letter {
        b'A'..=b'Z' => u64::from(letter - b'A'),
        _ => u64::from(letter - b'2') + 26,
    };
    let eight =
        |letters: &[u8]| letters.iter().fold(0, |bits, letter| bits << 5 | value(*letter)).to_be_bytes();
    letters.chunks(8).flat_map(|letters| eight(letters)[3..].to_vec()).collect()
}
