//! Personal traits: sealed under a key of the person's own, which is stored wrapped by the master
//! key. What is sealed names its person, so it opens in no other row; deleting the key erases it.

use super::canonical;
use crate::{Engine, Error, Result};
use serde_json::{Map, Value, json};
use tessera_domain::{
    access::secret::{DataKey, open, seal, unwrap, wrap},
    event::Properties,
    time::Timestamp,
};
use tessera_store::{
    PgConnection,
    people::person::{self, PersonRow, Stated},
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
    opened(engine, &canonical(conn, id).await?)
}

/// The personal traits in a canonical person's row.
pub(crate) fn opened(engine: &Engine, person: &PersonRow) -> Result<Properties> {
    match OwnKey::of(engine, person)? {
        Some(key) => key.traits(person),
        None => Ok(Properties::new()),
    }
}

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
            let known = key.traits(&person)?;
            (key, None, known)
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
        let wrap_key = engine.master_key.wrap_key();
        let key = unwrap(&wrap_key, person.id.as_bytes(), wrapped).map_err(|_| broken())?;
        Ok(Some(Self {
            person: person.id,
            key,
        }))
    }

    /// A new key, and how it is stored.
    fn make(engine: &Engine, person: Uuid) -> Result<(Self, Vec<u8>)> {
        let key = DataKey::new(rand::random());
        let wrap_key = engine.master_key.wrap_key();
        let wrapped =
            wrap(&wrap_key, rand::random(), person.as_bytes(), &key).map_err(|_| broken())?;
        Ok((Self { person, key }, wrapped))
    }

    fn traits(&self, person: &PersonRow) -> Result<Properties> {
        let Some(sealed) = &person.sealed else {
            return Ok(Properties::new());
        };
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
