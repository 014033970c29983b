//! A person logs in by a code sent to their email address, and by a second factor where one is wanted (Auth0's). Set
//! `AUTH0_DOMAIN`, `AUTH0_CLIENT_ID` and `AUTH0_SCOPE`; the argument is the address, and codes are typed in.
#![expect(clippy::print_stdout, reason = "a program for people")]

use std::{error::Error, io};

use keybound_client::{
    ClientError, Config, System, drive,
    http::{Limits, Web},
    passwordless::PasswordlessAsk,
    proto::{
        request::token::{PasswordlessRealm, PasswordlessRequest},
        secret::Secret,
    },
};

fn typed(what: &str) -> Result<Secret<String>, Box<dyn Error>> {
    println!("type in: {what}");
    Ok(Secret::new(io::stdin().lines().next().ok_or("nothing was typed in")??))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).ok_or("name the email address")?;
    let config = Config::from_env()?;
    let http = Web::new(Limits::default())?;
    let client = config.connect(&http).await?;
    drive(client.passwordless_start(&PasswordlessAsk::email(&address))?, &http, &System).await?;
    let code = typed("the code that was sent")?;
    let request = PasswordlessRequest::new(PasswordlessRealm::Email, address, code);
    let request = PasswordlessRequest { scopes: config.scopes, audience: config.audience, ..request };
    let tokens = match drive(client.passwordless_otp(request), &http, &System).await {
        Err(ClientError::MfaRequired { mfa_token, .. }) => {
            let digits = typed("the digits of the authenticator")?;
            drive(client.mfa_otp(mfa_token, digits), &http, &System).await?
        }
        answer => answer?,
    };
    println!("bound: {}", tokens.is_bound());
    Ok(())
}
