//! Links that somebody was given: what they are good for, and what becomes of who follows one.

use keybound_authority::login::identifier::Email;
use keybound_crypto::{AwsLc, entropy};
use keybound_proto::{
    form::Form,
    id::Subject,
    jose::Digest as _,
    time::{Lifetime, Timestamp},
};
use keybound_store::{
    Batch,
    documents::{self, Clients, Document, Organizations, Users},
    ledger::tickets::{self, Ticket, TicketDigest},
};
use serde_json::{Value, json};

use crate::{app::App, failure::Failure};

/// What a ticket is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To show that an address is theirs.
    Email,
    /// To set up a second factor.
    Enrolment,
    /// To choose another password.
    Password,
}

impl Purpose {
    /// Its name in the ledger.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Enrolment => "enrolment",
            Self::Password => "password",
        }
    }

    /// The page that takes such tickets.
    pub(crate) const fn page(self) -> &'static str {
        match self {
            Self::Email => "u/email-verification",
            Self::Enrolment => "u/mfa-enrollment",
            Self::Password => "u/reset-password",
        }
    }
}

/// Whether something is done that a ticket may be asked to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Also {
    /// It is.
    Done,
    /// It is not.
    #[default]
    LeftAlone,
}

/// What a ticket is to be.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) purpose: Purpose,
    /// For whom.
    pub(crate) subject: Subject,
    /// By which account of theirs.
    pub(crate) account: Subject,
    /// The address that the account has now: the ticket is worth nothing once it is another.
    pub(crate) email: Option<String>,
    /// Where they go in the end.
    pub(crate) result_url: Option<String>,
    /// Of which application.
    pub(crate) client: Option<String>,
    /// Within which organization.
    pub(crate) organization: Option<String>,
    /// Whether their address is said where they go.
    pub(crate) says_email: Also,
    /// Whether it counts as verified from then on.
    pub(crate) verifies: Also,
}

/// Gives a ticket out, good for so long: the address that takes it.
pub(crate) fn issue(
    app: &App,
    batch: &mut Batch,
    wish: &Wish,
    (now, lasts): (Timestamp, Lifetime),
) -> String {
    let secret = entropy::alphanumeric(43);
    let doc = json!({
        "account": wish.account.as_str(),
        "email": wish.email,
        "result_url": wish.result_url,
        "client_id": wish.client,
        "organization_id": wish.organization,
        "says_email": wish.says_email == Also::Done,
        "verifies": wish.verifies == Also::Done,
    });
    let purpose = wish.purpose.as_str().to_owned();
    let ticket = Ticket { purpose, subject: wish.subject.clone(), doc, expires_at: now.plus(lasts) };
    tickets::issue(batch, &app.tenant.id, &digest(&secret), &ticket);
    format!("{}?ticket={secret}", app.tenant.issuer.join(wish.purpose.page()))
}

/// A ticket that somebody shows, and whose it is.
pub(crate) struct Shown {
    pub(crate) digest: TicketDigest,
    pub(crate) ticket: Ticket,
    pub(crate) user: Document<Users>,
}

