//! Logins that have begun: several at once, each for a while, each to be finished once.

use std::sync::{Mutex, PoisonError};

use keybound_proto::{
    form::Form,
    secret::Secret,
    time::{Lifetime, Timestamp},
};
use serde_json::{Value, json};

use super::CodeFlow;
use crate::{Both, Boxed, ClientError};

/// Logins that have begun, the oldest first.
///
/// Where there are too many, the oldest makes room. It can be [written](Self::write) down, for a cookie that is
/// sealed.
///
/// ```
/// # use keybound_client::{Client, crypto::AwsLc, proto::{id::ClientId, metadata::ServerMetadata, scope::Scopes, uri::{Issuer, RedirectUri}}};
/// use keybound_client::{flow::{Ask, Chance, CodeFlow, Transactions}, proto::time::Timestamp};
/// # let issuer = Issuer::parse("https://tenant.example/")?;
/// # let mut metadata = ServerMetadata::of(&issuer);
/// # metadata.authorization_endpoint = Some("https://tenant.example/authorize".into());
/// # let client = Client::new(issuer, metadata, ClientId::parse("app")?);
/// # let ask = Ask::new(RedirectUri::parse("https://app.example/callback")?, Scopes::parse("openid")?);
/// # let chance = Chance { state: [1; 32], nonce: [2; 32], verifier: [3; 32] };
/// let flow = CodeFlow::begin(&client, &ask, &chance, &AwsLc)?;
/// let now = Timestamp::from_unix(1_800_000_000);
/// let mut transactions = Transactions::default();
/// transactions.add(flow.clone(), now);
///
/// let query = format!("code=c&state={}", flow.state());
/// let flow = transactions.take(&query, now)?;      // the login this answer belongs to
/// let exchange = flow.come_back(&client, &query)?; // now the code can be redeemed
/// assert!(transactions.take(&query, now).is_err(), "each serves once");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Transactions {
    begun: Vec<(CodeFlow, Timestamp)>,
    at_once: usize,
    patience: Lifetime,
}

impl Default for Transactions {
    /// Up to six at once, for an hour each: what one browser can want.
    fn default() -> Self {
        Self::new(6, Lifetime::seconds(3_600))
    }
}

impl Transactions {
    /// Up to so many at once, for so long each.
    pub const fn new(at_once: usize, patience: Lifetime) -> Self {
        Self { begun: Vec::new(), at_once, patience }
    }

    /// Keeps one more.
    pub fn add(&mut self, flow: CodeFlow, now: Timestamp) {
        self.forget(now);
        if self.at_once > 0 {
            let too_many = (self.begun.len() + 1).saturating_sub(self.at_once);
            self.begun.drain(..too_many);
            self.begun.push((flow, now));
        }
    }

    /// Takes out the one that an answer belongs to, by its `state`: the query, or the form that was posted.
    ///
    /// A signed answer names it inside; nothing is believed of it here, only looked up.
    pub fn take(&mut self, answer: &str, now: Timestamp) -> Result<CodeFlow, ClientError> {
        self.forget(now);
        let state = state(answer).ok_or(ClientError::State)?;
        // Every one is compared, so that time does not tell which it is.
        let found = self
            .begun
            .iter()
            .enumerate()
            .fold(None, |found, (at, (flow, _))| if flow.is_known_by(&state) { Some(at) } else { found });
        found.map(|at| self.begun.remove(at).0).ok_or(ClientError::Transaction)
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.begun.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.begun.is_empty()
    }

    /// All of them as text. It holds verifiers: seal it.
    pub fn write(&self) -> Secret<String> {
        let begun = self.begun.iter().map(|(flow, began)| json!([began.as_unix(), flow.write().reveal()]));
        Secret::new(Value::Array(begun.collect()).to_string())
    }

    /// These and those that [`write`](Self::write) wrote.
    pub fn with_written(mut self, text: &str) -> Result<Self, ClientError> {
        let Ok(Value::Array(begun)) = serde_json::from_str(text) else {
            return Err(ClientError::Transaction);
        };
        for entry in begun {
            let began = entry.get(0).and_then(Value::as_i64).ok_or(ClientError::Transaction)?;
            let flow = entry.get(1).and_then(Value::as_str).ok_or(ClientError::Transaction)?;
            self.begun.push((CodeFlow::read(flow)?, Timestamp::from_unix(began)));
        }
        self.begun.sort_by_key(|(_, began)| *began);
        let too_many = self.begun.len().saturating_sub(self.at_once);
        self.begun.drain(..too_many);
        Ok(self)
    }

    fn forget(&mut self, now: Timestamp) {
        let patience = self.patience;
        self.begun.retain(|(_, began)| now < began.plus(patience));
    }
}

/// Where logins that have begun are kept, for an app with many users at once.
pub trait TransactionStore: Both {
    /// Keeps one more.
    fn add(&self, flow: CodeFlow, now: Timestamp) -> Boxed<'_, Result<(), ClientError>>;

    /// Takes out the one an answer belongs to; two that ask at once do not both get it.
    fn take<'a>(&'a self, answer: &'a str, now: Timestamp) -> Boxed<'a, Result<CodeFlow, ClientError>>;
}

/// In memory: gone with the process, which is right for an app with one user.
#[derive(Debug, Default)]
pub struct MemoryTransactions(Mutex<Transactions>);

impl MemoryTransactions {
    /// One with these limits.
    pub const fn new(transactions: Transactions) -> Self {
        Self(Mutex::new(transactions))
    }
}

impl TransactionStore for MemoryTransactions {
    fn add(&self, flow: CodeFlow, now: Timestamp) -> Boxed<'_, Result<(), ClientError>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).add(flow, now);
        Box::pin(std::future::ready(Ok(())))
    }

    fn take<'a>(&'a self, answer: &'a str, now: Timestamp) -> Boxed<'a, Result<CodeFlow, ClientError>> {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).take(answer, now);
        Box::pin(std::future::ready(taken))
    }
}

fn state(answer: &str) -> Option<String> {
    let form = Form::parse(answer.as_bytes()).ok()?;
    if let Some(state) = form.text("state") {
        return Some(state.to_owned());
    }
    let token = form.text("response")?;
    let token = keybound_proto::jose::Unverified::parse(token.as_bytes()).ok()?;
    token.unbelieved().text("state").map(str::to_owned)
}
