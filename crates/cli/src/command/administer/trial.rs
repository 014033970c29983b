//! `keybound test`: how it is to be an application of the tenant. Nothing of it is kept.

use keybound_client::{
    Authentication, Config, Dpop, System, Tokens, drive,
    http::{Method, Web},
    proto::{request::token::MachineRequest, secret::Secret},
};
use serde_json::{Value, json};

use super::{known_tenant, resource::asked, shown};
use crate::{
    args::{
        administering::{Access, Format, Test, TestLogin, TestToken},
        person::{Asked, Login},
    },
    command::{
        asking::{done, scopes, web},
        login,
        saying::{failure, misconfigured},
        token,
    },
    error::Failure,
    exit::Exit,
    output,
};

/// Does what was asked.
pub(crate) fn run(test: &Test) -> Result<Exit, Failure> {
    match test {
        Test::Token(arguments) => tokens(arguments),
        Test::Login(arguments) => log_in(arguments),
    }
}

/// A token the application gets on its own behalf.
fn tokens(arguments: &TestToken) -> Result<Exit, Failure> {
    done(async {
        let (app, http) = Trial::begin(&arguments.access, &arguments.client).await?;
        if matches!(app.config.authentication, Authentication::Public) {
            let what = format!("ask as {}: it has no secret, or none that may be read", arguments.client);
            return Err(Failure::new(Exit::Configuration, what)
                .hint("read:client_keys lets secrets be read; `keybound test login` tries an application with a person"));
        }
        let client = app.config.connect(&http).await.map_err(|error| failure(&error))?;
        let request = MachineRequest {
            audience: Some(arguments.audience.clone()),
            scopes: arguments.scope.as_deref().map(scopes).transpose()?,
            ..MachineRequest::default()
        };
        let tokens = drive(client.client_credentials(request), &http, &System).await;
        token::tell(&tokens.map_err(|error| failure(&error))?, arguments.decode, arguments.json)
    })
}

/// A login at the application, in a browser; what it brings is shown.
fn log_in(arguments: &TestLogin) -> Result<Exit, Failure> {
    done(async {
        let (app, http) = Trial::begin(&arguments.access, &arguments.client).await?;
        if !app.callbacks.contains(&arguments.callback) {
            let what = format!("come back to {}: the application does not allow it", arguments.callback);
            let known = match app.callbacks.as_slice() {
                [] => "none yet".to_owned(),
                known => known.join(", "),
            };
            return Err(Failure::new(Exit::Configuration, what).hint(format!(
                "--callback takes one of this machine that it allows ({known}); `keybound apps update {} --set callbacks=…` allows another",
                arguments.client
            )));
        }
        let mut config = app.config;
        config.audience.clone_from(&arguments.audience);
        let asked_for = scopes(&arguments.scope)?;
        let login = as_login(arguments);
        let (tokens, claims) = login::try_out(&login, &config, (&http, &asked_for)).await?;
        let said = claims.map(|claims| {
            let mut said = claims.profile;
            said.insert("sub".to_owned(), claims.subject.as_str().into());
            Value::Object(said)
        });
        brought(&tokens, said.unwrap_or(Value::Null), arguments.json);
        Ok(Exit::Done)
    })
}

/// An application of the tenant, as which something is tried.
struct Trial {
    config: Config,
    callbacks: Vec<String>,
}

impl Trial {
    async fn begin(access: &Access, client: &str) -> Result<(Self, Web), Failure> {
        let (management, asker) = known_tenant(access).await?;
        let app = asked(&management, Method::GET, &["clients", client], None).await?;
        let http = web(asker.trust.as_ref())?;
        let text = |name: &str| app.get(name).and_then(Value::as_str);
        let config =
            Config::new(asker.config.issuer.as_str(), client).map_err(|error| misconfigured(&error))?;
        let secret = text("client_secret").map(|secret| Secret::new(secret.to_owned()));
        let config = match (text("token_endpoint_auth_method"), secret) {
            (Some("none"), _) | (_, None) => config,
            (Some("client_secret_basic"), Some(secret)) => {
                config.authenticated(Authentication::SecretBasic(secret))
            }
            (_, Some(secret)) => config.authenticated(Authentication::SecretPost(secret)),
        };
        // Unless told otherwise it has a key of its own.
        let config = match access.unbound {
            true => config.dpop(Dpop::OffAndTokensCanBeStolen),
            false => config,
        };
        let callbacks = app.get("callbacks").and_then(Value::as_array).into_iter().flatten();
        let callbacks = callbacks.filter_map(Value::as_str).map(str::to_owned).collect();
        Ok((Self { config, callbacks }, http))
    }
}

/// The same as `keybound login` is told.
fn as_login(arguments: &TestLogin) -> Login {
    Login {
        device: false,
        no_browser: arguments.no_browser,
        callback: arguments.callback.clone(),
        timeout: arguments.timeout,
        new_key: true,
        json: arguments.json,
        server: arguments.access.server(),
        asked: Asked { connection: arguments.connection.clone(), ..Asked::default() },
    }
}

fn brought(tokens: &Tokens, said: Value, as_json: bool) {
    let token = token::told(tokens);
    if as_json {
        return output::result(&format!("{}\n", json!({ "claims": said, "token": token })));
    }
    let format = Format { json: false, csv: false, reveal: false };
    shown::one(&said, format);
    shown::one(&token, Format { reveal: true, ..format });
}
