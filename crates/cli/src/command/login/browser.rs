//! A login in a browser of this machine, which comes back to a port here (RFC 8252 §7.3).

use std::process::{Command, Stdio};

use keybound_client::{
    Ambient as _, ClientError, System, Tokens,
    crypto::AwsLc,
    discovery, drive,
    flow::{Ask, Chance, CodeFlow, Loopback, open_browser},
    proto::{request::authorization::Prompts, time::Lifetime, token::id::IdClaims, uri::RedirectUri},
};
use serde_json::json;

use super::{Attempt, line, refused, settings, waiting::Waiting};
use crate::{command::asking::variable, error::Failure, exit::Exit, output};

/// Sends the person away and takes them back.
pub(super) async fn log_in(attempt: &Attempt<'_>) -> Result<(Tokens, Option<IdClaims>), Failure> {
    let Attempt { arguments, client, http, .. } = *attempt;
    let registered = settings::callback(&arguments.callback)?;
    let loopback = Loopback::at(&registered).await.map_err(|error| taken(&registered, &error))?;
    let ask = ask(attempt, loopback.redirect_uri().clone())?;
    let chance = Chance { state: System.entropy(), nonce: System.entropy(), verifier: System.entropy() };
    let flow = CodeFlow::begin(client, &ask, &chance, &AwsLc).map_err(|error| refused(&error))?;
    let url = flow.depart(client, (http, &System)).await.map_err(|error| refused(&error))?;
    let waiting = Waiting::begin("waiting for you in the browser", arguments.timeout)?;
    show(attempt, &url, loopback.redirect_uri());
    let query =
        waiting.over(loopback.wait_for(&flow, arguments.timeout)).await?.map_err(|error| refused(&error))?;
    let exchange = flow.come_back(client, query.reveal()).map_err(|error| refused(&error))?;
    let tokens = drive(exchange, http, &System).await.map_err(|error| refused(&error))?;
    let keys = discovery::keys(client.metadata(), http).await.map_err(|error| refused(&error))?;
    let claims = flow.check(client, &tokens, (&keys, &AwsLc), System.now());
    Ok((tokens, claims.map_err(|error| refused(&error))?))
}

fn ask(attempt: &Attempt<'_>, back: RedirectUri) -> Result<Ask, Failure> {
    let asked = &attempt.arguments.asked;
    let prompt = match asked.prompt.as_deref().map(Prompts::parse) {
        None => Prompts::default(),
        Some(Ok(prompt)) => prompt,
        Some(Err(error)) => return Err(Failure::new(Exit::Usage, format!("read --prompt: {error}"))),
    };
    Ok(Ask {
        audience: attempt.config.audience.clone(),
        max_age: asked.max_age.map(Lifetime::seconds),
        prompt,
        login_hint: asked.login_hint.clone(),
        screen_hint: asked.screen_hint.clone(),
        ui_locales: asked.ui_locales.clone(),
        acr_values: asked.acr_values.clone(),
        organization: asked.organization.clone(),
        invitation: asked.invitation.clone(),
        connection: asked.connection.clone(),
        extra: asked.param.clone(),
        ..Ask::new(back, attempt.scopes.clone())
    })
}

/// Opens the browser, and shows the address to whoever has theirs elsewhere.
fn show(attempt: &Attempt<'_>, url: &str, back: &RedirectUri) {
    let arguments = attempt.arguments;
    if arguments.json {
        line(&json!({ "authorization_url": url, "redirect_uri": back.as_str() }));
    } else {
        let port = back.origin().and_then(|origin| Some(origin.as_str().rsplit_once(':')?.1.to_owned()));
        let port = port.unwrap_or_default();
        output::note(&output::tame(&format!(
            "Open this address in a browser of this machine:\n\n  {url}\n\n\
             (Over ssh: forward the port with `ssh -L {port}:127.0.0.1:{port} …`, or use `keybound login --device`.)\n"
        )));
    }
    if !arguments.no_browser && open(url).is_err() && !arguments.json {
        output::note("note: no browser could be opened from here\n");
    }
}

/// `BROWSER` is what a person wants opened, as `xdg-open`, `man` and others have it: a command that takes the address.
pub(in crate::command) fn open(url: &str) -> Result<(), ClientError> {
    let Some(browser) = variable("BROWSER") else { return open_browser(url) };
    let mut words = browser.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|_| ClientError::Browser)?;
    // Somebody has to wait for it, or it stays as a zombie for as long as we live.
    std::thread::spawn(move || child.wait());
    Ok(())
}

fn taken(registered: &RedirectUri, error: &ClientError) -> Failure {
    let uri = registered.as_str();
    match error {
        ClientError::Transport(_) => Failure::new(Exit::Address, format!("listen at {uri}: another program has this port"))
            .hint("is another `keybound login` waiting? A --callback without a port takes a free one, where the server allows any"),
        error => Failure::new(Exit::Usage, format!("come back to {uri}: {error}")),
    }
}
