//! Accounts: companies, by the domains of their mail, whose institutional leads go to one member of the team.

use super::team;
use crate::{Caller, Error, Result, clock::now, error::unless_refused};
use tessera_domain::{
    leads::enrichment::{MailKind, mail_domain},
    refusal::Refusal,
};
use tessera_store::{
    Key, PgConnection,
    leads::sales_account::{self, AccountRow},
};

/// Most characters of a company's name.
const MAX_NAME_CHARS: usize = 200;

/// Stores the account of a domain.
///
/// # Errors
/// [`Error::Refused`], [`Error::Store`].
pub async fn put(
    conn: &mut PgConnection,
    caller: &Caller,
    domain: &str,
    name: String,
    owner: Key,
) -> Result<AccountRow> {
    let mut refusals: Vec<Refusal> = Vec::new();
    refusals.extend(check_domain(domain).err());
    refusals.extend(Refusal::unless_name("name", &name, MAX_NAME_CHARS).err());
    unless_refused(refusals)?;
    team::named(conn, "owner", owner).await?;
    let row = AccountRow {
        domain: domain.to_owned(),
        name,
        owner,
        updated_by: caller.actor.to_string(),
        updated_at: now().into(),
    };
    sales_account::put(conn, caller.organisation, &row).await?;
    Ok(row)
}

/// The account of a domain.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn get(conn: &mut PgConnection, domain: &str) -> Result<AccountRow> {
    let found = sales_account::get(conn, domain).await?;
    found.ok_or_else(|| Error::not_found("account", domain))
}

/// Removes the account of a domain. Leads that were assigned by it stay where they are.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn remove(conn: &mut PgConnection, domain: &str) -> Result<()> {
    if sales_account::remove(conn, domain).await? {
        return Ok(());
    }
    Err(Error::not_found("account", domain))
}

/// A domain is an account's as the domains of addresses are read: registered, and a company's own.
fn check_domain(domain: &str) -> std::result::Result<(), Refusal> {
    let read = mail_domain(&format!("office@{domain}"));
    let own = read.is_ok_and(|it| it.domain == domain && it.kind == MailKind::Own);
    if own {
        return Ok(());
    }
    let rule = "must be a company's own registered domain, as in example.com";
    Err(Refusal::new("domain", rule))
}
