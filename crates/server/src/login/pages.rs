//! What each step shows: one struct per page, and the two scripts a page may run.
//!
//! Every value is escaped by the template; the only text that is not are the constants here and the JSON of
//! [`WebMessage`], which `AuthorizationResponse::message` prepares.

use askama::Template;
use keybound_authority::login::password::{Rule as Demand, Strength};

/// The one stylesheet, inlined so that a page is one response.
pub(crate) const STYLE: &str = include_str!("../../templates/style.css");

/// Sends the form of [`FormPost`] by itself.
pub(crate) const SUBMIT: &str = "document.forms[0].submit()";

/// Hands the answer of [`WebMessage`] to the window that asked.
///
/// The answer is posted to the origin of the redirect URI and to no other, whoever framed or opened us.
pub(crate) const POST_MESSAGE: &str = "(function(){\
    var e=document.getElementById('answer'),w=window.opener||window.parent;\
    if(w&&w!==window){w.postMessage(JSON.parse(e.textContent),e.dataset.origin)}\
    })()";

/// Who are you, and how do you prove it.
#[derive(Debug, Template)]
#[template(path = "login.html")]
pub(crate) struct Login<'a> {
    pub(crate) application: &'a str,
    /// Which organization they sign in to.
    pub(crate) organization: Option<&'a str>,
    pub(crate) state: &'a str,
    pub(crate) username: &'a str,
    pub(crate) wrong: Option<&'a str>,
    pub(crate) sign_up: bool,
}

/// A new account.
#[derive(Debug, Template)]
#[template(path = "signup.html")]
pub(crate) struct SignUp<'a> {
    pub(crate) application: &'a str,
    pub(crate) organization: Option<&'a str>,
    pub(crate) state: &'a str,
    pub(crate) email: &'a str,
    /// Where the connection has such names.
    pub(crate) username: Option<&'a str>,
    pub(crate) wrong: Option<Wrong<'a>>,
    pub(crate) rules: &'a [Rule],
}

/// Another password, by a ticket.
#[derive(Debug, Template)]
#[template(path = "reset_password.html")]
pub(crate) struct Reset<'a> {
    pub(crate) account: &'a str,
    pub(crate) ticket: &'a str,
    pub(crate) wrong: Option<&'a str>,
    pub(crate) rules: &'a [Rule],
}

/// Is this address yours, by a ticket.
#[derive(Debug, Template)]
#[template(path = "verify_email.html")]
pub(crate) struct Confirm<'a> {
    pub(crate) address: &'a str,
    pub(crate) ticket: &'a str,
}

/// A second factor is set up, by a ticket.
#[derive(Debug, Template)]
#[template(path = "enrolment_ticket.html")]
pub(crate) struct Enrol<'a> {
    pub(crate) account: &'a str,
    pub(crate) ticket: &'a str,
    pub(crate) wrong: Option<&'a str>,
    /// What is set up, and what it is sealed as until the next time; nothing before somebody wants it.
    pub(crate) begun: Option<(SetUp<'a>, &'a str)>,
}

/// Which field of a sign-up was refused, and why.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wrong<'a> {
    Identifier(&'a str),
    Password(&'a str),
}

/// One demand on a password, and whether the one that was typed falls short of it.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) text: String,
    pub(crate) missing: bool,
}

/// What is demanded of a password, and, if one was judged, what it falls short of.
pub(crate) fn rules(strength: &Strength, judged: bool) -> Vec<Rule> {
    let rule = |rule: &Demand| {
        let kinds: Vec<_> = rule.kinds.iter().map(|(kind, _)| kind.message()).collect();
        let text = format!("{} {}", rule.demand, kinds.join(", "));
        Rule { text: text.trim_end().to_owned(), missing: judged && !rule.met }
    };
    strength.rules().iter().map(rule).collect()
}

/// Something besides the password: what an authenticator shows.
#[derive(Debug, Template)]
#[template(path = "second_factor.html")]
pub(crate) struct SecondFactor<'a> {
    pub(crate) application: &'a str,
    pub(crate) state: &'a str,
    pub(crate) wrong: Option<&'a str>,
    /// Whether a recovery code would do.
    pub(crate) recovery: bool,
    /// Where a code can be sent to.
    pub(crate) address: Option<&'a str>,
    /// Whether one was, and is asked for.
    pub(crate) sent: bool,
    /// Whether there is nothing to show but a code that is sent.
    pub(crate) letters_alone: bool,
    /// What to set up first, where there is nothing yet.
    pub(crate) enrolment: Option<SetUp<'a>>,
}

