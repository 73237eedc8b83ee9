//! From whom an organisation's mail comes. The key that signs it is made here, sealed under the master key,
//! and never shown; its public half is for the organisation to publish.

use crate::{Caller, Engine, Error, Result, clock::now};
use tessera_domain::{
    access::secret::seal,
    people::{Identifier, IdentifierKind},
    refusal::Refusal,
};
use tessera_mail::Signer;
use tessera_store::{
    PgConnection,
    automation::mail_sender::{self, SenderRow},
};
use tokio::task::spawn_blocking;

/// Most characters of a name or a postal address.
pub const MAX_NAME_CHARS: usize = 200;
/// The selector of the first key of a domain.
const SELECTOR: &str = "tessera";

/// From whom mail is to come.
#[derive(Debug, Clone)]
pub struct NewSender {
    /// The name that is shown.
    pub from_name: String,
    /// The address that mail comes from.
    pub from_address: String,
    /// Where answers go, unless they go there.
    pub reply_to: Option<String>,
    /// The organisation's postal address, which marketing mail states.
    pub postal_address: Option<String>,
}

/// Replaces the organisation's sender. Another domain gets another key.
///
/// # Errors
/// [`Error::Refused`], [`Error::Store`], [`Error::Internal`].
pub async fn put(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    new: NewSender,
) -> Result<SenderRow> {
    let from_address = address("from_address", &new.from_address)?;
    let reply_to = new
        .reply_to
        .map(|it| address("reply_to", &it))
        .transpose()?;
    Refusal::unless_name("from_name", &new.from_name, MAX_NAME_CHARS)?;
    if let Some(postal) = &new.postal_address {
        Refusal::unless_name("postal_address", postal, MAX_NAME_CHARS)?;
    }
    let known = mail_sender::get(conn).await?;
    let domain = from_address
        .split_once('@')
        .map_or("", |(_, it)| it)
        .to_owned();
    let kept = known.filter(|row| row.dkim_domain == domain);
    let (dkim_selector, dkim_record, dkim_key) = match kept {
        Some(row) => (row.dkim_selector, row.dkim_record, row.dkim_key),
        None => new_key(engine, caller, domain.clone()).await?,
    };
    let row = SenderRow {
        from_name: new.from_name,
        from_address,
        reply_to,
        postal_address: new.postal_address,
        dkim_selector,
        dkim_domain: domain,
        dkim_record,
        dkim_key,
        first_sent_at: None,
        updated_at: now().into(),
    };
    let actor = caller.actor.to_string();
    mail_sender::put(conn, caller.organisation, &row, &actor).await?;
    get(conn).await
}

/// The organisation's sender.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn get(conn: &mut PgConnection) -> Result<SenderRow> {
    let found = mail_sender::get(conn).await?;
    found.ok_or_else(|| Error::not_found("sender of mail", "of this organisation"))
}

/// A key for a domain: its selector, what its record must be, and the key itself, sealed.
async fn new_key(
    engine: &Engine,
    caller: &Caller,
    domain: String,
) -> Result<(String, String, Vec<u8>)> {
    let failed = || Error::Internal("make the key that signs mail");
    let of = domain.clone();
    let made = spawn_blocking(move || Signer::generate_rsa(&of, SELECTOR)).await;
    let (pem, signer) = made.map_err(|_| failed())?.map_err(|_| failed())?;
    let key = engine.master_key.mail_key(caller.organisation.0);
    let sealed = seal(&key, rand::random(), domain.as_bytes(), pem.as_bytes());
    let (_, record) = signer.dns_record();
    Ok((SELECTOR.to_owned(), record, sealed.map_err(|_| failed())?))
}

fn address(field: &str, text: &str) -> Result<String> {
    let parsed = Identifier::parse(IdentifierKind::Email, text);
    Ok(parsed
        .map_err(|error| error.refusal(field))?
        .value()
        .to_owned())
}
