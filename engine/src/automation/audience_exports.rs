//! Exports of people for advertising: the members of a segment who have agreed to it, as an advertising platform
//! takes them.
//!
//! Law: nobody is in one whose address is not proved, who has not agreed to it, or who has refused anything at
//! the address, be it a single topic; nor is anybody who is erased by the time it can be read. Who asked for
//! which export, and how many people were in it, is kept for good; the file for a day, sealed, and no longer
//! than until a person of the organisation is erased. No address is in it, in a log, or in a message.

use crate::{
    Caller, Engine, Error, Result,
    job::{self, JobRequest, Outcome},
    people::{opened_of, proved_addresses, stated_address},
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tessera_domain::{
    access::secret::{open, seal},
    automation::audience::{AudienceFormat, HashedAddress, MAX_PEOPLE, MIN_PEOPLE, has_agreed},
};
use tessera_store::{
    OrganisationId, PgConnection,
    automation::{audience_export, suppression},
    people::{person, segment, segment_member},
    read::Page,
    rules, tenant,
};
use uuid::Uuid;

/// Members who are looked at together.
const PAGE: i64 = 500;
/// Addresses that are looked up together.
const CHUNK: usize = 5_000;
/// Hours for which a file can be read.
pub(crate) const FILE_HOURS: i32 = 24;

/// Asks for an export of a segment; the job's id.
///
/// # Errors
/// As [`job::request`].
pub async fn request(
    conn: &mut PgConnection,
    caller: &Caller,
    segment: &str,
    format: AudienceFormat,
) -> Result<Uuid> {
    let wanted = JobRequest::AudienceExport {
        segment: segment.to_owned(),
        format,
    };
    let id = job::request(conn, caller, &wanted).await?;
    let (what, actor) = ((segment, format.as_str()), caller.actor.to_string());
    audience_export::insert(conn, caller.organisation, id, what, &actor).await?;
    Ok(id)
}

/// Refuses a segment that there is not, or not yet.
pub(crate) async fn unless_unknown(conn: &mut PgConnection, name: &str) -> Result<()> {
    let found = segment::get(conn, name).await?;
    if found.is_some_and(|it| it.live) {
        return Ok(());
    }
    Err(Error::not_found("segment in force with the name", name))
}

/// The file of an export; none when it can no longer be read.
///
/// # Errors
/// [`Error::Store`], [`Error::Internal`].
pub async fn file(
    engine: &Engine,
    conn: &mut PgConnection,
    organisation: OrganisationId,
    id: Uuid,
) -> Result<Option<String>> {
    let Some(sealed) = audience_export::sealed(conn, id, FILE_HOURS).await? else {
        return Ok(None);
    };
    let broken = || Error::Internal("open an audience export");
    let key = engine.master_key.answer_key(organisation.0);
    let file = open(&key, id.as_bytes(), &sealed).map_err(|_| broken())?;
    Ok(Some(String::from_utf8(file).map_err(|_| broken())?))
}

/// The people of an export, before it is looked at what they refuse.
pub(crate) struct Candidates {
    id: Uuid,
    segment: String,
    format: AudienceFormat,
    /// What stands in the list of each address, by the address's digest.
    addresses: BTreeMap<[u8; 32], HashedAddress>,
    /// What seals the file.
    engine: Engine,
}

/// Looks at all members of a segment.
pub(crate) async fn compute(
    engine: &Engine,
    organisation: OrganisationId,
    id: Uuid,
    (segment, format): (String, AudienceFormat),
) -> Result<Outcome> {
    let mut addresses = BTreeMap::new();
    let mut after = None;
    loop {
        let mut transaction = tenant::snapshot(&engine.pool, organisation).await?;
        let page = Page { after, limit: PAGE };
        let members = segment_member::list(&mut transaction, &segment, page).await?;
        let people: Vec<Uuid> = members.iter().map(|it| it.person).collect();
        let Some(last) = people.last().copied() else {
            break;
        };
        let proved = proved(engine, &mut transaction, organisation, &people).await?;
        addresses.extend(proved);
        if addresses.len() > MAX_PEOPLE {
            let rule = format!("more than {MAX_PEOPLE} people may be exported; narrow the segment");
            return Err(Error::Conflict(rule));
        }
        after = Some(last);
    }
    Ok(Outcome::Audience(Box::new(Candidates {
        id,
        segment,
        format,
        addresses,
        engine: engine.clone(),
    })))
}

/// The addresses of those of these people who have agreed, and whose address is proved to be theirs.
async fn proved(
    engine: &Engine,
    conn: &mut PgConnection,
    organisation: OrganisationId,
    people: &[Uuid],
) -> Result<Vec<([u8; 32], HashedAddress)>> {
    let mut stated = Vec::new();
    let mut personal = opened_of(engine, conn, people).await?;
    for row in person::of(conn, people).await? {
        let personal = personal.remove(&row.id).unwrap_or_default();
        if row.traits.as_object().is_some_and(has_agreed) {
            stated.extend(stated_address(&personal).map(|email| (row.id, email)));
        }
    }
    let proved = proved_addresses(engine, conn, organisation, stated).await?;
    let hashed = proved
        .into_iter()
        .filter_map(|it| Some((it.digest, HashedAddress::of(&it.email)?)));
    Ok(hashed.collect())
}

impl Candidates {
    /// Keeps the file, without those who refuse anything or were erased meanwhile: nobody is erased and nothing
    /// is refused between this look and the end of the transaction.
    pub(crate) async fn keep(
        self,
        conn: &mut PgConnection,
        organisation: OrganisationId,
    ) -> Result<Value> {
        rules::lock_shared(conn, organisation).await?;
        suppression::lock_shared(conn, organisation).await?;
        let digests: Vec<[u8; 32]> = self.addresses.keys().copied().collect();
        let mut people = BTreeSet::new();
        for chunk in digests.chunks(CHUNK) {
            for digest in audience_export::unrefused(conn, chunk).await? {
                people.extend(self.addresses.get(digest.as_slice()).copied());
            }
        }
        if people.len() < MIN_PEOPLE {
            let rule = format!(
                "fewer than {MIN_PEOPLE} members of the segment have agreed and have a proved address; \
                 so short a list would reveal what single people do"
            );
            return Err(Error::Conflict(rule));
        }
        let count = i32::try_from(people.len()).unwrap_or(i32::MAX);
        let file = self.format.csv(&people);
        let key = self.engine.master_key.answer_key(organisation.0);
        let sealed = seal(&key, rand::random(), self.id.as_bytes(), file.as_bytes())
            .map_err(|_| Error::Internal("seal an audience export"))?;
        audience_export::keep(conn, self.id, count, &sealed).await?;
        Ok(json!({ "segment": self.segment, "format": self.format, "people": count }))
    }
}
