//! How often anybody may ask: the one table of rate limits, and what an operator may change of it.

use keybound_proto::time::Lifetime;
use keybound_store::Rate;
use serde::Deserialize;

use super::ConfigError;

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// Everything that is not the Management API, a probe or a document.
    Authentication,
    /// What one client asks at `/oauth/token`, once it showed who it is.
    Client,
    /// Metadata and keys.
    Documents,
    /// Exchanging the keys that sign.
    KeyRotation,
    /// The Management API.
    Management,
    /// Letters with a code.
    Passwordless,
    /// Registering clients.
    Registration,
    /// The token endpoint.
    Token,
    /// What one user's tokens ask at `/userinfo`.
    Userinfo,
}

/// Whose requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A client's.
    Client,
    /// Those from one network: an IPv4 address, an IPv6 /64.
    Network,
    /// Everybody's.
    Tenant,
    /// A user's.
    User,
}

/// A limit: whose, and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Whose requests are counted together.
    pub by: By,
    /// How many at once.
    pub burst: u32,
    /// How many come back …
    pub requests: u32,
    /// … in how many seconds.
    pub seconds: u32,
}

impl Rule {
    const fn new(by: By, burst: u32, (requests, seconds): (u32, u32)) -> Self {
        Self { by, burst, requests, seconds }
    }

    /// The same as the store counts it.
    pub fn rate(self) -> Rate {
        Rate::new(self.burst, self.requests, Lifetime::seconds(self.seconds))
    }
}

/// A row: what is limited, by which name, by us and by Auth0.
struct Row(Limited, &'static str, Rule, Option<Rule>);

const fn row(limited: Limited, name: &'static str, ours: Rule, auth0: Option<Rule>) -> Row {
    Row(limited, name, ours, auth0)
}

/// How many rows there are. A type that asked the table itself would ask for what the compiler, when it optimises, can
/// only tell once it knows all types.
const LIMITS: usize = 9;

/// The table. Auth0's numbers are those of its smallest plan.
///
/// Where Auth0 counts what a whole tenant asks, we count what comes from one network: with one tenant to a server
/// there is no neighbour to protect, and a limit that everybody shares is one that anybody can use up for the others.
const TABLE: [Row; LIMITS] = {
    use By::{Client as Clients, Network, Tenant, User};
    use Limited as L;

    [
        row(
            L::Authentication,
            "authentication",
            Rule::new(Network, 20_000, (2_000, 1)),
            Some(Rule::new(Tenant, 300, (300, 60))),
        ),
        row(L::Client, "client", Rule::new(Clients, 10_000, (1_000, 1)), None),
        row(
            L::Documents,
            "documents",
            Rule::new(Network, 10_000, (1_000, 1)),
            Some(Rule::new(Tenant, 20, (20, 1))),
        ),
        row(
            L::KeyRotation,
            "key_rotation",
            Rule::new(Tenant, 100, (100, 86_400)),
            Some(Rule::new(Tenant, 5, (5, 86_400))),
        ),
        row(
            L::Management,
            "management",
            Rule::new(Network, 5_000, (500, 1)),
            Some(Rule::new(Tenant, 2, (2, 1))),
        ),
        row(
            L::Passwordless,
            "passwordless",
            Rule::new(Network, 50, (50, 3_600)),
            Some(Rule::new(Network, 50, (50, 3_600))),
        ),
        row(
            L::Registration,
            "registration",
            Rule::new(Network, 100, (5, 1)),
            Some(Rule::new(Tenant, 5, (5, 1))),
        ),
        row(L::Token, "token", Rule::new(Network, 10_000, (1_000, 1)), Some(Rule::new(Tenant, 30, (30, 1)))),
        row(L::Userinfo, "userinfo", Rule::new(User, 6_000, (100, 1)), Some(Rule::new(User, 10, (5, 60)))),
    ]
};

impl Limited {
    /// What the configuration, the log and the documentation call it.
    pub fn name(self) -> &'static str {
        TABLE.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }

    fn parse(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.1 == name).map(|row| row.0)
    }
}

impl By {
    /// In one word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Network => "network",
            Self::Tenant => "tenant",
            Self::User => "user",
        }
    }
}

/// The limits of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates([Option<Rule>; LIMITS]);

impl Default for Rates {
    /// Ours: what no laptop and no test suite reaches, and a flood does.
    fn default() -> Self {
        Self(TABLE.each_ref().map(|row| Some(row.2)))
    }
}

