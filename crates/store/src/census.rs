//! Every statement there is, so that a test can prepare each on every database.

use crate::documents::{
    ClientGrants, Clients, Connections, Invitations, Kind, LOOKUPS, Organizations, ResourceServers, Roles,
    Tenants, UNFINISHED, Users, kept,
};
use crate::sql::Sql;
use crate::{events, fleeting, ledger, sql, sweep};

/// Every statement there is.
pub fn statements() -> Vec<&'static Sql> {
    let kinds = [
        Clients::STATEMENTS,
        ResourceServers::STATEMENTS,
        ClientGrants::STATEMENTS,
        Connections::STATEMENTS,
        Users::STATEMENTS,
        Organizations::STATEMENTS,
        Roles::STATEMENTS,
        Invitations::STATEMENTS,
        Tenants::STATEMENTS,
    ];
    let modules = [
        LOOKUPS,
        UNFINISHED,
        kept::STATEMENTS,
        events::STATEMENTS,
        events::stats::STATEMENTS,
        fleeting::sql::STATEMENTS,
        ledger::authenticators::STATEMENTS,
        ledger::authenticators::DESCRIBED,
        ledger::codes::STATEMENTS,
        ledger::consents::STATEMENTS,
        ledger::device_credentials::STATEMENTS,
        ledger::families::STATEMENTS,
        ledger::job_parts::STATEMENTS,
        ledger::keys::STATEMENTS,
        ledger::linked_accounts::STATEMENTS,
        ledger::logins::STATEMENTS,
        ledger::logout_notices::STATEMENTS,
        ledger::login_blocks::STATEMENTS,
        ledger::mfa_tokens::STATEMENTS,
        ledger::organizations::STATEMENTS,
        ledger::organizations::connections::STATEMENTS,
        ledger::organizations::grants::STATEMENTS,
        ledger::organizations::members::STATEMENTS,
        ledger::organizations::roles::STATEMENTS,
        ledger::passwords::STATEMENTS,
        ledger::refresh_tokens::STATEMENTS,
        ledger::roles::STATEMENTS,
        ledger::sessions::STATEMENTS,
        ledger::sessions::RECORDS,
        ledger::tickets::STATEMENTS,
        ledger::ties::STATEMENTS,
        sql::STATEMENTS,
        sweep::STATEMENTS,
    ];
    kinds.iter().flat_map(|kind| kind.all()).chain(modules.into_iter().flatten().copied()).collect()
}
