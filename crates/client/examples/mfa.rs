//! A second factor, whichever the user has (Auth0's MFA API): a message with a code, a telephone to confirm on, or the
//! digits of an authenticator. Set `AUTH0_DOMAIN`, `AUTH0_CLIENT_ID`, `AUTH0_CLIENT_SECRET` and `AUTH0_SCOPE`; name,
//! password and code are lines typed in.
#![expect(clippy::print_stdout, reason = "a program for people")]

use std::{error::Error, io};

use keybound_client::{
    Ambient as _, Client, ClientError, Config, System, Tokens, drive,
    http::{Limits, Web},
    mfa::{MfaAsk, MfaKind},
    proto::{request::token::PasswordRequest, scope::Scopes, secret::Secret},
};

fn typed(what: &str) -> Result<Secret<String>, Box<dyn Error>> {
    println!("type in: {what}");
    Ok(Secret::new(io::stdin().lines().next().ok_or("nothing was typed in")??))
}

/// Calls a factor and shows what came of it; what was asked for at the beginning is what is granted now.
async fn second_factor(
    client: &Client,
    http: &Web,
    (mfa_token, asked): (Secret<String>, Option<Scopes>),
) -> Result<Tokens, Box<dyn Error>> {
    let called = drive(client.mfa_challenge(&mfa_token, &MfaAsk::any(MfaKind::Oob))?, http, &System).await;
    let challenge = match called {
        Ok(challenge) => challenge,
        Err(error) if error.oauth_code() == Some("unsupported_challenge_type") => {
            let digits = typed("the digits of the authenticator")?;
            return Ok(drive(client.mfa_otp(mfa_token, digits).asked(asked), http, &System).await?);
        }
        Err(error) => return Err(error.into()),
    };
    if challenge.binding_method.is_none() {
        println!("confirm on your telephone");
        let waiting = client.mfa_wait(mfa_token, challenge, System.now())?.asked(asked);
        return Ok(waiting.wait(http, &System).await?);
    }
    let oob_code = challenge.oob_code.ok_or("the server called no such factor")?;
    let read = typed("the code of the message")?;
    Ok(drive(client.mfa_oob(mfa_token, oob_code, Some(read)).asked(asked), http, &System).await?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let config = Config::from_env()?;
    let http = Web::new(Limits::default())?;
    let client = config.connect(&http).await?;
    let (name, password) = (typed("your name")?.reveal().clone(), typed("your password")?);
    let request = PasswordRequest { scopes: config.scopes.clone(), ..PasswordRequest::new(name, password) };
    let tokens = match drive(client.password_despite_rfc_9700(request), &http, &System).await {
        Err(ClientError::MfaRequired { mfa_token, .. }) => {
            second_factor(&client, &http, (mfa_token, config.scopes)).await?
        }
        answer => answer?,
    };
    println!("bound: {}", tokens.is_bound());
    Ok(())
}
