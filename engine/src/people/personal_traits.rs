//! Personal traits: sealed under a key of the person's own, which is stored wrapped by the master
//! key. What is sealed names its person, so it opens in no other row; deleting the key erases it.

use super::canonical;
use crate::{Engine, Error, Result};
use serde_json::{Map, Value, json};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};
use tessera_domain::{
    access::secret::{DataKey, open, seal, unwrap, wrap},
    event::Properties,
    time::Timestamp,
};
use tessera_store::{
    PgConnection,
    people::{
        person::{self, PersonRow, Stated},
        sealed_traits,
    },
};
use uuid::Uuid;

/// The personal traits of the person behind `id`.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`], [`Error::Internal`] under another master key.
pub async fn personal_traits(
    engine: &Engine,
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<Properties> {
    let person = canonical(conn, id).await?;
    opened(engine, conn, person.id).await
}

/// The personal traits of a canonical person.
pub(crate) async fn opened(
    engine: &Engine,
    conn: &mut PgConnection,
    person: Uuid,
) -> Result<Properties> {
    let mut all = opened_of(engine, conn, &[person]).await?;
    Ok(all.remove(&person).unwrap_or_default())
}

/// The personal traits of canonical people, where there are any. The newest statement counts, whichever of the
/// merged people it is about; of statements at one moment the person's own.
pub(crate) async fn opened_of(
    engine: &Engine,
    conn: &mut PgConnection,
    people: &[Uuid],
) -> Result<HashMap<Uuid, Properties>> {
    let mut newest: HashMap<Uuid, BTreeMap<String, (Standing, Value)>> = HashMap::new();
    for row in sealed_traits::of(conn, people).await? {
        let known = newest.entry(row.canonical).or_default();
        let traits = OwnKey::unwrapped(engine, row.person, &row.data_key)?.open(&row.sealed)?;
        for (name, value) in traits {
            let at = row.times.get(&name).copied().unwrap_or_default();
            let standing = (at, row.person == row.canonical, Reverse(row.person));
            if known.get(&name).is_none_or(|(other, _)| *other < standing) {
                known.insert(name, (standing, value));
            }
        }
    }
    let all = newest.into_iter().map(|(person, traits)| {
        let traits = traits.into_iter().map(|(name, (_, value))| (name, value));
        (person, traits.collect())
    });
    Ok(all.collect())
}

/// By what one statement counts and another does not: when it was made, and which of them it is about.
type Standing = (i64, bool, Reverse<Uuid>);

/// Adds traits to a person's that were stated at `at`, unless something newer is known of them; the key is
/// created when there is first something to seal.
pub(super) async fn keep(
    engine: &Engine,
    conn: &mut PgConnection,
    id: Uuid,
    public: &Value,
    mut personal: Map<String, Value>,
    at: Timestamp,
) -> Result<()> {
    let stated = Stated {
        public,
        sealed: None,
        data_key: None,
        personal: &[],
        at: at.0,
    };
    if personal.is_empty() {
        return Ok(person::set_traits(conn, id, stated).await?);
    }
    let person = canonical(conn, id).await?;
    let times = &person.trait_times.0;
    personal.retain(|name, _| times.get(name).is_none_or(|known| *known <= at.0));
    let names: Vec<String> = personal.keys().cloned().collect();
    let (key, wrapped, mut all) = match OwnKey::of(engine, &person)? {
        Some(key) => {
            let known = person.sealed.as_deref().map(|it| key.open(it));
            (key, None, known.transpose()?.unwrap_or_default())
        }
        // What was sealed under a key that was erased is erased with it.
        None => {
            let (key, wrapped) = OwnKey::make(engine, person.id)?;
            (key, Some(wrapped), Properties::new())
        }
    };
    all.extend(personal);
    let sealed = key.seal(&all)?;
    let stated = Stated {
        sealed: Some(&sealed),
        data_key: wrapped.as_deref(),
        personal: &names,
        ..stated
    };
    Ok(person::set_traits(conn, id, stated).await?)
}

/// A person's own key.
struct OwnKey {
    person: Uuid,
    key: DataKey,
}

impl OwnKey {
    fn of(engine: &Engine, person: &PersonRow) -> Result<Option<Self>> {
        let Some(wrapped) = &person.data_key else {
            return Ok(None);
        };
        Ok(Some(Self::unwrapped(engine, person.id, wrapped)?))
    }

    fn unwrapped(engine: &Engine, person: Uuid, wrapped: &[u8]) -> Result<Self> {
        let wrap_key = engine.master_key.wrap_key();
        let key = unwrap(&wrap_key, person.as_bytes(), wrapped).map_err(|_| broken())?;
        Ok(Self { person, key })
    }

    /// A new key, and how it is stored.
    fn make(engine: &Engine, person: Uuid) -> Result<(Self, Vec<u8>)> {
        let key = DataKey::new(rand::random());
        let wrap_key = engine.master_key.wrap_key();
        let wrapped =
            wrap(&wrap_key, rand::random(), person.as_bytes(), &key).map_err(|_| broken())?;
        Ok((Self { person, key }, wrapped))
    }

    fn open(&self, sealed: &[u8]) -> Result<Properties> {
        let opened = open(&self.key, self.person.as_bytes(), sealed).map_err(|_| broken())?;
        serde_json::from_slice(&opened).map_err(|_| broken())
    }

    fn seal(&self, traits: &Properties) -> Result<Vec<u8>> {
        let text = json!(traits).to_string();
        seal(
            &self.key,
            rand::random(),
            self.person.as_bytes(),
            text.as_bytes(),
        )
        .map_err(|_| broken())
    }
}

/// Another master key, or an edited row.
fn broken() -> Error {
    Error::Internal("open a sealed trait")
}
