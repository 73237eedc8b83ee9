//! Facts of several sources, which one is believed, and where leads come from.

use super::{moment, read};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::json;
use tessera_domain::{
    leads::{
        enrichment::{
            Attribute, Fact, LegalBasis, MAX_VALUE_CHARS, Network, Page, Source, SourcePolicies,
            SourcePolicy, facts_of_mail, facts_of_site, mail_domain, merge, standard_policies,
            technologies,
        },
        provenance::{Arrival, Origin, Provenance, UnknownOrigin},
    },
    time::{MICROS_PER_DAY, Timestamp},
};

fn fact(source: Source, day: i64, value: &str) -> Fact {
    Fact {
        attribute: Attribute::Name,
        value: value.to_owned(),
        source,
        seen_at: Timestamp(day * MICROS_PER_DAY),
    }
}

fn believed(facts: &[Fact], policies: &SourcePolicies, day: i64) -> Option<String> {
    let now = Timestamp(day * MICROS_PER_DAY);
    let mut merged = merge(facts.to_vec(), policies, now);
    merged.remove(&Attribute::Name).map(|it| it.value)
}

#[test]
fn policies_out_of_bounds_are_refused_by_their_field() {
    let policy = |rank, ttl_days| {
        let legal_basis = LegalBasis::Consent;
        SourcePolicies(
            [(
                Source::Page,
                SourcePolicy {
                    rank,
                    legal_basis,
                    ttl_days,
                },
            )]
            .into(),
        )
    };
    for (policies, field) in [
        (policy(101, 1), "page.rank"),
        (policy(0, 0), "page.ttl_days"),
        (policy(0, 1_097), "page.ttl_days"),
    ] {
        assert_eq!(policies.validate().expect_err("refused").field, field);
    }
    assert_eq!(standard_policies().validate(), Ok(()));
    assert!(serde_json::from_value::<SourcePolicies>(json!({ "rumour": {} })).is_err());
}

#[test]
fn a_fact_that_nothing_allows_or_whose_time_is_over_is_not_used() {
    let policies = standard_policies();
    let stated = fact(Source::Stated, 100, "stated");
    for (day, used) in [(99, false), (100, true), (829, true), (830, false)] {
        assert_eq!(
            believed(std::slice::from_ref(&stated), &policies, day).is_some(),
            used,
            "{day}"
        );
    }
    let nothing = SourcePolicies(Default::default());
    assert_eq!(believed(&[stated], &nothing, 100), None);
}

#[test]
fn rank_decides_before_age_and_age_within_a_rank() {
    let policies = standard_policies();
    let facts = [
        fact(Source::Page, 300, "new page"),
        fact(Source::Headers, 310, "newer headers"),
        fact(Source::Stated, 1, "stated long ago"),
    ];
    assert_eq!(
        believed(&facts, &policies, 320).as_deref(),
        Some("stated long ago")
    );
    assert_eq!(
        believed(&facts[..2], &policies, 320).as_deref(),
        Some("newer headers")
    );
    // The time of the headers is over before that of the page.
    assert_eq!(
        believed(&facts[..2], &policies, 401).as_deref(),
        Some("new page")
    );
}

#[test]
fn only_a_domain_of_its_own_is_a_fact_about_a_company() {
    let at = moment("2026-11-30T00:00:00Z");
    for address in ["ada@gmail.com", "ada@duck.com", "ada@mailinator.com"] {
        let mail = mail_domain(address).expect("a domain");
        assert_eq!(facts_of_mail(&mail, at), []);
    }
    let mail = mail_domain("ada@mail.example.com").expect("a domain");
    let facts = facts_of_mail(&mail, at);
    assert_eq!(facts.len(), 1);
    assert_eq!(
        serde_json::to_value(&facts[0]).expect("JSON"),
        json!({ "attribute": { "kind": "domain" }, "value": "example.com", "source": "mail_domain",
                "seen_at": "2026-11-30T00:00:00Z" })
    );
}

