//! Logins that have begun: one sealed cookie for each, so that several tabs can log in at once.

use http::{HeaderMap, HeaderValue};
use keybound_client::{Ambient, flow::Chance};
use keybound_proto::{
    jose::{decode_base64url, encode_base64url},
    secret::Secret,
    time::{Lifetime, Timestamp},
};
use serde_json::{Value, json};

use crate::{cookie::Cookies, seal::Seals, transport::Surroundings};

/// What must be remembered from the way out to the way back.
pub(crate) struct Transaction {
    pub(crate) chance: Chance,
    pub(crate) return_to: String,
    pub(crate) organization: Option<String>,
    began: Timestamp,
}

/// Where transactions are found and kept.
#[derive(Debug)]
pub(crate) struct Transactions {
    cookies: Cookies,
    prefix: String,
    seals: Seals,
}

impl Transaction {
    pub(crate) fn begin(
        surroundings: &Surroundings,
        return_to: String,
        organization: Option<String>,
    ) -> Self {
        let entropy = || surroundings.entropy();
        let chance = Chance { state: entropy(), nonce: entropy(), verifier: entropy() };
        Self { chance, return_to, organization, began: surroundings.now() }
    }

    fn is_over(&self, now: Timestamp) -> bool {
        now >= self.began.plus(PATIENCE)
    }

    fn write(&self) -> Secret<Vec<u8>> {
        let Chance { state, nonce, verifier } = &self.chance;
        let chance = [state, nonce, verifier].map(encode_base64url);
        let whole = json!({
            "chance": chance,
            "return_to": self.return_to,
            "organization": self.organization,
            "began": self.began.as_unix(),
        });
        Secret::new(whole.to_string().into_bytes())
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let whole: Value = serde_json::from_slice(bytes).ok()?;
        let chance = |at: usize| -> Option<[u8; 32]> {
            decode_base64url(whole.get("chance")?.get(at)?.as_str()?).ok()?.try_into().ok()
        };
        let text = |name: &str| whole.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            chance: Chance { state: chance(0)?, nonce: chance(1)?, verifier: chance(2)? },
            return_to: text("return_to")?,
            organization: text("organization"),
            began: Timestamp::from_unix(whole.get("began")?.as_i64()?),
        })
    }
}

impl Transactions {
    pub(crate) fn new(cookies: Cookies, secrets: &[Secret<String>]) -> Self {
        Self { cookies, prefix: cookies.name("keybound_login."), seals: Seals::of(secrets, "web login") }
    }

    /// A cookie for this one. Of those that a browser has already, the oldest make room.
    pub(crate) fn keep(
        &self,
        transaction: &Transaction,
        (sent, now): (&HeaderMap, Timestamp),
    ) -> Vec<HeaderValue> {
        let name = self.name(&encode_base64url(transaction.chance.state));
        let sealed = self.seals.seal_text(&name, transaction.write().reveal());
        let mut lines = self.room(sent, now);
        lines.extend(self.cookies.set(&name, &sealed, (PATIENCE, sent)).unwrap_or_default());
        lines
    }

    /// The one that this `state` belongs to, if this browser began it, and not too long ago.
    pub(crate) fn find(&self, state: &str, (sent, now): (&HeaderMap, Timestamp)) -> Option<Transaction> {
        let is_ours =
            state.len() == 43 && state.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        let transaction = self.open(&self.name(is_ours.then_some(state)?), sent)?;
        (!transaction.is_over(now)).then_some(transaction)
    }

    /// Takes it from the browser: it serves once.
    pub(crate) fn take(&self, transaction: &Transaction, sent: &HeaderMap) -> Vec<HeaderValue> {
        self.cookies.remove(&self.name(&encode_base64url(transaction.chance.state)), sent)
    }

