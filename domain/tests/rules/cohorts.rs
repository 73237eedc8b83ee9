//! Retention against a count by hand, and sums over persons against the whole.

use proptest::prelude::*;
use tessera_domain::{
    analytics::retention::{
        Period, PersonActivity, Retention, RetentionDefinition, RetentionTable,
    },
    statistics::proportion::Proportion,
    time::{MICROS_PER_DAY, Timestamp},
};

/// A cohort, the microsecond of the start and those of activity.
type Person = (String, i64, Vec<i64>);

const YEAR: i64 = 365 * MICROS_PER_DAY;

fn person() -> impl Strategy<Value = Person> {
    let moment = || -YEAR..YEAR;
    ("[ab]", moment(), prop::collection::vec(moment(), 0..12))
}

fn definition() -> impl Strategy<Value = RetentionDefinition> {
    let period = prop::sample::select(vec![Period::Day, Period::Week, Period::Month]);
    (period, 1_u32..40, -YEAR..2 * YEAR).prop_map(|(period, periods, as_of)| RetentionDefinition {
        period,
        periods,
        as_of: Timestamp(as_of),
    })
}

fn activity(period: Period, (cohort, start, moments): &Person) -> PersonActivity {
    let moments = moments.iter().map(|it| Timestamp(*it));
    PersonActivity::new(cohort.clone(), period, Timestamp(*start), moments)
}

fn counted<'a>(
    definition: RetentionDefinition,
    persons: impl IntoIterator<Item = &'a Person>,
) -> Retention {
    let mut retention = Retention::new(definition).expect("a definition");
    for person in persons {
        retention.add(&activity(definition.period, person));
    }
    retention
}

/// The cells of a cohort, straight from their definition.
fn by_hand(definition: RetentionDefinition, cohort: &str, persons: &[Person]) -> Vec<(u64, u64)> {
    let RetentionDefinition {
        period,
        periods,
        as_of,
    } = definition;
    let members: Vec<_> = persons
        .iter()
        .filter(|(label, start, _)| label == cohort && *start <= as_of.0)
        .collect();
    (0..i64::from(periods))
        .map(|k| {
            let is_in = |start: i64, at: i64| {
                at >= start && period.index(Timestamp(at)) == period.index(Timestamp(start)) + k
            };
            let eligible: Vec<_> = members
                .iter()
                .filter(|(_, start, _)| period.index(Timestamp(*start)) + k < period.index(as_of))
                .collect();
            let active = eligible
                .iter()
                .filter(|(_, start, moments)| moments.iter().any(|at| is_in(*start, *at)));
            (active.count() as u64, eligible.len() as u64)
        })
        .collect()
}

fn cells(table: &RetentionTable, cohort: &str) -> Vec<Option<Proportion>> {
    let row = table.rows.iter().find(|it| it.cohort == cohort);
    row.map(|it| it.cells.clone()).unwrap_or_default()
}

proptest! {
    #[test]
    fn cells_count_whoever_was_active_of_those_whose_period_is_over(
        definition in definition(),
        persons in prop::collection::vec(person(), 0..12),
    ) {
        let table = counted(definition, &persons).table();
        for row in &table.rows {
            let expected: Vec<_> = by_hand(definition, &row.cohort, &persons)
                .into_iter()
                .map(|(active, eligible)| {
                    (eligible > 0).then(|| Proportion::wilson(active, eligible))
                })
                .collect();
            prop_assert_eq!(&row.cells, &expected);
        }
    }

    #[test]
    fn once_a_cell_of_a_cohort_is_blank_all_later_ones_are(
        definition in definition(),
        persons in prop::collection::vec(person(), 0..12),
    ) {
        for row in counted(definition, &persons).table().rows {
            let known = row.cells.iter().take_while(|it| it.is_some()).count();
            prop_assert!(row.cells.iter().skip(known).all(Option::is_none));
            for cell in row.cells.iter().flatten() {
                prop_assert!(cell.numerator <= cell.denominator && cell.denominator <= row.size);
            }
        }
    }

    #[test]
    fn neither_order_nor_shards_change_a_table(
        definition in definition(),
        persons in prop::collection::vec((person(), any::<bool>()), 0..12),
    ) {
        let part = |is_left: bool| {
            let persons = persons.iter().rev().filter(move |it| it.1 == is_left);
            counted(definition, persons.map(|it| &it.0))
        };
        let mut sum = part(false);
        sum.merge(&part(true)).expect("one definition");
        prop_assert_eq!(counted(definition, persons.iter().map(|it| &it.0)), sum);
    }

    #[test]
    fn a_later_moment_never_changes_a_cell_of_one_signup_period(
        definition in definition(),
        persons in prop::collection::vec(person(), 0..12),
        later in 0..YEAR,
    ) {
        let signed_up = |(_, start, moments): &Person| {
            let label = definition.period.label(Timestamp(*start));
            (label, *start, moments.clone())
        };
        let persons: Vec<_> = persons.iter().map(signed_up).collect();
        let as_of = Timestamp(definition.as_of.0 + later);
        let now = counted(definition, &persons).table();
        let then = counted(RetentionDefinition { as_of, ..definition }, &persons).table();
        for row in &now.rows {
            for (now, then) in row.cells.iter().zip(cells(&then, &row.cohort)) {
                prop_assert!(now.is_none() || *now == then);
            }
        }
    }
}
