//! Personal traits, each row sealed under the key of the one whose they are.

use crate::Result;
use sqlx::{PgConnection, types::Json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The personal traits of one of those who are a person.
#[derive(Debug, Clone)]
pub struct SealedTraits {
    /// The canonical person.
    pub canonical: Uuid,
    /// Whose they are, of those who are the person.
    pub person: Uuid,
    /// The traits, sealed.
    pub sealed: Vec<u8>,
    /// The key, wrapped.
    pub data_key: Vec<u8>,
    /// When each trait was stated, microseconds since 1970.
    pub times: Json<BTreeMap<String, i64>>,
}

/// Those of these canonical people and of everybody merged into them.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn of(conn: &mut PgConnection, people: &[Uuid]) -> Result<Vec<SealedTraits>> {
    Ok(sqlx::query_as!(
        SealedTraits,
        r#"select canonical, id as person, sealed as "sealed!", data_key as "data_key!",
                  trait_times as "times: Json<BTreeMap<String, i64>>"
           from engine.person
           where canonical = any($1) and sealed is not null and data_key is not null"#,
        people,
    )
    .fetch_all(conn)
    .await?)
}
