//! What people have seen of running experiments.

use super::SeenFeature;
use crate::Result;
use std::collections::HashMap;
use tessera_domain::experiments::measurement::MeasurementState;
use tessera_store::{
    PgConnection,
    experiments::{
        exposure,
        live::{Live, LiveExperiment},
    },
};
use uuid::Uuid;

/// What a person has seen of the phase of an experiment.
#[derive(Debug, Default)]
pub(super) struct SeenArms {
    /// The places of the arms, in the order in which they were seen first; of those that nobody is dealt,
    /// which only a forged exposure names, none.
    pub(super) arms: Vec<usize>,
    /// Whether the phase is for new people, and they have seen an earlier one.
    pub(super) is_of_earlier_phase: bool,
}

impl From<MeasurementState> for SeenArms {
    fn from(state: MeasurementState) -> Self {
        Self {
            arms: state.arms(),
            is_of_earlier_phase: state.is_of_earlier_phase(),
        }
    }
}

/// What people have seen, by the projection that measures it and the person.
pub(super) struct Past(HashMap<(i32, Uuid), SeenArms>);

impl Past {
    pub(super) async fn read(
        conn: &mut PgConnection,
        experiments: &[&LiveExperiment],
        people: &[Uuid],
    ) -> Result<Self> {
        let projections: Vec<i32> = experiments.iter().filter_map(|it| it.projection).collect();
        let kept = exposure::kept(conn, &projections, people).await?;
        let read = kept.into_iter().map(|(key, kept)| {
            let state = MeasurementState::read(&kept)?;
            let mut seen = SeenArms::from(state);
            let experiment = experiments.iter().find(|it| it.projection == Some(key.0));
            seen.arms
                .retain(|place| experiment.is_some_and(|it| it.has_dealt(*place)));
            Ok((key, seen))
        });
        Ok(Self(read.collect::<Result<_>>()?))
    }

    /// Whether anybody has seen several arms.
    pub(super) fn is_crossed(&self) -> bool {
        self.0.values().any(|seen| seen.arms.len() > 1)
    }

    pub(super) fn get(&self, experiment: &LiveExperiment, person: Uuid) -> Option<&SeenArms> {
        self.0.get(&(experiment.projection?, person))
    }

    /// Notes what a person is shown now.
    pub(super) fn note<'a>(
        &mut self,
        live: &Live,
        person: Uuid,
        shown: impl Iterator<Item = &'a SeenFeature>,
    ) {
        for shown in shown {
            let Some(experiment) = live.get(&shown.feature) else {
                continue;
            };
            let place = shown.arm.as_ref().and_then(|it| experiment.place(&it.arm));
            if let Some((projection, place)) = experiment.projection.zip(place) {
                let seen = self.0.entry((projection, person)).or_default();
                seen.arms.push(place);
            }
        }
    }
}
