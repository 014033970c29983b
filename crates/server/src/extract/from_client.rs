//! A request of a client that is who it says: how every endpoint begins that is for clients alone.

use std::{net::IpAddr, sync::Arc};

use axum::extract::{FromRequest, Request};
use http::HeaderMap;
use keybound_proto::{form::Form, time::Timestamp};

use super::{Known, Parameters, client};
use crate::{app::App, failure::Failure, record::Noted};

/// Who asks, with what, from where and when. What it shows of a key is still to be judged.
pub(crate) struct FromClient {
    pub(crate) known: Known,
    pub(crate) form: Form,
    pub(crate) headers: HeaderMap,
    pub(crate) noted: Noted,
    pub(crate) address: IpAddr,
    pub(crate) now: Timestamp,
}

impl FromRequest<Arc<App>> for FromClient {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let noted = parts.extensions.get::<Noted>().cloned().unwrap_or_default();
        let request = Request::from_parts(parts.clone(), body);
        let Parameters { form, .. } = Parameters::from_request(request, app).await?;
        let (known, address) = client::known(app, &parts, &form, &noted).await?;
        Ok(Self { known, form, headers: parts.headers, noted, address, now: app.clock.now() })
    }
}
