//! What is recommended by each method, and why.

use super::*;
use tessera_domain::automation::recommendation::{Method, Reason, Recommendation};

#[test]
fn what_people_took_next_is_recommended_with_their_number() {
    // 17 starts among 300 people: 17 or 18 each.
    let model = trained(steps(300, 20));
    let catalogue = all_sold(20);
    let answer = recommended(&model, &catalogue, &recipient(&["item000"]));
    assert_eq!(answer.method, Method::Cooccurrence);
    let Recommendation {
        item,
        reason,
        words,
        method,
        ..
    } = &answer.items[0];
    assert_eq!((item.as_str(), *method), ("item001", Method::Cooccurrence));
    let Reason::TakenTogether { from, people, of } = reason else {
        panic!("{reason:?}");
    };
    assert_eq!((from.as_str(), *people, *of), ("item000", 18, 18));
    assert_eq!(words, "People who have Plan 0 often add Plan 1: 18 of 18.");
    assert!(
        answer
            .words
            .starts_with("The method in force is what people took together: its first 3 had ")
    );
}

#[test]
fn what_people_leave_behind_is_not_recommended_as_what_comes_next() {
    let model = trained(steps(300, 20));
    let to = Recipient {
        has: BTreeSet::new(),
        ..recipient(&["item010"])
    };
    let answer = recommended(&model, &all_sold(20), &to);
    assert_eq!(ids(&answer), ["item011", "item012", "item013"]);
}

#[test]
fn a_similar_taste_names_what_weighs_most_and_its_share() {
    let model = trained(tastes(300, 3, 40));
    let catalogue = all_sold(120);
    let to = recipient(&["item041", "item043", "item044"]);
    let answer = recommended(&model, &catalogue, &to);
    assert_eq!(answer.method, Method::Als);
    for it in &answer.items {
        assert!(("item040".."item080").contains(&it.item.as_str()), "{it:?}");
        let Reason::SimilarTaste { from, share } = &it.reason else {
            panic!("{it:?}");
        };
        assert!(
            to.history.contains_key(from) && *share > 1.0 / 3.0 && *share <= 1.0,
            "{it:?}"
        );
        assert!(
            it.words
                .starts_with("People with a similar history take Plan "),
            "{}",
            it.words
        );
    }
    assert!(
        answer
            .items
            .is_sorted_by(|one, next| one.score >= next.score)
    );
}

#[test]
fn what_a_method_does_not_find_is_filled_with_what_is_popular() {
    let model = trained(steps(300, 20));
    // Nothing comes after the last.
    let answer = recommended(&model, &all_sold(20), &recipient(&["item019"]));
    assert_eq!(
        (answer.method, answer.items.len()),
        (Method::Cooccurrence, 3)
    );
    for it in &answer.items {
        assert_eq!(it.method, Method::Popularity);
        assert!(matches!(it.reason, Reason::Popular { group: None, .. }));
    }
}

#[test]
fn what_is_not_sold_or_there_already_gives_its_place_to_the_next() {
    let model = trained(steps(300, 20));
    let gone = Listing {
        is_sold: false,
        ..listing("Plan 11", &[])
    };
    let few = catalogue([
        ("item011", gone),
        ("item012", listing("Plan 12", &[])),
        ("item013", listing("Plan 13", &[])),
    ]);
    let to = recipient(&["item010"]);
    assert_eq!(ids(&recommended(&model, &few, &to)), ["item012", "item013"]);
    let to = Recipient {
        has: [item(10), item(12)].into(),
        ..to
    };
    assert_eq!(ids(&recommended(&model, &few, &to)), ["item013"]);
    assert!(
        recommended(&model, &Catalogue::default(), &to)
            .items
            .is_empty()
    );
}

#[test]
fn what_few_people_took_is_not_said_of_them() {
    // Two people are the only ones who took the last.
    let mut all = steps(300, 20);
    for number in [1_000, 1_001] {
        all.extend([took(number, "item000", 10), took(number, "rare", 20)]);
    }
    let model = trained(all);
    assert_eq!(model.method(), Method::Cooccurrence);
    let mut listings: BTreeMap<String, Listing> =
        (0..20).map(|it| (item(it), listing("Plan", &[]))).collect();
    listings.insert("rare".to_owned(), listing("Rare", &[]));
    let catalogue = Catalogue::new(listings).expect("a catalogue");
    let recommender = Recommender::new(&model, &catalogue);
    let answer = recommender
        .recommend(&recipient(&["item000"]), 20)
        .expect("an answer");
    for it in answer.items {
        let is_of_the_pair = matches!(it.reason, Reason::TakenTogether { .. }) && it.item == "rare";
        assert!(!is_of_the_pair, "{it:?}");
    }
}
