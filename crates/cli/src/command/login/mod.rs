//! `keybound login`: a person logs in, and everything of it is kept together or not at all.

mod browser;
mod device;
mod settings;
mod waiting;

use keybound_client::{
    Ambient as _, Client, ClientError, Config, Dpop, Role, System, Tokens,
    http::Web,
    key::KeyPair,
    proto::{
        id::ClientId,
        jose::Alg,
        metadata::ServerMetadata,
        scope::Scopes,
        token::id::IdClaims,
        uri::{Issuer, Origin},
    },
    session::Session,
};
use serde_json::Value;

pub(super) use browser::open;
pub(super) use settings::DevLogin;

use self::settings::Settings;
use super::{
    asking::{done, variable, web},
    kept::Kept,
    logged_in::{LoggedIn, unusable},
    saying::{failed_to, failure},
};
use crate::{args::person::Login, error::Failure, exit::Exit, output};

/// Logs a person in.
pub(crate) fn run(arguments: &Login) -> Result<Exit, Failure> {
    done(async {
        let kept = Kept::at(&arguments.server.place).await?;
        // What cannot be read any more is written anew.
        let before = LoggedIn::read(&kept).await.unwrap_or_default();
        let settings = Settings::read(&arguments.server, before.as_ref())?;
        // Whoever logs in should not find out afterwards that nothing can be kept.
        drop(kept.logins().lock(&kept.profile).await.map_err(|error| unusable(&kept, &error))?);
        let key = ProofKey::choose(&kept, arguments.new_key).await?;
        let config = key.put_into(settings.config.clone());
        let http = web(settings.trust.as_ref())?;
        let issuer = config.issuer.as_str().to_owned();
        let client = config.connect(&http).await.map_err(|error| failure(&error).about(&issuer))?;
        if !arguments.json {
            output::note(&format!("Logging in at {issuer}{}\n", settings.origin));
        }
        if !config.issuer.origin().is_secure() && !settings::is_this_machine(&issuer) {
            output::note("note: that server has no TLS; whoever listens in between sees the password\n");
        }
        let attempt =
            Attempt { arguments, config: &config, client: &client, http: &http, scopes: &settings.scopes };
        let (tokens, claims) =
            if arguments.device { device::log_in(&attempt).await } else { browser::log_in(&attempt).await }?;
        let login = attempt.described(&tokens, claims.as_ref(), settings.trust.clone())?;
        keep((&kept, &key), &login, Session::of_user(client.clone(), http.clone(), kept.sessions()), tokens)
            .await?;
        note_clock(&client);
        tell(&login, &kept, arguments.json);
        Ok(Exit::Done)
    })
}

/// Logs a person in at the client that is configured, and keeps nothing.
pub(super) async fn try_out(
    arguments: &Login,
    config: &Config,
    (http, scopes): (&Web, &Scopes),
) -> Result<(Tokens, Option<IdClaims>), Failure> {
    let issuer = config.issuer.as_str();
    let client = config.connect(http).await.map_err(|error| failure(&error).about(issuer))?;
    browser::log_in(&Attempt { arguments, config, client: &client, http, scopes }).await
}

/// One login on its way.
struct Attempt<'a> {
    arguments: &'a Login,
    config: &'a Config,
    client: &'a Client,
    http: &'a Web,
    scopes: &'a Scopes,
}

impl Attempt<'_> {
    /// What there is to remember of it.
    fn described(
        &self,
        tokens: &Tokens,
        claims: Option<&IdClaims>,
        trust: Option<std::path::PathBuf>,
    ) -> Result<LoggedIn, Failure> {
        let bound_to = tokens
            .bound_to
            .as_ref()
            .ok_or_else(|| Failure::new(Exit::Refused, "log in: no bound token came"))?;
        let trust = trust.map(|file| std::path::absolute(&file).unwrap_or(file));
        let login = LoggedIn {
            issuer: self.client.issuer().as_str().to_owned(),
            client_id: self.config.client_id.as_str().to_owned(),
            audience: self.config.audience.clone(),
            organization: self.arguments.asked.organization.clone(),
            asked: self.scopes.to_string(),
            scope: tokens.scopes.as_ref().map(ToString::to_string),
            trust,
            subject: None,
            name: None,
            email: None,
            session: None,
            bound_to: bound_to.to_string(),
            since: System.now().as_unix(),
            renews: tokens.refresh_token.is_some(),
        };
        Ok(match claims {
            Some(claims) => login.claimed(claims),
            None => login,
        })
    }
}

/// The key of this login: the kept one, one from the environment, or a new one that is kept when all went well.
enum ProofKey {
    Environment,
    Kept(KeyPair),
    New(KeyPair),
}

