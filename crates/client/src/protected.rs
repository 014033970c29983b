//! From a resource that says no to the tokens it wants: its challenge, its description, and how often to ask
//! (RFC 6750 §3, RFC 9470 §3, RFC 9728).
//!
//! ```no_run
//! use keybound_client::{discovery, http::{Limits, Web}, protected::{self, Demand, StepUp}};
//!
//! # async fn run(response: http::Response<()>) -> Result<(), Box<dyn std::error::Error>> {
//! let (http, api) = (Web::new(Limits::default())?, "https://api.example/orders");
//! let mut step_up = StepUp::default();
//! if let Some(demand) = Demand::read(response.status(), response.headers()) {
//!     let described = protected::discover(api, &demand, &http).await?;
//!     let scopes = step_up.scopes(&demand, described.as_ref())?;
//!     let issuer = described.and_then(|described| described.issuers().next()).ok_or("nobody issues tokens")?;
//!     let server = discovery::discover_oauth(&issuer, &http).await?;
//!     // Ask `server` for these `scopes`, and call the API once more.
//!     # let _ = (server, scopes);
//! }
//! # Ok(())
//! # }
//! ```

use http::{HeaderMap, HeaderValue, StatusCode, header::WWW_AUTHENTICATE};
use keybound_proto::{
    challenge::{Challenge, Scheme},
    code::ErrorCode,
    metadata::{MetadataError, ResourceMetadata, resource_metadata_url},
    scope::Scopes,
    time::Lifetime,
    uri::{Origin, Resource},
};

use crate::{
    ClientError,
    discovery::{json, request},
    flow::Ask,
    http::{Body, Http, Response},
};

/// What a resource wants of whoever asks it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Demand {
    /// The status it came with.
    pub status: u16,
    /// What is wrong with the token, as the resource spells it; `None` where there was none.
    pub error: Option<String>,
    /// The scopes it takes.
    pub scopes: Option<Scopes>,
    /// Ways of authentication it takes, best first (RFC 9470 §3).
    pub acr_values: Vec<String>,
    /// How long ago the user may have logged in at the most (RFC 9470 §3).
    pub max_age: Option<Lifetime>,
    /// Where the resource describes itself (RFC 9728 §5.1).
    pub metadata: Option<String>,
}

impl Demand {
    /// Reads the challenges for `DPoP` and `Bearer` of an answer. Only a 401, and a 403 that a better token would
    /// change, demand something.
    pub fn read(status: StatusCode, headers: &HeaderMap) -> Option<Self> {
        let lines = headers.get_all(WWW_AUTHENTICATE).iter().map(HeaderValue::as_bytes);
        let ours = |challenge: &Challenge| matches!(challenge.scheme(), Scheme::DPoP | Scheme::Bearer);
        let challenges: Vec<_> = Challenge::read(lines).into_iter().filter(ours).collect();
        let param = |name: &str| challenges.iter().find_map(|challenge| challenge.param(name));
        let demand = Self {
            status: status.as_u16(),
            error: param("error").map(str::to_owned),
            scopes: param("scope").and_then(|text| Scopes::parse(text).ok()),
            acr_values: param("acr_values").map(words).unwrap_or_default(),
            max_age: param("max_age").and_then(|text| text.parse().ok()).map(Lifetime::seconds),
            metadata: param("resource_metadata").map(str::to_owned),
        };
        let more = || matches!(demand.code(), Some(ErrorCode::InsufficientScope));
        (status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN && more()).then_some(demand)
    }

    /// What is wrong, when it is a code we know.
    pub fn code(&self) -> Option<ErrorCode> {
        self.error.as_deref().and_then(ErrorCode::parse)
    }

