//! Items that nobody took yet.

use super::*;
use tessera_domain::automation::recommendation::{Method, Reason};

#[test]
fn a_new_item_without_attributes_is_not_recommended() {
    let model = trained(vec![took(1, "a", 1)]);
    let sold = catalogue([
        ("a", listing("Alpha", &["plan"])),
        ("new", listing("New", &[])),
    ]);
    assert_eq!(
        ids(&recommended(&model, &sold, &Recipient::default())),
        ["a"]
    );
}

#[test]
fn a_new_item_ranks_as_those_that_it_is_like() {
    let taken = [("a", 8), ("b", 4), ("c", 1)];
    let all = taken
        .into_iter()
        .flat_map(|(item, people)| (0..people).map(move |it| took(it, item, 60)));
    let model = trained(all.collect());
    let sold = catalogue([
        ("a", listing("Alpha", &["plan"])),
        ("b", listing("Beta", &["seat", "eu"])),
        ("c", listing("Gamma", &["seat"])),
        ("new", listing("New", &["seat", "eu"])),
    ]);
    let recommender = Recommender::new(&model, &sold);
    let answer = recommender
        .recommend(&Recipient::default(), 4)
        .expect("an answer");
    // (1 · 4 + ½ · 1) / (1 + ½) = 3, by hand.
    assert_eq!(ids(&answer), ["a", "b", "new", "c"]);
    let new = &answer.items[2];
    assert!((new.score - 3.0).abs() < 1e-6, "{}", new.score);
    let expected = Reason::LikeAnother {
        like: "b".to_owned(),
        shared: 2,
        of: 2,
    };
    assert_eq!((&new.reason, new.method), (&expected, Method::Popularity));
    assert_eq!(
        new.words,
        "New is new and like Beta: they share 2 of 2 attributes."
    );
}

#[test]
fn any_method_recommends_a_new_item_by_what_it_is_like() {
    let methods = [
        (steps(300, 20), Method::Cooccurrence, "item005", "item006"),
        (tastes(300, 3, 40), Method::Als, "item041", "item043"),
    ];
    for (all, method, has, like) in methods {
        let model = trained(all);
        assert_eq!(model.method(), method);
        let sold = catalogue([
            (
                like,
                Listing {
                    is_sold: false,
                    ..listing("Old", &["seat"])
                },
            ),
            ("new", listing("New", &["seat"])),
        ]);
        let answer = recommended(&model, &sold, &recipient(&[has]));
        assert_eq!(
            (ids(&answer), answer.items[0].method),
            (vec!["new"], method)
        );
        let expected = Reason::LikeAnother {
            like: like.to_owned(),
            shared: 1,
            of: 1,
        };
        assert_eq!(answer.items[0].reason, expected);
    }
}
