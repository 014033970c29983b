use super::*;

#[tokio::test]
async fn durability_is_what_was_asked_for() {
    const SYNCHRONOUS: Sql = Sql::new("PRAGMA synchronous");
    for (durability, level) in [(Durability::Full, 2), (Durability::Process, 1)] {
        let scratch = crate::testing::file(durability).await;
        let crate::Database::Sqlite { path, .. } = &scratch.database else { unreachable!("it is a file") };
        let database = Sqlite::file(path, durability).unwrap();
        let rows = database.read_by_writer(&SYNCHRONOUS, Vec::new()).await.unwrap();
        assert_eq!(rows.into_iter().next().unwrap().take::<i64>().unwrap(), level);
    }
}

#[tokio::test]
async fn readers_cannot_write() {
    const DELETE: Sql = Sql::new("DELETE FROM logins");
    let scratch = crate::testing::file(Durability::Full).await;
    let crate::Database::Sqlite { path, .. } = &scratch.database else { unreachable!("it is a file") };
    let database = Sqlite::file(path, Durability::Full).unwrap();
    assert!(database.few(&DELETE, Vec::new()).await.is_err());
}
