//! The arms that a message is written with.
//!
//! Law: they are dealt when the message is intended, in its transaction, and kept with it. So whatever becomes of
//! the weights or the experiment meanwhile, the message says what its exposure says; that some messages are never
//! sent makes an effect smaller, and shifts it to neither side.

use crate::{
    Engine, Result,
    experiments::assign::{Features, Visitor, Wanted, assign_by},
    people::stated_address,
};
use tessera_domain::{
    automation::template::{Arms, Template},
    event::Properties,
    time::Timestamp,
};
use tessera_store::{OrganisationId, PgConnection};

/// The arms of the experiments that a template tests, for a person with these traits. Who has stated no address
/// takes no part: an arm is dealt by what pages and quotes know a person by, too.
pub(super) async fn deal(
    engine: &Engine,
    conn: &mut PgConnection,
    organisation: OrganisationId,
    template: &Template,
    traits: &Properties,
    now: Timestamp,
) -> Result<Arms> {
    let rules = engine.rules.current(conn, organisation).await?;
    let mut arms = Arms::new();
    let mut keys = Vec::new();
    for key in template.experiments() {
        match rules.live.get(key).map(|it| it.shipped.clone()) {
            // Everybody sees what is decided.
            Some(Some(shipped)) => {
                arms.insert(key.to_owned(), shipped);
            }
            Some(None) => keys.push(key.to_owned()),
            None => {}
        }
    }
    let Some(email) = stated_address(traits).filter(|_| !keys.is_empty()) else {
        return Ok(arms);
    };
    let visitors = [Visitor {
        email: Some(email.value().to_owned()),
        ..Visitor::default()
    }];
    let wanted = Wanted {
        features: Features::Only(&keys),
        expose: true,
    };
    let seen = assign_by(engine, conn, &rules, organisation, &visitors, wanted, now).await?;
    let features = seen.into_iter().flat_map(|it| it.features);
    arms.extend(features.filter_map(|it| Some((it.feature, it.arm?.arm))));
    Ok(arms)
}
