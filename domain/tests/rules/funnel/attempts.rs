//! The reducer against every attempt that a few hits allow, tried one by one.

use super::definition;
use proptest::prelude::*;
use tessera_domain::{
    analytics::funnel::{
        Attempt, Entered, Exclusion, FunnelDefinition, Hit, Mode, PersonHits, reduce,
    },
    filter::EventFilter,
    time::Timestamp,
};
use uuid::Uuid;

const STEPS: [&str; 4] = ["a", "b", "c", "d"];
const WINDOW_SECS: u32 = 4;

/// An attempt under trial: the hits that it takes and the step that each serves.
type Chain<'a> = Vec<(&'a Hit, usize)>;

/// Better is smaller: more steps, then earlier times, then the lower id of the opening event.
fn rank(chain: &Chain) -> (usize, Vec<Timestamp>, Uuid) {
    let times = chain.iter().map(|(hit, _)| hit.at).collect();
    (STEPS.len() - chain.len(), times, chain[0].0.event)
}

fn credited(definition: &FunnelDefinition, hits: &PersonHits, entered: Entered) -> Option<Attempt> {
    let hits: Vec<&Hit> = hits.as_slice().iter().collect();
    let hits = match definition.mode {
        Mode::Strict => history_until_a_skip(definition, &hits),
        Mode::Ordered | Mode::Unordered => hits,
    };
    let best = chains(definition, &hits)
        .into_iter()
        .filter(|chain| entered.contains(chain[0].0.at))
        .min_by_key(rank)?;
    Some(Attempt {
        level: best.len(),
        started_at: best[0].0.at,
        step_times: best.iter().map(|(hit, _)| hit.at).collect(),
        breakdown: best[0].0.breakdown.clone(),
    })
}

fn chains<'a>(definition: &FunnelDefinition, hits: &[&'a Hit]) -> Vec<Chain<'a>> {
    let mut found = Vec::new();
    extend(definition, hits, &mut Vec::new(), &mut found);
    found
}

fn extend<'a>(
    definition: &FunnelDefinition,
    hits: &[&'a Hit],
    chain: &mut Chain<'a>,
    found: &mut Vec<Chain<'a>>,
) {
    for hit in hits {
        for step in 0..definition.steps.len() {
            let in_order = match definition.mode {
                Mode::Ordered | Mode::Strict => step == chain.len(),
                // Hits of one moment only in the order of their ids, which spares repetitions.
                Mode::Unordered => chain
                    .last()
                    .is_none_or(|(last, _)| (last.at, last.event) < (hit.at, hit.event)),
            };
            let used = chain
                .iter()
                .any(|(other, taken)| other.event == hit.event || *taken == step);
            if hit.steps >> step & 1 == 0 || !in_order || used {
                continue;
            }
            chain.push((hit, step));
            if allowed(definition, hits, chain) {
                found.push(chain.clone());
                extend(definition, hits, chain, found);
            }
            chain.pop();
        }
    }
}

fn allowed(definition: &FunnelDefinition, hits: &[&Hit], chain: &Chain) -> bool {
    let at = |level: usize| chain[level - 1].0.at;
    let last = chain.len();
    let in_time = chain.windows(2).all(|pair| pair[0].0.at <= pair[1].0.at)
        && at(last) <= at(1).plus_secs(i64::from(definition.window_secs));
    let voided = definition
        .exclusions
        .iter()
        .enumerate()
        .any(|(index, exclusion)| {
            let (from, to) = (exclusion.from_step, exclusion.to_step.min(last));
            from < to
                && hits.iter().any(|hit| {
                    hit.exclusions >> index & 1 == 1 && at(from) < hit.at && hit.at < at(to)
                })
        });
    in_time && !voided
}

