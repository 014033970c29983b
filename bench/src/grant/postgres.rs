//! On PostgreSQL, against one bare statement a grant on as many connections.

use std::{num::NonZeroUsize, sync::Arc};

use anyhow::Result;
use keybound_crypto::entropy;
use keybound_proto::secret::Secret;
use keybound_store::{Database, Store, StoreConfig, Value};
use tokio_postgres::{Client, NoTls};

use super::{GRANTS, ROUNDS, Statements, through_the_store, waiting};
use crate::{
    table::{Bar, Table, Unit},
    timer::{median, rate},
};

/// Where PostgreSQL is, with the right to make schemas.
pub(crate) const ADDRESS: &str = "KEYBOUND_TEST_POSTGRES";

const CONNECTIONS: NonZeroUsize = match NonZeroUsize::new(16) {
    Some(connections) => connections,
    None => NonZeroUsize::MIN,
};

const WHAT: &str = "durable token issues on PostgreSQL, 32 callers";
const BAR: Bar = Bar::AtLeast(80.0, Unit::Percent);

/// A schema of our own, until it is dropped.
pub(crate) struct Schema {
    administrator: Client,
    name: String,
    address: String,
}

/// Measures durable token issues on PostgreSQL.
pub(crate) fn measure(table: &mut Table, address: Option<&str>) -> Result<()> {
    let Some(address) = address else {
        table.not_measured(WHAT, BAR, &format!("{ADDRESS} names no PostgreSQL"));
        return Ok(());
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let ours = runtime.block_on(Schema::make(address))?;
    let theirs = runtime.block_on(Schema::make(address))?;
    let measured = rounds(table, &runtime, [&ours, &theirs]);
    runtime.block_on(ours.discard())?;
    runtime.block_on(theirs.discard())?;
    measured
}

fn rounds(table: &mut Table, runtime: &tokio::runtime::Runtime, schemas: [&Schema; 2]) -> Result<()> {
    let [ours, theirs] = schemas;
    let store = runtime.block_on(ours.open())?;
    // The bare connections' tables are the store's, made by its migrations.
    let beside = runtime.block_on(theirs.open())?;
    let connections = runtime.block_on(theirs.connections())?;
    let (mut ratios, mut stores, mut bares) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let through = || {
            let grants = runtime.block_on(waiting(&store))?;
            rate(GRANTS, || runtime.block_on(through_the_store(&grants, &store)))
        };
        let past = || {
            let grants = runtime.block_on(waiting(&beside))?;
            let values: Vec<Vec<Value>> = grants
                .iter()
                .enumerate()
                .map(|(number, grant)| grant.values(round * GRANTS + number).into_iter().flatten().collect())
                .collect();
            rate(GRANTS, || runtime.block_on(past_the_store(&connections, values)))
        };
        let (through, past) = if round % 2 == 0 {
            let through = through()?;
            (through, past()?)
        } else {
            let past = past()?;
            (through()?, past)
        };
        ratios.push(through / past * 100.0);
        stores.push(through);
        bares.push(past);
    }
    table.row(
        WHAT,
        median(ratios),
        BAR,
        format!(
            "{:.0}/s; one bare statement a grant on {CONNECTIONS} connections too: {:.0}/s",
            median(stores),
            median(bares)
        ),
    );
    Ok(())
}

/// The same statements as members of one `WITH`, without a guard, on connections that wait for nobody.
async fn past_the_store(connections: &[Arc<Client>], grants: Vec<Vec<Value>>) -> Result<()> {
    let text = one_statement()?;
    let mut callers = tokio::task::JoinSet::new();
    for (connection, share) in connections.iter().zip(grants.chunks(grants.len().div_ceil(connections.len())))
    {
        let (connection, share, text) = (Arc::clone(connection), share.to_vec(), text.clone());
        callers.spawn(async move {
            let statement = connection.prepare(&text).await?;
            for values in &share {
                connection.execute_raw(&statement, values).await?;
            }
            Ok::<_, tokio_postgres::Error>(())
        });
    }
    while let Some(done) = callers.join_next().await {
        done??;
    }
    Ok(())
}

fn one_statement() -> Result<String> {
    let Statements { spend, issue, record } = Statements::of_the_store()?;
    let (issue, record) = (moved(issue.postgres(), 3), moved(record.postgres(), 3 + 16));
    Ok(format!("WITH a AS ({}), b AS ({issue}) {record}", spend.postgres()))
}

/// The text with its parameters counted from after `by`.
fn moved(text: &str, by: usize) -> String {
    let mut pieces = text.split('$');
    let mut moved = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (number, rest) = piece.split_at(piece.bytes().take_while(u8::is_ascii_digit).count());
        let number = number.parse::<usize>().unwrap_or_default() + by;
        moved.push_str(&format!("${number}{rest}"));
    }
    moved
}

impl Schema {
    /// A schema with a name of its own.
    pub(crate) async fn make(address: &str) -> Result<Self> {
        let name = format!("keybound_bench_{}", entropy::hex::<8>());
        let administrator = connect(address).await?;
        administrator.batch_execute(&format!("CREATE SCHEMA {name}")).await?;
        let separator = if address.contains('?') { '&' } else { '?' };
        let address = format!("{address}{separator}options=-csearch_path%3D{name}");
        Ok(Self { administrator, name, address })
    }

    /// Where it is.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    async fn open(&self) -> Result<Store> {
        let address = Secret::new(self.address.clone());
        let database = Database::Postgres { address, connections: CONNECTIONS, roots: None };
        Ok(Store::open(StoreConfig { database, master: Secret::new([7; 32]) }).await?)
    }

    async fn connections(&self) -> Result<Vec<Arc<Client>>> {
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS.get() {
            connections.push(Arc::new(connect(&self.address).await?));
        }
        Ok(connections)
    }

    /// Drops it, with all that is in it.
    pub(crate) async fn discard(self) -> Result<()> {
        Ok(self.administrator.batch_execute(&format!("DROP SCHEMA {} CASCADE", self.name)).await?)
    }
}

/// Which PostgreSQL answers.
pub(crate) fn version(address: &str) -> Result<String> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let row = connect(address).await?.query_one("SHOW server_version", &[]).await?;
        Ok(row.try_get(0)?)
    })
}

/// Connects; the connection lives as long as the runtime.
pub(crate) async fn connect(address: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(address, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}
