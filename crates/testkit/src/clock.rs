//! Time that moves when told, the same at both ends.

use std::sync::Arc;

use keybound_proto::time::{Lifetime, Timestamp};
use keybound_resource::{Clock as _, SetClock};

/// One clock for an authorization server and a resource server.
#[derive(Clone, Debug)]
pub struct TurnedClock {
    server: keybound_server::Clock,
    resource: Arc<SetClock>,
}

impl TurnedClock {
    /// A clock that stands at that moment.
    pub fn at(now: Timestamp) -> Self {
        Self { server: keybound_server::Clock::standing_at(now), resource: Arc::new(SetClock::at(now)) }
    }

    /// What time it is at both ends.
    pub fn now(&self) -> Timestamp {
        let now = self.resource.now();
        assert_eq!(now, self.server.now(), "somebody turned one end alone");
        now
    }

    /// Turns it for both ends.
    pub fn turn(&self, by: Lifetime) {
        self.server.turn(by);
        self.resource.advance(i64::from(by.as_secs()));
    }

    /// What an authorization server reads.
    pub fn server(&self) -> keybound_server::Clock {
        self.server.clone()
    }

    /// What a resource server reads.
    pub fn resource(&self) -> Arc<SetClock> {
        Arc::clone(&self.resource)
    }
}
