//! `keybound logout`: nothing of a login is left here, and its refresh token is of no use to anybody.

use keybound_client::{
    Client, ClientError, Config, DpopKey, System, drive,
    http::Web,
    key::KeyPair,
    proto::{
        metadata::ServerMetadata,
        request::{
            about_token::{AboutToken, TokenTypeHint},
            logout::LogoutRequest,
        },
    },
    session::Session,
};
use serde_json::json;

use super::{
    asking::{done, variable, web},
    kept::Kept,
    logged_in::{LoggedIn, unusable},
    login,
    saying::{failure, misconfigured},
};
use crate::{args::person::Logout, error::Failure, exit::Exit, output};

/// Ends the login of the profile.
pub(crate) fn run(arguments: &Logout) -> Result<Exit, Failure> {
    done(async {
        let kept = Kept::at(&arguments.place).await?;
        let Some(login) = LoggedIn::read(&kept).await? else {
            told(&kept, None, arguments);
            return Ok(Exit::Done);
        };
        let key = kept.keys().load(&kept.profile).await.map_err(|error| failure(&error.into()))?;
        let logins = kept.logins();
        let _turn = logins.lock(&kept.profile).await.map_err(|error| unusable(&kept, &error))?;
        let mut ended = Ended { login: &login, revoked: Revoked::NothingToRevoke, forgotten: None };
        if let Some((config, key)) = config(&login, key.clone())? {
            ended.revoked = end(&config, key, (&login, &kept), arguments).await?;
        }
        LoggedIn::forget(&kept).await?;
        if !arguments.keep_key && key.is_some() {
            kept.keys().remove(&kept.profile).await.map_err(|error| failure(&error.into()))?;
            ended.forgotten = key;
        }
        told(&kept, Some(&ended), arguments);
        Ok(Exit::Done)
    })
}

/// The client of the login, and its key; without that the session cannot even be named.
fn config(login: &LoggedIn, key: Option<KeyPair>) -> Result<Option<(Config, DpopKey)>, Failure> {
    let lookup = |name: &str| match name {
        "AUTH0_DOMAIN" => Some(login.issuer.clone()),
        "AUTH0_CLIENT_ID" => Some(login.client_id.clone()),
        "AUTH0_CLIENT_SECRET" => {
            variable("AUTH0_CLIENT_ID").filter(|id| *id == login.client_id).and_then(|_| variable(name))
        }
        "AUTH0_DPOP_PRIVATE_KEY" | "AUTH0_DPOP_PUBLIC_KEY" => variable(name),
        _ => None,
    };
    let config = Config::from_lookup(lookup).map_err(|error| misconfigured(&error))?;
    Ok(match (&config.dpop, variable("AUTH0_DPOP_PRIVATE_KEY"), key) {
        (keybound_client::Dpop::On(own), Some(_), _) => Some((config.clone(), own.clone())),
        (_, _, Some(kept)) => {
            let key = DpopKey::from(kept);
            Some((config.dpop(keybound_client::Dpop::On(key.clone())), key))
        }
        _ => None,
    })
}

/// Tells the server, if it can be reached, and forgets the tokens in any case.
async fn end(
    config: &Config,
    key: DpopKey,
    (login, kept): (&LoggedIn, &Kept),
    arguments: &Logout,
) -> Result<Revoked, Failure> {
    let http = web(login.trust.as_ref().filter(|file| file.exists()))?;
    let found = config.connect(&http).await;
    let reached = found.as_ref().err().map(ToString::to_string);
    let client = match found {
        Ok(client) => client,
        Err(_) => {
            Client::new(config.issuer.clone(), ServerMetadata::of(&config.issuer), config.client_id.clone())
                .bound_to(key)
        }
    };
    let session = Session::of_user(client.clone(), http.clone(), kept.sessions());
    let revoked = match (session.refresh_token(login.organization.as_deref()).await, reached) {
        (Ok(Some(_)), Some(reason)) => Revoked::NotTold(reason),
        (Ok(Some(token)), None) => {
            let request = AboutToken { token, hint: Some(TokenTypeHint::RefreshToken) };
            match revoke(&client, &http, &request).await {
                Ok(()) => Revoked::Yes,
                Err(ClientError::Endpoint(_)) => Revoked::NotOffered,
                Err(error) => Revoked::NotTold(error.to_string()),
            }
        }
        // What cannot be read cannot be revoked, and is to be forgotten all the more.
        _ => Revoked::NothingToRevoke,
    };
    session.clear().await.map_err(|error| failure(&error))?;
    if arguments.browser {
        let leave = LogoutRequest { logout_hint: login.session.clone(), ..LogoutRequest::default() };
        let url = client.logout_url(&leave);
        if !arguments.json {
            output::note(&format!("Open this address to leave the server too:\n\n  {}\n\n", url.reveal()));
        }
        if login::open(url.reveal()).is_err() && !arguments.json {
            output::note("note: no browser could be opened from here\n");
        }
    }
    Ok(revoked)
}

async fn revoke(client: &Client, http: &Web, request: &AboutToken) -> Result<(), ClientError> {
    drive(client.revoke(request)?, http, &System).await
}

/// What became of a login.
struct Ended<'a> {
    login: &'a LoggedIn,
    revoked: Revoked,
    forgotten: Option<KeyPair>,
}

/// What the server knows of it.
enum Revoked {
    Yes,
    NothingToRevoke,
    NotOffered,
    NotTold(String),
}

fn told(kept: &Kept, ended: Option<&Ended<'_>>, arguments: &Logout) {
    let revoked = matches!(ended, Some(Ended { revoked: Revoked::Yes, .. }));
    let forgotten = ended.and_then(|ended| ended.forgotten.as_ref()).map(|key| key.thumbprint().to_string());
    let problem = match ended.map(|ended| &ended.revoked) {
        Some(Revoked::NotTold(reason)) => Some(format!("the server could not be told ({reason}); the refresh token there lives on until its own end, bound to the key")),
        Some(Revoked::NotOffered) => Some("the server has no revocation endpoint; the refresh token there lives on until its own end, bound to the key".to_owned()),
        _ => None,
    };
    if arguments.json {
        return output::result(&format!(
            "{:#}\n",
            json!({
                "profile": kept.profile,
                "was_logged_in": ended.is_some(),
                "revoked": revoked,
                "key_forgotten": forgotten,
                "problem": problem,
            })
        ));
    }
    let Some(ended) = ended else {
        return output::result("Nobody was logged in.\n");
    };
    let mut text = format!("Logged out {}\n", output::tame(&ended.login.person()));
    if revoked {
        text.push_str("The refresh token is revoked.\n");
    }
    if let Some(key) = forgotten {
        text.push_str(&format!("The key {key} is forgotten; what is bound to it is of no use any more.\n"));
    }
    output::result(&text);
    if let Some(problem) = problem {
        output::note(&format!("note: {}\n", output::tame(&problem)));
    }
}
