//! Who is behind wallets.

use crate::{Engine, Result};
use std::collections::{BTreeSet, HashMap};
use tessera_domain::people::Identifier;
use tessera_store::{
    Key, OrganisationId, PgConnection,
    people::person::{self, IdentifierKey},
};
use uuid::Uuid;

/// The canonical people behind wallets; wallets of nobody are left out.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub(crate) async fn holders(
    engine: &Engine,
    conn: &mut PgConnection,
    organisation: OrganisationId,
    wallets: impl IntoIterator<Item = Key>,
) -> Result<HashMap<Key, Uuid>> {
    let digests = engine.digest_key(organisation);
    let wallets: BTreeSet<Key> = wallets.into_iter().collect();
    let keyed: Vec<(Key, IdentifierKey)> = wallets
        .into_iter()
        .filter_map(|wallet| {
            let identifier = Identifier::wallet(wallet.0).ok()?;
            Some((wallet, IdentifierKey::of(&identifier, &digests)))
        })
        .collect();
    let keys: Vec<IdentifierKey> = keyed.iter().map(|(_, key)| key.clone()).collect();
    let known = person::resolve(conn, &keys).await?;
    let held = keyed
        .into_iter()
        .filter_map(|(wallet, key)| Some((wallet, known.get(&key)?.canonical)));
    Ok(held.collect())
}
