//! What wallets may do in an organisation. There is always an owner.

use crate::{Caller, Error, Result};
use tessera_domain::access::Role;
use tessera_store::{Key, PgConnection, access::role};

/// Grants a wallet a role in place of the one that it has. As with API keys, nobody can give a
/// right that they lack.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::Conflict`], [`Error::Store`].
pub async fn grant_role(
    conn: &mut PgConnection,
    caller: &Caller,
    wallet: Key,
    granted: Role,
) -> Result<()> {
    for scope in granted.scopes() {
        caller.require(*scope)?;
    }
    if granted != Role::Owner {
        keep_an_owner(conn, wallet).await?;
    }
    let actor = caller.actor.to_string();
    let organisation = caller.organisation;
    Ok(role::grant(conn, organisation, wallet, granted.as_str(), &actor).await?)
}

/// Revokes a wallet's role.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`], [`Error::Store`].
pub async fn revoke_role(conn: &mut PgConnection, wallet: Key) -> Result<()> {
    keep_an_owner(conn, wallet).await?;
    if role::withdraw(conn, wallet).await? {
        Ok(())
    } else {
        Err(Error::not_found("role for wallet", wallet))
    }
}

/// Refuses to leave the organisation without an owner.
async fn keep_an_owner(conn: &mut PgConnection, wallet: Key) -> Result<()> {
    if role::owners(conn).await? == [wallet] {
        return Err(Error::Conflict(
            "this is the only owner; grant the role to another wallet first".to_owned(),
        ));
    }
    Ok(())
}
