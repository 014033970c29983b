//! One clock for everybody, which the clients' may be off from.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use keybound_client::{Ambient, Boxed, System};
use keybound_proto::time::{Lifetime, Timestamp};
use keybound_store::testing::Lent;
use keybound_testkit::TurnedClock;

/// The servers' time, and a client's.
#[derive(Clone, Debug)]
pub(crate) struct Time {
    pub(crate) clock: TurnedClock,
    lent: Option<Arc<Lent>>,
    /// Seconds by which the clients' clock is ahead.
    ahead: i64,
    /// Seconds by which what the servers say of their clock is ahead of it.
    lie: Arc<AtomicI64>,
}

impl Time {
    pub(crate) fn begin(lent: Option<Lent>) -> Self {
        let clock = TurnedClock::at(Timestamp::from_unix(1_800_000_000));
        Self { clock, lent: lent.map(Arc::new), ahead: 0, lie: Arc::default() }
    }

    /// The same, for a client whose clock is off.
    pub(crate) fn ahead_by(&self, ahead: i64) -> Self {
        Self { ahead, ..self.clone() }
    }

    /// Lets time pass for everybody.
    pub(crate) fn later(&self, seconds: u32) {
        let by = Lifetime::seconds(seconds);
        self.clock.turn(by);
        if let Some(moments) = self.lent.as_ref().and_then(|lent| lent.moments.as_ref()) {
            moments.turn(by);
        }
    }

    /// What the servers know.
    pub(crate) fn there(&self) -> Timestamp {
        self.clock.server().now()
    }

    /// From now on servers say that it is so much later.
    pub(crate) fn lie(&self, seconds: i64) {
        self.lie.store(seconds, Ordering::Relaxed);
    }

    /// What the servers say (RFC 9110 §5.6.7).
    pub(crate) fn date(&self) -> String {
        let said = self.there().as_unix() + self.lie.load(Ordering::Relaxed);
        let text = Timestamp::from_unix(said).to_rfc3339();
        let (date, time) = text.split_once('T').unwrap();
        let [year, month, day] = date.split('-').collect::<Vec<_>>()[..] else { panic!("{date}") };
        let weekday = DAYS[usize::try_from(said.div_euclid(86_400).rem_euclid(7)).unwrap()];
        let month = MONTHS[month.parse::<usize>().unwrap() - 1];
        format!("{weekday}, {day} {month} {year} {} GMT", &time[..8])
    }
}

impl Ambient for Time {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.there().as_unix() + self.ahead)
    }

    fn entropy(&self) -> [u8; 32] {
        System.entropy()
    }

    /// Whoever waits for seconds lets them pass.
    fn pause(&self, length: Duration) -> Boxed<'_, ()> {
        self.later(u32::try_from(length.as_secs()).unwrap());
        Box::pin(tokio::task::yield_now())
    }
}

/// 1 January 1970 was a Thursday.
const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