impl Rates {
    /// Auth0's numbers.
    pub fn auth0() -> Self {
        Self(TABLE.each_ref().map(|row| row.3))
    }

    /// None at all.
    pub const fn off() -> Self {
        Self([None; TABLE.len()])
    }

    /// The limit of something, if it has one.
    pub fn of(&self, limited: Limited) -> Option<Rule> {
        self.0.iter().zip(&TABLE).find(|(_, row)| row.0 == limited).and_then(|(rule, _)| *rule)
    }

    /// The same with another limit for something.
    #[must_use]
    pub fn with(mut self, limited: Limited, rule: Rule) -> Self {
        for (kept, row) in self.0.iter_mut().zip(&TABLE) {
            if row.0 == limited {
                *kept = Some(rule);
            }
        }
        self
    }

    /// Every limit by its name, in the order of the table.
    pub fn rows(&self) -> impl Iterator<Item = (&'static str, Option<Rule>)> {
        self.0.iter().zip(&TABLE).map(|(rule, row)| (row.1, *rule))
    }

    pub(super) fn named(name: &str) -> Result<Self, ConfigError> {
        match name {
            "keybound" => Ok(Self::default()),
            "auth0" => Ok(Self::auth0()),
            "off" => Ok(Self::off()),
            _ => Err(ConfigError::value("limits.rates", "must be \"keybound\", \"auth0\" or \"off\"")),
        }
    }

    pub(super) fn changed(self, name: &str, wrote: RateTable) -> Result<Self, ConfigError> {
        let key = format!("limits.rate.{name}");
        let Some(limited) = Limited::parse(name) else {
            return Err(ConfigError::value(&key, "is no limit that is known"));
        };
        if wrote.burst == 0 || wrote.requests == 0 || wrote.seconds == 0 {
            return Err(ConfigError::value(&key, "must have a burst, requests and seconds above 0"));
        }
        let usual = Self::default().of(limited).map_or(By::Network, |rule| rule.by);
        let by = match (wrote.by, usual) {
            (None, usual) => usual,
            // Who the client or the user is, is known for these two alone.
            (Some(_), By::Client | By::User) => {
                return Err(ConfigError::value(&key, "is counted by what it is named after"));
            }
            (Some(Counted::Network), _) => By::Network,
            (Some(Counted::Tenant), _) => By::Tenant,
        };
        Ok(self.with(limited, Rule::new(by, wrote.burst, (wrote.requests, wrote.seconds))))
    }
}

/// A limit as a file writes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RateTable {
    burst: u32,
    requests: u32,
    seconds: u32,
    by: Option<Counted>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Counted {
    Network,
    Tenant,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page that tells operators what is limited says what is so.
    #[test]
    fn the_page_of_rate_limits_has_every_row() {
        let page = include_str!("../../../../docs/reference/rate-limits.md");
        let said = |rule: Option<Rule>| match rule {
            Some(Rule { by, burst, requests, seconds }) => {
                let span = match seconds {
                    1 => "second".to_owned(),
                    60 => "minute".to_owned(),
                    3_600 => "hour".to_owned(),
                    86_400 => "day".to_owned(),
                    other => format!("{other} s"),
                };
                let article = if seconds == 3_600 { "an" } else { "a" };
                format!("{burst}, then {requests} {article} {span}, by {}", by.name())
            }
            None => "none".to_owned(),
        };
        for ((name, ours), (_, auth0)) in Rates::default().rows().zip(Rates::auth0().rows()) {
            let row = format!("| `{name}` | {} | {} |", said(ours), said(auth0));
            assert!(page.contains(&row), "docs/reference/rate-limits.md lacks:\n{row}");
        }
    }

    #[test]
    fn a_limit_is_changed_by_its_name_and_nothing_unknown_passes() {
        let wrote = |by| RateTable { burst: 7, requests: 8, seconds: 9, by };
        let rates = Rates::auth0().changed("token", wrote(Some(Counted::Tenant))).unwrap();
        assert_eq!(rates.of(Limited::Token), Some(Rule::new(By::Tenant, 7, (8, 9))));
        assert_eq!(rates.of(Limited::Userinfo), Rates::auth0().of(Limited::Userinfo));
        assert!(Rates::default().changed("tokens", wrote(None)).is_err());
        assert!(Rates::default().changed("userinfo", wrote(Some(Counted::Network))).is_err());
        let none = RateTable { burst: 0, requests: 1, seconds: 1, by: None };
        assert!(Rates::default().changed("token", none).is_err());
        assert!(Rates::named("generous").is_err());
    }
}