#[test]
fn a_site_says_what_it_says_of_the_company_and_nothing_of_people() {
    let page = Page::read(
        br#"<title>Example</title><meta property=og:site_name content=Example.com>
        <a href=https://www.linkedin.com/company/example></a><a href="mailto:ada@example.com">Ada</a>
        <script type=application/ld+json>{ "@type": "Organization", "name": "Example AG",
          "email": "ada@example.com", "telephone": "+41440000000", "founder": { "name": "Ada Lovelace" },
          "numberOfEmployees": 12 }</script>"#,
    );
    let at = moment("2026-11-30T00:00:00Z");
    let headers = [("server".to_owned(), "nginx/1.27.2".to_owned())];
    let facts = facts_of_site(&page, &technologies(&headers, &page), at);
    let shown = serde_json::to_string(&facts).expect("JSON");
    for personal in ["ada@", "Ada", "Lovelace", "+4144"] {
        assert!(!shown.contains(personal), "{personal}");
    }
    let merged = merge(facts, &standard_policies(), at);
    let value = |attribute: Attribute| {
        merged
            .get(&attribute)
            .map(|it| (it.value.as_str(), it.source))
    };
    assert_eq!(
        value(Attribute::Name),
        Some(("Example AG", Source::StructuredData))
    );
    assert_eq!(
        value(Attribute::Employees),
        Some(("12", Source::StructuredData))
    );
    let network = Network::Linkedin;
    let linkedin = "https://linkedin.com/company/example";
    assert_eq!(
        value(Attribute::Profile { network }),
        Some((linkedin, Source::Page))
    );
    let name = "nginx".to_owned();
    assert_eq!(
        value(Attribute::Technology { name }),
        Some(("1.27.2", Source::Headers))
    );
    assert!(
        merged
            .values()
            .all(|it| it.value.chars().count() <= MAX_VALUE_CHARS)
    );
}

#[test]
fn an_origin_has_one_name_everywhere() {
    for origin in Origin::ALL {
        assert_eq!(origin.to_string().parse(), Ok(origin));
        assert_eq!(serde_json::to_value(origin).expect("JSON"), origin.as_str());
    }
    assert_eq!("partner".parse::<Origin>(), Err(UnknownOrigin));
    for source in Source::ALL {
        assert_eq!(read::<Source>(json!(source.as_str())), source);
    }
}

fn any_facts() -> impl Strategy<Value = Vec<Fact>> {
    let attribute = select(vec![
        Attribute::Name,
        Attribute::Country,
        Attribute::Employees,
    ]);
    let one = (
        attribute,
        select(Source::ALL.to_vec()),
        0_i64..1_000,
        select(vec!["a", "b", "c"]),
    );
    let made = one.prop_map(|(attribute, source, day, value)| Fact {
        attribute,
        ..fact(source, day, value)
    });
    vec(made, 0..30)
}

fn any_arrivals() -> impl Strategy<Value = Vec<Arrival>> {
    let one = (0_i64..5, select(Origin::ALL.to_vec()));
    vec(
        one.prop_map(|(at, origin)| Arrival {
            at: Timestamp(at),
            origin,
        }),
        1..10,
    )
}

fn merged<'a>(arrivals: impl Iterator<Item = &'a Arrival>) -> Option<Provenance> {
    arrivals
        .copied()
        .map(Provenance::of)
        .reduce(Provenance::merged)
}

proptest! {
    #[test]
    fn merging_parts_and_their_answers_is_merging_all(
        ours in any_facts(),
        theirs in any_facts(),
        day in 0_i64..1_200,
    ) {
        let (policies, now) = (standard_policies(), Timestamp(day * MICROS_PER_DAY));
        let all = merge([ours.clone(), theirs.clone()].concat(), &policies, now);
        let backwards = [theirs.clone(), ours.clone()].concat().into_iter().rev();
        prop_assert_eq!(&merge(backwards, &policies, now), &all);
        let parts = [merge(ours, &policies, now), merge(theirs, &policies, now)];
        let answers = parts.into_iter().flat_map(std::collections::BTreeMap::into_values);
        prop_assert_eq!(&merge(answers, &policies, now), &all);
        for fact in all.values() {
            let age = day - fact.seen_at.0 / MICROS_PER_DAY;
            prop_assert!((0..i64::from(policies.0[&fact.source].ttl_days)).contains(&age));
        }
    }

    #[test]
    fn first_and_last_arrival_depend_on_no_order(arrivals in any_arrivals()) {
        let forwards = merged(arrivals.iter());
        prop_assert_eq!(forwards, merged(arrivals.iter().rev()));
        let expected = arrivals.iter().min().copied().zip(arrivals.iter().max().copied());
        prop_assert_eq!(forwards.map(|it| (it.first, it.last)), expected);
    }
}
