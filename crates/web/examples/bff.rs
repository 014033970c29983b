//! A web app whose pages know who is signed in, and that calls an API with tokens the browser never sees.
//!
//! ```sh
//! export AUTH0_DOMAIN=http://localhost:8420/ AUTH0_CLIENT_ID=… AUTH0_CLIENT_SECRET=… AUTH0_AUDIENCE=…
//! export APP_SECRET=$(openssl rand -hex 32)
//! cargo run -p keybound-web --example bff
//! ```
//!
//! The client is a regular web app whose callback is `http://localhost:3000/auth/callback`, and whose logout URL
//! is `http://localhost:3000/`.
#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::sync::Arc;

use axum::{
    Router,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use http::StatusCode;
use keybound_web::{
    MemorySessions, Options, OrLogin, User, WebAuth, WebSession,
    client::{
        ClientError, Config,
        http::{Limits, Web},
    },
};

/// Where the app is.
const APP: &str = "http://localhost:3000";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    #[expect(clippy::disallowed_methods, reason = "an example has no other configuration")]
    let secret = std::env::var("APP_SECRET").map_err(|_| "APP_SECRET is missing: openssl rand -hex 32")?;
    let config = Config::from_env()?;
    let options = Options::new(APP, secret)?.store(Arc::new(MemorySessions::new()));
    let auth = WebAuth::new(config, Web::new(Limits::default())?, options)?;

    let pages = Router::new().route("/", get(home)).route("/account", get(account));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("open {APP}");
    axum::serve(listener, auth.protect(pages)).await?;
    Ok(())
}

/// For everybody.
async fn home(user: Option<User>) -> Html<String> {
    Html(match user.as_ref() {
        Some(user) => {
            let name = escaped(user.text("name").unwrap_or(user.subject()));
            format!("<p>Hello, {name}. <a href=/account>Your account</a> <a href=/auth/logout>Log out</a>")
        }
        None => "<p>Hello, stranger. <a href=\"/auth/login?returnTo=/account\">Log in</a>".to_owned(),
    })
}

/// For whoever is signed in: what the authorization server says of them, asked with a bound token.
async fn account(OrLogin(session): OrLogin<WebSession>) -> Result<Html<String>, Response> {
    let called = async {
        let issuer = session.tokens().await?.client().issuer().clone();
        let api = session.fetcher(issuer.as_str()).await?;
        api.get("userinfo").send().await?.error_for_status().await?.text().await
    };
    let text = called.await.map_err(failed)?;
    Ok(Html(format!("<pre>{}</pre><a href=/>Back</a>", escaped(&text))))
}

fn failed(error: ClientError) -> Response {
    (StatusCode::BAD_GATEWAY, error.to_string()).into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
