//! Users, looked for: the database does it, whatever is asked.

use keybound_api::{page::Paging, search};
use keybound_store::documents::{self, Users, Wanted};

use super::{
    list::{Found, cut},
    page::skipped,
    query::Query,
    users::with_logins,
};
use crate::{
    app::App,
    failure::{Failure, ManagementFailure},
};

/// The page that is asked for.
pub(super) async fn look(app: &App, query: &Query, paging: &Paging) -> Result<Found<Users>, Failure> {
    if query.0.text("search_engine").is_some_and(|engine| engine != "v3") {
        let message = "Query validation error: only search_engine v3 is known.".to_owned();
        return Err(ManagementFailure::Query { message }.into());
    }
    let (search, sort) = (query.search("q", &search::USERS)?, query.sort(documents::user_sort)?);
    let wanted = Wanted {
        search: search.as_ref(),
        connection: query.0.text("connection"),
        skip: skipped(paging)?,
        ..Wanted::default()
    };
    let (store, tenant) = (&app.store, &app.tenant.id);
    match paging {
        // One after another means in the order of their ids.
        Paging::Checkpoint { after, take, .. } => {
            let wanted = Wanted { after: after.as_deref(), take: take.saturating_add(1), ..wanted };
            let mut users = documents::users(store, tenant, &wanted).await?;
            let last = cut(&mut users, *take);
            with_logins(app, &mut users).await?;
            Ok(Found { documents: users, total: 0, last })
        }
        Paging::Offset { per_page, .. } => {
            let wanted = Wanted { sort: sort.as_ref(), take: *per_page, ..wanted };
            let total = async {
                match paging.is_counted() {
                    true => documents::count_users(store, tenant, &wanted).await,
                    false => Ok(0),
                }
            };
            let (mut users, total) = tokio::try_join!(documents::users(store, tenant, &wanted), total)?;
            with_logins(app, &mut users).await?;
            Ok(Found { documents: users, total, last: None })
        }
    }
}
