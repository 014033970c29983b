//! Every statement there is, so that a test can prepare each on every database.

use crate::documents::{
    ClientGrants, Clients, Connections, Invitations, Kind, LOOKUPS, Organizations, ResourceServers, Roles,
    Tenants, Users,
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
        events::STATEMENTS,
        fleeting::sql::STATEMENTS,
        ledger::authenticators::STATEMENTS,
        ledger::codes::STATEMENTS,
        ledger::consents::STATEMENTS,
        ledger::keys::STATEMENTS,
        ledger::logins::STATEMENTS,
        ledger::logout_notices::STATEMENTS,
        ledger::login_blocks::STATEMENTS,
        ledger::mfa_tokens::STATEMENTS,
        ledger::organizations::STATEMENTS,
        ledger::organizations::connections::STATEMENTS,
        ledger::organizations::grants::STATEMENTS,
        ledger::organizations::members::STATEMENTS,
        ledger::passwords::STATEMENTS,
        ledger::refresh_tokens::STATEMENTS,
        ledger::roles::STATEMENTS,
        ledger::sessions::STATEMENTS,
        ledger::ties::STATEMENTS,
        sql::STATEMENTS,
        sweep::STATEMENTS,
    ];
    kinds.iter().flat_map(|kind| kind.all()).chain(modules.into_iter().flatten().copied()).collect()
}
