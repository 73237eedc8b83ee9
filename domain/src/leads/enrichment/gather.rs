//! Facts from what was read.

use super::{
    fact::{Attribute, Fact, MAX_VALUE_CHARS},
    mail_domain::{MailDomain, MailKind},
    page::Page,
    policy::Source,
    technology::{Evidence, Technology},
};
use crate::time::Timestamp;

/// What the domain of an e-mail address says of a company: nothing, unless it is a domain of its own.
pub fn facts_of_mail(mail: &MailDomain, seen_at: Timestamp) -> Vec<Fact> {
    let own = (mail.kind == MailKind::Own).then(|| Fact {
        attribute: Attribute::Domain,
        value: mail.domain.clone(),
        source: Source::MailDomain,
        seen_at,
    });
    own.into_iter().collect()
}

/// What a company's site says of it.
pub fn facts_of_site(page: &Page, technologies: &[Technology], seen_at: Timestamp) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut note = |source, attribute, value: Option<String>| {
        let value = value.filter(|it| it.chars().count() <= MAX_VALUE_CHARS);
        facts.extend(value.map(|value| Fact {
            attribute,
            value,
            source,
            seen_at,
        }));
    };
    if let Some(it) = &page.organisation {
        let mut stated = |attribute, value| note(Source::StructuredData, attribute, value);
        stated(Attribute::Name, it.name.clone());
        stated(Attribute::LegalName, it.legal_name.clone());
        stated(Attribute::Description, it.description.clone());
        stated(Attribute::Country, it.country.clone());
        let number = |it: Option<u64>| it.map(|it| it.to_string());
        stated(Attribute::Employees, number(it.employees));
        stated(Attribute::Founded, it.founded.map(|year| year.to_string()));
    }
    note(Source::Page, Attribute::Name, page.property("og:site_name"));
    note(Source::Page, Attribute::Description, page.description());
    for profile in &page.profiles {
        let network = profile.network;
        note(
            Source::Page,
            Attribute::Profile { network },
            Some(profile.url()),
        );
    }
    for technology in technologies {
        let source = match technology.evidence {
            Evidence::Header => Source::Headers,
            Evidence::Meta | Evidence::Script => Source::Page,
        };
        let name = technology.name.clone();
        let version = technology.version.clone().unwrap_or_default();
        note(source, Attribute::Technology { name }, Some(version));
    }
    facts
}
