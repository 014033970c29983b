//! A login on another device, for machines without a browser (RFC 8628).

use keybound_client::{
    Ambient as _, ClientError, System, Tokens,
    crypto::AwsLc,
    discovery, drive,
    flow::DeviceAsk,
    id_token::{self, Wanted},
    proto::{response::device::DeviceResponse, time::Timestamp, token::id::IdClaims},
};
use serde_json::json;

use super::{Attempt, line, refused, waiting::Waiting};
use crate::{error::Failure, output};

/// Shows a code, and waits until somebody typed it in elsewhere.
pub(super) async fn log_in(attempt: &Attempt<'_>) -> Result<(Tokens, Option<IdClaims>), Failure> {
    let Attempt { arguments, config, client, http, scopes } = *attempt;
    let ask = DeviceAsk { scopes: scopes.clone(), audience: config.audience.clone(), ..DeviceAsk::default() };
    let start = client.device(&ask).map_err(|error| refused(&error))?;
    let flow = drive(start, http, &System).await.map_err(|error| refused(&error))?;
    let patience = arguments.timeout;
    let waiting = Waiting::begin("waiting for you on the other device", patience)?;
    show(flow.told(), flow.expires(), arguments.json);
    let waited = tokio::time::timeout(patience, flow.wait(http, &System));
    let tokens = waiting
        .over(async { waited.await.unwrap_or(Err(ClientError::Timeout)) })
        .await?
        .map_err(|error| refused(&error))?;
    let keys = discovery::keys(client.metadata(), http).await.map_err(|error| refused(&error))?;
    let checked = id_token::check(client, &tokens, &Wanted::default(), (&keys, &AwsLc), System.now());
    let claims = checked.map_err(|error| refused(&error))?;
    Ok((tokens, Some(claims)))
}

fn show(told: &DeviceResponse, expires: Timestamp, as_json: bool) {
    if as_json {
        return line(&json!({
            "user_code": told.user_code,
            "verification_uri": told.verification_uri,
            "verification_uri_complete": told.verification_uri_complete,
            "expires_at": expires.as_unix(),
        }));
    }
    let mut text = format!(
        "On another device, open\n\n  {}\n\nand enter\n\n  {}\n",
        told.verification_uri, told.user_code
    );
    if let Some(complete) = &told.verification_uri_complete {
        text.push_str(&format!("\nor open this, which has the code in it:\n\n  {complete}\n"));
    }
    let minutes = expires.since(System.now()).max(0) / 60;
    text.push_str(&format!(
        "\nThe code is good for {minutes} minutes. Enter it only if you began this login yourself.\n"
    ));
    output::note(&output::tame(&text));
}