    /// Takes away what is over or not ours, and the oldest, until another one fits.
    fn room(&self, sent: &HeaderMap, now: Timestamp) -> Vec<HeaderValue> {
        let names = Cookies::names(&self.prefix, sent).filter(|name| name.matches('.').count() == 1);
        let mut known: Vec<_> = names
            .map(|name| {
                (self.open(name, sent).filter(|found| !found.is_over(now)).map(|found| found.began), name)
            })
            .collect();
        known.sort_unstable();
        let dead = known.iter().filter(|(began, _)| began.is_none()).count();
        let too_many = (known.len() + 1).saturating_sub(AT_ONCE).max(dead);
        known.iter().take(too_many).flat_map(|(_, name)| self.cookies.remove(name, sent)).collect()
    }

    fn open(&self, name: &str, sent: &HeaderMap) -> Option<Transaction> {
        let opened = self.seals.open_text(name, &Cookies::read(name, sent)?)?;
        Transaction::read(opened.reveal())
    }

    fn name(&self, state: &str) -> String {
        format!("{}{state}", self.prefix)
    }
}

/// How long a person may take to log in.
const PATIENCE: Lifetime = Lifetime::seconds(3_600);

/// How many logins one browser may have begun.
const AT_ONCE: usize = 6;

#[cfg(test)]
mod tests {
    use http::header::COOKIE;
    use keybound_client::System;

    use super::*;

    fn transactions() -> Transactions {
        Transactions::new(Cookies::Loopback, &[Secret::new("secret".repeat(6))])
    }

    fn began(now: i64) -> Transaction {
        let transaction =
            Transaction::begin(&Surroundings::of(System), "/".to_owned(), Some("org_1".to_owned()));
        Transaction { began: Timestamp::from_unix(now), ..transaction }
    }

    fn browser(transactions: &Transactions, many: &[Transaction]) -> HeaderMap {
        let line = |transaction| transactions.keep(transaction, (&HeaderMap::new(), Timestamp::from_unix(0)));
        let lines = many.iter().flat_map(line);
        let pairs: Vec<_> =
            lines.map(|line| line.to_str().unwrap().split(';').next().unwrap().to_owned()).collect();
        HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(&pairs.join("; ")).unwrap())])
    }

    fn state(transaction: &Transaction) -> String {
        encode_base64url(transaction.chance.state)
    }

    #[test]
    fn each_login_is_found_by_its_state_for_an_hour_and_no_other_is() {
        let (transactions, many) = (transactions(), [began(10), began(20)]);
        let sent = browser(&transactions, &many);
        let at = |seconds| (&sent, Timestamp::from_unix(seconds));
        for own in &many {
            let found = transactions.find(&state(own), at(30)).unwrap();
            assert_eq!(found.chance.verifier, own.chance.verifier);
            assert_eq!((&*found.return_to, found.organization.as_deref()), ("/", Some("org_1")));
        }
        assert!(transactions.find(&state(&many[0]), at(3_609)).is_some());
        assert!(transactions.find(&state(&many[0]), at(3_610)).is_none());
        for other in [state(&began(1)), String::new(), ".".repeat(43), format!("{}.", state(&many[0]))] {
            assert!(transactions.find(&other, at(30)).is_none(), "{other}");
        }
        // The cookie of one login under the name of another opens nothing.
        let text = sent[COOKIE].to_str().unwrap().replace(&state(&many[0]), &state(&began(1)));
        let moved = HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(&text).unwrap())]);
        assert!(transactions.find(&state(&many[0]), (&moved, Timestamp::from_unix(30))).is_none());
    }

    #[test]
    fn a_browser_has_a_few_logins_at_once_and_the_oldest_make_room() {
        let transactions = transactions();
        let many: Vec<_> = (0..6).map(|at| began(100 - at)).collect();
        let sent = browser(&transactions, &many);
        let lines = transactions.keep(&began(200), (&sent, Timestamp::from_unix(200)));
        assert_eq!(lines.len(), 2);
        assert!(lines[0].to_str().unwrap().contains(&state(&many[5])));
        assert!(lines[0].to_str().unwrap().contains("=; Path=/; Max-Age=0;"));
        let lines = transactions.keep(&began(9_000), (&sent, Timestamp::from_unix(9_000)));
        assert_eq!(lines.len(), 7, "all that are over go");
    }
}
