//! Visitors as they are asked for, and who they are.

use crate::{Error, Result};
use std::collections::HashMap;
use tessera_domain::{
    access::secret::DigestKey,
    event::Properties,
    experiments::assignment::Attributes,
    people::{Identifier, IdentifierKind},
    refusal::Refusal,
};
use tessera_store::{
    PgConnection,
    people::person::{self, IdentifierKey, Known as KnownPerson},
};
use uuid::Uuid;

/// A visitor, by identifiers of which at least one is there.
#[derive(Debug, Clone, Default)]
pub struct Visitor {
    /// The browser's identifier.
    pub anonymous_id: Option<String>,
    /// The organisation's identifier.
    pub user_id: Option<String>,
    /// The address of the wallet.
    pub wallet: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// What exposures are grouped by.
    pub properties: Properties,
}

/// Who a visitor is.
pub(super) struct Known {
    /// The identifier that says most.
    pub(super) key: IdentifierKey,
    /// The canonical person of the first identifier that is known, those that say most first; of who is not
    /// known, a number that all visitors with one of their identifiers have.
    pub(super) person: Uuid,
    /// Whether that is a person.
    pub(super) is_known: bool,
}

impl Visitor {
    pub(super) fn attributes(&self, segments: Vec<String>) -> Attributes {
        Attributes {
            anonymous_id: self.anonymous_id.clone(),
            user_id: self.user_id.clone(),
            wallet: self.wallet.clone(),
            email: self.email.clone(),
            segments,
        }
    }

    /// The identifiers, those that say most first.
    fn identifiers(&self) -> std::result::Result<Vec<Identifier>, Refusal> {
        let given = [
            ("wallet", IdentifierKind::Wallet, &self.wallet),
            ("email", IdentifierKind::Email, &self.email),
            ("user_id", IdentifierKind::User, &self.user_id),
            (
                "anonymous_id",
                IdentifierKind::Anonymous,
                &self.anonymous_id,
            ),
        ];
        let mut found = Vec::new();
        for (field, kind, text) in given {
            if let Some(text) = text {
                let parsed = Identifier::parse(kind, text);
                found.push(parsed.map_err(|error| error.refusal(field))?);
            }
        }
        if found.is_empty() {
            return Err(Refusal::new("", "must have an identifier"));
        }
        Ok(found)
    }
}

/// Who visitors are, in their order.
pub(super) async fn know(
    conn: &mut PgConnection,
    visitors: &[Visitor],
    digests: &DigestKey,
) -> Result<Vec<Known>> {
    let mut keys = Vec::with_capacity(visitors.len());
    for (at, visitor) in visitors.iter().enumerate() {
        let identifiers = visitor
            .identifiers()
            .map_err(|it| it.within(&format!("visitors[{at}]")))?;
        let of_visitor = identifiers.iter().map(|it| IdentifierKey::of(it, digests));
        keys.push(of_visitor.collect::<Vec<_>>());
    }
    let all: Vec<IdentifierKey> = keys.iter().flatten().cloned().collect();
    let known: HashMap<IdentifierKey, KnownPerson> = person::resolve(conn, &all).await?;
    let mut unknown: HashMap<IdentifierKey, Uuid> = HashMap::new();
    keys.into_iter()
        .map(|keys| {
            let person = keys.iter().find_map(|key| known.get(key));
            let is_known = person.is_some();
            let person = person.map(|it| it.canonical).unwrap_or_else(|| {
                let same = keys.iter().find_map(|key| unknown.get(key));
                let number = same.copied().unwrap_or_else(Uuid::now_v7);
                unknown.extend(keys.iter().map(|key| (key.clone(), number)));
                number
            });
            let key = keys.into_iter().next();
            let key = key.ok_or(Error::Internal("name a visitor"))?;
            Ok(Known {
                key,
                person,
                is_known,
            })
        })
        .collect()
}
