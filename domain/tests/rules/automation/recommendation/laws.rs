//! What holds for any interactions.

use super::*;
use proptest::prelude::*;
use tessera_domain::automation::recommendation::MAX_HISTORY;

const ITEMS: usize = 9;

/// What people of two tastes took, in an order that says nothing, by at least as many people as methods are
/// compared on.
fn any_interactions() -> impl Strategy<Value = Vec<Interaction>> {
    let one = (0..70_u64, 0..ITEMS, 1..60_i64, 1..4_u8).prop_map(|(number, place, at, weight)| {
        let place = if number % 2 == 0 { place } else { place / 2 };
        Interaction {
            weight: weight.into(),
            ..took(number, &item(place), at)
        }
    });
    prop::collection::vec(one, 200..400)
}

fn any_groups() -> impl Strategy<Value = Groups> {
    let country = prop::sample::select(vec!["DE", "US", "FR"]);
    prop::collection::btree_map(
        (0..70_u64).prop_map(person),
        country.prop_map(str::to_owned),
        0..70,
    )
}

fn bytes(all: &Interactions, groups: &Groups, settings: &Settings) -> Vec<u8> {
    let model = train(all, groups, [day(20), day(60)], settings).expect("a model");
    model.to_bytes().expect("bytes")
}

fn quick() -> Settings {
    Settings {
        iterations: 2,
        ..settings()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn interactions_in_any_order_give_the_same_bytes(
        (all, shuffled) in any_interactions().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        groups in any_groups(),
    ) {
        let ours = bytes(&interactions(all), &groups, &quick());
        prop_assert_eq!(ours, bytes(&interactions(shuffled), &groups, &quick()));
    }

    #[test]
    fn a_person_who_is_erased_was_never_there(
        all in any_interactions(),
        mut groups in any_groups(),
        number in 0..70_u64,
    ) {
        let mut erased = interactions(all.clone());
        erased.erase(person(number));
        let erased = bytes(&erased, &groups, &quick());
        groups.remove(&person(number));
        let never: Vec<Interaction> = all.into_iter().filter(|it| it.person != person(number)).collect();
        prop_assert_eq!(erased, bytes(&interactions(never), &groups, &quick()));
    }

    #[test]
    fn what_is_recommended_is_sold_new_to_them_once_and_for_a_reason(
        all in any_interactions(),
        sold in prop::collection::vec(any::<bool>(), ITEMS + 2),
        history in prop::collection::btree_map((0..ITEMS + 2).prop_map(item), 1.0..9.0_f64, 0..5),
        has in prop::collection::btree_set((0..ITEMS + 2).prop_map(item), 0..5),
        group in prop::option::of(Just("DE".to_owned())),
        groups in any_groups(),
        count in 1..12_usize,
    ) {
        let listings = sold.iter().enumerate().map(|(place, &is_sold)| {
            let attribute = format!("{}", place % 3);
            (item(place), Listing { is_sold, ..listing("A plan", &[&attribute]) })
        });
        let catalogue = Catalogue::new(listings.collect()).expect("a catalogue");
        let model = train(&interactions(all), &groups, [day(20), day(60)], &quick()).expect("a model");
        let to = Recipient { history, has, group };
        let answer = Recommender::new(&model, &catalogue).recommend(&to, count).expect("an answer");
        prop_assert!(answer.items.len() <= count);
        prop_assert_eq!(ids(&answer).into_iter().collect::<BTreeSet<_>>().len(), answer.items.len());
        for it in &answer.items {
            prop_assert!(!to.has.contains(&it.item));
            let place: usize = it.item["item".len()..].parse().expect("a number");
            prop_assert!(sold[place]);
            prop_assert!(it.score > 0.0 && it.score.is_finite());
            prop_assert!(it.words.contains("A plan"));
        }
    }
}

#[test]
fn another_seed_is_another_beginning_and_the_same_seed_the_same_bytes() {
    let all = interactions(tastes(300, 3, 40));
    let of = |seed| bytes_at_rest(&all, seed);
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}

fn bytes_at_rest(all: &Interactions, seed: u64) -> Vec<u8> {
    let settings = Settings { seed, ..settings() };
    let model = train(all, &Groups::new(), MOMENTS, &settings).expect("a model");
    model.to_bytes().expect("bytes")
}

#[test]
fn a_history_is_what_was_taken_last_with_the_weights_of_all_times() {
    let many = (0..150).map(|place| took(1, &item(place), i64::try_from(place).expect("few")));
    let mut all: Vec<Interaction> = many.collect();
    all.push(took(1, &item(3), 500));
    all.reverse();
    let to = Recipient::from_interactions(all);
    assert_eq!((to.history.len(), to.has.len()), (MAX_HISTORY, 0));
    assert_eq!(
        (to.history.get(&item(3)), to.history.get(&item(149))),
        (Some(&2.0), Some(&1.0))
    );
    assert_eq!(
        (to.history.get(&item(50)), to.history.get(&item(51))),
        (None, Some(&1.0))
    );
}
