//! Which method is in force: one that beat popularity on later choices, or popularity.

use super::*;
use tessera_domain::automation::recommendation::{
    Evaluation, MIN_TESTED, Method, Why, evaluate, held_out,
};

fn evaluated(all: Vec<Interaction>) -> Evaluation {
    evaluate(&interactions(all), &Groups::new(), MOMENTS, &settings()).expect("an evaluation")
}

#[test]
fn too_few_people_compare_nothing() {
    let few = u64::try_from(MIN_TESTED).expect("few") - 1;
    let evaluation = evaluated(tastes(few, 4, 5));
    assert_eq!(
        (evaluation.method, evaluation.why),
        (Method::Popularity, Why::TooFewPeople)
    );
    assert_eq!(
        (evaluation.people, evaluation.candidates),
        (MIN_TESTED - 1, vec![])
    );
    let nobody = evaluated(vec![]);
    assert_eq!(
        (
            nobody.people,
            nobody.popularity.recall,
            nobody.popularity.coverage
        ),
        (0, None, None)
    );
}

#[test]
fn where_people_choose_by_popularity_alone_nothing_else_is_used() {
    let mut others = 0;
    for seed in 0..12 {
        let evaluation = evaluated(chosen_by_popularity(seed, 300, 12));
        let is_shown_better = |it: Method| {
            let found = evaluation
                .candidates
                .iter()
                .find(|candidate| candidate.method == it);
            found
                .and_then(|it| it.ndcg_gain)
                .is_some_and(|it| it.interval[0] > 0.0)
        };
        match evaluation.why {
            Why::BetterThanPopularity => {
                others += 1;
                assert!(is_shown_better(evaluation.method));
            }
            _ => {
                assert_eq!(
                    (evaluation.method, evaluation.why),
                    (Method::Popularity, Why::NoneIsBetter)
                );
                assert!(!Method::CANDIDATES.into_iter().any(is_shown_better));
                assert!(
                    evaluation
                        .words()
                        .ends_with("no other was shown to be better.")
                );
            }
        }
    }
    // One run in forty has a winner by chance.
    assert!(others <= 1, "{others} of 12");
}

#[test]
fn where_people_have_tastes_recall_beats_popularity() {
    let evaluation = evaluated(tastes(400, 4, 5));
    println!("{evaluation:#?}\n{}", evaluation.words());
    assert_eq!(
        (evaluation.people, evaluation.why),
        (400, Why::BetterThanPopularity)
    );
    let popular = evaluation.popularity.recall.expect("people");
    for candidate in &evaluation.candidates {
        let recall = candidate.measures.recall.expect("people");
        let [low, _] = candidate.recall_gain.expect("people").interval;
        assert!(recall > 2.0 * popular && low > 0.2, "{candidate:?}");
        assert!(candidate.measures.coverage > evaluation.popularity.coverage);
    }
}

#[test]
fn where_no_pair_has_people_enough_a_similar_taste_is_better() {
    let evaluation = evaluated(tastes(300, 3, 40));
    println!("{}", evaluation.words());
    assert_eq!(evaluation.method, Method::Als);
}

#[test]
fn where_the_order_counts_what_is_taken_next_is_better() {
    let evaluation = evaluated(steps(300, 20));
    println!("{}", evaluation.words());
    assert_eq!(evaluation.method, Method::Cooccurrence);
}

#[test]
fn nothing_later_than_the_moment_is_learned_from() {
    let mut all = tastes(200, 4, 5);
    let before = evaluated(all.clone());
    // Later choices of people who are not tested.
    all.extend((1_000..1_500).map(|number| took(number, &item(0), 45)));
    assert_eq!(evaluated(all), before);
}

#[test]
fn what_is_held_out_is_the_last_thing_that_is_new_to_a_person() {
    let all = vec![
        // Nothing before.
        took(1, "pro", 50),
        // Nothing after.
        took(2, "pro", 10),
        took(2, "seats", 20),
        // The last new thing is not after, although they come again.
        took(3, "pro", 10),
        took(3, "seats", 20),
        took(3, "pro", 50),
        // Two new things, and one at a moment after the last.
        took(4, "pro", 10),
        took(4, "seats", 45),
        took(4, "api", 50),
        took(4, "sso", 50),
        took(4, "pro", 55),
        took(4, "late", 70),
    ];
    let groups = Groups::from([(person(4), "DE".to_owned())]);
    let held = held_out(&interactions(all), &groups, MOMENTS, 1);
    assert_eq!(held.len(), 1);
    let held = &held[0];
    assert_eq!(
        held.taken,
        BTreeSet::from(["api".to_owned(), "sso".to_owned()])
    );
    assert_eq!(
        held.recipient.has,
        BTreeSet::from(["pro".to_owned(), "seats".to_owned()])
    );
    assert_eq!(held.recipient.history.len(), 2);
    assert_eq!(held.recipient.group.as_deref(), Some("DE"));
}