/// Reads step by step, at one moment lower steps first, as `strict_order` does.
fn history_until_a_skip<'a>(definition: &FunnelDefinition, hits: &[&'a Hit]) -> Vec<&'a Hit> {
    let mut entries: Vec<(Timestamp, usize, &Hit)> = Vec::new();
    for hit in hits {
        let steps = (0..definition.steps.len()).filter(|step| hit.steps >> step & 1 == 1);
        entries.extend(steps.map(|step| (hit.at, step, *hit)));
    }
    entries.sort_by_key(|(at, step, hit)| (*at, *step, hit.event));
    for (index, (at, step, _)) in entries.iter().enumerate() {
        // What the entries before allow, with all that the hits exclude.
        let before: Vec<Hit> = entries[..index]
            .iter()
            .map(|(_, step, hit)| Hit {
                steps: 1 << step,
                ..(*hit).clone()
            })
            .chain(hits.iter().map(|hit| Hit {
                steps: 0,
                ..(*hit).clone()
            }))
            .collect();
        let before: Vec<&Hit> = before.iter().collect();
        let reached = chains(definition, &before).iter().map(Vec::len).max();
        if reached.is_some_and(|reached| *step > reached) {
            return hits.iter().copied().filter(|hit| hit.at <= *at).collect();
        }
    }
    hits.to_vec()
}

/// Hits at few moments, some of them of several steps or none, some excluded.
fn hits(most: usize) -> impl Strategy<Value = PersonHits> {
    let steps = prop_oneof![
        6 => (0..4_u32).prop_map(|step| 1 << step),
        2 => 0..16_u32,
    ];
    let exclusions = prop_oneof![4 => Just(0_u16), 1 => 0..4_u16];
    let hit = (0..8_i64, steps, exclusions, proptest::option::of("[xy]"));
    proptest::collection::vec(hit, 0..=most).prop_map(|hits| {
        let numbered = (0..).zip(hits);
        numbered
            .map(|(id, (second, steps, exclusions, breakdown))| Hit {
                at: Timestamp::from_secs(second),
                // Ids whose order has nothing to do with the order of the times.
                event: Uuid::from_u128(id * 7 % 13),
                steps,
                exclusions,
                breakdown,
                not_compared: 0,
            })
            .collect()
    })
}

/// Moments at which an attempt may begin: any, or some of those that hits have.
fn entered() -> impl Strategy<Value = Entered> {
    let some = (0..8_i64, 1..8_i64).prop_map(|(from, secs)| Entered {
        from: Timestamp::from_secs(from),
        until: Timestamp::from_secs(from + secs),
    });
    prop_oneof![1 => Just(Entered::ANY), 2 => some]
}

fn exclusion() -> impl Strategy<Value = (usize, usize)> {
    (1..4_usize).prop_flat_map(|from| (Just(from), from + 1..=4))
}

fn excluding(mode: Mode, spans: &[(usize, usize)]) -> FunnelDefinition {
    let mut definition = definition(mode, &STEPS, WINDOW_SECS);
    definition.exclusions = spans
        .iter()
        .map(|(from_step, to_step)| Exclusion {
            filter: EventFilter::named("x"),
            from_step: *from_step,
            to_step: *to_step,
        })
        .collect();
    assert_eq!(definition.validate(), Ok(()));
    definition
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn ordered(hits in hits(9), spans in proptest::collection::vec(exclusion(), 0..=2), entered in entered()) {
        let definition = excluding(Mode::Ordered, &spans);
        prop_assert_eq!(reduce(&definition, &hits, entered), credited(&definition, &hits, entered));
    }

    #[test]
    fn strict(hits in hits(7), spans in proptest::collection::vec(exclusion(), 0..=2), entered in entered()) {
        let definition = excluding(Mode::Strict, &spans);
        prop_assert_eq!(reduce(&definition, &hits, entered), credited(&definition, &hits, entered));
    }

    #[test]
    fn unordered(hits in hits(6), exclusions in 0..=2_usize, entered in entered()) {
        let definition = excluding(Mode::Unordered, &[(1, 4), (1, 4)][..exclusions]);
        prop_assert_eq!(reduce(&definition, &hits, entered), credited(&definition, &hits, entered));
    }
}
