//! What is asked of the user, with the parameters that Auth0 and OpenID Connect know by name.

use keybound_proto::{
    form::Form,
    request::authorization::Prompts,
    scope::Scopes,
    time::Lifetime,
    uri::{RedirectUri, Resource},
};

/// How the answer comes back to the redirection address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// As a query.
    #[default]
    Plain,
    /// As one signed token in the query (JARM §2.3.1): nobody in between can change it.
    Signed,
    /// As a form the browser posts (Form Post Response Mode §2).
    Posted,
    /// As one signed token in a form the browser posts (JARM §2.3.3).
    SignedAndPosted,
    /// As one signed token in the fragment (JARM §2.3.2), which no server and no log on the way sees: the app takes
    /// it from its own address bar.
    SignedInFragment,
}

impl Answer {
    pub(crate) const fn response_mode(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Signed => Some("query.jwt"),
            Self::Posted => Some("form_post"),
            Self::SignedAndPosted => Some("form_post.jwt"),
            Self::SignedInFragment => Some("fragment.jwt"),
        }
    }
}

/// What is asked of the user.
///
/// ```
/// use keybound_client::{flow::Ask, proto::{request::authorization::Prompts, scope::Scopes, uri::RedirectUri}};
///
/// let back = RedirectUri::parse("https://app.example/callback")?;
/// let ask = Ask::new(back, Scopes::parse("openid email")?)
///     .audience("https://api.example/")
///     .organization("org_acme")
///     .login_hint("ada@example.com")
///     .prompt(Prompts::parse("login")?);
/// assert_eq!(ask.organization.as_deref(), Some("org_acme"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Where to come back to.
    pub redirect_uri: RedirectUri,
    /// What for; `openid` among them brings an ID token.
    pub scopes: Scopes,
    /// Auth0's way to name the API.
    pub audience: Option<String>,
    /// RFC 8707's way.
    pub resources: Vec<Resource>,
    /// How long ago the user may have logged in at the most.
    pub max_age: Option<Lifetime>,
    /// What the user must, or must not, be asked.
    pub prompt: Prompts,
    /// Who the user probably is.
    pub login_hint: Option<String>,
    /// Which page to begin with: `signup`, `login`.
    pub screen_hint: Option<String>,
    /// Languages the user reads, best first.
    pub ui_locales: Vec<String>,
    /// Ways of authentication that are wished for, best first.
    pub acr_values: Vec<String>,
    /// Within which organization, by identifier or name. The ID token must name it.
    pub organization: Option<String>,
    /// By which invitation to the organization.
    pub invitation: Option<String>,
    /// By which connection.
    pub connection: Option<String>,
    /// How the answer comes back.
    pub answer: Answer,
    /// Any other parameter. One that is written already is passed over.
    pub extra: Vec<(String, String)>,
}

impl Ask {
    /// Asks for these scopes and nothing special.
    pub fn new(redirect_uri: RedirectUri, scopes: Scopes) -> Self {
        Self {
            redirect_uri,
            scopes,
            audience: None,
            resources: Vec::new(),
            max_age: None,
            prompt: Prompts::AsNeeded,
            login_hint: None,
            screen_hint: None,
            ui_locales: Vec::new(),
            acr_values: Vec::new(),
            organization: None,
            invitation: None,
            connection: None,
            answer: Answer::Plain,
            extra: Vec::new(),
        }
    }

    /// For the API that Auth0 knows by this name.
    #[must_use]
    pub fn audience(self, audience: impl Into<String>) -> Self {
        Self { audience: Some(audience.into()), ..self }
    }

    /// For this resource too (RFC 8707).
    #[must_use]
    pub fn resource(mut self, resource: Resource) -> Self {
        self.resources.push(resource);
        self
    }

    /// The user must have logged in no longer ago than this.
    #[must_use]
    pub fn max_age(self, max_age: Lifetime) -> Self {
        Self { max_age: Some(max_age), ..self }
    }

    /// What the user must, or must not, be asked.
    #[must_use]
    pub fn prompt(self, prompt: Prompts) -> Self {
        Self { prompt, ..self }
    }

    /// Who the user probably is.
    #[must_use]
    pub fn login_hint(self, hint: impl Into<String>) -> Self {
        Self { login_hint: Some(hint.into()), ..self }
    }

    /// Which page to begin with.
    #[must_use]
    pub fn screen_hint(self, hint: impl Into<String>) -> Self {
        Self { screen_hint: Some(hint.into()), ..self }
    }

    /// A language the user reads, after those named before.
    #[must_use]
    pub fn ui_locale(mut self, locale: impl Into<String>) -> Self {
        self.ui_locales.push(locale.into());
        self
    }

    /// A way of authentication that is wished for, after those named before.
    #[must_use]
    pub fn acr_value(mut self, value: impl Into<String>) -> Self {
        self.acr_values.push(value.into());
        self
    }

    /// Within this organization, by identifier or name.
    #[must_use]
    pub fn organization(self, organization: impl Into<String>) -> Self {
        Self { organization: Some(organization.into()), ..self }
    }

    /// By this invitation to the organization.
    #[must_use]
    pub fn invitation(self, invitation: impl Into<String>) -> Self {
        Self { invitation: Some(invitation.into()), ..self }
    }

    /// By this connection.
    #[must_use]
    pub fn connection(self, connection: impl Into<String>) -> Self {
        Self { connection: Some(connection.into()), ..self }
    }

    /// How the answer comes back.
    #[must_use]
    pub fn answer(self, answer: Answer) -> Self {
        Self { answer, ..self }
    }

    /// Any other parameter.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra.push((name.into(), value.into()));
        self
    }

    /// The parameters, after those that the flow itself writes.
    pub(super) fn write(&self, form: Form) -> Form {
        let words = |words: &[String]| (!words.is_empty()).then(|| words.join(" "));
        let max_age = self.max_age.map(|age| age.as_secs().to_string());
        let mut form = form
            .with_some("response_mode", self.answer.response_mode())
            .with_some("audience", self.audience.as_deref())
            .with_some("max_age", max_age.as_deref())
            .with_some("prompt", self.prompt.to_text().as_deref())
            .with_some("login_hint", self.login_hint.as_deref())
            .with_some("screen_hint", self.screen_hint.as_deref())
            .with_some("ui_locales", words(&self.ui_locales).as_deref())
            .with_some("acr_values", words(&self.acr_values).as_deref())
            .with_some("organization", self.organization.as_deref())
            .with_some("invitation", self.invitation.as_deref())
            .with_some("connection", self.connection.as_deref());
        for resource in &self.resources {
            form = form.with("resource", resource.as_str());
        }
        for (name, value) in &self.extra {
            if !form.names(name) {
                form = form.with(name, value);
            }
        }
        form
    }
}
