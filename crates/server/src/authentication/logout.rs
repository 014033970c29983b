//! `/v2/logout`: Auth0's older way to leave.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use keybound_authority::Refusal;
use keybound_proto::{form::Form, request::logout::LogoutRequest};

use crate::{
    app::App,
    extract::Visitor,
    failure::Failure,
    login::{
        leave::{leave, not_left},
        shown,
    },
    registered,
    tenant_log::record_alone,
};

/// `GET /v2/logout`
pub(crate) async fn logout(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let now = app.clock.now();
    let form = Form::parse(query.unwrap_or_default().as_bytes())?;
    let request = LogoutRequest::parse_return_to(&form)?;
    let client = request.client_id.as_ref();
    match destination(&app, &request).await {
        Ok(Some(address)) => leave(&app, &visitor, client, shown::found(&address), now).await,
        Ok(None) => leave(&app, &visitor, client, shown::signed_out(), now).await,
        Err(failure) => {
            record_alone(&app, &not_left(&failure, &visitor, client, now)).await;
            Ok(shown::refused(failure.logged()))
        }
    }
}

/// Where to go: where the request asks, if that is allowed to the client, or to the tenant where none is named; else
/// the first address that is.
async fn destination(app: &App, request: &LogoutRequest) -> Result<Option<String>, Failure> {
    let allowed = match &request.client_id {
        Some(id) => registered::client(app, id).await?.ok_or(Refusal::UnknownClient)?.logout_urls,
        None => registered::tenant(app).await?.logout_urls.clone(),
    };
    match &request.return_to {
        Some(asked) if allowed.iter().any(|known| permits(known, asked)) => Ok(Some(asked.clone())),
        Some(_) => Err(Refusal::ReturnToUnknown.into()),
        None => Ok(allowed.into_iter().next().map(String::from)),
    }
}

/// As Auth0: what follows `?` or `#` is the application's own business; everything before is compared byte for byte.
fn permits(known: &str, asked: &str) -> bool {
    let Some(rest) = asked.strip_prefix(known) else { return false };
    let plain = asked.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    plain && (rest.is_empty() || (rest.starts_with(['?', '#']) && !known.contains(['?', '#'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_compared_byte_for_byte_up_to_its_query() {
        let known = "https://app.example/bye";
        for asked in [known, "https://app.example/bye?x=1", "https://app.example/bye#x"] {
            assert!(permits(known, asked), "{asked}");
        }
        for asked in [
            "https://app.example/bye/",
            "https://app.example/Bye",
            "https://app.example/bye/..",
            "https://app.example/bye\\?",
            "https://app.example/bye?\n",
            "http://app.example/bye",
            "https://app.example.evil.example/bye",
            "https://app.example@evil.example/bye",
            "//evil.example",
            "",
        ] {
            assert!(!permits(known, asked), "{asked}");
        }
        assert!(!permits("https://app.example", "https://app.example.evil.example"));
        assert!(!permits("https://app.example", "https://app.example@evil.example"));
    }
}
