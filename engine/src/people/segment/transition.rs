//! Entries and exits: the change of a membership, and its event.

use crate::{
    Result,
    capture::{Occurred, occur},
    projection::Touched,
};
use tessera_domain::{
    event::Properties,
    people::segment::{ENTERED, EXITED},
    time::Timestamp,
};
use tessera_store::{OrganisationId, PgConnection, people::segment_member};
use uuid::Uuid;

/// A person is, or is not, a member of a segment from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transition {
    pub(crate) segment: String,
    pub(crate) person: Uuid,
    pub(crate) is_member: bool,
}

/// Records the transitions that change a membership, and their events. Returns what follows from
/// these events. The people are locked.
pub(crate) async fn record(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    transitions: &[Transition],
    now: Timestamp,
) -> Result<Touched> {
    let columns = |is_member: bool| -> (Vec<&str>, Vec<Uuid>) {
        let wanted = transitions.iter().filter(|it| it.is_member == is_member);
        wanted.map(|it| (it.segment.as_str(), it.person)).unzip()
    };
    let ((entering, to_enter), (exiting, to_exit)) = (columns(true), columns(false));
    let entered =
        segment_member::enter(conn, organisation, &entering, &to_enter, now.into()).await?;
    let exited = segment_member::exit(conn, &exiting, &to_exit).await?;
    let changes = (entered.into_iter().map(|it| (ENTERED, it)))
        .chain(exited.into_iter().map(|it| (EXITED, it)));
    let occurred = changes.map(|(name, (segment, person))| Occurred {
        person,
        name,
        properties: Properties::from_iter([("segment".to_owned(), segment.into())]),
    });
    occur(conn, organisation, occurred.collect(), now).await
}
