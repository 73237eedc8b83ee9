//! Kept funnels: each is built over the past while arriving events already move it.

use crate::{
    Caller, Engine, Error, Result,
    work::{Kind, schedule},
};
use tessera_domain::analytics::funnel::FunnelDefinition;
use tessera_store::{PgConnection, analytics::funnel, rules};

/// Most funnels of an organisation: each arriving event is applied to all of them.
const MAX_FUNNELS: i64 = 50;

/// Adds a funnel with a valid definition and has it built; returns its number. Aliases stand for their
/// events.
///
/// # Errors
/// [`Error::Conflict`], [`Error::Store`].
pub async fn create(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    name: &str,
    mut definition: FunnelDefinition,
) -> Result<i32> {
    let (organisation, actor) = (caller.organisation, caller.actor.to_string());
    rules::lock(conn, organisation).await?;
    if funnel::count(conn).await? >= MAX_FUNNELS {
        return Err(Error::Conflict(format!(
            "there are {MAX_FUNNELS} funnels, which is the most; remove one first"
        )));
    }
    let rules = engine.rules.current(conn, organisation).await?;
    definition
        .canonicalise(&rules.registry)
        .map_err(|refusal| refusal.within("definition"))?;
    let id = funnel::insert(conn, organisation, name, &definition, &actor)
        .await?
        .ok_or_else(|| Error::Conflict("there is a funnel of this name".to_owned()))?;
    rules::touch(conn, organisation).await?;
    schedule(conn, Kind::Build, organisation).await?;
    Ok(id)
}

/// Removes a funnel. Its name is free from then on.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn remove(conn: &mut PgConnection, caller: &Caller, id: i32) -> Result<()> {
    let organisation = caller.organisation;
    rules::lock(conn, organisation).await?;
    if !funnel::remove(conn, id).await? {
        return Err(Error::not_found("funnel", id));
    }
    rules::touch(conn, organisation).await?;
    schedule(conn, Kind::Build, organisation).await
}
