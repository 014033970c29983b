//! What happened in a tenant, one by one and counted.

use http::Method;

use super::super::{
    Anything, Call, Collection, Management, Pages, Paging,
    collection::{collections, kind},
    document::document,
};

document! {
    /// Something that happened.
    Log {
        /// Its id, which grows.
        log_id: String,
        /// When.
        date: String,
        /// What, in few letters: `s` for a login, `f` for one that failed.
        r#type: String,
        /// What, for people.
        description: String,
        /// By which application.
        client_id: String,
        /// What people call that.
        client_name: String,
        /// Whom it was about.
        user_id: String,
        /// What people call them.
        user_name: String,
        /// From where.
        ip: String,
        /// By which program.
        user_agent: String,
        /// By which connection.
        connection: String,
        /// For which API.
        audience: String,
        /// Everything else that is known: an object, mostly.
        details: Anything,
    }
}

document! {
    /// What happened on a day, counted.
    DailyStats {
        /// The day.
        date: String,
        /// How many logged in.
        logins: u64,
        /// How many signed up.
        signups: u64,
        /// How many passwords were known to have leaked.
        leaked_passwords: u64,
    }
}

kind!(Log at ["logs"], by log_id, listed Offset: Readable);

collections! {
    /// What happened.
    logs: Log,
}

impl Collection<Log> {
    /// What happened after something, in the order in which it happened: for following a tenant. An id whose time is
    /// over at the API is as good as none.
    pub fn since(&self, log: &str) -> Pages<Log> {
        self.pages(&[], Paging::Log).after(log)
    }
}

impl Management {
    /// How many people logged in within the last 30 days.
    pub fn active_users(&self) -> Call<u64> {
        Call::new(self, Method::GET, &["stats", "active-users"])
    }

    /// What happened from one day to another, as `20260131`; both count.
    pub fn daily_stats(&self, from: &str, to: &str) -> Call<Vec<DailyStats>> {
        Call::new(self, Method::GET, &["stats", "daily"]).query("from", from).query("to", to)
    }
}
