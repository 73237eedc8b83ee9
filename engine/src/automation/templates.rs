//! Templates: drafted, put in force, and never changed.

use crate::{Caller, Engine, Error, Result, people};
use serde_json::Value;
use tessera_domain::{
    automation::template::{Arms, Facts, Rendered, Template},
    capture::LOCALE,
    event::Properties,
};
use tessera_store::{
    PgConnection,
    access::organisation,
    automation::template::{self, TemplateRow},
    people::{person::PersonRow, segment, segment_member},
    rules,
};
use uuid::Uuid;

/// Most templates of an organisation.
const MAX_TEMPLATES: i64 = 500;
/// Where a preview's links lead.
const PREVIEW: &str = "https://example.com/u/preview";

/// Adds a version of a template as a draft; returns its number.
///
/// # Errors
/// [`Error::Refused`] when it could say something wrong or nothing, [`Error::Conflict`], [`Error::Store`].
pub async fn draft(
    conn: &mut PgConnection,
    caller: &Caller,
    name: &str,
    template: &Template,
) -> Result<i32> {
    check(conn, template).await?;
    if template::others(conn, name).await? >= MAX_TEMPLATES {
        return Err(Error::Conflict(format!(
            "there are {MAX_TEMPLATES} templates, which is the most; use another version of one"
        )));
    }
    let actor = caller.actor.to_string();
    Ok(template::insert(conn, caller.organisation, name, template, &actor).await?)
}

/// Puts a version in force, and retires the one that was; without a number, the latest. What is intended
/// already keeps its version.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`], [`Error::Store`].
pub async fn publish(
    conn: &mut PgConnection,
    caller: &Caller,
    name: &str,
    version: i32,
) -> Result<()> {
    rules::lock(conn, caller.organisation).await?;
    let row = get(conn, name, Some(version)).await?;
    check(conn, &row.template).await?;
    if row.status != "published" {
        template::publish(conn, name, version).await?;
    }
    Ok(())
}

/// A version of a template; without a number, the one in force, or else the latest.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn get(conn: &mut PgConnection, name: &str, version: Option<i32>) -> Result<TemplateRow> {
    let found = template::get(conn, name, version).await?;
    found.ok_or_else(|| Error::not_found("template", name))
}

/// Whom a preview is for.
#[derive(Debug, Clone)]
pub enum PreviewFor {
    /// A person.
    Person(Uuid),
    /// A person with these traits.
    Traits(Properties),
}

/// What a template says to a person, in `locale` or the language that they read.
///
/// # Errors
/// [`Error::Refused`], [`Error::NotFound`], [`Error::Store`].
pub async fn preview(
    engine: &Engine,
    conn: &mut PgConnection,
    template: &Template,
    to: PreviewFor,
    (event, arms): (&Properties, &Arms),
    locale: Option<&str>,
) -> Result<Rendered> {
    let (person, segments) = match to {
        PreviewFor::Traits(traits) => (traits, Vec::new()),
        PreviewFor::Person(id) => {
            let row = people::canonical(conn, id).await?;
            let segments = segment_member::of_person(conn, row.id).await?;
            (traits(engine, conn, &row).await?, segments)
        }
    };
    let organisation = organisation::current(conn).await?;
    let facts = Facts {
        person: &person,
        segments: &segments,
        arms,
        event,
        organisation: &organisation.name,
        unsubscribe: PREVIEW,
        preferences: PREVIEW,
    };
    let own = person.get(LOCALE).and_then(Value::as_str);
    Ok(template.render(&facts, locale.or(own))?)
}

/// All traits of a person, public and personal.
pub(super) async fn traits(
    engine: &Engine,
    conn: &mut PgConnection,
    person: &PersonRow,
) -> Result<Properties> {
    let mut all = people::opened(engine, conn, person.id).await?;
    if let Some(public) = person.traits.as_object() {
        all.extend(public.clone());
    }
    Ok(all)
}

/// Refuses what could not be said to everybody, and tests of segments that there are not.
async fn check(conn: &mut PgConnection, template: &Template) -> Result<()> {
    template.validate()?;
    for name in template.segments() {
        if segment::get(conn, name).await?.is_none() {
            let rule = "must test segments that there are";
            return Err(Error::refused("blocks", rule));
        }
    }
    Ok(())
}
