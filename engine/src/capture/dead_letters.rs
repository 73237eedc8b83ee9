//! Refused items, kept with their reason so that their sender can be mended.

use crate::Result;
use tessera_domain::{
    capture::{Remains, remains},
    refusal::Refusal,
};
use tessera_store::{
    OrganisationId, PgConnection,
    capture::dead_letter::{self, NewDeadLetter},
};

/// Refused items of an organisation, not kept yet.
#[derive(Debug)]
pub struct DeadLetters {
    organisation: OrganisationId,
    letters: Vec<NewDeadLetter>,
}

impl DeadLetters {
    pub(super) fn new(organisation: OrganisationId) -> Self {
        Self {
            organisation,
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
        });
    }

    /// Keeps them.
    ///
    /// # Errors
    /// [`Error::Store`](crate::Error::Store).
    pub async fn keep(&self, conn: &mut PgConnection) -> Result<()> {
        Ok(dead_letter::insert(conn, self.organisation, &self.letters).await?)
    }
}