impl ProofKey {
    async fn choose(kept: &Kept, new: bool) -> Result<Self, Failure> {
        if variable("AUTH0_DPOP_PRIVATE_KEY").is_some() {
            return Ok(Self::Environment);
        }
        match kept.keys().load(&kept.profile).await {
            Ok(Some(key)) if !new => Ok(Self::Kept(key)),
            Err(error) if !new => Err(failure(&error.into())),
            there => {
                let alg = there.ok().flatten().map_or(Alg::Es256, |key| key.alg());
                KeyPair::generate(alg).map(Self::New).map_err(|error| failure(&error))
            }
        }
    }

    fn put_into(&self, config: Config) -> Config {
        match self {
            Self::Environment => config,
            Self::Kept(key) | Self::New(key) => config.dpop(Dpop::On(key.clone().into())),
        }
    }
}

/// Keeps tokens, then the key, then the login: nobody finds half of one. Of two logins at once the later counts.
async fn keep(
    (kept, key): (&Kept, &ProofKey),
    login: &LoggedIn,
    session: Session<Web>,
    tokens: Tokens,
) -> Result<(), Failure> {
    let logins = kept.logins();
    let _turn = logins.lock(&kept.profile).await.map_err(|error| unusable(kept, &error))?;
    forget_before(kept, &session).await;
    // Another person's tokens for other APIs may stand there, under the name of the same client and key.
    session.clear().await.map_err(|error| failure(&error))?;
    session.keep(&login.want(), tokens).await.map_err(|error| failure(&error))?;
    let saved = match key {
        ProofKey::Environment => Ok(()),
        // It is saved again: another login, or a logout, may have put another in its place meanwhile.
        ProofKey::Kept(key) | ProofKey::New(key) => kept.keys().save(&kept.profile, key).await,
    };
    let remembered = match saved {
        Ok(()) => login.keep(kept).await,
        Err(error) => Err(failure(&error.into())),
    };
    if remembered.is_err() {
        // Without its login nobody would find the session again.
        let _ = session.clear().await;
    }
    remembered
}

/// The tokens of the login that this one takes the place of, which nobody would find again. What of it cannot be read
/// any more is left where it is.
async fn forget_before(kept: &Kept, session: &Session<Web>) {
    let Ok(Some(before)) = LoggedIn::read(kept).await else { return };
    let Ok(Some(key)) = kept.keys().load(&kept.profile).await else { return };
    let (Ok(issuer), Ok(client_id)) = (Issuer::parse(&before.issuer), ClientId::parse(&before.client_id))
    else {
        return;
    };
    let client = Client::new(issuer.clone(), ServerMetadata::of(&issuer), client_id).bound_to(key.into());
    let _ = Session::of_user(client, session.http().clone(), kept.sessions()).clear().await;
}

/// Seconds by which the server's clock is ahead of ours.
fn offset(client: &Client) -> i64 {
    let endpoint = client.metadata().token_endpoint.as_deref().and_then(|url| Origin::of_url(url).ok());
    let origin = endpoint.unwrap_or_else(|| client.issuer().origin().clone());
    client.origins().offset(&origin, Role::AuthorizationServer)
}

fn note_clock(client: &Client) {
    let offset = offset(client);
    if offset.abs() > MATTERS {
        let side = if offset > 0 { "behind" } else { "ahead of" };
        output::note(&format!(
            "note: this machine's clock is {} s {side} the server's; set it right, others will not put up with it\n",
            offset.abs()
        ));
    }
}

/// What the person is told at the end.
fn tell(login: &LoggedIn, kept: &Kept, as_json: bool) {
    if as_json {
        return line(&login.as_json(&kept.profile));
    }
    output::result(&format!("Logged in as {}\n\n{}", output::tame(&login.person()), login.as_text(kept)));
    if !login.renews {
        output::note("note: no refresh token was granted; this login ends with its access token\n");
    }
}

/// One line for programs.
fn line(value: &Value) {
    output::result(&format!("{value}\n"));
}

/// Why nobody is logged in, with what a person can do about it.
fn refused(error: &ClientError) -> Failure {
    match error.oauth_code() {
        Some("access_denied") => Failure::new(Exit::Refused, format!("log in: {error}"))
            .hint("somebody pressed cancel, or may not use this client; nothing was kept"),
        Some(code @ ("login_required" | "consent_required" | "interaction_required")) => {
            Failure::new(Exit::Refused, format!("log in: {error}"))
                .hint(format!("{code}: the person has to be asked; leave out --prompt none"))
        }
        Some("unauthorized_client") => Failure::new(Exit::Refused, format!("log in: {error}"))
            .hint("this client may not log people in this way: its grant types are set at the server"),
        Some(_) if error.refusal() != Some(keybound_client::proto::code::ErrorCode::InvalidClient) => {
            Failure::new(Exit::Refused, format!("log in: {error}"))
        }
        _ => failed_to("log in", error),
    }
}

/// Seconds that the tolerance for ID tokens would not cover.
const MATTERS: i64 = 30;