/// What somebody puts into an authenticator app, and what they write down.
#[derive(Debug)]
pub(crate) struct SetUp<'a> {
    pub(crate) secret: String,
    pub(crate) address: &'a str,
    pub(crate) recovery: Option<&'a str>,
}

/// What an application would be allowed.
#[derive(Debug, Template)]
#[template(path = "consent.html")]
pub(crate) struct Consent<'a> {
    pub(crate) application: &'a str,
    /// Where it describes itself, if it does.
    pub(crate) address: Option<&'a str>,
    pub(crate) account: &'a str,
    pub(crate) audience: Option<&'a str>,
    pub(crate) scopes: &'a [Asked],
    pub(crate) destination: &'a str,
    pub(crate) state: &'a str,
}

/// Which code does your device show.
#[derive(Debug, Template)]
#[template(path = "activate.html")]
pub(crate) struct Activate<'a> {
    pub(crate) typed: &'a str,
    pub(crate) wrong: Option<&'a str>,
}

/// Is this the code, and is the device yours.
#[derive(Debug, Template)]
#[template(path = "confirm_device.html")]
pub(crate) struct ConfirmDevice<'a> {
    pub(crate) application: &'a str,
    pub(crate) code: &'a str,
    pub(crate) state: &'a str,
}

/// Do you want what a client asks for that had you called.
#[derive(Debug, Template)]
#[template(path = "approve.html")]
pub(crate) struct Approve<'a> {
    pub(crate) application: &'a str,
    pub(crate) account: &'a str,
    pub(crate) message: &'a str,
    pub(crate) audience: Option<&'a str>,
    pub(crate) scopes: &'a [Asked],
    pub(crate) state: &'a str,
}

/// One scope, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) words: String,
    pub(crate) name: Option<String>,
}

/// Something to read, and perhaps somewhere to go: errors, the end of a session.
#[derive(Debug, Template)]
#[template(path = "notice.html")]
pub(crate) struct Notice<'a> {
    pub(crate) heading: &'a str,
    pub(crate) text: &'a str,
    pub(crate) link: Option<Link<'a>>,
    pub(crate) detail: Option<Detail<'a>>,
}

/// Where a notice leads.
#[derive(Debug)]
pub(crate) struct Link<'a> {
    pub(crate) href: &'a str,
    pub(crate) text: &'a str,
}

/// What the developer of the application needs to know.
#[derive(Debug)]
pub(crate) struct Detail<'a> {
    pub(crate) code: &'a str,
    pub(crate) description: &'a str,
    pub(crate) reference: Option<&'a str>,
}

/// Do you want to end your session.
#[derive(Debug, Template)]
#[template(path = "logout.html")]
pub(crate) struct Logout<'a> {
    pub(crate) account: Option<&'a str>,
    pub(crate) state: &'a str,
}

/// `response_mode=form_post`: the answer as a form that sends itself.
#[derive(Debug, Template)]
#[template(path = "form_post.html")]
pub(crate) struct FormPost<'a> {
    pub(crate) application: &'a str,
    pub(crate) action: &'a str,
    pub(crate) fields: &'a [(&'a str, &'a str)],
}

/// `response_mode=web_message`: the answer as a message to another window.
#[derive(Debug, Template)]
#[template(path = "web_message.html")]
pub(crate) struct WebMessage<'a> {
    pub(crate) origin: &'a str,
    /// JSON that may stand in a script.
    pub(crate) message: &'a str,
}

impl<'a> Wrong<'a> {
    fn text(&self) -> &'a str {
        match self {
            Self::Identifier(text) | Self::Password(text) => text,
        }
    }
}

impl SignUp<'_> {
    fn identifier_wrong(&self) -> bool {
        matches!(self.wrong, Some(Wrong::Identifier(_)))
    }

    fn password_wrong(&self) -> bool {
        matches!(self.wrong, Some(Wrong::Password(_)))
    }
}