    /// The same question to the user, with what the resource demands of the login.
    #[must_use]
    pub fn of_login(&self, ask: Ask) -> Ask {
        let ask = self.acr_values.iter().fold(ask, |ask, value| ask.acr_value(value));
        match self.max_age {
            Some(max_age) => ask.max_age(max_age),
            None => ask,
        }
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Where a resource's description is looked for, and which names it may have there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The address.
    pub url: String,
    /// Whom it must describe, byte for byte.
    pub names: Vec<Resource>,
}

/// Where to look for the description of the resource at `url`, in the order to look.
///
/// Where the challenge says, that is where, and the description is of exactly the address that was asked
/// (RFC 9728 §3.3). Else it is RFC 9728 §3.1's place, and then the root's, which describes the whole origin.
pub fn places(url: &str, demand: &Demand) -> Result<Vec<Place>, ClientError> {
    let name = Resource::parse(url)?;
    let origin = Origin::of_url(url)?;
    if let Some(told) = &demand.metadata {
        if origin.is_secure() && !Origin::of_url(told)?.is_secure() {
            return Err(MetadataError::Address("resource_metadata").into());
        }
        return Ok(vec![Place { url: told.clone(), names: vec![name] }]);
    }
    let roots = [Resource::parse(origin.as_str())?, Resource::parse(&format!("{origin}/"))?];
    let mut places = Vec::new();
    for (name, names) in [(&name, vec![name.clone()]), (&roots[0], roots.to_vec())] {
        let place = resource_metadata_url(name).map(|url| Place { url, names });
        places.extend(place.filter(|place| places.iter().all(|known: &Place| known.url != place.url)));
    }
    Ok(places)
}

/// Reads a description: status 200, JSON, of exactly this resource (RFC 9728 §3.2, §3.3).
pub fn read(response: &Response<Body>, place: &Place) -> Result<ResourceMetadata, ClientError> {
    let body = json(response)?;
    let mut found = Err(MetadataError::Address("resource"));
    for name in &place.names {
        found = ResourceMetadata::parse(body, name);
        if !matches!(found, Err(MetadataError::Mismatch { .. })) {
            break;
        }
    }
    Ok(found?)
}

/// Asks a resource to describe itself; `None` where it does not.
pub async fn discover(
    url: &str,
    demand: &Demand,
    http: &impl Http,
) -> Result<Option<ResourceMetadata>, ClientError> {
    for place in places(url, demand)? {
        match read(&http.send(request(&place.url)?).await?, &place) {
            Err(ClientError::Status { status }) if (400..500).contains(&status) => {}
            answer => return answer.map(Some),
        }
    }
    Ok(None)
}

/// What was asked for already, so that a resource never wanting enough does not send a user around in circles.
#[derive(Clone, Debug, Default)]
pub struct StepUp {
    asked: Scopes,
    spent: u32,
}

impl StepUp {
    /// Times a user is asked until a call succeeds.
    pub const LIMIT: u32 = 3;

    /// The scopes to ask for now: those demanded or else, the first time, those the resource knows; and those asked
    /// for before, which would be lost otherwise. `None` leaves the choice to the server.
    ///
    /// A resource that demands what was asked for already, or demands something again and again, is
    /// [`ClientError::Refused`].
    pub fn scopes(
        &mut self,
        demand: &Demand,
        described: Option<&ResourceMetadata>,
    ) -> Result<Option<Scopes>, ClientError> {
        let known = || {
            let known = described.map(|described| described.scopes_supported.join(" "));
            known.and_then(|known| Scopes::parse(&known).ok()).filter(|_| self.asked.is_empty())
        };
        let in_vain = demand.scopes.as_ref().is_some_and(|wanted| wanted.is_subset(&self.asked))
            && demand.code() == Some(ErrorCode::InsufficientScope);
        if in_vain || self.spent >= Self::LIMIT {
            let error = demand.error.clone().unwrap_or_else(|| ErrorCode::InvalidToken.as_str().to_owned());
            let description = Some("the resource demands again what was asked for already".to_owned());
            return Err(ClientError::Refused { status: demand.status, error, description });
        }
        if let Some(wanted) = demand.scopes.clone().or_else(known) {
            self.asked = self.asked.union(&wanted);
        }
        self.spent += 1;
        Ok(Some(self.asked.clone()).filter(|scopes| !scopes.is_empty()))
    }

    /// A call succeeded: the next demand is a new one.
    pub const fn satisfied(&mut self) {
        self.spent = 0;
    }
}

#[cfg(test)]
mod tests;
