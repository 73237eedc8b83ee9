//! Refused items, kept with their reason so that their sender can be fixed. Equal items are kept
//! once, and an organisation keeps a limited number, the latest: a stranger with a page's key, who
//! can send as many as they like, cannot fill the database.

use crate::Result;
use tessera_domain::{
    access::secret::DigestKey,
    capture::{Remains, refused_digest, remains},
    refusal::Refusal,
};
use tessera_store::{
    OrganisationId, PgConnection,
    capture::dead_letter::{self, NewDeadLetter},
};

/// Most that an organisation keeps; the oldest go first.
const KEPT: i64 = 10_000;

/// Refused items of an organisation, not kept yet.
#[derive(Debug)]
pub struct DeadLetters {
    organisation: OrganisationId,
    digests: DigestKey,
    letters: Vec<NewDeadLetter>,
}

impl DeadLetters {
    pub(super) fn new(organisation: OrganisationId, digests: DigestKey) -> Self {
        Self {
            organisation,
            digests,
            letters: Vec::new(),
        }
    }

    /// Adds what may be kept of a refused item: see [`Remains`].
    pub(super) fn add(
        &mut self,
        message_id: Option<&str>,
        refusal: &Refusal,
        text: &str,
        opted_out: bool,
    ) {
        let remains = if opted_out {
            Remains::Nothing
        } else {
            remains(text)
        };
        // Of a visitor who objects, nothing is kept that could distinguish their messages.
        let known = match remains {
            Remains::Nothing => &refusal.to_string(),
            Remains::MessageId | Remains::Text(_) => text,
        };
        let digest = refused_digest(&self.digests, refusal.code, known);
        let (message_id, item) = match remains {
            Remains::Nothing => (None, String::new()),
            Remains::MessageId => (message_id, String::new()),
            Remains::Text(text) => (message_id, text),
        };
        self.letters.push(NewDeadLetter {
            message_id: message_id.map(str::to_owned),
            code: refusal.code,
            field: refusal.field.clone(),
            rule: refusal.rule.clone(),
            item: item.into_bytes(),
            digest,
        });
    }

    /// Keeps those that are not kept yet.
    ///
    /// # Errors
    /// [`Error::Store`](crate::Error::Store).
    pub async fn keep(&self, conn: &mut PgConnection) -> Result<()> {
        if self.letters.is_empty() {
            return Ok(());
        }
        if dead_letter::insert(conn, self.organisation, &self.letters).await? > 0 {
            dead_letter::trim(conn, self.organisation, KEPT).await?;
        }
        Ok(())
    }
}
