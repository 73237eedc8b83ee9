//! What a computation that takes long knows of its job: how far it is, and what came of it.

use crate::{Engine, Result, automation::audience_exports::Candidates, leads::NewModel};
use serde_json::Value;
use tessera_store::{OrganisationId, PgConnection, StoreError, job, tenant};
use uuid::Uuid;

/// The result of a computation, before it is kept.
pub(crate) enum Outcome {
    /// The answer itself.
    Answer(Value),
    /// A model to be stored, whose version is part of the answer.
    Model(Box<NewModel>),
    /// People to be exported, with a file of its own.
    Audience(Box<Candidates>),
}

impl Outcome {
    pub(crate) async fn keep(
        self,
        conn: &mut PgConnection,
        organisation: OrganisationId,
    ) -> Result<Value> {
        match self {
            Self::Answer(answer) => Ok(answer),
            Self::Model(model) => model.insert(conn, organisation).await,
            Self::Audience(people) => people.keep(conn, organisation).await,
        }
    }
}

/// Where a computation notes how far it is.
pub(crate) struct Progress<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) organisation: OrganisationId,
    pub(crate) id: Uuid,
}

impl Progress<'_> {
    /// Notes that `done` of `all` parts are done.
    pub(crate) async fn note(&self, done: usize, all: usize) -> Result<()> {
        let hundredths = done.saturating_mul(100) / all.max(1);
        let mut transaction = tenant::begin(&self.engine.pool, self.organisation).await?;
        let hundredths = i16::try_from(hundredths).unwrap_or(100);
        job::note_progress(&mut transaction, self.id, hundredths).await?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(())
    }
}
