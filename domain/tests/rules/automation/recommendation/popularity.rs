//! What is popular: the baseline, and what people without a history are shown.

use super::*;
use tessera_domain::automation::recommendation::{LEAST_GROUP, Method, Reason};

#[test]
fn one_who_is_new_is_shown_what_is_popular_with_the_numbers() {
    let model = trained(vec![took(1, "a", 1), took(2, "a", 1), took(3, "b", 1)]);
    let sold = catalogue([("a", listing("Alpha", &[])), ("b", listing("Beta", &[]))]);
    let answer = recommended(&model, &sold, &Recipient::default());
    assert_eq!(ids(&answer), ["a", "b"]);
    let expected = Reason::Popular {
        group: None,
        people: 2,
        of: 3,
    };
    assert_eq!(
        (&answer.items[0].reason, answer.method),
        (&expected, Method::Popularity)
    );
    assert_eq!(answer.items[0].words, "Alpha is popular: 2 of 3 took it.");
    assert_eq!(
        answer.words,
        "The method in force is popularity: too few people chose something later to compare others, 0 of 50."
    );
}

#[test]
fn lately_counts_more_and_a_half_life_halves() {
    let settings = Settings {
        half_life_days: 10,
        ..settings()
    };
    let score = |days_ago: i64| {
        let all = vec![took(1, "a", 60 - days_ago), took(1, "a", 1)];
        let model = train(&interactions(all), &Groups::new(), MOMENTS, &settings).expect("a model");
        let sold = catalogue([("a", listing("Alpha", &[]))]);
        recommended(&model, &sold, &Recipient::default()).items[0].score
    };
    assert_eq!([score(0), score(10), score(20)], [1.0, 0.5, 0.25]);
}

#[test]
fn a_person_counts_once_whatever_they_do() {
    let mut all: Vec<Interaction> = (0..100).map(|_| took(1, "a", 59)).collect();
    all.extend([took(2, "b", 59), took(3, "b", 59)]);
    let sold = catalogue([("a", listing("Alpha", &[])), ("b", listing("Beta", &[]))]);
    assert_eq!(
        ids(&recommended(&trained(all), &sold, &Recipient::default())),
        ["b", "a"]
    );
}

#[test]
fn equals_are_in_the_order_of_their_ids() {
    let model = trained(vec![took(9, "c", 5), took(1, "b", 5), took(4, "a", 5)]);
    let sold = ["c", "a", "b"].map(|it| (it, listing("One", &[])));
    assert_eq!(
        ids(&recommended(
            &model,
            &catalogue(sold),
            &Recipient::default()
        )),
        ["a", "b", "c"]
    );
}

#[test]
fn a_group_of_enough_people_has_its_own_and_then_that_of_all() {
    let few = u64::try_from(LEAST_GROUP).expect("few") - 1;
    let people = |from: u64, count, item: &'static str| {
        (from..from + count).map(move |number| took(number, item, 50))
    };
    let all: Vec<Interaction> = people(0, 100, "us")
        .chain(people(200, few + 1, "de"))
        .chain(people(300, few, "li"))
        .collect();
    let country = |number: u64| {
        (
            person(number),
            if number < 300 { "DE" } else { "LI" }.to_owned(),
        )
    };
    let groups: Groups = (200..300 + few).map(country).collect();
    let model = train(&interactions(all), &groups, MOMENTS, &settings()).expect("a model");
    let sold = ["us", "de", "li"].map(|it| (it, listing(it, &[])));
    let sold = catalogue(sold);
    let of = |group: &str| {
        let to = Recipient {
            group: Some(group.to_owned()),
            ..Recipient::default()
        };
        recommended(&model, &sold, &to)
    };
    let german = of("DE");
    assert_eq!(ids(&german), ["de", "us", "li"]);
    assert_eq!(
        german.items[0].words,
        "de is popular in DE: 20 of 20 took it."
    );
    assert_eq!(german.items[1].words, "us is popular: 100 of 139 took it.");
    for unknown in ["LI", "FR"] {
        assert_eq!(ids(&of(unknown)), ["us", "de", "li"]);
    }
}
