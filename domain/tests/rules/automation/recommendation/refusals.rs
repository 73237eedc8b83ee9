//! What no model is trained on and no recommendation is made for.

use super::*;
use tessera_domain::{automation::recommendation::evaluate, refusal::Refusal};

fn refused<T: std::fmt::Debug>(answer: Result<T, Refusal>) -> (String, String) {
    let Refusal { field, rule, .. } = answer.expect_err("refused");
    (field, rule)
}

#[test]
fn an_interaction_that_says_nothing_is_refused_by_its_place() {
    for weight in [0.0, -1.0, f64::NAN, f64::INFINITY, 10_001.0] {
        let bad = Interaction {
            weight,
            ..took(2, "pro", 1)
        };
        let (field, rule) = refused(Interactions::new(
            vec![took(1, "pro", 1), bad],
            &Limits::default(),
        ));
        assert_eq!(field, "interactions[1].weight");
        assert_eq!(rule, "must be a number above 0 and at most 10000");
    }
    for name in ["", "a\u{0}", &"a".repeat(201)] {
        let (field, _) = refused(Interactions::new(
            vec![took(1, name, 1)],
            &Limits::default(),
        ));
        assert_eq!(field, "interactions[0].item");
    }
}

#[test]
fn more_work_than_the_limits_allow_is_refused() {
    let all = vec![took(1, "pro", 1), took(1, "seats", 2), took(2, "pro", 1)];
    let enough = Limits {
        people: 2,
        items: 2,
        interactions: 3,
    };
    assert!(Interactions::new(all.clone(), &enough).is_ok());
    for (limits, rule) in [
        (
            Limits {
                people: 1,
                ..enough
            },
            "must have at most 1 people",
        ),
        (Limits { items: 1, ..enough }, "must have at most 1 items"),
        (
            Limits {
                interactions: 2,
                ..enough
            },
            "must have at most 2 interactions",
        ),
    ] {
        let expected = ("interactions".to_owned(), rule.to_owned());
        assert_eq!(refused(Interactions::new(all.clone(), &limits)), expected);
    }
    for (limits, field) in [
        (
            Limits {
                people: 0,
                ..enough
            },
            "limits.people",
        ),
        (
            Limits {
                items: 2_001,
                ..enough
            },
            "limits.items",
        ),
        (
            Limits {
                interactions: 2_000_001,
                ..enough
            },
            "limits.interactions",
        ),
    ] {
        assert_eq!(refused(Interactions::new(all.clone(), &limits)).0, field);
    }
}

#[test]
fn settings_out_of_their_ranges_are_refused_by_name() {
    let usual = Settings::default();
    assert_eq!(usual.validate(), Ok(()));
    for (settings, field) in [
        (
            Settings {
                shown: 0,
                ..usual.clone()
            },
            "shown",
        ),
        (
            Settings {
                shown: 21,
                ..usual.clone()
            },
            "shown",
        ),
        (
            Settings {
                half_life_days: 0,
                ..usual.clone()
            },
            "half_life_days",
        ),
        (
            Settings {
                neighbours: 101,
                ..usual.clone()
            },
            "neighbours",
        ),
        (
            Settings {
                shrinkage: f64::NAN,
                ..usual.clone()
            },
            "shrinkage",
        ),
        (
            Settings {
                shrinkage: -1.0,
                ..usual.clone()
            },
            "shrinkage",
        ),
        (
            Settings {
                factors: 65,
                ..usual.clone()
            },
            "factors",
        ),
        (
            Settings {
                iterations: 51,
                ..usual.clone()
            },
            "iterations",
        ),
        (
            Settings {
                regularisation: 0.0,
                ..usual.clone()
            },
            "regularisation",
        ),
        (
            Settings {
                alpha: f64::INFINITY,
                ..usual
            },
            "alpha",
        ),
    ] {
        assert_eq!(refused(settings.validate()).0, field);
        let answer = train(
            &interactions(steps(9, 6)),
            &Groups::new(),
            MOMENTS,
            &settings,
        );
        assert_eq!(refused(answer).0, field);
    }
}

#[test]
fn a_training_without_anything_before_it_is_refused() {
    let train = |all, moments| train(&interactions(all), &Groups::new(), moments, &settings());
    let refusal = train(vec![], MOMENTS).expect_err("refused");
    assert_eq!(
        (refusal.code, refusal.field.as_str()),
        ("no_interactions", "interactions")
    );
    let later = train(vec![took(1, "pro", 61)], MOMENTS).expect_err("refused");
    assert_eq!(later.code, "no_interactions");
    let (field, rule) = refused(train(steps(9, 6), [day(60), day(60)]));
    assert_eq!(
        (field.as_str(), rule.as_str()),
        ("after", "must be before the moment of training")
    );
}

#[test]
fn a_group_without_a_proper_name_is_refused() {
    let groups = Groups::from([(person(1), String::new())]);
    let answer = evaluate(&interactions(vec![]), &groups, MOMENTS, &settings());
    assert_eq!(refused(answer).0, "groups");
}

#[test]
fn a_catalogue_of_too_much_or_of_names_that_are_none_is_refused() {
    let one = |name: &str, attributes: &[&str]| {
        let listings = [("pro".to_owned(), listing(name, attributes))];
        refused(Catalogue::new(listings.into())).0
    };
    assert_eq!(one("", &[]), "catalogue.pro.name");
    assert_eq!(one("Pro", &["\n"]), "catalogue.pro.attributes");
    let many: Vec<String> = (0..51).map(item).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(one("Pro", &many), "catalogue.pro.attributes");
    let listings = (0..2_001).map(|it| (item(it), listing("Pro", &[])));
    assert_eq!(refused(Catalogue::new(listings.collect())).0, "catalogue");
}

#[test]
fn a_question_that_is_none_is_refused() {
    let model = trained(steps(9, 6));
    let catalogue = all_sold(6);
    let recommender = Recommender::new(&model, &catalogue);
    for count in [0, 21] {
        assert_eq!(
            refused(recommender.recommend(&recipient(&[]), count)).0,
            "count"
        );
    }
    let of = |to: Recipient| refused(recommender.recommend(&to, 3)).0;
    let heavy = Recipient {
        history: [("pro".to_owned(), f64::NAN)].into(),
        ..recipient(&[])
    };
    assert_eq!(of(heavy), "history.weight");
    let long = Recipient {
        history: (0..101).map(|it| (item(it), 1.0)).collect(),
        ..recipient(&[])
    };
    assert_eq!(of(long), "history");
    assert_eq!(
        of(Recipient {
            has: [String::new()].into(),
            ..recipient(&[])
        }),
        "has"
    );
    assert_eq!(
        of(Recipient {
            group: Some("\t".to_owned()),
            ..recipient(&[])
        }),
        "group"
    );
}
