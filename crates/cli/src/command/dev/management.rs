//! The Management API as `dev` needs it: asked by the bootstrap client, with bound tokens.

use std::{fmt::Display, sync::Arc};

use keybound_client::{
    Config,
    http::{Limits, Method, Web},
    management::{self, Paging},
    session::{MemoryStore, Session},
};
use serde_json::Value;

use super::folder::Kept;
use crate::{error::Failure, exit::Exit};

/// A session of the bootstrap client.
pub(super) struct Management {
    api: management::Management,
    offers_devices: bool,
}

impl Management {
    /// Finds the server's endpoints, and asks there with a fresh key from then on.
    pub(super) async fn new(issuer: &str, kept: &Kept, root: Option<&[u8]>) -> Result<Self, Failure> {
        let web = match root {
            Some(root) => Web::trusting(Limits::default(), root),
            None => Web::new(Limits::default()),
        };
        let web = web.map_err(failed)?;
        let config = Config::new(issuer, &kept.management_client_id).map_err(failed)?;
        let config = config.secret(kept.management_client_secret.as_str());
        let client = config.connect(&web).await.map_err(failed)?;
        let offers_devices = client.metadata().device_authorization_endpoint.is_some();
        let session = Session::of_machine(client, web, Arc::new(MemoryStore::default()));
        Ok(Self { api: management::Management::of(&session).map_err(failed)?, offers_devices })
    }

    /// Whether people may log in on another device than the one that asks (RFC 8628).
    pub(super) const fn offers_devices(&self) -> bool {
        self.offers_devices
    }

    /// What is at this place, if anything.
    pub(super) async fn find(&self, place: &[&str]) -> Result<Option<Value>, Failure> {
        match self.api.at(Method::GET, place).await {
            Err(error) if error.status() == Some(404) => Ok(None),
            found => found.map(Some).map_err(failed),
        }
    }

    /// Those of a kind that a query names.
    pub(super) async fn list(&self, kind: &str, query: &[(&str, &str)]) -> Result<Vec<Value>, Failure> {
        let pages = self.api.pages(kind, Paging::Offset);
        let pages = query.iter().fold(pages, |pages, (name, value)| pages.query(name, value));
        pages.all().await.map_err(failed)
    }

    /// Makes one.
    pub(super) async fn create(&self, kind: &str, body: &Value) -> Result<Value, Failure> {
        self.api.at(Method::POST, &[kind]).json(body).await.map_err(failed)
    }

    /// Makes one, unless it is there already.
    pub(super) async fn create_unless_there(&self, kind: &str, body: &Value) -> Result<(), Failure> {
        match self.api.at(Method::POST, &[kind]).json(body).await {
            Err(error) if error.status() == Some(409) => Ok(()),
            made => made.map(drop).map_err(failed),
        }
    }

    /// Changes one.
    pub(super) async fn change(&self, place: &[&str], body: &Value) -> Result<Value, Failure> {
        self.api.at(Method::PATCH, place).json(body).await.map_err(failed)
    }
}

fn failed(problem: impl Display) -> Failure {
    Failure::new(Exit::Tenant, format!("set the tenant up: {problem}"))
}