/// Looks at a ticket: nothing, where it was used, is over, was made up, or is for an address they have no more.
pub(crate) async fn shown(
    app: &App,
    secret: Option<&str>,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<Shown>, Failure> {
    let Some(secret) = secret.filter(|secret| secret.len() <= LONGEST) else { return Ok(None) };
    let (store, tenant, digest) = (&app.store, &app.tenant.id, digest(secret));
    let found = tickets::find(store, tenant, &digest, now).await?;
    let Some(ticket) = found.filter(|ticket| ticket.purpose == purpose.as_str()) else { return Ok(None) };
    let user = documents::find::<Users>(store, tenant, ticket.subject.as_str()).await?;
    let said = |name: &str| ticket.doc.get(name).and_then(Value::as_str);
    let own = said("account") == Some(ticket.subject.as_str());
    let holds =
        |user: &Document<Users>| !own || user.doc.get("email").and_then(Value::as_str) == said("email");
    Ok(user.filter(holds).map(|user| Shown { digest, ticket, user }))
}

impl Shown {
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.ticket.doc.get(name).and_then(Value::as_str)
    }

    /// By which account of theirs.
    pub(crate) fn account(&self) -> Subject {
        self.text("account")
            .and_then(|id| Subject::parse(id).ok())
            .unwrap_or_else(|| self.ticket.subject.clone())
    }

    /// Whether their address counts as verified from now on.
    pub(crate) fn verifies(&self) -> bool {
        is(&self.ticket, "verifies")
    }

    /// Whose it is, as a page says it.
    pub(crate) fn whose(&self) -> String {
        let known = self.text("email").or_else(|| self.user.doc.get("username").and_then(Value::as_str));
        known.unwrap_or_default().to_owned()
    }

    /// Where they go in the end, if somebody said where.
    pub(crate) fn result_url(&self) -> Option<&str> {
        result_url(&self.ticket)
    }

    /// The same, when all is well.
    pub(crate) fn result(&self, message: &str) -> Option<String> {
        result(&self.ticket, Form::new().with("success", "true").with("code", "success"), message)
    }

    /// The application's own way in, by name and address, if it has one.
    pub(crate) async fn way_in(&self, app: &App) -> Result<Option<(String, String)>, Failure> {
        let (store, tenant) = (&app.store, &app.tenant.id);
        let Some(client) = self.text("client_id") else { return Ok(None) };
        let Some(client) = documents::find::<Clients>(store, tenant, client).await? else { return Ok(None) };
        let text = |name: &str| client.doc.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (Some(name), Some(login)) = (text("name"), text("initiate_login_uri")) else { return Ok(None) };
        let mut form = Form::new();
        if let Some(id) = self.text("organization_id")
            && let Some(found) = documents::find::<Organizations>(store, tenant, id).await?
        {
            let called = found.doc.get("name").and_then(Value::as_str).unwrap_or_default();
            form = form.with("organization", id).with("organization_name", called);
        }
        let joint = if login.contains('?') { '&' } else { '?' };
        let query = form.encode();
        let address = if query.is_empty() { login.to_owned() } else { format!("{login}{joint}{query}") };
        Ok(Some((name.to_owned(), address)))
    }
}

/// Where they go who follow a link a second time, if somebody said where: with Auth0's words, which apps look for.
pub(crate) async fn used(
    app: &App,
    secret: Option<&str>,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<String>, Failure> {
    let Some(secret) = secret.filter(|secret| secret.len() <= LONGEST) else { return Ok(None) };
    let found = tickets::used(&app.store, &app.tenant.id, &digest(secret), now).await?;
    let found = found.filter(|ticket| ticket.purpose == purpose.as_str());
    Ok(found.and_then(|ticket| result(&ticket, Form::new().with("success", "false"), ONCE)))
}

fn is(ticket: &Ticket, name: &str) -> bool {
    ticket.doc.get(name) == Some(&Value::Bool(true))
}

fn result_url(ticket: &Ticket) -> Option<&str> {
    ticket.doc.get("result_url").and_then(Value::as_str).filter(|address| !address.is_empty())
}

fn result(ticket: &Ticket, told: Form, message: &str) -> Option<String> {
    let address = result_url(ticket)?;
    let email = ticket.doc.get("email").and_then(Value::as_str).filter(|_| is(ticket, "says_email"));
    let mut form = told.with("message", message);
    if let Some(email) = email.filter(|email| Email::parse(email).is_ok()) {
        form = form.with("email", email);
    }
    let (address, fragment) = address.split_once('#').unwrap_or((address, ""));
    let joint = if address.contains('?') { '&' } else { '?' };
    let hash = if fragment.is_empty() { String::new() } else { format!("#{fragment}") };
    Some(format!("{address}{joint}{}{hash}", form.encode()))
}

fn digest(secret: &str) -> TicketDigest {
    AwsLc.sha256(&[b"ticket\0", secret.as_bytes()])
}

const ONCE: &str = "This URL can be used only once";

/// Longer than any ticket.
const LONGEST: usize = 128;
