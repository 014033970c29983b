//! The tenant itself: its settings, keys, rules and tickets.

use http::Method;
use serde::Serialize;
use serde_json::json;

use super::super::{
    Call, Collection, Hidden, Management, Members, Pages, Paging,
    collection::{collections, kind},
    document::document,
};

document! {
    /// What holds for the tenant as a whole.
    TenantSettings {
        /// For people.
        friendly_name: String,
        /// Where its logo is.
        picture_url: String,
        /// Whom people write to.
        support_email: String,
        /// Where people read on.
        support_url: String,
        /// The audience of requests that name none.
        default_audience: String,
        /// The connection of requests that name none.
        default_directory: String,
        /// Where browsers may go after a logout.
        allowed_logout_urls: Vec<String>,
        /// Hours a session lives.
        session_lifetime: f64,
        /// Hours a session lives if nothing comes.
        idle_session_lifetime: f64,
        /// Languages of its pages.
        enabled_locales: Vec<String>,
        /// Switches.
        flags: Members,
    }
}

document! {
    /// A key tokens are signed with.
    SigningKey {
        /// Its name in tokens.
        kid: String,
        /// Its certificate.
        cert: String,
        /// Whether it is the one in use.
        current: bool,
        /// Whether it is the one to come.
        next: bool,
        /// Whether it is the one before.
        previous: bool,
        /// Whether tokens by it are refused.
        revoked: bool,
        /// Of its certificate.
        fingerprint: String,
        /// Of its certificate.
        thumbprint: String,
    }
}

document! {
    /// A function that ran at each login: kept, for tenants that still have some.
    Rule {
        /// Its id.
        id: String,
        /// For people.
        name: String,
        /// Its source.
        script: String,
        /// Its place among others.
        order: u64,
        /// Whether it runs.
        enabled: bool,
        /// `login_success` and others.
        stage: String,
    }
}

document! {
    /// A value that rules read. Only its name is told.
    RuleConfig {
        /// Its name.
        key: String,
        /// The value, when it is set.
        value: Hidden,
    }
}

document! {
    /// A link that is good once.
    Ticket {
        /// The link: whoever has it is let in.
        ticket: Hidden,
    }
}

kind!(Rule at ["rules"], by id, listed Offset: Readable Creatable Updatable Deletable);
kind!(RuleConfig at ["rules-configs"], by key, listed Whole: Deletable);
kind!(SigningKey at ["keys", "signing"], by kid, listed Whole: Readable);

collections! {
    /// Rules.
    rules: Rule,
    /// What rules read.
    rules_configs: RuleConfig,
    /// Keys that tokens are signed with.
    signing_keys: SigningKey,
}

impl Collection<RuleConfig> {
    /// Sets a value.
    pub fn set(&self, key: &str, value: impl Into<Hidden>) -> Call<RuleConfig> {
        self.at(Method::PUT, &[key]).json(&json!({ "value": value.into() }))
    }
}

impl Collection<SigningKey> {
    /// Signs with the next key from now on.
    pub fn rotate(&self) -> Call<SigningKey> {
        self.at(Method::POST, &["rotate"])
    }

    /// Has tokens by this key refused.
    pub fn revoke(&self, kid: &str) -> Call<SigningKey> {
        self.at(Method::PUT, &[kid, "revoke"])
    }
}

impl Management {
    /// What holds for the tenant as a whole.
    pub fn tenant_settings(&self) -> Call<TenantSettings> {
        Call::new(self, Method::GET, &["tenants", "settings"])
    }

    /// Changes that.
    pub fn update_tenant_settings(&self, change: &(impl Serialize + ?Sized)) -> Call<TenantSettings> {
        Call::new(self, Method::PATCH, &["tenants", "settings"]).json(change)
    }

    /// Makes a link by which somebody shows that an address is theirs. What it is for stands in the request: `user_id`,
    /// `result_url`, `ttl_sec` and others.
    pub fn email_verification_ticket(&self, what: &(impl Serialize + ?Sized)) -> Call<Ticket> {
        Call::new(self, Method::POST, &["tickets", "email-verification"]).json(what)
    }

    /// Makes a link by which somebody sets another password.
    pub fn password_change_ticket(&self, what: &(impl Serialize + ?Sized)) -> Call<Ticket> {
        Call::new(self, Method::POST, &["tickets", "password-change"]).json(what)
    }

    /// Organizations; what else there is to them is asked by [`request`](Self::request).
    pub fn organizations(&self) -> Pages<Members> {
        Pages::new(Call::<serde_json::Value>::new(self, Method::GET, &["organizations"]), Paging::Checkpoint)
    }
}
